"""A Debian of its own in a folder, made by debootstrap, in which packages are installed. For root."""

import os
import re
import shutil
import subprocess
from contextlib import ExitStack, contextmanager
from collections.abc import Iterator
from pathlib import Path

from needs import refuse, requires, requires_root
from waiting import until

MIRROR = os.environ.get("MARTLET_DEBIAN_MIRROR", "http://deb.debian.org/debian")

# What the package depends on and recommends: after that, nothing is fetched any more. logrotate has dependencies that debootstrap
# does not sort out, and is apt's to install.
INCLUDED = "adduser,ca-certificates,libbrotli1,libcrypt1,libstdc++6,libzstd1,python3,zlib1g"

# What an installation and its removal write besides what is installed.
BESIDE = re.compile(
    r"(proc|sys|dev|run|tmp|root)/|var/(lib/(dpkg|systemd|logrotate|dbus)|tmp|cache|log/(?!martlet))"
    r"|etc/(passwd|shadow|group|gshadow|subuid|subgid)-?/|etc/(\.pwd\.lock|machine-id|\.updated|systemd/system/[^/]*\.wants)/$"
    r"|var/(lib/private/|\.updated/)$"
)


class DebianRoot:
    def __init__(self, suite: str, folder: Path, *more: str):
        requires("debootstrap")
        requires_root("a Debian of its own needs root")
        self.folder = folder / suite
        include = ",".join([INCLUDED, *more])
        command = ["debootstrap", "--variant=minbase", f"--include={include}", suite, self.folder, MIRROR]
        made = subprocess.run(command, capture_output=True, text=True)
        if made.returncode != 0:
            refuse(f"debootstrap {suite} from {MIRROR} failed: {made.stdout[-500:]} {made.stderr[-500:]}")
        with DebianRoot.entered(self):
            self.run_in_folder("apt-get", "install", "--quiet", "--yes", "--no-install-recommends", "logrotate")

    @contextmanager
    def entered(self) -> Iterator[None]:
        """With /proc, and what a program needs of /dev, while something runs in it."""
        subprocess.run(["mount", "-t", "proc", "proc", self.folder / "proc"], check=True)
        try:
            yield
        finally:
            subprocess.run(["umount", "--lazy", self.folder / "proc"], check=True)

    def run(self, *command: str) -> str:
        """What a command in it prints, which has to succeed."""
        return succeed(self.inside(*command))

    def run_in_folder(self, *command: str) -> str:
        return succeed(["chroot", str(self.folder), *command])

    def inside(self, *command: str) -> list[str]:
        return ["chroot", str(self.folder), *command]

    def take(self, package: Path) -> str:
        """Copies a package into it; the path inside."""
        shutil.copy(package, self.folder / "root" / package.name)
        return f"/root/{package.name}"

    def files(self) -> set[str]:
        """All there are, but for what dpkg and others keep of their own."""
        paths = (os.path.join(folder, name) for folder, folders, names in os.walk(self.folder) for name in folders + names)
        return {path for path in (os.path.relpath(each, self.folder) for each in paths) if not BESIDE.match(path + "/")}

    def accounts(self) -> set[str]:
        """Users and groups."""
        return {
            line.split(":")[0] for file in ("passwd", "group") for line in (self.folder / "etc" / file).read_text().splitlines()
        }


ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"}


def succeed(command: list[str]) -> str:
    finished = subprocess.run(command, capture_output=True, text=True, env=ENVIRONMENT)
    assert finished.returncode == 0, f"{command}: {finished.returncode}\n{finished.stdout}{finished.stderr}"
    return finished.stdout + finished.stderr


class Booted(DebianRoot):
    """With systemd as process 1, in a network of its own."""

    @contextmanager
    def entered(self) -> Iterator[None]:
        requires("systemd-nspawn")
        command = ["systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--private-network", "--boot"]
        with ExitStack() as stack:
            console = stack.enter_context(open(self.folder.parent / "console", "wb"))
            nspawn = subprocess.Popen(
                [*command, f"--directory={self.folder}"], stdin=subprocess.DEVNULL, stdout=console, stderr=console
            )
            stack.callback(nspawn.wait)
            stack.callback(nspawn.terminate)
            self.leader = until(lambda: systemd_below(nspawn.pid), "systemd to start")
            until(lambda: self.is_up, "systemd to be up", deadline=120)
            yield

    @property
    def is_up(self) -> bool:
        asked = subprocess.run(self.inside("systemctl", "is-system-running"), capture_output=True, text=True, env=ENVIRONMENT)
        return asked.stdout.strip() in ("running", "degraded")

    def inside(self, *command: str) -> list[str]:
        return ["nsenter", f"--target={self.leader}", "--mount", "--uts", "--ipc", "--net", "--pid", *command]


def systemd_below(pid: int) -> int | None:
    """A child that is systemd already: there are others before it."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return next((int(child) for child in children if Path(f"/proc/{child}/comm").read_text() == "systemd\n"), None)
