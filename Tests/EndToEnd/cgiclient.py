"""Clients of uwsgi and SCGI listeners: what a web server in front sends, byte by byte."""

import struct
from dataclasses import dataclass

from rawclient import Address, Connection

VARIABLES = {
    "REQUEST_METHOD": "GET", "REQUEST_URI": "/", "QUERY_STRING": "", "SERVER_PROTOCOL": "HTTP/1.1", "REMOTE_ADDR": "192.0.2.1",
    "REMOTE_PORT": "4711", "SERVER_NAME": "shop.test", "SERVER_PORT": "80", "HTTP_HOST": "shop.test",
}
"""What a request has unless a test says otherwise; None takes a variable away."""


@dataclass
class Answer:
    status: int
    headers: list[tuple[str, str]]
    body: bytes
    head: bytes

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


def text(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode("latin-1")


def variables(changes: dict) -> list[tuple[bytes, bytes]]:
    return [(text(name), text(value)) for name, value in (VARIABLES | changes).items() if value is not None]


def uwsgi(body: bytes = b"", modifier: int = 0, **changes) -> bytes:
    """A packet with its body; the length is said unless a test says another."""
    changes = {"CONTENT_LENGTH": str(len(body)) if body else None} | changes
    block = b"".join(struct.pack("<H", len(part)) + part for pair in variables(changes) for part in pair)
    return struct.pack("<BHB", modifier, len(block), 0) + block + body


def scgi(body: bytes = b"", **changes) -> bytes:
    changes = {"SCGI": "1"} | changes
    length = changes.pop("CONTENT_LENGTH", str(len(body)))
    pairs = [(b"CONTENT_LENGTH", text(length))] + variables(changes)
    block = b"".join(part + b"\0" for pair in pairs for part in pair)
    return b"%d:%s," % (len(block), block) + body


ENCODERS = {"uwsgi": uwsgi, "scgi": scgi}


def parse(data: bytes) -> Answer:
    head, separator, body = data.partition(b"\r\n\r\n")
    assert separator, f"no head in {data!r}"
    first, *lines = head.split(b"\r\n")
    word, status = first.split(b" ")[:2]
    assert word in (b"HTTP/1.1", b"Status:"), first
    headers = [tuple(part.strip().decode("latin-1") for part in line.split(b":", 1)) for line in lines]
    return Answer(int(status), headers, body, head)


def ask(address: Address, protocol: str, body: bytes = b"", **changes) -> Answer:
    """One request over a connection of its own, which the server must close."""
    with Connection(address) as connection:
        connection.send(ENCODERS[protocol](body, **changes))
        return parse(connection.read_to_end())
