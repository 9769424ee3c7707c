"""The licences of all that is in the program: Martlet's, those of the Swift packages, and those of the libraries of the system."""

from __future__ import annotations

import sys
from pathlib import Path

from archive import Entry
from link import INSIDE

ROOT = Path(__file__).resolve().parents[2]


def licences(build: Path, folder: str) -> list[Entry]:
    entries = [Entry(f"{folder}/LICENSE", (ROOT / "LICENSE").read_bytes())]
    for file in sorted((build / "checkouts").glob("*/*")):
        if file.is_file() and file.stem.upper() in ("LICENSE", "NOTICE", "COPYING"):
            entries.append(Entry(f"{folder}/{file.parent.name}/{file.name}", file.read_bytes()))
    for name in sorted(set(INSIDE.values())):
        file = Path("/usr/share/doc") / name / "copyright"
        if not file.is_file():
            sys.exit(f"{file} is missing, the licence of a library that goes into the program: install the package {name}.")
        entries.append(Entry(f"{folder}/{name}/copyright", file.read_bytes()))
    return entries
