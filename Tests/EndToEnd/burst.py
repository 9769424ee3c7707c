"""Very many connections at the same time, from one thread."""

import resource
import selectors
import socket
import time
from collections import Counter
from dataclasses import dataclass, field

from needs import refuse
from rawclient import Address, request_bytes
from waiting import DEADLINE


def allow_descriptors(count: int) -> None:
    """Raises this process' limit, which the servers that it starts inherit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < count:
        if hard < count:
            refuse(f"this system allows {hard} descriptors, not {count}")
        resource.setrlimit(resource.RLIMIT_NOFILE, (count, hard))


@dataclass
class Outcome:
    statuses: Counter = field(default_factory=Counter)
    """Of all responses."""
    unserved: list[str] = field(default_factory=list)
    """Connections that did not get all of their responses, and what came of them."""
    order: list[int] = field(default_factory=list)
    """The connection of each response, as they came."""


class _Client:
    def __init__(self, number: int, socket: socket.socket, request: bytes):
        self.number = number
        self.socket = socket
        self.unsent = request
        self.answered = 0
        self.buffer = b""


def burst(address: Address, connections: int, rounds: int = 1, target: str = "/pid", patience: float = 4 * DEADLINE) -> Outcome:
    """Opens all connections at once; each sends a request, and the next one when it has the answer, `rounds` times.

    `patience` is how long nothing at all may happen before what is left counts as hung.
    """
    outcome = Outcome()
    request = request_bytes(target)
    selector = selectors.DefaultSelector()
    open_ones: dict[int, _Client] = {}
    family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
    for number in range(connections):
        connection = socket.socket(family, socket.SOCK_STREAM)
        connection.setblocking(False)
        connection.connect_ex(address)
        open_ones[number] = client = _Client(number, connection, request)
        selector.register(connection, selectors.EVENT_WRITE, client)

    def leave(client: _Client, problem: str | None = None) -> None:
        selector.unregister(client.socket)
        client.socket.close()
        del open_ones[client.number]
        if problem:
            outcome.unserved.append(f"connection {client.number} after {client.answered}: {problem}")

    last = time.monotonic()
    while open_ones:
        events = selector.select(1)
        if events:
            last = time.monotonic()
        elif time.monotonic() - last > patience:
            for client in list(open_ones.values()):
                leave(client, "nothing came")
        for key, _ in events:
            client: _Client = key.data
            try:
                if client.unsent:
                    client.unsent = client.unsent[client.socket.send(client.unsent) :]
                    if not client.unsent:
                        selector.modify(client.socket, selectors.EVENT_READ, client)
                    continue
                data = client.socket.recv(65536)
            except BlockingIOError:
                continue
            except OSError as error:
                leave(client, str(error))
                continue
            if not data:
                leave(client, f"closed; {client.buffer[:100]!r}")
                continue
            client.buffer += data
            if (response := _whole_response(client.buffer)) is None:
                continue
            outcome.statuses[int(client.buffer[9:12])] += 1
            outcome.order.append(client.number)
            client.buffer = client.buffer[response:]
            client.answered += 1
            if client.answered == rounds:
                leave(client)
            else:
                client.unsent = request
                selector.modify(client.socket, selectors.EVENT_WRITE, client)
    selector.close()
    return outcome


def _whole_response(data: bytes) -> int | None:
    """The length of the response at the beginning; None while more is to come. It has a Content-Length."""
    end = data.find(b"\r\n\r\n")
    if end < 0:
        return None
    for line in data[:end].lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            whole = end + 4 + int(line[15:])
            return whole if len(data) >= whole else None
    raise AssertionError(f"a response without a length: {data[:end]!r}")
