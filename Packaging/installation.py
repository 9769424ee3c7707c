"""What an installation has in its prefix, whoever installs it: the Debian package and the archive hold the same files."""

import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import build_facts
import man_commands
import man_settings
import welcome
from release import Release

# Where each shell looks for what completes a command, below the prefix.
COMPLETIONS = {
    "bash": "share/bash-completion/completions/martlet",
    "zsh": "share/zsh/site-functions/_martlet",
    "fish": "share/fish/vendor_completions.d/martlet.fish",
}


@dataclass(frozen=True)
class Entry:
    path: str
    data: bytes
    mode: int = 0o644


def entries(build: Path, release: Release) -> list[Entry]:
    """Of the programs in a folder of builds."""
    martlet = build / "martlet"
    pages = {**man_commands.pages(martlet, release), "martlet.toml.5": man_settings.text(martlet, release)}
    return [
        Entry("bin/martlet", build_facts.stamped(stripped(martlet), release), 0o755),
        Entry("lib/martlet/libMartletWorker.so", stripped(build / "libMartletWorker.so")),
        Entry("share/martlet/welcome/index.html", welcome.page().encode()),
        *(Entry(f"share/man/man{name[-1]}/{name}", text.encode()) for name, text in pages.items()),
        *(Entry(path, completion(martlet, shell)) for shell, path in COMPLETIONS.items()),
    ]


def stripped(program: Path) -> bytes:
    """Without the symbols, which are two thirds of it."""
    with tempfile.TemporaryDirectory() as folder:
        small = Path(folder, program.name)
        subprocess.run(["strip", "--strip-unneeded", "-R", ".comment", "-R", ".note", "-o", small, program], check=True)
        return small.read_bytes()


def completion(martlet: Path, shell: str) -> bytes:
    command = [martlet, "--generate-completion-script", shell]
    script = subprocess.run(command, check=True, capture_output=True).stdout
    # It is read by a shell, and no program.
    return script.removeprefix(b"#!/bin/bash\n")


def write(contents: list[Entry], folder: Path, epoch: int) -> None:
    """Writes them with the date of the release and the modes that they say, whatever the umask."""
    for each in contents:
        path = folder / each.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(each.data)
        path.chmod(each.mode)
    for path in [*sorted(folder.rglob("*"), reverse=True), folder]:
        if path.is_dir():
            path.chmod(0o755)
        os.utime(path, (epoch, epoch))
