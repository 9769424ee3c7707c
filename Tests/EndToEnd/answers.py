"""Responses as values that can be compared, from the wire and from a framework's own way of running an application."""

import io
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from wsgiref.handlers import SimpleHandler

from rawclient import Response

CONNECTION_FIELDS = {"date", "server", "connection", "keep-alive", "transfer-encoding", "content-length"}
"""What belongs to a connection and its server, not to the application's answer. Content-Length is compared apart."""


@dataclass(frozen=True)
class Answer:
    status: str
    headers: list[tuple[str, str]]
    """In the application's order and spelling."""
    length: str | None
    """Content-Length."""
    body: bytes


def answer(status: str, headers: Iterable[tuple[str, str]], body: bytes) -> Answer:
    """Methods in Allow are sorted: frameworks hold them in sets, whose order is another one in each process."""
    headers = list(headers)
    own = [(name, value) for name, value in headers if name.lower() not in CONNECTION_FIELDS]
    own = [(name, ", ".join(sorted(value.split(", "))) if name == "Allow" else value) for name, value in own]
    lengths = [value for name, value in headers if name.lower() == "content-length"]
    assert len(lengths) < 2
    return Answer(status, own, lengths[0] if lengths else None, body)


def answer_on_the_wire(response: Response, expected: Answer) -> Answer:
    """Where the application gave no Content-Length the server may have added the body's."""
    got = answer(f"{response.status} {response.reason}", response.headers, response.body)
    if expected.length is None and got.length == str(len(got.body)):
        return replace(got, length=None)
    return got


def answer_by_wsgiref(application: Callable, environ: dict, body: bytes = b"") -> Answer:
    """Runs the application under the standard library's own handler."""
    output = io.BytesIO()
    handler = SimpleHandler(io.BytesIO(body), output, sys.stderr, environ)
    handler.http_version = "1.1"
    handler.server_software = ""
    handler.run(application)
    head, _, sent = output.getvalue().partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    fields = [line.split(": ", 1) for line in lines[1:]]
    return answer(lines[0].split(" ", 1)[1], [(name, value) for name, value in fields], sent)
