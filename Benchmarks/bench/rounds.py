"""The interleaved run: every round measures every server of the case once.

A server is started afresh for each of its measurements and is the only one that runs. Starting all of them at once
would keep their heartbeats on the server's core and would measure one start of each; this way every round has its own
address-space layout, hash seed and spread of connections, and the spread between rounds shows what those do. The order
turns by one each round, so that no server always follows the same neighbour.
"""

from __future__ import annotations

import shutil
import sys
from typing import Sequence

from . import places, tax
from .cases import Case
from .failure import Failure
from .peers import Launch, Peer
from .results import Results
from .server import Server, free_port
from .settings import Settings


def run_case(case: Case, chosen: Sequence[Peer], settings: Settings, results: Results) -> None:
    for round_number in range(min(settings.rounds, case.rounds or settings.rounds)):
        application = tax.application_us(case.app, settings) if case.taxes else None
        turn = round_number % len(chosen)
        for peer in [*chosen[turn:], *chosen[:turn]]:
            run_one(case, peer, round_number, application, settings, results)


def run_one(
    case: Case, peer: Peer, round_number: int, application: "float | None", settings: Settings, results: Results
) -> None:
    """`application` is the application's own time in this round, where the case asks what a server costs beside it."""
    label = f"{case.name} {round_number + 1}/{settings.rounds} {peer.name}"
    try:
        with server_for(case, peer, settings) as server:
            figures = tax.with_tax(case.measure(server, settings), peer, application)
    except Exception as error:
        failure = error if isinstance(error, Failure) else f"{type(error).__name__}: {error}"
        # One server's failure, of whatever kind, is a line in the report; the others are measured all the same.
        results.fail(case.name, peer.name, (str(failure).splitlines() or [""])[0])
        print(f"{label}: {failure}", file=sys.stderr, flush=True)
        return
    results.add(case.name, peer.name, round_number, figures)
    shown = ", ".join(f"{name} {value:.6g}" for name, value in figures.items())
    print(f"{label}: {shown}", file=sys.stderr, flush=True)


def server_for(case: Case, peer: Peer, settings: Settings) -> Server:
    scratch = places.RUN / "servers" / peer.name
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    launch = Launch(
        app=case.app,
        port=free_port(),
        upstream=free_port(),
        workers=case.workers,
        threads=settings.threads or case.threads or peer.threads,
        connections=case.connections,
        scratch=scratch,
    )
    return Server(
        name=peer.name,
        commands=peer.commands(launch),
        port=launch.port,
        directory=places.APPS,
        ready_path="/hello",
        cores={settings.server_core} if case.pinned else None,
        scheme=case.scheme,
        behind=peer.behind(launch) if peer.behind else [],
        behind_core=settings.load_core if case.pinned else None,
    )
