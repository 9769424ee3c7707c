"""Runs h2load: HTTP/2 with a number of connections, each with a number of requests under way."""

from __future__ import annotations

import os
import re
import subprocess

from .failure import Failure
from .load import Load

BROWSER_FIELDS = (
    "user-agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    "accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
    "accept-language: en-US,en;q=0.5",
    "accept-encoding: gzip, deflate, br, zstd",
    "cookie: session=4f9c2e7ad0b14a0c9a3b; theme=dark; consent=1",
    "sec-fetch-dest: document",
    "sec-fetch-mode: navigate",
    "sec-fetch-site: none",
    "priority: u=0, i",
)


def run(url: str, connections: int, streams: int, seconds: int, core: int, fields: "tuple[str, ...]" = ()) -> Load:
    """`seconds` of load from one thread that is pinned to `core`. Only the median of the latency is known: as its mean."""
    command = [
        *["h2load", "-t1", f"-c{connections}", f"-m{streams}", f"-D{seconds}"],
        *[part for field in fields for part in ("-H", field)],
        url,
    ]
    finished = subprocess.run(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=seconds + 60,
        preexec_fn=lambda: os.sched_setaffinity(0, {core}),
    )
    counts = re.search(
        r"requests: (\d+) total, \d+ started, (\d+) done, (\d+) succeeded, (\d+) failed", finished.stdout
    )
    if not counts:
        raise Failure(f"h2load gave no result for {url}; it said:\n{finished.stdout.strip()}")
    succeeded = int(counts.group(3))
    return Load(succeeded, float(seconds), int(counts.group(4)), 0.0, 0.0)
