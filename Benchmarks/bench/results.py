"""The figures of a run, by case, server and round, and what is computed from them."""

from __future__ import annotations

from collections import defaultdict
from statistics import median
from typing import Dict, Iterable, List

from .measure import Figures


class Results:
    """Figures by case and server; a server that failed in a round has none for it, so every figure keeps its round."""

    def __init__(self) -> None:
        self.rounds: Dict[str, Dict[str, Dict[int, Figures]]] = defaultdict(lambda: defaultdict(dict))
        self.failures: Dict[str, Dict[str, str]] = defaultdict(dict)

    def add(self, case: str, server: str, round_number: int, figures: Figures) -> None:
        self.rounds[case][server][round_number] = figures

    def fail(self, case: str, server: str, reason: str) -> None:
        self.failures[case][server] = reason

    def values(self, case: str, server: str, figure: str, unit_of: str | None = None) -> List[float]:
        """One value a round; with `unit_of`, divided by that server's figure of the same round."""
        own = self.rounds.get(case, {}).get(server, {})
        if unit_of is None:
            return [figures[figure] for figures in own.values() if figure in figures]
        unit = self.rounds.get(case, {}).get(unit_of, {})
        return [own[number][figure] / unit[number][figure] for number in own if unit.get(number, {}).get(figure)]

    def median(self, case: str, server: str, figure: str, unit_of: str | None = None) -> float | None:
        values = self.values(case, server, figure, unit_of)
        return median(values) if values else None

    def servers(self, case: str) -> List[str]:
        return [*self.rounds.get(case, {})]

    def best(self, case: str, figure: str, servers: Iterable[str], highest: bool) -> str | None:
        """The server with the best median of `figure`."""
        medians = {server: self.median(case, server, figure) for server in servers}
        known = [server for server, value in medians.items() if value is not None]
        order = max if highest else min
        return order(known, key=lambda server: medians[server] or 0.0) if known else None
