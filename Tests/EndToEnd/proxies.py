"""`martlet proxy` in front of upstreams of a test."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from program import built
from server import Server


@contextmanager
def proxy(*urls: str, bind_scheme: str = "http", one_loop: bool = False, **settings) -> Iterator[Server]:
    """A proxy on a port that the system chooses; `answer_timeout="1s"` is `--answer-timeout 1s`.

    With `one_loop` it has a single event loop, so that its requests meet.
    """
    options = [part for name, value in settings.items() for part in (f"--{name.replace('_', '-')}", str(value))]
    server = Server([built("martlet"), "proxy", *urls, "--bind", f"{bind_scheme}://127.0.0.1:0", *options], prepare=on_one_core if one_loop else None)
    try:
        yield server
        server.stop()
    finally:
        server.kill()


def on_one_core() -> None:
    os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])
