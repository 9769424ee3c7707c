"""Runs wrk: keep-alive connections that each send the next request when the answer to the last one has come."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .failure import Failure

SCRIPT = Path(__file__).with_name("wrk.lua")


@dataclass(frozen=True)
class Load:
    """What wrk saw; latencies in milliseconds. An error is a socket error, a timeout or a status above 399."""

    requests: int
    seconds: float
    errors: int
    p50: float
    p99: float


def run(
    url: str, connections: int, seconds: int, core: int, fields: "tuple[str, ...]" = (), post: "str | None" = None
) -> Load:
    """`seconds` of load from one thread that is pinned to `core`; with `post`, that is sent each time."""
    sent = [part for field in fields for part in ("-H", field)]
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", str(SCRIPT), *sent, url]
    if post is not None:
        command += ["--", "POST", post]
    finished = subprocess.run(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=seconds + 60,
        preexec_fn=lambda: os.sched_setaffinity(0, {core}),
    )
    for line in finished.stdout.splitlines():
        if line.startswith("RESULT "):
            return Load(**json.loads(line[len("RESULT ") :]))
    raise Failure(f"wrk gave no result for {url}; it said:\n{finished.stdout.strip()}")


def wrk_version() -> str:
    """As `wrk --version` has it; the program exits with 1 after saying so."""
    finished = subprocess.run(["wrk", "--version"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    words = finished.stdout.split()
    return f"wrk {words[1].rpartition('/')[2]}" if len(words) > 1 else "wrk"
