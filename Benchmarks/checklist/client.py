"""A client that hides nothing: it sends the bytes it is given and shows the answer as it came."""

from __future__ import annotations

import json
import socket
import time
import uuid
from dataclasses import dataclass, field
from typing import Any, Callable, List, Sequence, Tuple

from .check import CheckFailed, NotOffered, ensure

DEADLINE = 4.0
"""Seconds for anything that has to happen at all. Nothing right takes so long; only what is wrong waits it out."""

Headers = Sequence[Tuple[str, str]]


class Closed(OSError):
    """The server closed the connection where an answer was due."""

    def __str__(self) -> str:
        return "the connection was closed without an answer"


class Stalled(OSError):
    """The server said nothing more, and did not close the connection either."""

    def __str__(self) -> str:
        return f"nothing more came within {DEADLINE:.0f} s, and the connection stayed open"


@dataclass
class Response:
    """An answer as it came. `framing` says what ended its body: `length`, `chunked`, `close` or `none`."""

    status: int
    reason: str
    version: str
    headers: List[Tuple[str, str]]
    body: bytes = b""
    framing: str = "none"
    complete: bool = True
    stalled: bool = False
    """The body did not end, and the connection stayed open."""
    interim: List[int] = field(default_factory=list)
    """The statuses of the 1xx answers before this one."""

    def all(self, name: str) -> List[str]:
        return [value for field_name, value in self.headers if field_name.lower() == name.lower()]

    def get(self, name: str) -> str | None:
        values = self.all(name)
        return values[0] if values else None

    @property
    def ends_connection(self) -> bool:
        """Whether this answer says that nothing comes after it (RFC 9112, section 9.3)."""
        options = (self.get("Connection") or "").lower()
        return (
            self.framing == "close"
            or "close" in options
            or (self.version == "HTTP/1.0" and "keep-alive" not in options)
        )

    def json(self) -> Any:
        ensure(self.status == 200, f"answered {self.status} {self.reason}")
        return json.loads(self.body.decode("utf-8"))


class Connection:
    """One connection; bytes that came after an answer stay in `received` for the next."""

    def __init__(self, host: str, port: int) -> None:
        self.socket = socket.create_connection((host, port), timeout=DEADLINE)
        self.received = b""

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self, reset: bool = False) -> None:
        if reset:
            # Lingering for no time makes the kernel answer what still comes with RST.
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.socket.close()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def more(self) -> bool:
        """Receives once; false when the server closed the connection."""
        try:
            data = self.socket.recv(65536)
        except socket.timeout:
            raise Stalled from None
        except ConnectionResetError:
            data = b""
        self.received += data
        return bool(data)

    def until(self, marker: bytes) -> bool:
        """Receives until `marker` has come; false when the connection or the time ended first."""
        try:
            while marker not in self.received:
                if not self.more():
                    return False
        except Stalled:
            return False
        return True

    def ends(self) -> bool:
        """Whether the server closes the connection and sends nothing more before it does."""
        try:
            return not self.received and not self.more()
        except Stalled:
            return False

    def response(self, head_only: bool = False) -> Response:
        """The next final answer, with the interim ones before it noted."""
        interim: List[int] = []
        while True:
            response = self.head()
            if response.status >= 200:
                response.interim = interim
                break
            interim.append(response.status)
        if not head_only and response.status not in (204, 304):
            try:
                self.body(response)
            except Stalled:
                response.body += self.received
                response.stalled, response.complete = True, False
        return response

    def head(self) -> Response:
        while b"\r\n\r\n" not in self.received:
            if not self.more():
                if self.received:
                    raise ValueError(f"not a whole response head: {self.received[:80]!r}")
                raise Closed
        head, _, self.received = self.received.partition(b"\r\n\r\n")
        status_line, *lines = head.decode("latin-1").split("\r\n")
        version, _, rest = status_line.partition(" ")
        code, _, reason = rest.partition(" ")
        if not version.startswith("HTTP/") or not code.isdigit():
            raise ValueError(f"not a status line: {status_line[:80]!r}")
        headers = []
        for line in lines:
            name, colon, value = line.partition(":")
            if not colon:
                raise ValueError(f"not a header line: {line[:80]!r}")
            headers.append((name, value.strip(" \t")))
        return Response(int(code), reason, version, headers)

    def body(self, response: Response) -> None:
        if "chunked" in (response.get("Transfer-Encoding") or "").lower():
            response.framing = "chunked"
            self.chunked_body(response)
        elif response.get("Content-Length") is not None:
            response.framing = "length"
            length = int(response.get("Content-Length") or 0)
            response.complete = self.at_least(length)
            response.body, self.received = self.received[:length], self.received[length:]
        else:
            response.framing = "close"
            while self.more():
                pass
            response.body, self.received = self.received, b""

    def chunked_body(self, response: Response) -> None:
        while True:
            if not self.line_is_there():
                response.complete = False
                return
            size_line, _, self.received = self.received.partition(b"\r\n")
            size = int(size_line.split(b";")[0], 16)
            if size == 0:
                break
            if not self.at_least(size + 2):
                response.body += self.received
                response.complete = False
                return
            response.body += self.received[:size]
            self.received = self.received[size + 2 :]
        while self.line_is_there():
            line, _, self.received = self.received.partition(b"\r\n")
            if not line:
                return
        response.complete = False

    def line_is_there(self) -> bool:
        while b"\r\n" not in self.received:
            if not self.more():
                return False
        return True

    def at_least(self, length: int) -> bool:
        while len(self.received) < length:
            if not self.more():
                return False
        return True


