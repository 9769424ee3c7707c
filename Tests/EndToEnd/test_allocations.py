"""What one request costs the server in allocations and locks is what `Benchmarks/ALLOCATIONS.md` allows, and no more."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from callcounts import CallCounter, Calls
from program import ROOT, built
from rawclient import Connection, request_bytes
from server import Server, martlet

TABLE = ROOT / "Benchmarks" / "ALLOCATIONS.md"

WARM_UP = 500
"""Requests that are not counted: pools fill, Python's caches and the allocator's lists come to rest."""

REQUESTS = 2_000

ROUNDING = 0.5
"""What happens by the clock (the date, a tick of the event loop) comes to a few hundredths of a call a request."""


@dataclass(frozen=True)
class Allowed:
    request: str
    counted: str
    at_most: int

    def __str__(self) -> str:
        return f"{self.request}: {self.counted}"


def table() -> list[Allowed]:
    rows = [line.strip("| ").split(" | ") for line in TABLE.read_text().splitlines() if line.startswith("| ")]
    return [Allowed(request, counted, int(at_most)) for request, counted, at_most, *_ in rows if at_most.isdecimal()]


def swift_hello(log: Path, env: dict[str, str]) -> Server:
    return Server([built("swift-hello"), "--bind", "127.0.0.1:0", "--access-log", "off"], env=env)


def raw_wsgi(log: Path, env: dict[str, str]) -> Server:
    return martlet("raw:application", "--access-log", "off", chdir=ROOT / "Benchmarks" / "apps", env=env)


def flask(log: Path, env: dict[str, str]) -> Server:
    return martlet("flask_hello:app", "--access-log", "off", chdir=ROOT / "Benchmarks" / "apps", env=env)


def flask_with_log(log: Path, env: dict[str, str]) -> Server:
    return martlet("flask_hello:app", "--access-log", str(log), chdir=ROOT / "Benchmarks" / "apps", env=env)


def raw_wsgi_with_metrics(log: Path, env: dict[str, str]) -> Server:
    options = ("--access-log", "off", "--metrics", "127.0.0.1:0")
    return martlet("raw:application", *options, chdir=ROOT / "Benchmarks" / "apps", env=env)


@contextmanager
def proxied(log: Path, env: dict[str, str]) -> Iterator[Server]:
    """The proxy alone is counted."""
    with swift_hello(log, {}) as upstream:
        host, port = upstream.address
        command = [built("martlet"), "proxy", f"http://{host}:{port}", "--bind", "127.0.0.1:0", "--access-log", "off"]
        with Server(command, env=env) as server:
            yield server


def small_file(log: Path, env: dict[str, str]) -> Server:
    folder = log.parent / "files"
    folder.mkdir()
    (folder / "hello").write_bytes(b"Hello World!")
    return Server([built("martlet"), "static", str(folder), "--bind", "127.0.0.1:0", "--access-log", "off"], env=env)


SERVERS: dict[str, Callable[[Path, dict[str, str]], AbstractContextManager[Server]]] = {
    "Swift hello": swift_hello,
    "raw WSGI hello": raw_wsgi,
    "Flask hello": flask,
    "Flask hello, access log in a file": flask_with_log,
    "raw WSGI hello, metrics": raw_wsgi_with_metrics,
    "hello through the proxy": proxied,
    "a file": small_file,
}


@pytest.fixture(scope="module")
def counts(tmp_path_factory) -> Callable[[str], tuple[Calls, Calls | None]]:
    """The calls of one request, in the server and in its worker; each kind of server is started once."""
    folder = tmp_path_factory.mktemp("calls")
    counter = CallCounter(folder)
    known: dict[str, tuple[Calls, Calls | None]] = {}

    def counts(request: str) -> tuple[Calls, Calls | None]:
        if request not in known:
            with SERVERS[request](folder / "access.log", counter.env) as server:
                known[request] = calls_of_a_request(server, counter)
                server.stop()
        return known[request]

    return counts


def calls_of_a_request(server: Server, counter: CallCounter) -> tuple[Calls, Calls | None]:
    processes = [server.pid, *server.workers()]
    with Connection(server.address) as connection:

        def send(count: int) -> None:
            request = request_bytes("/hello")
            for _ in range(count):
                response = connection.send(request).read_response()
                assert (response.status, response.body) == (200, b"Hello World!")

        send(WARM_UP)
        before = [counter.calls(pid) for pid in processes]
        send(REQUESTS)
        own, *workers = [(counter.calls(pid) - then) / REQUESTS for pid, then in zip(processes, before, strict=True)]
    return own, workers[0] if workers else None


def test_the_table_has_every_request_and_both_counts():
    assert {(row.request, row.counted) for row in table()} == {
        (request, counted) for request in SERVERS for counted in ("allocations", "locks")
    }


@pytest.mark.parametrize("allowed", table(), ids=str)
def test_a_request_costs_the_server_no_more_than_the_table_allows(allowed, counts, capsys):
    server, worker = counts(allowed.request)
    measured = getattr(server, allowed.counted)
    assert measured < allowed.at_most + ROUNDING, (
        f"{allowed}: {measured:.1f} a request in the server, and {TABLE.relative_to(ROOT)} allows {allowed.at_most}. Find the call "
        "that is new (the page says how) and do without it, or raise the figure in the same commit and say in its message why."
    )
    with capsys.disabled():
        if measured <= allowed.at_most - ROUNDING:
            print(f"\n  {allowed}: {measured:.1f}, {allowed.at_most} allowed: lower it in {TABLE.relative_to(ROOT)}", end=" ")
        if worker and allowed.counted == "allocations":
            print(f"\n  {allowed.request}: {worker.allocations:.1f} allocations in the worker, for information", end=" ")
