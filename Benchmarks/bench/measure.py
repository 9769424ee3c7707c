"""One measurement of one running server. Each function gives the figures of one round by name.

`cpu_us`: CPU microseconds a request, of all the server's processes. `rps`: requests a second. `p50`, `p99`:
milliseconds. `light_p50`, `light_p99`: the same at two connections. `memory`: bytes, the proportional set size.
`errors`: a count. `app_us`: CPU microseconds of one call of the application without a server. `tax_us`: `cpu_us` less
that. `alone_p50`, `alone_p99`, `p99_ratio`: without the slow clients, and the one over the other.
"""

from __future__ import annotations

from typing import Dict

from . import idle, load, paced
from .failure import Failure
from .server import Server
from .settings import Settings
from .slow_clients import SlowClients

Figures = Dict[str, float]

LIGHT_CONNECTIONS = 2
IDLE_CONNECTIONS = 10_000
BODY = b"Hello World!"


def hello(server: Server, settings: Settings) -> Figures:
    """Full load, then two connections.

    Memory is read after the warm-up and after the load, not during it: reading it takes the server's page-table lock.
    """
    check_answer(server)
    url = f"http://{server.host}:{server.port}/hello"
    load.run(url, settings.connections, settings.warm_up_seconds, settings.load_core)
    memory = server.memory_bytes()
    before = server.cpu_seconds()
    full = load.run(url, settings.connections, settings.seconds, settings.load_core)
    used = server.cpu_seconds() - before
    memory = max(memory, server.memory_bytes())
    light = load.run(url, LIGHT_CONNECTIONS, settings.light_seconds, settings.load_core)
    if full.requests == 0:
        raise Failure(f"{server.name} answered nothing under load; its log:\n{server.log_tail()}")
    return {
        "cpu_us": used / full.requests * 1e6,
        "rps": full.requests / full.seconds,
        "p50": full.p50,
        "p99": full.p99,
        "light_p50": light.p50,
        "light_p99": light.p99,
        "memory": memory,
        "errors": full.errors + light.errors,
    }


def beside_slow(server: Server, settings: Settings) -> Figures:
    """Fast requests at a steady pace while one client keeps one worker busy."""
    check_answer(server)
    outcome = paced.run(server.host, server.port, settings.seconds, slow="/slow")
    return {
        "p50": outcome.p50,
        "p99": outcome.p99,
        "slow_rps": outcome.slow_answers / settings.seconds,
        "memory": server.memory_bytes(),
        "errors": outcome.errors,
    }


def slow_clients_beside(server: Server, settings: Settings) -> Figures:
    """Fast requests at a steady pace, without the slow clients and then with them."""
    check_answer(server)
    alone = paced.run(server.host, server.port, settings.seconds)
    with SlowClients(server.host, server.port) as slow:
        beside = paced.run(server.host, server.port, settings.slow_clients_seconds, warm_up=False)
        memory = server.memory_bytes()
    return {
        "alone_p50": alone.p50,
        "alone_p99": alone.p99,
        "p50": beside.p50,
        "p99": beside.p99,
        "p99_ratio": beside.p99 / alone.p99,
        "slow_begun": slow.outcome.begun,
        "slow_lost": slow.outcome.lost,
        "memory": memory,
        "errors": alone.errors + beside.errors,
    }


def idle_connections(server: Server, settings: Settings) -> Figures:
    """Memory while connections that have each had one answer are held open."""
    check_answer(server)
    before = server.memory_bytes()
    with idle.Connections(server.host, server.port, IDLE_CONNECTIONS) as connections:
        held = server.memory_bytes()
        alive = connections.still_open()
    return {
        "connections": alive,
        "memory": held,
        "per_connection": (held - before) / max(alive, 1),
        "errors": IDLE_CONNECTIONS - alive,
    }


def check_answer(server: Server) -> None:
    """A fast wrong answer must not win."""
    status, body = server.get("/hello")
    if status != 200 or body != BODY:
        raise Failure(f"{server.name} answered {status} {body[:60]!r} in place of 200 {BODY!r}")
