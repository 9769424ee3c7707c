"""The project's performance goals, each checked against the run's figures.

Every goal is a ratio (or, for memory, a size) with two thresholds: the step that a release must not fall below, and the
goal. `best other` is always the best of the others in the same run.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Callable, Tuple

from .results import Results

US = "martlet"
Measured = Tuple[float, str]
"""The ratio, and in words between what and what."""


@dataclass(frozen=True)
class Goal:
    work: str
    text: str
    measured: Callable[[Results], "Measured | None"]
    step: "float | None"
    goal: float
    at_most: bool
    unit: str = "×"

    def verdict(self, value: float, threshold: float) -> str:
        return "pass" if (value <= threshold if self.at_most else value >= threshold) else "**miss**"


def times_nginx(case: str, figure: str) -> Callable[[Results], "Measured | None"]:
    def measured(results: Results) -> Measured | None:
        value = results.median(case, US, figure, unit_of="nginx")
        return None if value is None else (value, "")

    return measured


def better_than(case: str, server: str) -> Callable[[Results], "Measured | None"]:
    """How many times the CPU of ours `server` takes."""

    def measured(results: Results) -> Measured | None:
        value = results.median(case, server, "cpu_us", unit_of=US)
        return None if value is None else (value, "")

    return measured


def against_best_other(case: str, figure: str, highest: bool) -> Callable[[Results], "Measured | None"]:
    def measured(results: Results) -> Measured | None:
        others = [server for server in results.servers(case) if server not in (US, "nginx")]
        best = results.best(case, figure, others, highest)
        if best is None or not math.isfinite(results.median(case, best, figure) or 0):
            return None
        value = results.median(case, US, figure, unit_of=best)
        return None if value is None else (value, f"best other: {best}")

    return measured


def against(case: str, server: str, figure: str) -> Callable[[Results], "Measured | None"]:
    def measured(results: Results) -> Measured | None:
        value = results.median(case, US, figure, unit_of=server)
        return None if value is None else (value, "")

    return measured


def own(case: str, figure: str) -> Callable[[Results], "Measured | None"]:
    def measured(results: Results) -> Measured | None:
        value = results.median(case, US, figure)
        return None if value is None else (value, "")

    return measured


def megabytes(case: str) -> Callable[[Results], "Measured | None"]:
    """Memory counts only when every connection was held: a lost one makes the figure infinite."""

    def measured(results: Results) -> Measured | None:
        value = results.median(case, US, "memory")
        if value is None:
            return None
        lost = max(results.values(case, US, "errors"))
        return (math.inf, f"{lost:.0f} connections lost") if lost else (value / 1e6, "")

    return measured


GOALS = (
    Goal("Swift hello", "CPU per request, × nginx `return 200`", times_nginx("swift-hello", "cpu_us"), 1.15, 1, True),
    Goal("Swift hello", "times better than Hummingbird", better_than("swift-hello", "hummingbird"), 2.5, 3, False),
    Goal("raw WSGI hello", "tax, × nginx `return 200`", times_nginx("wsgi-hello", "tax_us"), 1.6, 1.25, True),
    Goal("raw WSGI hello", "tax, × best other", against_best_other("wsgi-hello", "tax_us", False), None, 1, True),
    Goal("Flask hello", "tax, × nginx `return 200`", times_nginx("flask-hello", "tax_us"), 2, 1.25, True),
    Goal("Flask hello", "tax, × best other", against_best_other("flask-hello", "tax_us", False), 1, 1, True),
    Goal(
        "fast beside slow, 1 thread",
        "p99, × best other",
        against_best_other("beside-slow", "p99", False),
        None,
        1 / 3,
        True,
    ),
    Goal(
        "fast beside slow, 4 threads",
        "p99, × best other",
        against_best_other("beside-slow-threads", "p99", False),
        None,
        1 / 3,
        True,
    ),
    Goal(
        "fast beside 200 slow clients",
        "p99, × the same without them",
        own("slow-clients", "p99_ratio"),
        None,
        2,
        True,
    ),
    Goal(
        "memory, 2 workers",
        "× gunicorn with 2 workers",
        against("beside-slow-threads", "gunicorn", "memory"),
        None,
        1,
        True,
    ),
    Goal("10,000 idle connections", "memory", megabytes("idle-connections"), 100, 80, True, unit=" MB"),
)
