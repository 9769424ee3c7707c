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


def megabytes(case: str, figure: str = "memory") -> Callable[[Results], "Measured | None"]:
    """Memory counts only when every connection was held: a lost one makes the figure infinite."""

    def measured(results: Results) -> Measured | None:
        value = results.median(case, US, figure)
        if value is None:
            return None
        lost = max(results.values(case, US, "errors"))
        return (math.inf, f"{lost:.0f} connections lost") if lost else (value / 1e6, "")

    return measured


def against_better_nginx(case: str) -> Callable[[Results], "Measured | None"]:
    """CPU beside nginx in the better of its two settings."""

    def measured(results: Results) -> Measured | None:
        best = results.best(case, "cpu_us", ["nginx", "nginx-read"], False)
        value = best and results.median(case, US, "cpu_us", unit_of=best)
        return (value, f"better setting: {best}") if value else None

    return measured


def behind_nginx(results: Results) -> "Measured | None":
    """nginx and Martlet together beside nginx and uWSGI."""
    value = results.median("uwsgi", "nginx+martlet", "cpu_us", unit_of="nginx+uwsgi")
    return None if value is None else (value, "")


def http2(name: str, words: str, goal: float) -> Goal:
    return Goal(f"HTTP/2 hello {words}", "CPU, × nginx", times_nginx(f"http2-{name}", "cpu_us"), None, goal, True)


def table(words: str, figure: str) -> Goal:
    return Goal(f"1,000 routes, {words}", "CPU beside hello", own("routes-1000", figure), None, 1, True, " µs")


def framework(words: str, case: str) -> Goal:
    """Beside Hummingbird and Flask."""
    return Goal(words, "CPU, × best other", against_best_other(case, "cpu_us", False), None, 1, True)


GOALS = (
    Goal("Swift hello", "CPU per request, × nginx `return 200`", times_nginx("swift-hello", "cpu_us"), 1.15, 1, True),
    Goal("Swift hello", "times better than Hummingbird", better_than("swift-hello", "hummingbird"), 2.5, 3, False),
    table("a fixed path", "fixed_added_us"),
    table("a path with a number", "number_added_us"),
    framework("JSON of ten fields", "json"),
    framework("a template of 20 rows", "template"),
    framework("a form of three fields", "form"),
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
    Goal("hello through a proxy", "CPU, × nginx", times_nginx("proxy-hello", "cpu_us"), None, 1, True),
    Goal("100 KB through a proxy", "CPU, × nginx", times_nginx("proxy-100k", "cpu_us"), None, 1, True),
    Goal("raw WSGI hello behind nginx, over uwsgi", "CPU, × nginx+uwsgi", behind_nginx, None, 1, True),
    Goal("file of 1 KB", "CPU, × nginx", against_better_nginx("file-1k"), None, 0.8, True),
    Goal("file of 10 KB", "CPU, × nginx", against_better_nginx("file-10k"), None, 0.8, True),
    Goal("file of 100 KB", "CPU, × nginx", against_better_nginx("file-100k"), None, 0.8, True),
    http2("16x16", "16 × 16", 0.15),
    http2("1x100", "1 × 100", 0.15),
    http2("100x1", "100 × 1", 0.7),
    http2("16x16-tls", "16 × 16 over TLS", 0.25),
    http2("1x100-tls", "1 × 100 over TLS", 0.25),
    Goal("small answers over TLS", "CPU, × nginx", times_nginx("tls-hello", "cpu_us"), None, 1, True),
    Goal("1 MB over TLS", "CPU, × nginx", times_nginx("tls-1m", "cpu_us"), None, 0.4, True),
    Goal("full handshake, ECDSA", "CPU, × nginx", times_nginx("handshake-ecdsa", "cpu_us"), None, 0.9, True),
    Goal("full handshake, RSA", "CPU, × nginx", times_nginx("handshake-rsa", "cpu_us"), None, 1.35, True),
    Goal("10,000 idle TLS connections", "memory", megabytes("idle-tls"), None, 250, True, unit=" MB"),
    Goal(
        "the same after 1 MB each", "memory", megabytes("idle-tls", "memory_after"), None, 250, True, unit=" MB"
    ),
)
