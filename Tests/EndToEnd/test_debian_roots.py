"""The Debian package in Debian 12 and 13: installed, served from, upgraded and purged, with and without systemd."""

import os
import re
import shlex
import shutil
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import waiting
from debianroot import ENVIRONMENT, Booted, DebianRoot
from netspace import network_of, own_network
from needs import requires
from packages import debian_package, run
from rawclient import Connection, exchange, request_bytes
from server import Server

pytestmark = [pytest.mark.soak, pytest.mark.timeout(1200)]

WEB = ("127.0.0.1", 80)

APPLICATION = """
import os, time
def application(environ, start_response):
    if environ["PATH_INFO"] == "/slow":
        # With systemd there is nothing else that it may write to.
        open(os.environ.get("STATE_DIRECTORY", "/srv/shop") + "/asked", "w").close()
        while not os.path.exists("/srv/shop/go"):
            time.sleep(0.05)
    body = f"{os.getppid()} {os.getuid()}".encode()
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]
"""


@pytest.fixture(scope="module")
def packages(tmp_path_factory) -> tuple[Path, Path]:
    """The same programs, with a number and with a higher one."""
    requires("dpkg-deb", "dpkg-shlibdeps", "strip")
    folder = tmp_path_factory.mktemp("packages")
    return debian_package(folder, MARTLET_VERSION="0.1.0"), debian_package(folder, MARTLET_VERSION="0.2.0")


suites = pytest.mark.parametrize("suite", ["bookworm", "trixie"])


def test_the_package_is_without_fault(tmp_path):
    requires("lintian")
    package = debian_package(tmp_path)
    told = run(["lintian", "--allow-root", "--fail-on=error,warning", package])
    assert [line for line in told.splitlines() if line[:1] in "EW"] == []


@suites
def test_install_serve_upgrade_and_purge(suite, packages, tmp_path):
    """Without systemd, as in a container: nothing is started by the package, and the program as the unit says by this test."""
    root = DebianRoot(suite, tmp_path)
    with root.entered(), own_network():
        files, accounts = root.files(), root.accounts()
        root.run("dpkg", "--install", root.take(packages[0]))
        with started(root, "martlet.service") as server:
            assert b"Martlet is serving" in exchange(WEB).body
            assert f"process {server.pid}" in root.run("martlet", "status")
            root.run("logrotate", "--force", "/etc/logrotate.d/martlet")
            server.send_signal(signal.SIGUSR1)
            waiting.until(lambda: exchange(WEB).status == 200 and log(root).exists(), "a new access log")
            server.stop()
        write_application(root, "martlet.toml")
        with started(root, "martlet.service") as server:
            with slow_request(root) as slow:
                with Load() as load:
                    root.run("dpkg", "--install", "--force-confold", root.take(packages[1]))
                    root.run("martlet", "upgrade")
                    load.goes_on()
                (root.folder / "srv/shop/go").touch()
                assert slow.read_response().body.split()[0] == str(server.pid).encode()
            successor = int(exchange(WEB).body.split()[0])
            assert successor != server.pid and load.failures == []
            assert os.path.samefile(f"/proc/{successor}/exe", root.folder / "usr/bin/martlet")
            os.kill(successor, signal.SIGTERM)
            server.wait()
            waiting.until(lambda: not Path(f"/proc/{successor}").exists(), "the successor to end")
        (root.folder / "run/martlet.service").rmdir()
        clean_up(root)
        root.run("dpkg", "--purge", "martlet")
        assert (root.files() - files, root.accounts() - accounts) == (set(), set())


