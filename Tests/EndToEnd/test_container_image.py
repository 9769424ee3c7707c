"""The Dockerfiles, without an engine: their lines are followed in a root of Debian's, and the server runs there as an engine would have it."""

import os
import signal
import subprocess
from collections.abc import Iterator

import pytest
from imageroot import Image, debian
from needs import requires, requires_root
from netspace import own_network
from processes import children_of
from program import EXAMPLES, ROOT
from rawclient import exchange
from server import Server

pytestmark = [pytest.mark.soak, pytest.mark.timeout(1200)]

PREPARE = """\
mount --make-rprivate / && mount --bind "$1" "$1" && mount -t proc proc "$1/proc" && mount -t tmpfs -o mode=1777 tmpfs "$1/tmp" &&
mount -o remount,bind,ro "$1" || exit 70
root=$1 folder=$2 user=$3
shift 3
cd "$root" && exec chroot "$root" setpriv --reuid "$user" --regid "$user" --clear-groups --inh-caps=-all --bounding-set=-all --no-new-privs \\
    sh -c 'cd "$0" && exec "$@"' "$folder" "$@"
"""


class Container(Server):
    """The image's command as process 1, with the image's user, a root that is read-only, and no capability."""

    def __init__(self, image: Image):
        self.image = image
        variables = [f"{name}={value}" for name, value in image.environment.items()]
        command = ["unshare", "--pid", "--mount", "--fork", "sh", "-c", PREPARE, "sh", str(image.root), image.folder, image.user]
        super().__init__([*command, "env", "-i", *variables, *image.entry, *image.command])

    @property
    def inside(self) -> int:
        (server,) = children_of(self.pid)
        return server

    def workers(self) -> list[int]:
        return children_of(self.inside)

    def execute(self, *command: str) -> subprocess.CompletedProcess[str]:
        """What `docker exec` does."""
        variables = [f"{name}={value}" for name, value in self.image.environment.items()]
        enter = ["nsenter", "--target", str(self.inside), "--pid", "--mount", "chroot", str(self.image.root), "setpriv"]
        enter += ["--reuid", self.image.user, "--regid", self.image.user, "--clear-groups", "env", "-i", *variables]
        return subprocess.run([*enter, *command], capture_output=True, text=True, timeout=60)


@pytest.fixture(scope="module")
def image(tmp_path_factory) -> Iterator[Image]:
    requires("debootstrap", "setpriv", "nsenter", "unshare")
    requires_root("a root of Debian's is made by root")
    folder = tmp_path_factory.mktemp("image")
    # In memory it takes a third of the time.
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", folder], check=True)
    try:
        image = debian(folder, ROOT / "Dockerfile")
        image.follow(ROOT / "Dockerfile")
        image.follow(EXAMPLES / "container" / "Dockerfile")
        yield image
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.fixture(scope="module")
def container(image) -> Iterator[Container]:
    with own_network():
        container = Container(image)
        yield container
        container.kill()


def test_it_serves_as_process_1_and_as_the_user_of_the_image(container):
    answer = exchange(("127.0.0.1", 8000), "/", host="shop.test")
    assert answer.status == 200
    assert answer.body.endswith(b" as user 10001.\n")
    assert container.execute("cat", "/proc/1/comm").stdout == "martlet\n"


def test_the_root_is_read_only_and_there_is_no_capability(container):
    refused = container.execute("touch", "/srv/file")
    assert refused.returncode != 0 and "Read-only file system" in refused.stderr
    status = container.execute("cat", "/proc/1/status").stdout.split("\n")
    held = {line.split(":")[0]: int(line.split()[1], 16) for line in status if line.startswith("Cap")}
    assert set(held.values()) == {0}, held


def test_the_check_of_its_health_passes(container):
    done = container.execute(*container.image.health)
    assert done.returncode == 0, done.stderr


def test_one_can_look_into_it_and_reload_it(container):
    assert "shop:app" in container.execute("martlet", "status").stdout
    done = container.execute("martlet", "reload")
    assert done.returncode == 0, done.stderr


def test_its_signal_stops_it_gracefully(container):
    os.kill(container.inside, getattr(signal, container.image.signal))
    assert container.wait() == 0
