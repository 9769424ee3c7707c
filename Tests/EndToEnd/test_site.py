"""`make site`: the documentation as a site. It builds without a warning, asks nothing from elsewhere, and is searched in a browser."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import waiting
from devtools import DESK, PHONE, Browser
from needs import requires
from program import ROOT, built
from server import Server

WIDE = ["index.html", "guides/from-gunicorn.html", "reference/settings.html", "reference/environ.html", "architecture.html"]


@pytest.fixture(scope="module")
def site() -> Path:
    requires("make")
    done = subprocess.run(["make", "-s", "site", f"PYTHON={sys.executable}"], cwd=ROOT, capture_output=True, text=True, timeout=170)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "WARNING" not in done.stderr, done.stderr
    return ROOT / ".build" / "site" / "site"


@pytest.fixture(scope="module")
def address(site) -> Iterator[str]:
    with Server([built("martlet"), "static", str(site), "--bind", "127.0.0.1:0", "--access-log", "off"], cwd=site) as server:
        yield f"http://{server.host}"
        server.stop()


@pytest.fixture
def browser(tmp_path) -> Iterator[Browser]:
    browser = Browser(tmp_path)
    yield browser
    browser.close()


def test_every_page_of_the_repository_is_there_and_in_the_order(site):
    settings = json.loads((site.parent / "mkdocs.yml").read_text())
    pages = [page for section in settings["nav"] for listed in section.values() for page in listed]
    assert len(pages) == len(set(pages))
    here = {str(path.relative_to(site.parent / "pages")) for path in (site.parent / "pages").rglob("*.md")}
    assert here == set(pages)
    assert {"guides/tls.md", "reference/settings.md", "reference/signals.md", "reference/environ.md", "guides/troubleshooting.md"} <= here


def test_no_page_asks_another_machine(site):
    loads = re.compile(r'<(?:link|script|img|iframe|source)\b[^>]*\b(?:href|src|srcset)="?(?:https?:)?//|url\(\s*["\']?(?:https?:)?//')
    for path in [*site.rglob("*.html"), *site.rglob("*.css")]:
        found = loads.search(path.read_text())
        assert not found, f"{path.relative_to(site)}: {found[0]}"


def test_a_word_is_found(address, browser):
    browser.go(f"{address}/index.html?q=trusted-proxy")
    found = "[...document.querySelectorAll('.md-search-result__link')].map(it => it.getAttribute('href')).join(' ')"
    links = waiting.until(lambda: browser.run(found), "the search has found something")
    assert "guides/deploy.html" in links or "reference/settings.html" in links, links


def test_it_is_light_or_dark_as_the_system_is(address, browser):
    """At each visit: who has been there by day sees it dark at night."""
    for scheme, name in (("dark", "slate"), ("light", "default"), ("dark", "slate")):
        browser.show_as(scheme, DESK)
        browser.go(f"{address}/index.html")
        shown = "document.body.getAttribute('data-md-color-scheme')"
        waiting.until(lambda: browser.run(shown) == name, f"the page to be {scheme}")


@pytest.mark.parametrize("page", WIDE)
def test_on_a_phone_no_page_is_wider_than_the_phone(address, browser, page):
    browser.show_as("light", PHONE)
    browser.go(f"{address}/{page}")
    assert browser.run("document.documentElement.scrollWidth") <= PHONE["width"]


def test_a_link_that_leads_nowhere_is_named(tmp_path):
    """By the step that makes the pages, before the site's generator sees them."""
    for name, text in {"README.md": "# A\n\n[b](docs/b.md) [c](docs/c.md)\n", "docs/b.md": "# B\n\n[x](../x.py)\n", "x.py": "pass\n"}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "docs" / "site").mkdir()
    for name in ("favicon.svg", "site.css"):
        (tmp_path / "docs" / "site" / name).touch()
    (tmp_path / "docs" / "layers.svg").touch()
    (tmp_path / "Scripts").mkdir()
    for name in ("site-pages", "settings_examples.py"):
        (tmp_path / "Scripts" / name).write_text((ROOT / "Scripts" / name).read_text())
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    done = subprocess.run([sys.executable, "Scripts/site-pages", "out"], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert done.stderr == "site-pages: README.md: the link 'docs/c.md' leads nowhere\n"
    assert "[x](sources/x.py.txt)" in (tmp_path / "out" / "pages" / "b.md").read_text()
    assert (tmp_path / "out" / "pages" / "sources" / "x.py.txt").read_text() == "pass\n"
