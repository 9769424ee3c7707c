"""results.svg: horizontal bars, one panel a case; written by hand, so that it needs nothing installed."""

from __future__ import annotations

import math
from html import escape
from typing import Sequence

from .cases import Case
from .report import ranked
from .results import Results

WIDTH = 760
LABEL_WIDTH = 130
VALUE_WIDTH = 130
BAR_HEIGHT = 18
GAP = 6
TITLE_HEIGHT = 44
MARGIN = 16

# Readable on a light and on a dark page alike: no background, mid-tone text.
STYLE = (
    "text{font:13px system-ui,sans-serif;fill:#6e7781}.title{font-weight:600;font-size:14px}"
    ".bar{fill:#9aa7b4}.ours{fill:#0a7ea4}.oursname{fill:#0a7ea4;font-weight:600}"
)


def svg(results: Results, cases: Sequence[Case]) -> str:
    """The plot of every case that has figures."""
    body: list[str] = []
    top = MARGIN
    for case in cases:
        lines, top = panel(case, results, top)
        body += lines
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {top}" width="{WIDTH}" height="{top}"',
            'role="img">',
            "<title>Benchmark results: lower is better</title>",
            f"<style>{STYLE}</style>",
            *body,
            "</svg>\n",
        ]
    )


def panel(case: Case, results: Results, top: int) -> tuple[list[str], int]:
    column = case.plot
    bars = [
        (server, results.median(case.name, server, column.figure, column.unit_of)) for server in ranked(case, results)
    ]
    known = [(server, value) for server, value in bars if value is not None]
    if not known:
        return [], top
    longest = max((value for _, value in known if math.isfinite(value)), default=1.0) or 1.0
    scale = (WIDTH - 2 * MARGIN - LABEL_WIDTH - VALUE_WIDTH) / longest
    what = f"CPU per request, {column.title}" if column.figure == "cpu_us" else column.title
    lines = [text(MARGIN, top + 22, f"{case.title}: {what} (lower is better)", "title")]
    top += TITLE_HEIGHT
    for server, value in known:
        ours = server == "martlet"
        left = MARGIN + LABEL_WIDTH
        width = max(1.0, min(value, longest) * scale)
        lines += [
            text(MARGIN, top + 14, server, "oursname" if ours else ""),
            f'<rect class="{"ours" if ours else "bar"}" x="{left}" y="{top}" rx="2" '
            f'width="{width:.1f}" height="{BAR_HEIGHT}"/>',
            text(left + width + 8, top + 14, column.format(value), "oursname" if ours else ""),
        ]
        top += BAR_HEIGHT + GAP
    return lines, top + MARGIN


def text(x: float, y: float, content: str, style: str) -> str:
    attribute = f' class="{style}"' if style else ""
    return f'<text x="{x:.1f}" y="{y:.1f}"{attribute}>{escape(content)}</text>'
