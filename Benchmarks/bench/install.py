"""Brings the peers into the benchmark's own folders; each step is skipped when its result is there already.

Python packages go to `.venv`, the Hummingbird program is built in its own folder, and nginx, wrk and what the Python
packages need to be compiled come from Debian's packages, which only root can install.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Iterable

from . import places
from .failure import Failure
from .nginx import program as nginx_program

H2LOAD = (("h2load", "nghttp2-client"), ("curl", "curl"))
HEADERS = ("/usr/include", "/usr/local/include")


def install(
    python_peers: bool,
    nginx: bool,
    hummingbird: bool,
    wrk: bool = True,
    caddy: bool = False,
    h2load: bool = False,
    haproxy: bool = False,
) -> None:
    """Installs what is missing of what a run needs; raises `Failure` when something cannot be had."""
    install_debian(missing_debian(python_peers, nginx, wrk, caddy, h2load, haproxy))
    if python_peers:
        install_python()
    if hummingbird:
        build_hummingbird()


def require_martlet(programs: Iterable[Path]) -> None:
    """Raises `Failure` when Martlet itself has not been built."""
    missing = [program.name for program in programs if not program.exists()]
    if missing:
        raise Failure(
            f"{' and '.join(missing)} not found in .build/release, or where MARTLET, SWIFT_HELLO and FRAMEWORK_APP say: "
            "run `make build` first (or measure the others alone with --peers-only)"
        )


def missing_debian(
    python_peers: bool,
    nginx: bool,
    wrk: bool,
    caddy: bool = False,
    h2load: bool = False,
    haproxy: bool = False,
) -> list[str]:
    """The Debian packages that have to be installed."""
    packages = []
    if wrk and not shutil.which("wrk"):
        packages.append("wrk")
    if caddy and not shutil.which("caddy"):
        packages.append("caddy")
    if haproxy and not shutil.which("haproxy"):
        packages.append("haproxy")
    if h2load:
        packages += [package for tool, package in H2LOAD if not shutil.which(tool)]
    if nginx and not nginx_program():
        packages.append("nginx-light")
    if python_peers and not python_is_installed():
        if not shutil.which("cc"):
            packages.append("build-essential")
        if not any(Path(folder, "ev.h").exists() for folder in HEADERS):
            packages.append("libev-dev")
        if not Path(sysconfig.get_paths()["include"], "Python.h").exists():
            packages.append("python3-dev")
        if sys.executable == "/usr/bin/python3" and not Path(sysconfig.get_paths()["stdlib"], "ensurepip").exists():
            packages.append("python3-venv")
    return packages


def install_debian(packages: list[str]) -> None:
    if not packages:
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise Failure(
            f"missing: {', '.join(packages)}. Install them, on Debian: sudo apt-get install {' '.join(packages)}"
        )
    # nginx's package would start its service; with this RUNLEVEL invoke-rc.d does not, for just this one call.
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    run(["apt-get", "update", "-qq"], "refresh the list of Debian packages", environment)
    run(
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages],
        f"install {', '.join(packages)}",
        environment,
    )


def install_python() -> None:
    """Creates `.venv` from `requirements.txt` with the Python that runs this program."""
    if python_is_installed():
        return
    shutil.rmtree(places.VENV, ignore_errors=True)
    run([sys.executable, "-m", "venv", str(places.VENV)], "create Benchmarks/.venv")
    run(
        [str(places.PYTHON), "-m", "pip", "install", "--quiet", "-r", str(places.REQUIREMENTS)],
        "install the Python peers (uWSGI and bjoern are compiled, which takes minutes)",
    )
    stamp().write_text(fingerprint())


def python_is_installed() -> bool:
    return places.PYTHON.exists() and stamp().exists() and stamp().read_text() == fingerprint()


def stamp() -> Path:
    return places.VENV / "installed-requirements"


def fingerprint() -> str:
    """Changes when the environment has to be made anew."""
    return hashlib.sha256(places.REQUIREMENTS.read_bytes() + sys.version.encode()).hexdigest()


def build_hummingbird() -> None:
    sources = [places.HUMMINGBIRD_PACKAGE / "Package.swift", *places.HUMMINGBIRD_PACKAGE.glob("Sources/**/*.swift")]
    newest = max(source.stat().st_mtime for source in sources)
    if places.HUMMINGBIRD.exists() and places.HUMMINGBIRD.stat().st_mtime > newest:
        return
    if not shutil.which("swift"):
        raise Failure("swift not found: install Swift 6.2 or newer from swift.org to build the Hummingbird peer")
    command = ["swift", "build", "-c", "release", "--package-path", str(places.HUMMINGBIRD_PACKAGE)]
    run(command, "build hummingbird-hello (minutes, the first time)")
    places.HUMMINGBIRD.touch()


def run(command: list[str], purpose: str, environment: dict[str, str] | None = None) -> None:
    print(f"· {purpose}", file=sys.stderr, flush=True)
    finished = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if finished.returncode != 0:
        tail = "\n".join(finished.stdout.splitlines()[-30:])
        raise Failure(f"could not {purpose}; the last lines of `{command[0]}` were:\n{tail}")
