"""What is measured: one record a case."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Callable

from . import measure, peers
from .peers import Peer
from .server import Server
from .settings import Settings


@dataclass(frozen=True)
class Column:
    """A figure in a case's table. `unit_of` names the server whose same figure, in the same round, is 1."""

    title: str
    figure: str
    format: Callable[[float], str]
    unit_of: "str | None" = None
    spread: bool = False


@dataclass(frozen=True)
class Case:
    name: str
    title: str
    about: str
    measure: Callable[[Server, Settings], measure.Figures]
    peers: "tuple[Peer, ...]"
    columns: "tuple[Column, ...]"
    plot: Column
    app: str = ""
    taxes: bool = False
    """Whether the application's own time is measured too, so that what the server adds to it is known."""
    workers: int = 1
    threads: "int | None" = None
    """`None`: each server's own best number."""
    pinned: bool = True
    connections: int = 1024
    scheme: str = "http"
    rounds: "int | None" = None
    """Fewer than the others, where one takes long."""


def microseconds(value: float) -> str:
    return f"{value:.1f}"


def milliseconds(value: float) -> str:
    return f"{value:.2f}"


def megabytes(value: float) -> str:
    return f"{value / 1e6:.1f}"


def kilobytes(value: float) -> str:
    return f"{value / 1e3:.1f}"


def count(value: float) -> str:
    return f"{value:,.0f}"


def ratio(value: float) -> str:
    return f"{value:.2f}"


NO_ANSWER = "no answer"


def if_answered(format: Callable[[float], str]) -> Callable[[float], str]:
    """A request without an answer is infinitely late."""
    return lambda value: format(value) if math.isfinite(value) else NO_ANSWER


CPU = Column("CPU µs/request", "cpu_us", microseconds, spread=True)
CPU_RATIO = Column("× nginx", "cpu_us", ratio, unit_of="nginx")
TAX = Column("tax µs", "tax_us", microseconds, spread=True)
TAX_RATIO = Column("tax × nginx", "tax_us", ratio, unit_of="nginx")

REQUEST_COLUMNS = (
    Column("requests/s", "rps", count, spread=True),
    Column("p50 ms", "p50", milliseconds),
    Column("p99 ms", "p99", milliseconds),
    Column("p50 ms, 2 conn.", "light_p50", milliseconds),
    Column("p99 ms, 2 conn.", "light_p99", milliseconds),
    Column("memory MB", "memory", megabytes),
    Column("errors", "errors", count),
)

HELLO_COLUMNS = (CPU, CPU_RATIO, *REQUEST_COLUMNS)
TAX_COLUMNS = (CPU, CPU_RATIO, TAX, TAX_RATIO, *REQUEST_COLUMNS)

LATENCY = if_answered(milliseconds)

BESIDE_COLUMNS = (
    Column("p50 ms", "p50", LATENCY),
    Column("p99 ms", "p99", LATENCY, spread=True),
    Column("slow requests/s", "slow_rps", microseconds),
    Column("memory MB", "memory", megabytes),
    Column("errors", "errors", count),
)

SLOW_CLIENTS_COLUMNS = (
    Column("p50 ms", "p50", LATENCY),
    Column("p99 ms", "p99", LATENCY, spread=True),
    Column("p50 ms without", "alone_p50", LATENCY),
    Column("p99 ms without", "alone_p99", LATENCY),
    Column("p99 ÷ without", "p99_ratio", if_answered(ratio), spread=True),
    Column("downloads begun", "slow_begun", count),
    Column("slow clients lost", "slow_lost", count),
    Column("memory MB", "memory", megabytes),
    Column("errors", "errors", count),
)

IDLE_COLUMNS = (
    Column("held open", "connections", count),
    Column("memory MB", "memory", megabytes, spread=True),
    Column("kB/connection", "per_connection", kilobytes),
    Column("errors", "errors", count),
)

