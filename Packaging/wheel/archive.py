"""A wheel: a zip file whose list, RECORD, has the hash of everything in it (PEP 427). The same entries make the same bytes."""

from __future__ import annotations

import base64
import hashlib
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Entry:
    name: str
    content: bytes
    is_program: bool = False


def write_wheel(path: Path, info: str, entries: list[Entry], seconds: int, level: int) -> None:
    """Writes the entries, sorted, and RECORD last, all of the one time (since 1970). `info` is the folder of RECORD, 0 the `level` of a
    wheel that is read once, 9 of one that travels."""
    record = f"{info}/RECORD"
    ordered = sorted(entries, key=lambda entry: (entry.name.startswith(info), entry.name))
    lines = [f"{entry.name},sha256={digest(entry.content)},{len(entry.content)}\n" for entry in ordered]
    lines.append(f"{record},,\n")
    # A zip file knows no time before 1980.
    moment = max(time.gmtime(seconds)[:6], (1980, 1, 1, 0, 0, 0))
    partial = path.with_suffix(".partial")
    with zipfile.ZipFile(partial, "w") as wheel:
        for entry in [*ordered, Entry(record, "".join(lines).encode())]:
            member = zipfile.ZipInfo(entry.name, moment)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.create_system = 3  # Unix, whichever system this is
            member.external_attr = (0o100755 if entry.is_program else 0o100644) << 16
            wheel.writestr(member, entry.content, compresslevel=level)
    partial.replace(path)


def digest(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
