"""Measurements of the web server's cases: one measurement of one running server each, as in `measure.py`."""

from __future__ import annotations

import json
import os
import ssl
import subprocess
import sys
from pathlib import Path
from typing import Callable

from . import h2load, idle, load, material
from .failure import Failure
from .load import Load
from .measure import Figures
from .server import Server
from .settings import Settings

Measure = Callable[[Server, Settings], Figures]

IDLE_CONNECTIONS = 10_000


def wrk(name: str, connections: "int | None" = None, fields: "tuple[str, ...]" = (), smaller: bool = False) -> Measure:
    """A file of `material`, over HTTP/1.1. `smaller`: the answer is compressed, and has to be smaller."""

    def measure(server: Server, settings: Settings) -> Figures:
        check(server, name, fields, smaller)
        count = connections or settings.connections

        def run(seconds: int) -> Load:
            return load.run(server.url(name), count, seconds, settings.load_core, fields)

        return figures(server, settings, run)

    return measure


def streams(connections: int, streams: int, fields: "tuple[str, ...]" = ()) -> Measure:
    """`/hello` over HTTP/2."""

    def measure(server: Server, settings: Settings) -> Figures:
        check(server, "hello")

        def run(seconds: int) -> Load:
            return h2load.run(server.url("hello"), connections, streams, seconds, settings.load_core, fields)

        return figures(server, settings, run)

    return measure


def figures(server: Server, settings: Settings, run: Callable[[int], Load]) -> Figures:
    run(settings.warm_up_seconds)
    memory = server.memory_bytes()
    before = server.cpu_seconds()
    full = run(settings.seconds)
    used = server.cpu_seconds() - before
    if full.requests == 0:
        raise Failure(f"{server.name} answered nothing under load; its log:\n{server.log_tail()}")
    return {
        "cpu_us": used / full.requests * 1e6,
        "rps": full.requests / full.seconds,
        "p50": full.p50,
        "p99": full.p99,
        "memory": max(memory, server.memory_bytes()),
        "errors": full.errors,
    }


def handshakes(resumed: bool) -> Measure:
    """One connection after the other: the client is busier than the server, whose CPU for each of them counts."""

    def measure(server: Server, settings: Settings) -> Figures:
        check(server, "hello")
        run_handshakes(server, settings, settings.warm_up_seconds, resumed)
        before = server.cpu_seconds()
        outcome = run_handshakes(server, settings, settings.seconds, resumed)
        used = server.cpu_seconds() - before
        count = outcome["count"]
        if count == 0 or (outcome["resumed"] < count - 1 if resumed else outcome["resumed"] > 0):
            raise Failure(f"{server.name} resumed {outcome['resumed']} of {count} sessions")
        return {"cpu_us": used / count * 1e6, "rps": count / settings.seconds, "errors": outcome["errors"]}

    return measure


def run_handshakes(server: Server, settings: Settings, seconds: int, resumed: bool) -> "dict[str, int]":
    finished = subprocess.run(
        [
            *[sys.executable, str(Path(__file__).with_name("handshakes.py")), server.host, str(server.port)],
            *[str(seconds), "resumed" if resumed else "full"],
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=seconds + 60,
        preexec_fn=lambda: os.sched_setaffinity(0, {settings.load_core}),
    )
    if finished.returncode != 0:
        raise Failure(f"the client of handshakes failed:\n{finished.stdout.strip()}")
    return json.loads(finished.stdout)


def idle_tls(server: Server, settings: Settings) -> Figures:
    """Memory while connections that have each had one answer are held open, and after each has had 1 MB."""
    check(server, "hello")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with idle.Connections(server.host, server.port, IDLE_CONNECTIONS, context) as connections:
        held = server.memory_bytes()
        connections.ask_each("/1m", material.SIZES["1m"])
        after = server.memory_bytes()
        alive = connections.still_open()
    return {"connections": alive, "memory": held, "memory_after": after, "errors": IDLE_CONNECTIONS - alive}


def check(server: Server, name: str, fields: "tuple[str, ...]" = (), smaller: bool = False) -> None:
    """A fast wrong answer must not win."""
    expected = (material.FILES / name).read_bytes()
    status, body = server.get(f"/{name}", fields)
    right = 0 < len(body) < len(expected) / 2 if smaller else body == expected
    if status != 200 or not right:
        raise Failure(f"{server.name} answered {status} with {len(body)} bytes for /{name}, which has {len(expected)}")
