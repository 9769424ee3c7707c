"""A plugin of pytest that prints how many rows each pair of the matrix has passed: `pytest -p matrix_summary test_matrix.py`."""

import re
from collections import Counter

from matrix_table import APPLICATIONS, LISTENERS

PAIR = re.compile(r"test_pair\[(?P<listener>.+?) × (?P<application>.+?): ")


def cell(nodeid: str) -> tuple[str, str] | None:
    found = PAIR.search(nodeid.encode().decode("unicode_escape") if "\\" in nodeid else nodeid)
    return (found["listener"], found["application"]) if found else None


def pytest_terminal_summary(terminalreporter) -> None:
    passed, all_rows = Counter(), Counter()
    for outcome in ("passed", "failed", "error", "skipped"):
        for report in terminalreporter.getreports(outcome):
            if pair := cell(report.nodeid):
                all_rows[pair] += 1
                passed[pair] += outcome == "passed"
    terminalreporter.section("listeners × applications: rows passed")
    width = max(len(name) for name in APPLICATIONS) + 2
    terminalreporter.write_line(" " * width + "".join(f"{name:>9}" for name in LISTENERS))
    for application in APPLICATIONS:
        cells = [(listener, application) for listener in LISTENERS]
        texts = [f"{passed[pair]}/{all_rows[pair]}" if all_rows[pair] else "-" for pair in cells]
        terminalreporter.write_line(application.ljust(width) + "".join(f"{text:>9}" for text in texts))
