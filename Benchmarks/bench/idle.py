"""Many connections that have each had one answer and then say nothing."""

from __future__ import annotations

import resource
import socket
import ssl
from types import TracebackType

from .failure import Failure

REQUEST = b"GET /hello HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
BODY = b"Hello World!"
BATCH = 250
SPARE_DESCRIPTORS = 200


def raise_descriptor_limit() -> None:
    """Up to the hard limit; servers that are started afterwards inherit it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


class Connections:
    """A context manager that holds `count` kept-alive connections."""

    def __init__(self, host: str, port: int, count: int, tls: "ssl.SSLContext | None" = None) -> None:
        soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        if soft != resource.RLIM_INFINITY and soft < count + SPARE_DESCRIPTORS:
            raise Failure(f"{count} connections need `ulimit -n {count + SPARE_DESCRIPTORS}`; the limit is {soft}")
        self.address = (host, port)
        self.count = count
        self.tls = tls
        self.sockets: list[socket.socket] = []

    def __enter__(self) -> Connections:
        # In batches, so that the listen queue is never what is measured.
        while len(self.sockets) < self.count:
            batch = [self.connect() for _ in range(min(BATCH, self.count - len(self.sockets)))]
            self.sockets += batch
            for connection in batch:
                read_answer(connection)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for connection in self.sockets:
            connection.close()

    def connect(self) -> socket.socket:
        connection = socket.create_connection(self.address, timeout=10)
        if self.tls:
            connection = self.tls.wrap_socket(connection)
        connection.sendall(REQUEST)
        return connection

    def ask_each(self, path: str, size: int) -> None:
        """One after the other, an answer of `size` bytes for each."""
        request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
        buffer = bytearray(1 << 18)
        for connection in self.sockets:
            try:
                connection.settimeout(10)
                connection.sendall(request)
                # The head comes in one piece.
                got = 0
                while got < size:
                    count = connection.recv_into(buffer)
                    if count == 0:
                        break
                    if got == 0:
                        count -= buffer.index(b"\r\n\r\n") + 4
                    got += count
            except (OSError, ValueError):
                continue  # A connection that was lost is counted by still_open.

    def still_open(self) -> int:
        """How many the server has not closed."""
        return sum(is_open(connection) for connection in self.sockets)


def read_answer(connection: socket.socket) -> None:
    answer = b""
    try:
        while not answer.endswith(BODY):
            data = connection.recv(65536)
            if not data:
                return
            answer += data
    except OSError:
        return  # A connection that was lost is counted by still_open.


def is_open(connection: socket.socket) -> bool:
    connection.setblocking(False)
    try:
        # Through TLS nobody can peek, and nothing more was asked for.
        return connection.recv(1, 0 if isinstance(connection, ssl.SSLSocket) else socket.MSG_PEEK) != b""
    except (BlockingIOError, ssl.SSLWantReadError):
        return True
    except OSError:
        return False
