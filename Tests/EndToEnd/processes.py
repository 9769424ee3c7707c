"""Processes as /proc shows them."""

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Process:
    pid: int
    name: str
    state: str
    parent: int
    group: int


def all_processes() -> list[Process]:
    """Every process that has not ended; those that ended and wait for their parent (zombies) are left out."""
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                text = Path("/proc", entry, "stat").read_text(errors="replace")
            except (FileNotFoundError, ProcessLookupError):
                continue
            # The name stands in brackets and may itself hold brackets and spaces.
            name = text[text.index("(") + 1 : text.rindex(")")]
            state, parent, group = text[text.rindex(")") + 1 :].split()[:3]
            if state not in "ZX":
                found.append(Process(int(entry), name, state, int(parent), int(group)))
    return found


def children_of(pid: int) -> list[int]:
    return sorted(process.pid for process in all_processes() if process.parent == pid)


def members_of_group(group: int) -> list[Process]:
    return [process for process in all_processes() if process.group == group]


def is_alive(pid: int) -> bool:
    return any(process.pid == pid for process in all_processes())
