"""What is measured of the proxy, and of Martlet behind nginx over uwsgi."""

from __future__ import annotations

from . import measure, peers, proxy_peers, web_measure
from .cases import CPU, CPU_RATIO, REQUEST_COLUMNS, Case, Column, ratio
from .web_cases import COLUMNS

UWSGI_RATIO = Column("× nginx+uwsgi", "cpu_us", ratio, unit_of="nginx+uwsgi")


def proxy_case(name: str, words: str) -> Case:
    return Case(
        name=f"proxy-{name}",
        title=f"{words} through a proxy",
        about="32 connections of clients, and as many to the upstream, all of them kept. The upstream, an nginx on the load's core, is "
        "not counted.",
        measure=web_measure.wrk(name),
        peers=proxy_peers.PEERS,
        columns=COLUMNS,
        plot=CPU_RATIO,
    )


UWSGI = Case(
    name="uwsgi",
    title="Raw WSGI hello behind nginx, over uwsgi",
    about="nginx and the application server behind it together, over a Unix socket; a connection for each request.",
    measure=measure.hello,
    peers=(peers.NGINX_UWSGI, proxy_peers.NGINX_MARTLET),
    columns=(CPU, UWSGI_RATIO, *REQUEST_COLUMNS),
    plot=UWSGI_RATIO,
    app="raw:application",
)

PROXY_CASES = (proxy_case("hello", "A small answer"), proxy_case("100k", "100 KB"), UWSGI)
