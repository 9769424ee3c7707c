#!/usr/bin/env python3
"""Runs the WSGI checklist against Martlet and the Python application servers and writes CONFORMANCE.md.

python3 Benchmarks/conformance.py                       all servers, all checks
python3 Benchmarks/conformance.py --only martlet,gunicorn --check write --check head-held-back
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path
from typing import Dict, List, Sequence

from bench import install, peers, places, verdicts
from bench.failure import Failure
from bench.interrupt import stop_on_terminate
from bench.peers import Launch, Peer
from bench.server import Server, free_port
from bench.verdicts import Verdict
from checklist import CHECKS, Check, CheckFailed, NotOffered

SERVERS = (peers.MARTLET, peers.GUNICORN, peers.UWSGI, peers.WAITRESS, peers.GRANIAN, peers.BJOERN)
THREADS = 4


def main() -> int:
    arguments = parse(sys.argv[1:])
    stop_on_terminate()
    try:
        return run(arguments)
    except Failure as failure:
        print(f"conformance.py: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("conformance.py: stopped; nothing was written", file=sys.stderr)
        return 130


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    names = [peer.name for peer in SERVERS]
    parser.add_argument("--only", metavar="SERVER,…", help=f"of {', '.join(names)}")
    parser.add_argument("--peers-only", action="store_true", help="leave Martlet out")
    parser.add_argument("--check", action="append", metavar="NAME", help="one check; repeatable")
    parser.add_argument(
        "--output", type=Path, metavar="DIR", help="where CONFORMANCE.md goes (default: here, .run/ if partial)"
    )
    chosen = parser.parse_args(arguments)
    chosen.only = chosen.only.split(",") if chosen.only else names
    for name in chosen.only:
        if name not in names:
            parser.error(f"no server is called {name!r}; there are {', '.join(names)}")
    known = {check.name for check in CHECKS}
    for name in chosen.check or []:
        if name not in known:
            parser.error(f"no check is called {name!r}; there are {', '.join(sorted(known))}")
    return chosen


def run(arguments: argparse.Namespace) -> int:
    chosen = [peer for peer in SERVERS if peer.name in arguments.only]
    if arguments.peers_only:
        chosen = [peer for peer in chosen if peer is not peers.MARTLET]
    checks = [check for check in CHECKS if not arguments.check or check.name in arguments.check]
    install.require_martlet(sorted({peer.program for peer in chosen if peer.program}))
    install.install(python_peers=True, nginx=False, hummingbird=False, wrk=False)

    outcome: Dict[str, Dict[str, Verdict]] = {peer.name: examine(peer, checks) for peer in chosen}

    partial = arguments.check or arguments.peers_only or len(chosen) < len(SERVERS)
    folder = arguments.output or (places.RUN if partial else places.HOME)
    folder.mkdir(parents=True, exist_ok=True)
    page = places.without_paths(verdicts.markdown(checks, {peer.name: peer.version() for peer in chosen}, outcome))
    (folder / "CONFORMANCE.md").write_text(page, encoding="utf-8")
    print(verdicts.summary(checks, outcome))
    print(f"Written: {folder / 'CONFORMANCE.md'}")
    return 0


def examine(peer: Peer, checks: Sequence[Check]) -> Dict[str, Verdict]:
    """Every check on one server. After a failed check the server is started anew: it may be in any state."""
    found: Dict[str, Verdict] = {}
    remaining: List[Check] = list(checks)
    while remaining:
        with start(peer) as server:
            while remaining:
                check = remaining.pop(0)
                found[check.name] = verdict(check, server)
                print(f"{peer.name} {check.name}: {found[check.name]}", file=sys.stderr, flush=True)
                if not found[check.name].passed:
                    break
    return found


def verdict(check: Check, server: Server) -> Verdict:
    try:
        check.run(server)
    except CheckFailed as failure:
        return Verdict(False, str(failure))
    except NotOffered as missing:
        return Verdict(None, str(missing))
    return Verdict(True)


def start(peer: Peer) -> Server:
    scratch = places.RUN / "servers" / peer.name
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    launch = Launch(
        app="checklist.app:application",
        port=free_port(),
        workers=1,
        threads=THREADS,
        connections=1024,
        scratch=scratch,
        strict=True,
    )
    return Server(peer.name, peer.commands(launch), launch.port, places.HOME, "/alive", cores=None)


if __name__ == "__main__":
    sys.exit(main())
