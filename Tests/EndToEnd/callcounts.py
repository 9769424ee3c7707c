"""Counts what a process asks of the C library: `counting/count_calls.c` is compiled and loaded into it with LD_PRELOAD."""

import os
import shutil
import struct
import subprocess
from dataclasses import dataclass
from pathlib import Path

from needs import refuse

SOURCE = Path(__file__).resolve().parent / "counting" / "count_calls.c"


@dataclass(frozen=True)
class Calls:
    """Calls since the process began, or in a stretch of its life, or a request."""

    allocations: float
    locks: float

    def __sub__(self, other: "Calls") -> "Calls":
        return Calls(self.allocations - other.allocations, self.locks - other.locks)

    def __truediv__(self, count: int) -> "Calls":
        return Calls(self.allocations / count, self.locks / count)


class CallCounter:
    """A compiled counter; `folder` is where the processes that it is loaded into keep their counts."""

    def __init__(self, folder: Path):
        self._folder = folder / "counts"
        self._folder.mkdir()
        self._library = folder / "count_calls.so"
        command = [compiler(), "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o", str(self._library), str(SOURCE)]
        finished = subprocess.run([*command, "-ldl"], stdin=subprocess.DEVNULL, capture_output=True, text=True)
        assert finished.returncode == 0, f"{SOURCE.name} does not compile:\n{finished.stderr}"

    @property
    def env(self) -> dict[str, str]:
        """What the environment of a process needs for it, and for those that it starts, to be counted."""
        return {"LD_PRELOAD": str(self._library), "CALL_COUNTS": str(self._folder)}

    def calls(self, pid: int) -> Calls:
        return Calls(*struct.unpack("=QQ", (self._folder / str(pid)).read_bytes()))


def compiler() -> str:
    """A C compiler: the system's, or the clang that comes with Swift."""
    for name in filter(None, [os.environ.get("CC"), "cc", "clang", "gcc"]):
        if path := shutil.which(name):
            return path
    if swift := shutil.which("swift"):
        beside = Path(swift).resolve().with_name("clang")
        if beside.exists():
            return str(beside)
    refuse("missing on this machine: a C compiler (`cc`, or the `clang` that comes with Swift)")
    raise AssertionError("refuse does not return")