SWIFT_HELLO = Case(
    name="swift-hello",
    title="Swift hello",
    about="`/hello` answered by the server itself: Martlet's framework, Hummingbird, nginx `return 200`.",
    measure=measure.hello,
    peers=(peers.NGINX, peers.SWIFT_HELLO, peers.HUMMINGBIRD),
    columns=HELLO_COLUMNS,
    plot=CPU_RATIO,
)

WSGI_HELLO = Case(
    name="wsgi-hello",
    title="Raw WSGI hello",
    about="`application(environ, start_response)` with one block of 12 bytes; one worker process on one core. nginx "
    "`return 200` is the unit and runs no Python.",
    measure=measure.hello,
    peers=(peers.NGINX, peers.MARTLET, *peers.PYTHON_PEERS),
    columns=TAX_COLUMNS,
    plot=TAX_RATIO,
    app="raw:application",
    taxes=True,
)

FLASK_HELLO = Case(
    name="flask-hello",
    title="Flask hello",
    about="One Flask view; one worker process on one core.",
    measure=measure.hello,
    peers=(peers.NGINX, peers.MARTLET, *peers.PYTHON_PEERS),
    columns=TAX_COLUMNS,
    plot=TAX_RATIO,
    app="flask_hello:app",
    taxes=True,
)

BESIDE_PEERS = (peers.MARTLET, peers.GRANIAN, peers.BJOERN, peers.UWSGI, peers.GUNICORN, peers.WAITRESS)
BESIDE_ABOUT = (
    "200 fast requests a second over 16 connections while one client always has a request under way that computes "
    "50 ms of pure Python. {} Nothing is pinned: the question is who waits for whom, not what a request costs. bjoern "
    "has no threads; waitress has one process, and gets all the threads in it."
)
P99 = Column("p99 ms", "p99", LATENCY)

BESIDE_SLOW = Case(
    name="beside-slow",
    title="Fast beside slow, one thread",
    about=BESIDE_ABOUT.format("Two worker processes with one thread each."),
    measure=measure.beside_slow,
    peers=BESIDE_PEERS,
    columns=BESIDE_COLUMNS,
    plot=P99,
    app="raw:application",
    workers=2,
    threads=1,
    pinned=False,
)

BESIDE_SLOW_THREADS = Case(
    name="beside-slow-threads",
    title="Fast beside slow, four threads",
    about=BESIDE_ABOUT.format("Two worker processes with four threads each."),
    measure=measure.beside_slow,
    peers=BESIDE_PEERS,
    columns=BESIDE_COLUMNS,
    plot=P99,
    app="raw:application",
    workers=2,
    threads=4,
    pinned=False,
)

SLOW_CLIENTS = Case(
    name="slow-clients",
    title="Fast beside 200 slow clients",
    about="200 fast requests a second over 16 connections, first alone and then while 100 clients upload 100 KB at 1 "
    "KB a second and 100 download 2 MB at 10 KB a second. Two worker processes with four threads each; waitress has "
    "one process with eight. Nothing is pinned. A request without an answer 5 seconds after the last one was due is an "
    "error and infinitely late. *Downloads begun* are those, of 100, whose client has had a part of the answer.",
    measure=measure.slow_clients_beside,
    peers=(peers.MARTLET, peers.NGINX_GUNICORN, peers.GUNICORN, peers.WAITRESS),
    columns=SLOW_CLIENTS_COLUMNS,
    plot=P99,
    app="slow_clients:application",
    workers=2,
    threads=4,
    pinned=False,
)

IDLE_CONNECTIONS = Case(
    name="idle-connections",
    title="Idle connections",
    about="10,000 kept-alive connections that have each had one answer. The kernel's own memory is not counted.",
    measure=measure.idle_connections,
    peers=(peers.NGINX, peers.MARTLET, peers.GRANIAN, peers.BJOERN),
    columns=IDLE_COLUMNS,
    plot=Column("memory MB", "memory", megabytes),
    app="raw:application",
    connections=16_384,
)

CASES = (
    SWIFT_HELLO,
    WSGI_HELLO,
    FLASK_HELLO,
    BESIDE_SLOW,
    BESIDE_SLOW_THREADS,
    SLOW_CLIENTS,
    IDLE_CONNECTIONS,
)
