"""RESULTS.md: the goals with their verdicts, a table a case, how it was measured and with which versions.

The machine is named by its cores and kernel only. Losses are shown like wins: rows are in order of the figure that
counts, whoever is first.
"""

from __future__ import annotations

import math
import platform
import sys
from statistics import median
from typing import Mapping, Sequence

from . import places, settings as settings_module
from .cases import NO_ANSWER, Case, Column
from .goals import GOALS, Goal
from .load import wrk_version
from .peers import Peer
from .results import Results
from .settings import Settings

INTRODUCTION = """\
# Benchmark results

Written by `make bench` (`python3 Benchmarks/compare.py`); [README.md](README.md) says how to read it. **Only ratios
travel** from one machine to another. Every figure is the median over {rounds} rounds, with the lowest and the highest
round in parentheses; ratios are taken within a round. All servers were measured in one interleaved run of {seconds} s
each over {connections} kept-alive connections, the server on one core and wrk on another; it took {minutes:.0f}
minutes.

* CPU: user and system time of all the server's processes (parents, workers, routers, the proxy in front) over its
  requests.
* Tax: that CPU less the application's own, which is measured once a round by calling it in a loop without a server.
  nginx runs no application: all that it costs is tax.
* Memory: proportional set size summed over all processes, so that a shared page counts once; the highest reading.
* Latency: full load, and again with 2 connections.
* Errors: socket errors, timeouts and statuses above 399. At a fixed pace, a request without an answer is infinitely
  late.

![CPU per request and tail latency](results.svg)
"""


def markdown(
    results: Results,
    cases: Sequence[Case],
    chosen: Mapping[str, Sequence[Peer]],
    settings: Settings,
    elapsed: float,
    warning: str,
) -> str:
    """The whole page. `elapsed`: seconds that the run took. `warning`: a sentence about the machine, or empty."""
    parts = [
        INTRODUCTION.format(
            rounds=settings.rounds,
            seconds=settings.seconds,
            connections=settings.connections,
            minutes=elapsed / 60,
        ),
        *([f"**{warning}**\n"] if warning else []),
        goals_section(results),
        *(case_section(case, results) for case in cases),
        machine_section(cases, chosen),
    ]
    return places.without_paths("\n".join(parts))


def goals_section(results: Results) -> str:
    rows = [["Work", "Measured", "Step", "", "Goal", ""]]
    for goal in GOALS:
        rows.append(goal_row(goal, results))
    return f"## Goals\n\n*Step* is what has to hold today, *goal* is where it is going.\n\n{table(rows)}"


def goal_row(goal: Goal, results: Results) -> list[str]:
    measured = goal.measured(results)
    bound = "≤" if goal.at_most else "≥"
    name = f"{goal.work}: {goal.text}"
    step = "" if goal.step is None else f"{bound} {goal.step:g}{unit(goal)}"
    aim = f"{bound} {goal.goal:.3g}{unit(goal)}"
    if measured is None:
        return [name, "not measured", step, "", aim, ""]
    value, remark = measured
    return [
        name,
        (f"{value:.2f}{unit(goal)}" if math.isfinite(value) else NO_ANSWER) + (f" ({remark})" if remark else ""),
        step,
        "" if goal.step is None else goal.verdict(value, goal.step),
        aim,
        goal.verdict(value, goal.goal),
    ]


def unit(goal: Goal) -> str:
    return goal.unit if goal.unit.startswith(" ") else f" {goal.unit}"


def case_section(case: Case, results: Results) -> str:
    rows = [["server", *(column.title for column in case.columns)]]
    for server in ranked(case, results):
        rows.append([name_of(server), *(cell(case, server, column, results) for column in case.columns)])
    lines = [f"## {case.title}\n", case.about, "", table(rows)]
    servers = results.servers(case.name)
    if own := [value for server in servers for value in results.values(case.name, server, "app_us") if value]:
        spread = f"{median(own):.2f} ({min(own):.2f}–{max(own):.2f})"
        lines.append(f"The application alone, called in process: {spread} µs.\n")
    for server, reason in results.failures.get(case.name, {}).items():
        lines.append(f"* **{server} failed:** {reason}\n")
    return "\n".join(lines)


def ranked(case: Case, results: Results) -> list[str]:
    """Best first, by the figure that the case is plotted by."""
    figure = case.plot.figure
    return sorted(results.servers(case.name), key=lambda server: results.median(case.name, server, figure) or 0.0)


def name_of(server: str) -> str:
    return f"**{server}**" if server == "martlet" else server


def cell(case: Case, server: str, column: Column, results: Results) -> str:
    values = results.values(case.name, server, column.figure, column.unit_of)
    if not values:
        return "–"
    text = column.format(median(values))
    if column.spread and len(values) > 1 and text != NO_ANSWER:
        text += f" ({column.format(min(values))}–{column.format(max(values))})"
    return text


def machine_section(cases: Sequence[Case], chosen: Mapping[str, Sequence[Peer]]) -> str:
    peers = {(peer.name, peer.note): peer for case in cases for peer in chosen[case.name]}
    rows = [["server", "version", "threads", "configuration"]]
    for peer in peers.values():
        rows.append([peer.name, peer.version(), str(peer.threads), peer.note])
    lines = [
        "## Machine and versions\n",
        f"{len(settings_module.cores())} cores, {platform.machine()}, Linux {platform.release().split('-')[0]}, "
        f"Python {platform.python_version()}, {wrk_version()}. Commands: `bench/peers.py`.\n",
        table(rows),
    ]
    return "\n".join(lines)


def table(rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table; every column but the first is set to the right when it holds figures."""
    header, *body = rows
    divider = ["---", *("---:" if is_figure([row[n] for row in body]) else "---" for n in range(1, len(header)))]
    return "\n".join("| " + " | ".join(row) + " |" for row in [header, divider, *body]) + "\n"


def is_figure(cells: Sequence[str]) -> bool:
    return any(cells) and all(not cell or cell.lstrip("-")[:1].isdigit() or cell in ("–", NO_ANSWER) for cell in cells)


def print_summary(results: Results, cases: Sequence[Case]) -> None:
    for case in cases:
        print(case_section(case, results))
    print(goals_section(results))
    sys.stdout.flush()
