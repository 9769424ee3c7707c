"""`martlet proxy` in front of upstreams of a test."""

from collections.abc import Iterator
from contextlib import contextmanager

from program import built
from server import Server


@contextmanager
def proxy(*urls: str, **settings) -> Iterator[Server]:
    """A proxy on a port that the system chooses; `answer_timeout="1s"` is `--answer-timeout 1s`."""
    options = [part for name, value in settings.items() for part in (f"--{name.replace('_', '-')}", str(value))]
    server = Server([built("martlet"), "proxy", *urls, "--bind", "127.0.0.1:0", *options])
    try:
        yield server
        server.stop()
    finally:
        server.kill()
