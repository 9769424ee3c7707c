"""The raw WSGI application: PEP 3333 and nothing else. `/slow` is what keeps a worker busy in `beside-slow`."""

import time

HEADERS = [("Content-Type", "text/plain"), ("Content-Length", "12")]


def application(environ, start_response):
    if environ["PATH_INFO"] == "/slow":
        compute(0.050)
    start_response("200 OK", HEADERS[:])
    return [b"Hello World!"]


def compute(seconds):
    """Pure Python for `seconds` of this thread's own CPU time: it holds the GIL and waits for nothing."""
    end = time.thread_time() + seconds
    total = 0
    while time.thread_time() < end:
        for number in range(500):
            total += number * number
    return total
