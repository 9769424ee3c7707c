"""Roots of Debian releases, which debootstrap makes: systems with nothing in them but Python."""

import os
import shutil
import ssl
import subprocess
from pathlib import Path

from needs import requires, requires_root

MIRROR = "http://deb.debian.org/debian"
INCLUDED = "python3,python3-venv"


def make_root(folder: Path, release: str) -> Path:
    """A root of the release in a folder. It has this machine's name server, certificates and settings of pip."""
    requires("debootstrap", "unshare")
    requires_root("debootstrap and chroot take root")
    command = ["debootstrap", "--variant=minbase", f"--include={INCLUDED}", release, str(folder), MIRROR]
    made = subprocess.run(command, capture_output=True, text=True, timeout=900)
    assert made.returncode == 0, made.stdout[-4000:] + made.stderr[-2000:]
    shutil.copy("/etc/resolv.conf", folder / "etc" / "resolv.conf")
    certificates = os.environ.get("PIP_CERT") or ssl.get_default_verify_paths().cafile
    if certificates:
        shutil.copy(certificates, folder / "etc" / "certificates.pem")
    return folder


def in_root(root: Path, *command: str) -> list[str]:
    """The command, to be run in the root, with a /proc of its own that goes with it."""
    settings = {name: value for name, value in os.environ.items() if name.startswith("PIP_") and name != "PIP_FIND_LINKS"}
    settings |= {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LANG": "C.UTF-8"}
    if (root / "etc" / "certificates.pem").exists():
        settings["PIP_CERT"] = "/etc/certificates.pem"
    words = [f"{name}={value}" for name, value in settings.items()]
    enter = 'mount -t proc proc "$0/proc" && exec chroot "$0" "$@"'
    return ["unshare", "--mount", "sh", "-c", enter, str(root), "env", "-i", *words, *command]
