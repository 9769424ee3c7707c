"""What is measured of the web server: files, TLS, HTTP/2, compression."""

from __future__ import annotations

from . import material, peers, web_measure
from .cases import CPU, CPU_RATIO, Case, Column, count, megabytes, milliseconds, ratio
from .h2load import BROWSER_FIELDS
from .web_peers import (
    Kind,
    caddy_peer,
    granian_http2,
    martlet_peer,
    nginx_peer,
    nginx_uwsgi_http2,
    swift_hello_peer,
    wsgi_peer,
)

PLAIN = Kind()
TLS = Kind(certificate=material.ECDSA)
TLS_RSA = Kind(certificate=material.RSA)
HTTP2 = Kind(http2=True)
HTTP2_TLS = Kind(certificate=material.ECDSA, http2=True)
GZIP = Kind(compresses=True)

COLUMNS = (
    CPU,
    CPU_RATIO,
    Column("requests/s", "rps", count, spread=True),
    Column("p50 ms", "p50", milliseconds),
    Column("p99 ms", "p99", milliseconds),
    Column("memory MB", "memory", megabytes),
    Column("errors", "errors", count),
)
HTTP2_COLUMNS = (
    CPU,
    CPU_RATIO,
    Column("requests/s", "rps", count, spread=True),
    Column("memory MB", "memory", megabytes),
    Column("errors", "errors", count),
)
HANDSHAKE_COLUMNS = (
    CPU,
    CPU_RATIO,
    Column("handshakes/s", "rps", count, spread=True),
    Column("errors", "errors", count),
)
IDLE_COLUMNS = (
    Column("held open", "connections", count),
    Column("memory MB", "memory", megabytes, spread=True),
    Column("after 1 MB each", "memory_after", megabytes, spread=True),
    Column("× nginx", "memory_after", ratio, unit_of="nginx"),
    Column("errors", "errors", count),
)


def file_case(name: str, words: str) -> Case:
    return Case(
        name=f"file-{name}",
        title=f"A file of {words}",
        about="nginx with `open_file_cache` in both of its settings: `sendfile on` is the unit, *nginx-read* has it off.",
        measure=web_measure.wrk(name),
        peers=(nginx_peer(PLAIN), nginx_peer(PLAIN, "off", "nginx-read"), martlet_peer(PLAIN), caddy_peer(PLAIN)),
        columns=COLUMNS,
        plot=CPU_RATIO,
    )


def tls_case(name: str, words: str, connections: int) -> Case:
    return Case(
        name=f"tls-{name}",
        title=f"{words} over TLS",
        about=f"{connections} connections with TLS 1.3, AES-256-GCM and an ECDSA certificate, HTTP/1.1.",
        measure=web_measure.wrk(name, connections),
        peers=(nginx_peer(TLS), martlet_peer(TLS), caddy_peer(TLS)),
        columns=COLUMNS,
        plot=CPU_RATIO,
        scheme="https",
    )


def handshake_case(name: str, kind: Kind, resumed: bool, words: str) -> Case:
    return Case(
        name=f"handshake-{name}",
        title=f"TLS handshakes, {words}",
        about="One connection after the other with TLS 1.3, each with one small request. The client, in Python, is busier "
        "than the server: the CPU for each of them counts.",
        measure=web_measure.handshakes(resumed),
        peers=(nginx_peer(kind), martlet_peer(kind), caddy_peer(kind)),
        columns=HANDSHAKE_COLUMNS,
        plot=CPU_RATIO,
        scheme="https",
    )


def http2_case(connections: int, streams: int, kind: Kind, browser: bool = False) -> Case:
    tls = kind.certificate is not None
    name = f"http2-{connections}x{streams}" + ("-tls" if tls else "") + ("-browser" if browser else "")
    words = f"HTTP/2 hello, {connections} × {streams}" + (" over TLS" if tls else "")
    return Case(
        name=name,
        title=words + (", a browser's fields" if browser else ""),
        about=f"{connections} connections with {streams} requests under way on each; nginx `return 200`, Martlet's framework.",
        measure=web_measure.streams(connections, streams, BROWSER_FIELDS if browser else ()),
        peers=(nginx_peer(kind), swift_hello_peer(kind), caddy_peer(kind)),
        columns=HTTP2_COLUMNS,
        plot=CPU_RATIO,
        scheme=kind.scheme,
    )


WSGI_HTTP2 = Case(
    name="http2-wsgi",
    title="Raw WSGI hello over HTTP/2",
    about="16 connections with 16 requests under way on each; nginx `return 200` is the unit and runs no Python.",
    measure=web_measure.streams(16, 16),
    peers=(
        nginx_peer(HTTP2),
        wsgi_peer("martlet", peers.martlet_commands, peers.MARTLET),
        wsgi_peer("nginx+uwsgi", nginx_uwsgi_http2, peers.NGINX_UWSGI),
        wsgi_peer("granian", granian_http2, peers.GRANIAN),
    ),
    columns=HTTP2_COLUMNS,
    plot=CPU_RATIO,
    app="raw:application",
    scheme="h2c",
)

GZIPPED = Case(
    name="gzip-json",
    title="20 KB of JSON with gzip",
    about="A file of an API's rows, compressed for each request with level 5.",
    measure=web_measure.wrk("data.json", fields=("Accept-Encoding: gzip",), smaller=True),
    peers=(nginx_peer(GZIP), martlet_peer(GZIP), caddy_peer(GZIP)),
    columns=COLUMNS,
    plot=CPU_RATIO,
)

IDLE_TLS = Case(
    name="idle-tls",
    title="Idle TLS connections",
    about="10,000 kept-alive connections that have each had one answer, and then 1 MB. The kernel's own memory is not counted.",
    measure=web_measure.idle_tls,
    peers=(nginx_peer(TLS), martlet_peer(TLS)),
    columns=IDLE_COLUMNS,
    plot=Column("memory MB after 1 MB each", "memory_after", megabytes),
    connections=16_384,
    scheme="https",
    rounds=2,
)

WEB_CASES = (
    file_case("1k", "1 KB"),
    file_case("10k", "10 KB"),
    file_case("100k", "100 KB"),
    tls_case("hello", "A small answer", 32),
    tls_case("1m", "1 MB", 16),
    tls_case("100m", "100 MB", 4),
    handshake_case("ecdsa", TLS, False, "ECDSA P-256"),
    handshake_case("rsa", TLS_RSA, False, "RSA-2048"),
    handshake_case("resumed", TLS, True, "resumed"),
    http2_case(16, 16, HTTP2),
    http2_case(1, 100, HTTP2),
    http2_case(100, 1, HTTP2),
    http2_case(16, 16, HTTP2, browser=True),
    http2_case(16, 16, HTTP2_TLS),
    http2_case(1, 100, HTTP2_TLS),
    WSGI_HTTP2,
    GZIPPED,
    IDLE_TLS,
)