class Site:
    """A check's application on the server, and the ways to talk to it."""

    def __init__(self, host: str, port: int, name: str) -> None:
        self.host = host
        self.port = port
        self.name = name
        self.path = f"/{name}"
        self.token = uuid.uuid4().hex
        """Names this run's entries in the application's journal."""

    def connect(self) -> Connection:
        return Connection(self.host, self.port)

    def request(
        self,
        method: str = "GET",
        path: str | None = None,
        headers: Headers = (),
        body: bytes | None = None,
        version: str = "1.1",
    ) -> bytes:
        """A request's bytes. The default path carries the token; a body brings its `Content-Length`."""
        target = f"{self.path}?token={self.token}" if path is None else path
        lines = [f"{method} {target} HTTP/{version}", "Host: checklist.test"]
        lines += [f"{name}: {value}" for name, value in headers]
        if body is not None:
            lines.append(f"Content-Length: {len(body)}")
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + (body or b"")

    def exchange(self, raw: bytes, head_only: bool = False) -> Response:
        """Sends `raw` on a connection of its own and reads one answer."""
        with self.connect() as connection:
            connection.send(raw)
            return connection.response(head_only)

    def get(self, path: str | None = None, headers: Headers = (), version: str = "1.1") -> Response:
        return self.exchange(self.request("GET", path, headers, version=version))

    def post(self, body: bytes, headers: Headers = ()) -> Response:
        return self.exchange(self.request("POST", headers=headers, body=body))

    def offered(self, response: Response) -> Response:
        """Raises `NotOffered` when the application said that the server lacks what it needs."""
        if response.get("X-Not-Offered"):
            raise NotOffered(response.get("X-Not-Offered"))
        return response

    def refused(self, raw: bytes) -> None:
        """The server must answer with an error, or close; the application must not be reached."""
        try:
            response = self.exchange(raw)
        except Closed:
            return
        ensure(response.status >= 400, f"the request was accepted: {response.status} {response.body[:80]!r}")

    def fails(self, raw: bytes | None = None) -> None:
        """The answer must be a 5xx, or break off."""
        try:
            response = self.exchange(self.request() if raw is None else raw)
        except Closed:
            return
        broken_off = not response.complete and not response.stalled
        ensure(
            response.status >= 500 or broken_off,
            f"a whole answer came: {response.status} {response.reason} {response.body[:60]!r}",
        )

    def journal(self) -> List[Any]:
        """What the application has noted under this token."""
        return self.get(f"/journal?token={self.token}").json()

    def eventually(self, condition: Callable[[List[Any]], bool], deadline: float = DEADLINE) -> List[Any]:
        """The journal as soon as it fulfils the condition, or as it stands at the deadline."""
        end = time.monotonic() + deadline
        while True:
            entries = self.journal()
            if condition(entries) or time.monotonic() > end:
                return entries
            time.sleep(0.01)

    def still_serves(self) -> None:
        """The server answers other requests, after a moment to replace a process at most."""
        end = time.monotonic() + DEADLINE
        problem = ""
        while time.monotonic() < end:
            try:
                if self.get("/alive").body == b"alive":
                    return
            except (OSError, ValueError) as error:
                problem = str(error)
            time.sleep(0.02)
        raise CheckFailed(f"the server does not answer any more: {problem}")

    def next_on(self, connection: Connection) -> None:
        """The connection is closed, or carries the next exchange undamaged."""
        try:
            connection.send(self.request(path="/alive"))
            response = connection.response()
        except (ConnectionError, Closed):
            return
        ensure(response.body == b"alive", f"the next answer on the connection was damaged: {response.body[:60]!r}")


def no_problems(site: Site) -> None:
    """For applications that answer with a list of what they found wrong."""
    problems = site.get().json()
    ensure(not problems, "; ".join(problems))


def says_true(site: Site) -> None:
    """For applications that answer with one boolean."""
    value = site.get().json()
    ensure(value is True, f"the application saw {value!r}")
