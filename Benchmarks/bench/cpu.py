"""What a server costs: CPU time and memory of all its processes, read from /proc.

A server's processes are those that descend from the one that was started, and those of its session: a child that was
handed to init when its parent ended is still found by the latter. The time of children that ended and were waited for
is in their parent's `cutime` and `cstime`.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Process:
    pid: int
    parent: int
    session: int
    ticks: int


def processes_of(root: int) -> list[Process]:
    """The processes of the server whose first process (and session) is `root`."""
    everything = [process for process in map(read_process, process_ids()) if process]
    members = {process.pid for process in everything if process.pid == root or process.session == root}
    grown = True
    while grown:
        children = {process.pid for process in everything if process.parent in members}
        grown = not children <= members
        members |= children
    return [process for process in everything if process.pid in members]


def cpu_seconds(root: int) -> float:
    """User and system time that the server has used since it started."""
    return sum(process.ticks for process in processes_of(root)) / TICKS_PER_SECOND


def memory_bytes(root: int) -> int:
    """Proportional set size of the server: a page shared by n processes counts 1/n in each, so once in the sum.

    RSS would count the shared pages of prefork servers, and Martlet's shared memory, once for every process.
    """
    return sum(proportional_set_size(process.pid) for process in processes_of(root))


def process_ids() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def read_process(pid: int) -> Process | None:
    """One line of /proc/PID/stat (proc(5)); `None` when the process has ended meanwhile."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            line = file.read()
    except OSError:
        return None
    # The name in parentheses may hold spaces and parentheses itself: the fields are counted from the last one.
    fields = line[line.rindex(")") + 2 :].split()
    return Process(pid, parent=int(fields[1]), session=int(fields[3]), ticks=sum(map(int, fields[11:15])))


def proportional_set_size(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
            for line in file:
                if line.startswith("Pss:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0
