"""An upstream whose every byte a test decides, and that knows every byte it got."""

import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from waiting import DEADLINE

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@dataclass
class Request:
    line: str
    fields: list[tuple[str, str]]
    body: bytes
    raw: bytes
    connection: int
    """Which of the upstream's connections it came over, from 0."""
    chunks: list[bytes] = field(default_factory=list)
    trailers: list[bytes] = field(default_factory=list)

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.fields if key.lower() == name.lower()]

    def header(self, name: str) -> str | None:
        values = self.all(name)
        assert len(values) < 2, f"{name} occurs {len(values)} times"
        return values[0] if values else None


class Peer:
    """A connection of the proxy."""

    def __init__(self, upstream: "Upstream", connection: socket.socket, number: int):
        self.upstream = upstream
        self.socket = connection
        self.number = number
        self._buffer = b""
        connection.settimeout(DEADLINE)

    def _more(self) -> bool:
        data = self.socket.recv(65536)
        self._buffer += data
        return bool(data)

    def head(self) -> bytes | None:
        """The next head as bytes; None where the connection ends instead."""
        while b"\r\n\r\n" not in self._buffer:
            if not self._more():
                assert not self._buffer, f"half a head: {self._buffer!r}"
                return None
        head, self._buffer = self._buffer.split(b"\r\n\r\n", 1)
        return head

    def read(self, count: int) -> bytes:
        while len(self._buffer) < count:
            assert self._more(), f"{count} bytes are due, {self._buffer!r} came"
        data, self._buffer = self._buffer[:count], self._buffer[count:]
        return data

    def line(self) -> bytes:
        while b"\r\n" not in self._buffer:
            assert self._more(), f"a line is due, {self._buffer!r} came"
        line, self._buffer = self._buffer.split(b"\r\n", 1)
        return line

    def request(self, body: bool = True) -> Request | None:
        """The next request, which is recorded; None at the end of the connection."""
        head = self.head()
        if head is None:
            return None
        lines = head.decode("latin-1").split("\r\n")
        fields = [tuple(line.split(": ", 1)) for line in lines[1:]]
        request = Request(lines[0], fields, b"", head, self.number)
        if body:
            length = request.header("Content-Length")
            if request.header("Transfer-Encoding") == "chunked":
                assert length is None
                while size := int(self.line(), 16):
                    request.chunks.append(self.read(size))
                    assert self.read(2) == b"\r\n"
                while line := self.line():
                    request.trailers.append(line)
                request.body = b"".join(request.chunks)
            elif length:
                request.body = self.read(int(length))
        self.upstream.requests.append(request)
        return request

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def ends(self) -> bool:
        """Waits for the end of the connection."""
        try:
            return self.socket.recv(1) == b""
        except ConnectionResetError:
            return True

    def reset(self) -> None:
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()


class Upstream:
    """Calls `serve` with each connection, in a thread of its own; without it, every request is answered with `OK`."""

    def __init__(self, serve: Callable[[Peer], None] | None = None, path: str | None = None, host: str = "127.0.0.1", port: int = 0):
        self._serve = serve or answer_everything(OK)
        self.requests: list[Request] = []
        self.failures: list[BaseException] = []
        self.connections = 0
        if path:
            self._listener = socket.socket(socket.AF_UNIX)
            self._listener.bind(path)
            self.url = f"http://unix:{path}"
        else:
            self._listener = socket.socket()
            self._listener.bind((host, port))
            self.port = self._listener.getsockname()[1]
            self.url = f"http://{host}:{self.port}"
        self._listener.listen(64)
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            peer = Peer(self, connection, self.connections)
            self.connections += 1
            threading.Thread(target=self._run, args=(peer,), daemon=True).start()

    def _run(self, peer: Peer) -> None:
        try:
            self._serve(peer)
        except (ConnectionResetError, BrokenPipeError):
            pass
        except BaseException as failure:
            self.failures.append(failure)
        finally:
            peer.socket.close()

    def __enter__(self) -> "Upstream":
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        # A plain close would leave the port with the thread that accepts.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        assert kind or not self.failures, self.failures


def answer_everything(answer: bytes) -> Callable[[Peer], None]:
    def serve(peer: Peer) -> None:
        while peer.request():
            peer.send(answer)

    return serve


def answer_once(*parts: bytes) -> Callable[[Peer], None]:
    """One request, one answer, and the end."""

    def serve(peer: Peer) -> None:
        if peer.request():
            for part in parts:
                peer.send(part)

    return serve
