"""CONFORMANCE.md: who passes what, and what the others do in its place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Mapping, Sequence

from checklist import Check
from checklist.check import MUST, SHOULD

from .report import table

INTRODUCTION = """\
# WSGI conformance

Written by `python3 Benchmarks/conformance.py`. Each line is one small application, one raw exchange and one rule of
[PEP 3333](https://peps.python.org/pep-3333/) or of good practice around it (`Benchmarks/checklist/`). A *must* is a
rule of the PEP or of HTTP; a *should* is advice in them, or what keeps an application safe. Every server ran one worker
process with four threads (bjoern has none), uWSGI with `--wsgi-strict` and its options for chunked bodies and `Expect`.
✓ right, ✗ wrong, – not offered, where the PEP leaves that to the server.
"""


@dataclass(frozen=True)
class Verdict:
    passed: "bool | None"
    """`None`: the server does not offer what is checked."""
    reason: str = ""

    @property
    def mark(self) -> str:
        return {True: "✓", False: "✗", None: "–"}[self.passed]

    def __str__(self) -> str:
        return f"{self.mark} {self.reason}".strip()


Outcome = Mapping[str, Mapping[str, Verdict]]


def markdown(checks: Sequence[Check], versions: Mapping[str, str], outcome: Outcome) -> str:
    servers = [*outcome]
    rows = [["check", "level", *servers]]
    rows += [[check.name, check.level, *(outcome[server][check.name].mark for server in servers)] for check in checks]
    parts = [
        INTRODUCTION,
        "## Summary\n",
        summary(checks, outcome, versions),
        "## Checks\n",
        table(rows),
        "## What was seen instead\n",
        *(failures(server, checks, outcome) for server in servers),
    ]
    return "\n".join(parts)


def summary(checks: Sequence[Check], outcome: Outcome, versions: "Mapping[str, str] | None" = None) -> str:
    rows = [["server", *(["version"] if versions else []), MUST, SHOULD, "all"]]
    for server, verdicts in outcome.items():
        counts = [
            count([check for check in checks if check.level in levels], verdicts)
            for levels in ([MUST], [SHOULD], [MUST, SHOULD])
        ]
        rows.append([server, *([versions[server]] if versions else []), *counts])
    return table(rows)


def count(checks: Sequence[Check], verdicts: Mapping[str, Verdict]) -> str:
    """Right ones of those that the server offers."""
    offered = [check for check in checks if verdicts[check.name].passed is not None]
    return f"{sum(bool(verdicts[check.name].passed) for check in offered)} of {len(offered)}"


def failures(server: str, checks: Sequence[Check], outcome: Outcome) -> str:
    lines = [
        f"* {check.name}: {one_line(outcome[server][check.name].reason)}"
        for check in checks
        if outcome[server][check.name].passed is False
    ]
    return f"### {server}\n\n" + ("\n".join(lines) or "Nothing.") + "\n"


def one_line(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")
