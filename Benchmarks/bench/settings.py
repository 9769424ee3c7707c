"""What the command line chose."""

from __future__ import annotations

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    rounds: int = 5
    seconds: int = 5
    connections: int = 32
    threads: "int | None" = None
    """In place of every peer's own number of threads."""

    # One core for the server and another for the load, so that neither takes from the other and a server cannot win by
    # having two processes.
    server_core: int = 0
    load_core: int = 1

    @property
    def warm_up_seconds(self) -> int:
        return max(1, self.seconds // 4)

    @property
    def light_seconds(self) -> int:
        return max(1, self.seconds // 2)

    @property
    def in_process_seconds(self) -> int:
        """The application alone, once a round: a loop without a network settles sooner than a server."""
        return max(1, self.seconds // 2)

    @property
    def slow_clients_seconds(self) -> int:
        """Beside clients that send a piece a second: as many pieces, however short the run is."""
        return max(10, 2 * self.seconds)


def cores() -> list[int]:
    return sorted(os.sched_getaffinity(0))
