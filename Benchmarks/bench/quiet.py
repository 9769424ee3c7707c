"""Whether the machine is free for a benchmark."""

from __future__ import annotations

import time

BUSY_SHARE = 0.05


def busy_share(seconds: float = 1.0) -> float:
    """The share of all cores that others use while this program waits, from the first line of /proc/stat (proc(5))."""
    before = times()
    time.sleep(seconds)
    used = [now - then for now, then in zip(times(), before)]
    idle = used[3] + used[4]
    return 1 - idle / max(sum(used), 1)


def times() -> list[int]:
    with open("/proc/stat", encoding="ascii") as file:
        return [int(value) for value in file.readline().split()[1:9]]


def warning(share: float) -> str:
    """A sentence for the report, empty when there is nothing to say."""
    if share <= BUSY_SHARE:
        return ""
    return f"Other programs used {share:.0%} of the machine when the run started: expect a wide spread."
