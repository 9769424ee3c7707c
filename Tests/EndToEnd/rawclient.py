"""An HTTP/1 client that knows every byte that it sends and receives."""

import socket
import struct
from collections.abc import Iterable
from dataclasses import dataclass, field

from waiting import DEADLINE

Address = tuple[str, int] | str
"""Host and port, or the path of a Unix socket."""


@dataclass
class Response:
    version: str
    status: int
    reason: str
    headers: list[tuple[str, str]]
    head: bytes
    body: bytes = b""
    chunks: list[bytes] = field(default_factory=list)
    """The chunks of a chunked response, as they were sent."""
    trailers: list[tuple[str, str]] = field(default_factory=list)
    framing: str = "none"
    """How the body's end is told: `none`, `length`, `chunked` or `close`."""

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def header(self, name: str) -> str | None:
        values = self.all(name)
        assert len(values) < 2, f"{name} occurs {len(values)} times"
        return values[0] if values else None


class Truncated(Exception):
    """The connection ended inside a response; `response` is what came, or None when not even a head did."""

    def __init__(self, message: str, response: Response | None = None):
        super().__init__(message)
        self.response = response


class Connection:
    """One connection. Everything that is read waits at most `deadline` seconds."""

    def __init__(
        self, address: Address, deadline: float = DEADLINE, receive_buffer: int | None = None, source: str | None = None
    ):
        """`source` is the address that it comes from."""
        if isinstance(address, str):
            self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        else:
            family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
            self.socket = socket.socket(family, socket.SOCK_STREAM)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if receive_buffer is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        if source is not None:
            self.socket.bind((source, 0))
        self.socket.settimeout(deadline)
        try:
            self.socket.connect(address)
        except BaseException:
            self.socket.close()
            raise
        self._buffer = bytearray()

    def __enter__(self) -> "Connection":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # Sending

    def send(self, data: bytes, piece: int | None = None) -> "Connection":
        """Sends all of `data`: at once, or in packets of `piece` bytes each."""
        if piece is None:
            self.socket.sendall(data)
        else:
            for start in range(0, len(data), piece):
                self.socket.sendall(data[start : start + piece])
        return self

    def request(
        self,
        target: str = "/",
        method: str = "GET",
        headers: Iterable[tuple[str, str]] = (),
        body: bytes | None = None,
        host: str = "martlet.test",
        version: str = "1.1",
    ) -> Response:
        """Sends one whole request and reads its response."""
        self.send(request_bytes(target, method, headers, body, host, version))
        return self.read_response(method)

    # Receiving

    def read_response(self, to: str = "GET") -> Response:
        """Reads exactly one response to a request with method `to`; an interim one (1xx) counts as a response."""
        response = self.read_head()
        if to == "HEAD" or response.status < 200 or response.status in (204, 304):
            return response
        try:
            if any("chunked" in value.lower() for value in response.all("Transfer-Encoding")):
                response.framing = "chunked"
                self._read_chunks(response)
            elif (length := response.header("Content-Length")) is not None:
                response.framing = "length"
                self._read_into(response, int(length))
            else:
                response.framing = "close"
                response.body = self.read_to_end()
        except (EOFError, ConnectionError) as error:
            raise Truncated(f"the connection ended inside the body: {error}", response) from None
        return response

    def read_head(self) -> Response:
        """Reads a status line and headers and leaves the body unread."""
        try:
            head = self.read_until(b"\r\n\r\n")
        except (EOFError, ConnectionError) as error:
            raise Truncated(
                f"the connection ended before the end of a head: {error}: {bytes(self._buffer)!r}"
            ) from None
        status_line, *lines = head[:-4].decode("latin-1").split("\r\n")
        version, status, reason = (status_line + " ").split(" ", 2)
        headers = []
        for line in lines:
            name, colon, value = line.partition(":")
            assert colon and name and name == name.strip() and "\r" not in line and "\n" not in line, (
                f"bad header {line!r}"
            )
            headers.append((name, value.strip(" \t")))
        return Response(version, int(status), reason.rstrip(" "), headers, head)

    def read_chunk(self) -> bytes:
        """Reads one chunk of a chunked body; `b""` is the last one, whose trailers are left unread."""
        size = int(self.read_until(b"\r\n")[:-2].split(b";")[0], 16)
        data = self.read_exactly(size)
        if size:
            assert self.read_exactly(2) == b"\r\n", "no CRLF after a chunk"
        return data

    def read_exactly(self, count: int) -> bytes:
        while len(self._buffer) < count:
            self._receive()
        data = bytes(self._buffer[:count])
        del self._buffer[:count]
        return data

    def read_until(self, mark: bytes) -> bytes:
        start = 0
        while (at := self._buffer.find(mark, start)) < 0:
            start = max(0, len(self._buffer) - len(mark))
            self._receive()
        return self.read_exactly(at + len(mark))

    def read_to_end(self) -> bytes:
        try:
            while True:
                self._receive()
        except EOFError:
            return self.read_exactly(len(self._buffer))

    def pending(self) -> bytes:
        """What has arrived and was not read yet; never waits."""
        self.socket.setblocking(False)
        try:
            while True:
                self._receive()
        except (BlockingIOError, EOFError):
            return bytes(self._buffer)
        finally:
            self.socket.settimeout(DEADLINE)

    def expect_end(self) -> None:
        """Waits until the server has closed the connection; fails if it sends anything before that."""
        try:
            rest = self.read_to_end()
        except ConnectionError:
            rest = bytes(self._buffer)
        assert rest == b"", f"more came before the end: {rest[:300]!r}"

    # Leaving

    def half_close(self) -> None:
        """Says that nothing more will be sent (FIN) and goes on reading."""
        self.socket.shutdown(socket.SHUT_WR)

    def reset(self) -> None:
        """Goes away at once (RST)."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def close(self) -> None:
        self.socket.close()

    def _receive(self) -> None:
        data = self.socket.recv(262144)
        if not data:
            raise EOFError("end of stream")
        self._buffer += data

    def _read_into(self, response: Response, length: int) -> None:
        try:
            response.body = self.read_exactly(length)
        except (EOFError, ConnectionError):
            response.body = bytes(self._buffer)
            raise

    def _read_chunks(self, response: Response) -> None:
        try:
            while chunk := self.read_chunk():
                response.chunks.append(chunk)
        finally:
            response.body = b"".join(response.chunks)
        while (line := self.read_until(b"\r\n")) != b"\r\n":
            name, _, value = line[:-2].decode("latin-1").partition(":")
            response.trailers.append((name, value.strip(" \t")))


def request_bytes(
    target: str = "/",
    method: str = "GET",
    headers: Iterable[tuple[str, str]] = (),
    body: bytes | None = None,
    host: str = "martlet.test",
    version: str = "1.1",
) -> bytes:
    """One request. A body gets its Content-Length unless a transfer coding is given."""
    lines = [f"{method} {target} HTTP/{version}", f"Host: {host}", *(f"{name}: {value}" for name, value in headers)]
    names = {name.lower() for name, _ in headers}
    if body is not None and not names & {"content-length", "transfer-encoding"}:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + (body or b"")


def chunked(*chunks: bytes) -> bytes:
    """The chunks as a chunked body, with the last chunk."""
    return b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks if chunk) + b"0\r\n\r\n"


def exchange(
    address: Address,
    target: str = "/",
    method: str = "GET",
    headers: Iterable[tuple[str, str]] = (),
    body: bytes | None = None,
    host: str = "martlet.test",
    version: str = "1.1",
) -> Response:
    """One request on a connection of its own."""
    with Connection(address) as connection:
        return connection.request(target, method, [*headers, ("Connection", "close")], body, host, version)
