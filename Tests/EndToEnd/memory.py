"""The memory of processes, as the kernel counts it."""

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

MB = 1 << 20


def private_memory(pid: int) -> int:
    """Bytes that the process has written and shares with no file: without programs, libraries and the requests' region, whose
    size does not change."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    fields = dict(line.split(":") for line in text.splitlines()[1:])
    return sum(int(fields[name].split()[0]) for name in ("Anonymous", "Swap")) * 1024



class Peak:
    """The largest growth of each process while a block runs, looked at twenty times a second."""

    def __init__(self, pids: Callable[[], Sequence[int]]):
        self.before = {pid: private_memory(pid) for pid in pids()}
        self.peak = dict(self.before)
        self._pids = pids
        self._enough = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    @property
    def growth(self) -> int:
        return max(self.peak[pid] - self.before[pid] for pid in self.before)

    def __enter__(self) -> "Peak":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._enough.set()
        self._thread.join()

    def __str__(self) -> str:
        return ", ".join(f"{self.before[pid] / MB:.1f} → {self.peak[pid] / MB:.1f} MB" for pid in self.before)

    def _look(self) -> None:
        while not self._enough.wait(0.05):
            for pid in self._pids():
                if pid in self.peak:
                    self.peak[pid] = max(self.peak[pid], private_memory(pid))
