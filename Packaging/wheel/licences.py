"""The licences of all that is in the program: Martlet's, those of the Swift packages, and those of the libraries of the system."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from archive import Entry
from link import INSIDE

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Packaging"))

import components  # noqa: E402
from notices import texts_of  # noqa: E402

# Of the libraries of the system that go into the program, by their package.
OF_SYSTEM = {"libzstd-dev": "BSD-3-Clause", "libbrotli-dev": "MIT", "libcrypt-dev": "LGPL-2.1-or-later"}


def parts(build: Path) -> list[components.Component]:
    """What is linked into the program, but for the libraries of the system."""
    return [part for part in components.all_of(build / "release") if not part.is_loaded]


def expression(build: Path) -> str:
    """All of them together, as SPDX writes it (PEP 639)."""
    names = {name for part in parts(build) for name in part.licence.split(" AND ")} | set(OF_SYSTEM.values())
    return " AND ".join(sorted(names, key=lambda name: (name != "Apache-2.0", name)))


def licences(build: Path, folder: str) -> list[Entry]:
    entries = {"LICENSE": (ROOT / "LICENSE").read_bytes()}
    for part in parts(build):
        for name, text in texts_of(part).items():
            entries[f"{part.name}/{name}"] = text.encode()
    swift = Path(shutil.which("swift") or "swift").resolve().parents[1] / "share/swift/LICENSE.txt"
    entries["swift-runtime/LICENSE.txt"] = swift.read_bytes()
    for name in sorted(set(INSIDE.values())):
        file = Path("/usr/share/doc") / name / "copyright"
        if not file.is_file():
            sys.exit(f"{file} is missing, the licence of a library that goes into the program: install the package {name}.")
        entries[f"{name}/copyright"] = file.read_bytes()
        # Debian's page of a package leads to the text, and a wheel goes to where that is not.
        if OF_SYSTEM[name].startswith("LGPL"):
            common = OF_SYSTEM[name].removesuffix("-or-later")
            entries[f"{name}/{common}"] = (Path("/usr/share/common-licenses") / common).read_bytes()
    return [Entry(f"{folder}/{name}", content) for name, content in entries.items()]