@suites
def test_with_systemd(suite, packages, tmp_path):
    root = Booted(suite, tmp_path, "systemd-sysv", "dbus")
    files, accounts = root.files(), root.accounts()
    with root.entered(), network_of(root.leader):
        root.run("dpkg", "--install", root.take(packages[0]))
        assert main_process(root, "martlet")
        assert b"Martlet is serving" in exchange(WEB).body
        root.run("systemctl", "reload", "martlet")
        assert "martlet" in root.run("martlet", "status")

        root.run("logrotate", "--force", "/etc/logrotate.d/martlet")
        waiting.until(lambda: exchange(WEB).status == 200 and log(root).exists(), "a new access log")

        write_application(root, "martlet.toml")
        write_application(root, "shop.toml", 8001)
        root.run("systemctl", "reload", "martlet")
        root.run("systemctl", "enable", "--now", "martlet@shop")
        users = [int(exchange(address).body.split()[1]) for address in (WEB, ("127.0.0.1", 8001))]
        assert 0 not in users and len(set(users)) == 2

        before = [main_process(root, unit) for unit in ("martlet", "martlet@shop")]
        with slow_request(root) as slow:
            with Load() as load:
                root.run("dpkg", "--install", "--force-confold", root.take(packages[1]))
                load.goes_on()
            (root.folder / "srv/shop/go").touch()
            assert slow.read_response().body.split()[0] == str(before[0]).encode()
        after = [main_process(root, unit) for unit in ("martlet", "martlet@shop")]
        assert not set(before) & {*after, 0} and load.failures == []
        assert exchange(WEB).body.split()[0] == str(after[0]).encode()

        # What took another's place is stopped as one that systemd has started itself: with the time to answer.
        with slow_request(root) as slow:
            root.run("systemctl", "stop", "--no-block", "martlet")
            waiting.until(lambda: state(root, "martlet") == "deactivating", "the stop to begin")
            (root.folder / "srv/shop/go").touch()
            assert slow.read_response().body.split()[0] == str(after[0]).encode()
        waiting.until(lambda: state(root, "martlet") == "inactive", "the service to end")
        assert root.run("systemctl", "show", "--property=Result", "--value", "martlet").strip() == "success"

        # The option: a socket of systemd's, which starts the service.
        root.run("systemctl", "start", "martlet.socket")
        assert main_process(root, "martlet") == 0
        assert exchange(WEB).status == 200 and main_process(root, "martlet")

        clean_up(root)
        root.run("dpkg", "--purge", "martlet")
        assert root.run("systemctl", "list-units", "--state=active", "--plain", "--no-legend", "martlet*") == ""
    assert (root.files() - files, root.accounts() - accounts) == (set(), set())


# What the tests have in common


@contextmanager
def started(root: DebianRoot, name: str) -> Iterator[Server]:
    """The program as a unit says, by somebody who is not systemd."""
    unit = dict(re.findall(r"^(\w+)=(.*)$", (root.folder / "usr/lib/systemd/system" / name).read_text(), re.MULTILINE))
    runtime, user = f"/run/{unit['RuntimeDirectory'].replace('%n', name)}", unit["User"]
    root.run("install", "-d", "-o", user, "-m", unit["RuntimeDirectoryMode"], runtime)
    capabilities = "-all,+" + unit["AmbientCapabilities"].removeprefix("CAP_").lower()
    as_user = ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups", "--no-new-privs"]
    as_user += [f"--{kind}={capabilities}" for kind in ("bounding-set", "inh-caps", "ambient-caps")]
    variables = [f"{key}={value}" for key, value in {**ENVIRONMENT, "RUNTIME_DIRECTORY": runtime}.items()]
    with Server(root.inside(*as_user, "env", "-i", *variables, *shlex.split(unit["ExecStart"])), cwd=Path("/")) as server:
        yield server


def write_application(root: DebianRoot, file: str, port: int = 80) -> None:
    folder = root.folder / "srv/shop"
    folder.mkdir(exist_ok=True)
    folder.chmod(0o777)
    (folder / "shop.py").write_text(APPLICATION)
    text = f'bind = ":{port}"\n[route."/"]\nwsgi = "shop:application"\ndirectory = "/srv/shop"\nworkers = 2\n'
    (root.folder / "etc/martlet" / file).write_text(text)


def clean_up(root: DebianRoot) -> None:
    """What an administrator has added is the administrator's to remove."""
    shutil.rmtree(root.folder / "srv/shop")
    (root.folder / "etc/martlet/shop.toml").unlink(missing_ok=True)


def log(root: DebianRoot) -> Path:
    return root.folder / "var/log/martlet/access.log"


def main_process(root: DebianRoot, unit: str) -> int:
    return int(root.run("systemctl", "show", "--property=MainPID", "--value", unit))


def state(root: DebianRoot, unit: str) -> str:
    return root.run("systemctl", "show", "--property=ActiveState", "--value", unit).strip()


def slow_request(root: DebianRoot) -> Connection:
    """One that the application has, and answers when it is told to."""
    places = [root.folder / folder / "asked" for folder in ("srv/shop", "var/lib/private/martlet")]
    for former in [*places, root.folder / "srv/shop/go"]:
        former.unlink(missing_ok=True)
    connection = Connection(WEB, deadline=120).send(request_bytes("/slow"))
    waiting.until(lambda: any(place.exists() for place in places), "the application to be asked")
    return connection


class Load:
    """A client that asks all the time, over new connections; each failure is noted."""

    def __init__(self):
        self.failures: list[str] = []
        self.answers = 0
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._ask)

    def __enter__(self) -> "Load":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()

    def goes_on(self) -> None:
        before = self.answers
        waiting.until(lambda: self.answers > before + 20, "more answers")

    def _ask(self) -> None:
        while not self._is_over.is_set():
            try:
                status = exchange(WEB).status
                if status != 200:
                    self.failures.append(f"status {status}")
            except Exception as failure:
                self.failures.append(repr(failure))
            self.answers += 1
