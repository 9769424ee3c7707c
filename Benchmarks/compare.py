#!/usr/bin/env python3
"""Measures Martlet beside nginx, Hummingbird and the Python application servers in one interleaved run.

python3 Benchmarks/compare.py                  everything; writes RESULTS.md and results.svg beside this file
python3 Benchmarks/compare.py --quick          2 rounds of 2 s, to see that it works
python3 Benchmarks/compare.py --case wsgi-hello --only martlet,bjoern
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Sequence

from bench import idle, install, material, peers, places, plot, quiet, report
from bench.cases import CASES as APPLICATION_CASES, Case
from bench.failure import Failure
from bench.framework_cases import FRAMEWORK_CASES
from bench.interrupt import stop_on_terminate
from bench.peers import Peer
from bench.results import Results
from bench.rounds import run_case
from bench.settings import Settings, cores
from bench.proxy_cases import PROXY_CASES
from bench.web_cases import WEB_CASES

CASES = APPLICATION_CASES + FRAMEWORK_CASES + WEB_CASES + PROXY_CASES


def main() -> int:
    arguments = parse(sys.argv[1:])
    stop_on_terminate()
    try:
        return run(arguments)
    except Failure as failure:
        print(f"compare.py: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("compare.py: stopped; nothing was written", file=sys.stderr)
        return 130


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    names = [case.name for case in CASES]
    servers = sorted({peer.name for case in CASES for peer in case.peers})
    parser.add_argument("--rounds", type=positive, help="measurements of each server (default: 5)")
    parser.add_argument("--seconds", type=positive, help="length of one measurement (default: 5)")
    parser.add_argument("--connections", type=positive, default=32, help="of the load generator (default: 32)")
    parser.add_argument("--threads", type=positive, help="for every server, in place of its own best number")
    parser.add_argument(
        "--case", action="append", choices=names, metavar="NAME", help=f"one of {', '.join(names)}; repeatable"
    )
    parser.add_argument("--only", metavar="PEER,…", help=f"of {', '.join(servers)}; nginx stays as the unit")
    parser.add_argument("--peers-only", action="store_true", help="leave Martlet out")
    parser.add_argument("--quick", action="store_true", help="2 rounds of 2 s unless said otherwise")
    parser.add_argument(
        "--output",
        type=Path,
        metavar="DIR",
        help="where RESULTS.md and results.svg go (default: here for a whole run, .run/ for a partial or quick one)",
    )
    chosen = parser.parse_args(arguments)
    for name in only(chosen):
        if name not in servers:
            parser.error(f"no server is called {name!r}; there are {', '.join(servers)}")
    return chosen


def positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return value


def only(arguments: argparse.Namespace) -> list[str]:
    return [name.strip() for name in arguments.only.split(",")] if arguments.only else []


def run(arguments: argparse.Namespace) -> int:
    cases = [case for case in CASES if not arguments.case or case.name in arguments.case]
    chosen = {case.name: choose(case, arguments) for case in cases}
    cases = [case for case in cases if chosen[case.name]]
    settings = settings_for(arguments)
    prepare(cases, {peer for servers in chosen.values() for peer in servers})

    warning = quiet.warning(quiet.busy_share())
    if warning:
        print(f"compare.py: {warning}", file=sys.stderr)
    results = Results()
    started = time.monotonic()
    try:
        for case in cases:
            run_case(case, chosen[case.name], settings, results)
    except KeyboardInterrupt:
        print("compare.py: ended by Ctrl-C; the report has what was measured until now", file=sys.stderr)

    folder = output_folder(arguments)
    folder.mkdir(parents=True, exist_ok=True)
    page = report.markdown(results, cases, chosen, settings, time.monotonic() - started, warning)
    (folder / "RESULTS.md").write_text(page, encoding="utf-8")
    (folder / "results.svg").write_text(plot.svg(results, cases), encoding="utf-8")
    report.print_summary(results, cases)
    print(f"Written: {folder / 'RESULTS.md'}, {folder / 'results.svg'}")
    return 1 if any(results.failures.values()) else 0


def choose(case: Case, arguments: argparse.Namespace) -> list[Peer]:
    """The servers of a case that were asked for; nginx stays where it is the unit of the ratios."""
    names = only(arguments)
    asked = [
        peer
        for peer in case.peers
        if (not names or peer.name in names) and not (arguments.peers_only and peer.program)
    ]
    if asked and case.plot.unit_of == peers.NGINX.name:
        asked = [peer for peer in case.peers if peer in asked or peer.name == peers.NGINX.name]
    return asked


def settings_for(arguments: argparse.Namespace) -> Settings:
    available = cores()
    if len(available) < 2:
        raise Failure("one core is not enough: the server and the load generator need one each")
    return Settings(
        rounds=arguments.rounds or (2 if arguments.quick else 5),
        seconds=arguments.seconds or (2 if arguments.quick else 5),
        connections=arguments.connections,
        threads=arguments.threads,
        server_core=available[0],
        load_core=available[1],
    )


def prepare(cases: "list[Case]", servers: "set[Peer]") -> None:
    install.require_martlet(sorted({peer.program for peer in servers if peer.program}))
    idle.raise_descriptor_limit()
    names = {peer.name for peer in servers}
    install.install(
        python_peers=any(case.app for case in cases),
        nginx=any("nginx" in name for name in names),
        hummingbird="hummingbird" in names,
        caddy="caddy" in names,
        haproxy="haproxy" in names,
        h2load=any(case.name.startswith("http2-") for case in cases),
    )
    if any(case in WEB_CASES + PROXY_CASES for case in cases):
        material.make()


def output_folder(arguments: argparse.Namespace) -> Path:
    if arguments.output:
        return arguments.output
    partial = arguments.case or arguments.only or arguments.peers_only or arguments.quick or arguments.threads
    return places.RUN if partial else places.HOME


if __name__ == "__main__":
    sys.exit(main())
