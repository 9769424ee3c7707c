"""The Pythons of this machine."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

OLDEST = (3, 9)


@dataclass(frozen=True)
class Python:
    path: str
    version: str

    @property
    def is_supported(self) -> bool:
        return tuple(int(part) for part in self.version.split(".")[:2]) >= OLDEST


def pythons_of_this_machine() -> list[Python]:
    """pyenv's and the system's, each asked for its version; what does not answer is left out."""
    candidates = [*sorted(Path.home().glob(".pyenv/versions/*/bin/python")), Path("/usr/bin/python3")]
    found = [Python(str(path), version) for path in candidates if (version := version_of(path))]
    return sorted(found, key=lambda python: [int(part) for part in python.version.split(".")[:2]])


def version_of(path: Path) -> str | None:
    question = (
        "import platform, sys; sys.stdout.write(platform.python_implementation() + ' ' + platform.python_version())"
    )
    try:
        answer = subprocess.run([str(path), "-c", question], capture_output=True, text=True, timeout=60)
    except OSError:
        return None
    implementation, _, version = answer.stdout.partition(" ")
    return version if answer.returncode == 0 and implementation == "CPython" else None
