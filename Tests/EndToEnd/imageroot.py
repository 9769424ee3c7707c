"""The root of a container's image, made without an engine: what the lines of a Dockerfile say is done in a root of Debian's packages."""

import json
import os
import shlex
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from program import ROOT, built


@dataclass
class Image:
    root: Path
    environment: dict[str, str] = field(default_factory=lambda: {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"})
    folder: str = "/"
    user: str = "0"
    signal: str = "SIGTERM"
    health: list[str] = field(default_factory=list)
    entry: list[str] = field(default_factory=list)
    command: list[str] = field(default_factory=list)

    def follow(self, dockerfile: Path) -> None:
        """Does what the last stage of a Dockerfile says; what it does not know fails."""
        for line in instructions(dockerfile):
            word, _, rest = line.partition(" ")
            match word:
                case "FROM":
                    pass  # The root is Debian's in place of it.
                case "COPY":
                    self.copy(dockerfile.parent, rest.split())
                case "RUN":
                    self.run(rest)
                case "ENV":
                    self.environment |= dict(pair.split("=", 1) for pair in shlex.split(rest))
                case "WORKDIR":
                    self.folder = rest
                    self.inside(rest).mkdir(parents=True, exist_ok=True)
                case "USER":
                    self.user = "0" if rest == "root" else rest
                case "STOPSIGNAL":
                    self.signal = rest
                case "HEALTHCHECK":
                    self.health = json.loads(rest.partition("CMD ")[2])
                case "ENTRYPOINT":
                    self.entry = json.loads(rest)
                case "CMD":
                    self.command = json.loads(rest)
                case "EXPOSE":
                    pass
                case _:
                    pytest.fail(f"{dockerfile}: nothing here does {line!r}")

    def inside(self, path: str) -> Path:
        return self.root / os.path.normpath(os.path.join("/", self.folder, path)).lstrip("/")

    def copy(self, context: Path, words: list[str]) -> None:
        target = self.inside(words[-1])
        if words[0] == "--from=build":
            prefix, stage = words[1], self.root.parent / "stage"
            install(stage, prefix)
            shutil.copytree(stage / prefix.lstrip("/"), target, dirs_exist_ok=True)
            return
        for name in words[:-1]:
            shutil.copy(context / name, target)

    def run(self, command: str) -> None:
        if command.startswith("pip install"):
            # The packages of the tests, in the place of those of the network.
            import flask

            site = Path(flask.__file__).parents[1]
            (own,) = self.root.glob("usr/local/lib/python3*/dist-packages")
            for name in ("flask", "werkzeug", "jinja2", "markupsafe", "itsdangerous", "click", "blinker"):
                shutil.copytree(site / name, own / name, ignore=shutil.ignore_patterns("*.so", "__pycache__"))
            return
        if command.startswith("apt-get"):
            # They are there from the beginning.
            subprocess.run(["chroot", self.root, "dpkg", "--status", *packages(command)], check=True, stdout=subprocess.DEVNULL)
            return
        subprocess.run(["chroot", self.root, "sh", "-ec", command], env=self.environment, check=True, timeout=120)


def instructions(dockerfile: Path) -> list[str]:
    """Those of the last stage."""
    lines = [line for line in dockerfile.read_text().replace("\\\n", " ").splitlines() if line and not line.startswith("#")]
    last = max(index for index, line in enumerate(lines) if line.startswith("FROM "))
    return lines[last:]


def install(stage: Path, prefix: str) -> None:
    """`make install` of what is built."""
    command = ["make", "-o", "build", "install", f"DESTDIR={stage}", f"PREFIX={prefix}", f"BIN={Path(built('martlet')).parent}"]
    subprocess.run(command, cwd=ROOT, check=True, timeout=120, stdout=subprocess.DEVNULL)


def packages(command: str) -> list[str]:
    """Those that a line installs."""
    named = command.partition("apt-get install ")[2].partition("&&")[0].split()
    return [word for word in named if not word.startswith("-")]


def debian(folder: Path, dockerfile: Path) -> Image:
    """A root with Python, as small as Debian makes it, and with the packages that the Dockerfile installs."""
    root = folder / "root"
    needed = [package for line in instructions(dockerfile) for package in packages(line)]
    command = ["debootstrap", "--variant=minbase", f"--include={','.join(['python3', *needed])}", "bookworm", str(root)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    return Image(root)
