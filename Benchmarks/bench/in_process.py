"""The application's own time: called in a loop, in the Python that the servers use, without a server.

`in_process.py MODULE:ATTRIBUTE SECONDS`, run in the application's folder, prints the calls and their CPU time as one
line of JSON. Each call gets a fresh environ of its own, has its `start_response` and its blocks collected, and its
iterable closed, as a server does; what a server pays for making the environ is not the application's and is done before
the clock runs.
"""

from __future__ import annotations

import importlib
import io
import json
import os
import sys
import time
from typing import Any, Callable, Dict, List, Tuple

BATCH = 100
"""Calls between two readings of the clock: as many environs wait in memory."""

WARM_UP_SECONDS = 0.5
BODY = b"Hello World!"

Application = Callable[[Dict[str, Any], Callable[..., Any]], Any]


def environ() -> Dict[str, Any]:
    """What wrk's request to `/hello` comes to."""
    return {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": "/hello",
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "SERVER_SOFTWARE": "none",
        "REMOTE_ADDR": "127.0.0.1",
        "REMOTE_PORT": "50000",
        "HTTP_HOST": "127.0.0.1:8000",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }


def call(application: Application, environ: Dict[str, Any]) -> Tuple[str, List[Tuple[str, str]], bytes]:
    """One request, as PEP 3333 has it: status, headers and body."""
    started: List[Any] = []
    blocks: List[bytes] = []

    def start_response(status: str, headers: List[Tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], Any]:
        started[:] = [status, headers]
        return blocks.append

    iterable = application(environ, start_response)
    try:
        for block in iterable:
            blocks.append(block)
    finally:
        close = getattr(iterable, "close", None)
        if close:
            close()
    return started[0], started[1], b"".join(blocks)


def cpu_seconds_of(application: Application, seconds: float) -> Tuple[int, float]:
    """Calls for about so long: how many, and the CPU time that they took."""
    calls, used = 0, 0.0
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        environs = [environ() for _ in range(BATCH)]
        before = time.process_time()
        for own in environs:
            call(application, own)
        used += time.process_time() - before
        calls += BATCH
    return calls, used


def main(target: str, seconds: float) -> None:
    module, _, attribute = target.partition(":")
    sys.path.insert(0, os.getcwd())
    application = getattr(importlib.import_module(module), attribute)
    status, _, body = call(application, environ())
    if not status.startswith("200") or body != BODY:
        sys.exit(f"{target} answered {status} {body[:60]!r} in place of 200 {BODY!r}")
    cpu_seconds_of(application, WARM_UP_SECONDS)
    calls, used = cpu_seconds_of(application, seconds)
    print(json.dumps({"calls": calls, "cpu_seconds": used}))


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
