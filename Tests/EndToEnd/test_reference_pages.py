"""The pages that are written by hand beside the generated ones say what the program does: every key of environ, and what signals do."""

import json
import os
import re
import signal

import pytest
from program import ROOT
from rawclient import exchange

ENVIRON = (ROOT / "docs" / "reference" / "environ.md").read_text()
SIGNALS = (ROOT / "docs" / "reference" / "signals.md").read_text()
KEYS = {key for row in re.findall(r"^\| (`.*?) \|", ENVIRON, re.MULTILINE) for key in re.findall(r"`([\w.…]+)`", row)}


def test_every_key_of_environ_is_on_the_page(start):
    server = start("environ_cases:application")
    body = b"x"
    seen = set(json.loads(exchange(server.address, "/a?b", "POST", [("X-Name", "1"), ("Content-Type", "text/plain")], body).body))
    assert {key for key in seen if not key.startswith("HTTP_")} <= KEYS


def test_the_page_names_no_key_that_the_worker_does_not_know():
    sources = [*(ROOT / "Sources" / "Python").rglob("*.swift"), *(ROOT / "Sources" / "Python").rglob("*.py")]
    text = "\n".join(path.read_text() for path in sources)
    for key in KEYS - {"HTTP_…"}:
        assert f'"{key}"' in text, key


def test_what_the_log_is_quoted_with_is_what_it_says():
    """When it does not work: the texts in the first columns are somewhere in the sources, as far as they are always the same."""
    page = (ROOT / "docs" / "guides" / "troubleshooting.md").read_text()
    sources = [*(ROOT / "Sources").rglob("*.swift"), *(ROOT / "Sources").rglob("*.py")]
    text = "\n".join(path.read_text() for path in sources)
    quoted = [code for row in re.findall(r"^\| ([^|]*) \|", page, re.MULTILINE) for code in re.findall(r"`([^`]* [^`]*)`", row)]
    assert len(quoted) > 4
    for said in quoted:
        # A place in a file stands before it, and behind an apostrophe what is meant this time.
        fixed = re.sub(r"^martlet\.toml:[\d:]* ", "", said).partition("'")[0].strip()
        assert fixed in text or fixed == "Permission denied", fixed


@pytest.mark.parametrize("name", ["TERM", "INT"])
def test_the_server_stops_as_the_page_says(start, name):
    (said,) = re.findall(r"^\| `TERM`, `INT`.*$", SIGNALS, re.MULTILINE)
    assert "exit code 0" in said
    server = start("echo:application")
    server.send_signal(getattr(signal, f"SIG{name}"))
    assert server.wait() == 0


def test_a_worker_that_is_told_to_end_is_replaced_and_one_that_is_interrupted_goes_on(start):
    assert "another one takes its place" in SIGNALS
    server = start("echo:application", workers=1)
    (worker,) = server.workers()
    os.kill(worker, signal.SIGINT)
    assert exchange(server.address, "/").status == 200
    os.kill(worker, signal.SIGTERM)
    server.wait_for_workers(1, other_than=[worker])
    server.stop(same_workers=False)
