"""Builds what people install, from the programs that are built."""

import os
import subprocess
import sys
from pathlib import Path

from program import ROOT, built

PACKAGING = ROOT / "Packaging"


def build_folder() -> Path:
    """Where the programs under test are, with the lists of what the linker got."""
    return Path(built("martlet")).parent


def debian_package(folder: Path, **environment: str) -> Path:
    return made("debian/build", folder, DPKG_DEB_OPTIONS="-Zgzip -z1", **environment)


def archive(folder: Path, **environment: str) -> Path:
    return made("tarball/build", folder, **environment)


def bill_of_materials(folder: Path) -> Path:
    path = folder / "martlet.spdx.json"
    run([sys.executable, PACKAGING / "sbom", build_folder(), path])
    return path


def made(script: str, folder: Path, **environment: str) -> Path:
    """The path that the script prints of what it has made."""
    return Path(run([sys.executable, PACKAGING / script, build_folder(), folder], **environment).strip())


def run(command: list, **environment: str) -> str:
    """What a command prints, which has to succeed."""
    finished = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **environment})
    assert finished.returncode == 0, f"{command}: exit code {finished.returncode}\n{finished.stdout}\n{finished.stderr}"
    return finished.stdout
