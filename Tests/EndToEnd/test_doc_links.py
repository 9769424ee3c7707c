"""Scripts/check-docs finds a link that leads nowhere, a heading that is not there, and a page that is out of date."""

import subprocess
import sys
from pathlib import Path

import pytest
from program import ROOT

PAGE = "# Settings\n"
TEXT = """
# One & two: `three`

See [the same](#one--two-three), [itself](docs/guide.md), [a part of it](docs/guide.md#the-end-1).

```
[no link](nowhere.md)
```
"""
GUIDE = "# Guide\n\n## The end\n\n## The [end](../README.md)\n"


@pytest.fixture
def check(tmp_path):
    """Runs the script on a repository with these pages; returns its exit code and what it says."""

    def run(readme: str = TEXT, settings: str = PAGE) -> tuple[int, str]:
        pages = {
            "README.md": readme,
            "docs/guide.md": GUIDE,
            "docs/reference/settings.md": settings,
            "docs/reference/import.md": PAGE,
        }
        for name, text in pages.items():
            page: Path = tmp_path / name
            page.parent.mkdir(parents=True, exist_ok=True)
            page.write_text(text)
        martlet = tmp_path / "martlet"
        martlet.write_text(f"#!/bin/sh\nprintf '%s' {PAGE!r}\n".replace("\\n", "\n"))
        martlet.chmod(0o755)
        for command in (["init", "-q"], ["add", "-A"]):
            subprocess.run(["git", *command], cwd=tmp_path, check=True)
        command = [sys.executable, ROOT / "Scripts" / "check-docs", martlet]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr

    return run


def test_pages_whose_links_lead_somewhere_pass(check):
    code, said = check()
    assert (code, "are right" in said) == (0, True), said


@pytest.mark.parametrize(
    ("link", "fault"),
    [
        ("missing.md", "leads nowhere"),
        ("#missing", "names no heading of this page"),
        ("docs/guide.md#the-end-2", "names no heading of docs/guide.md"),
    ],
)
def test_a_link_that_leads_nowhere_is_named(check, link, fault):
    code, said = check(TEXT + f"[x]({link})\n")
    assert code == 1
    assert f"README.md: the link '{link}' {fault}" in said


def test_a_generated_page_that_is_out_of_date_is_named(check):
    code, said = check(settings="# Former settings\n")
    assert code == 1
    assert "docs/reference/settings.md is out of date: run `make docs`" in said
