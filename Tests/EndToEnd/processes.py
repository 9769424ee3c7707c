"""Processes as /proc shows them."""

import os
import signal
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Process:
    pid: int
    name: str
    state: str
    parent: int
    session: int


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
            state, parent, _, session = text[text.rindex(")") + 1 :].split()[:4]
            if state not in "ZX":
                found.append(Process(int(entry), name, state, int(parent), int(session)))
    return found


def children_of(pid: int) -> list[int]:
    return sorted(process.pid for process in all_processes() if process.parent == pid)


def is_keeper(pid: int) -> bool:
    """Whether it is the process that ends what commands and scripts leave behind when the server is killed."""
    try:
        return Path("/proc", str(pid), "cmdline").read_bytes().endswith(b"\0keep-groups\0")
    except (FileNotFoundError, ProcessLookupError):
        return False


def members_of_session(session: int) -> list[int]:
    """The processes that descend from the one that began the session, in whatever process groups they are."""
    return sorted(process.pid for process in all_processes() if process.session == session)


def signal_session(session: int, number: signal.Signals) -> None:
    for pid in members_of_session(session):
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass


def is_alive(pid: int) -> bool:
    return any(process.pid == pid for process in all_processes())
