"""An HTTP/2 client that knows every frame that it sends and receives. It keeps no rule by itself."""

import socket
from collections.abc import Iterable
from dataclasses import dataclass, field

import hpack
from hyperframe.frame import (
    ContinuationFrame,
    DataFrame,
    Frame,
    GoAwayFrame,
    HeadersFrame,
    PingFrame,
    RstStreamFrame,
    SettingsFrame,
    WindowUpdateFrame,
)
from rawclient import Address
from waiting import DEADLINE

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

NO_ERROR, PROTOCOL_ERROR, INTERNAL_ERROR, FLOW_CONTROL_ERROR, _, STREAM_CLOSED, FRAME_SIZE_ERROR = range(7)
REFUSED_STREAM, CANCEL, COMPRESSION_ERROR, _, ENHANCE_YOUR_CALM = range(7, 12)


def raw_frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    """Any frame, right or wrong."""
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


def request_fields(path="/", method="GET", *more, scheme="http", authority="martlet.test"):
    return [(":method", method), (":scheme", scheme), (":path", path), (":authority", authority), *more]


@dataclass
class Answer:
    """What a stream has got."""

    informational: list[list[tuple[str, str]]] = field(default_factory=list)
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    trailers: list[tuple[str, str]] = field(default_factory=list)
    has_ended: bool = False
    reset: int | None = None

    @property
    def status(self) -> int:
        return int(dict(self.headers)[":status"])

    def header(self, name: str) -> str | None:
        values = [value for key, value in self.headers if key == name]
        assert len(values) < 2, f"{name} occurs {len(values)} times"
        return values[0] if values else None


class Ended(Exception):
    """The server has closed the connection; `goaway` is the last error code that it gave, or None."""

    def __init__(self, goaway: int | None):
        super().__init__(f"the connection ended, GOAWAY {goaway}")
        self.goaway = goaway


class Client:
    """One connection. Everything that is read waits at most `deadline` seconds."""

    def __init__(self, address: Address, settings: dict[int, int] | None = None, begin=True, deadline=DEADLINE):
        family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        self.socket.settimeout(deadline)
        self.socket.connect(address)
        if family == socket.AF_INET:
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.encoder = hpack.Encoder()
        self.decoder = hpack.Decoder()
        self.answers: dict[int, Answer] = {}
        self.frames: list[Frame] = []
        self.goaway: GoAwayFrame | None = None
        self.next_stream = 1
        self.replenishes = True
        self._buffer = b""
        self._block = b""
        if begin:
            self.send(PREFACE, SettingsFrame(0, settings=settings or {}))

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    # Sending

    def send(self, *frames: Frame | bytes) -> None:
        self.socket.sendall(b"".join(frame if isinstance(frame, bytes) else frame.serialize() for frame in frames))

    def headers(self, fields: Iterable[tuple[str, str]], end=True, stream: int | None = None, flags=()) -> HeadersFrame:
        """A HEADERS frame of the next stream, or of `stream`."""
        if stream is None:
            stream = self.next_stream
            self.next_stream += 2
        block = self.encoder.encode(fields)
        return HeadersFrame(stream, block, flags=["END_HEADERS", *(["END_STREAM"] if end else []), *flags])

    def request(self, path="/", method="GET", *more, body: bytes | None = None, **parts) -> int:
        """Sends a request, with a body that fits into the windows, and returns its stream."""
        frame = self.headers(request_fields(path, method, *more, **parts), end=body is None)
        frames = [frame]
        if body is not None:
            pieces = [body[start : start + 16384] for start in range(0, len(body), 16384)] or [b""]
            frames += [DataFrame(frame.stream_id, piece) for piece in pieces]
            frames[-1].flags.add("END_STREAM")
        self.send(*frames)
        return frame.stream_id

    # Receiving

    def read_frame(self) -> Frame:
        """The next frame, after it has been taken into the answers. Acknowledges SETTINGS and PING."""
        head = self._exactly(9)
        frame, length = Frame.parse_frame_header(memoryview(head))
        frame.parse_body(memoryview(self._exactly(length)))
        self.frames.append(frame)
        self._take(frame)
        return frame

    def _exactly(self, count: int) -> bytes:
        while len(self._buffer) < count:
            try:
                data = self.socket.recv(1 << 16)
            except (ConnectionResetError, BrokenPipeError):
                data = b""
            if not data:
                raise Ended(self.goaway and self.goaway.error_code)
            self._buffer += data
        data, self._buffer = self._buffer[:count], self._buffer[count:]
        return data

    def _reply(self, *frames: Frame) -> None:
        try:
            self.send(*frames)
        except (BrokenPipeError, ConnectionResetError):
            pass  # What it has sent before can still be read.

    def _take(self, frame: Frame) -> None:
        answer = self.answers.setdefault(frame.stream_id, Answer()) if frame.stream_id else None
        if isinstance(frame, SettingsFrame) and "ACK" not in frame.flags:
            self._reply(SettingsFrame(0, flags=["ACK"]))
        elif isinstance(frame, PingFrame) and "ACK" not in frame.flags:
            self._reply(PingFrame(0, frame.opaque_data, flags=["ACK"]))
        elif isinstance(frame, GoAwayFrame):
            self.goaway = frame
        elif isinstance(frame, RstStreamFrame):
            answer.reset = frame.error_code
        elif isinstance(frame, (HeadersFrame, ContinuationFrame)):
            self._block += frame.data
            if isinstance(frame, HeadersFrame):
                answer.has_ended = "END_STREAM" in frame.flags
            if "END_HEADERS" in frame.flags:
                fields = self.decoder.decode(self._block)
                self._block = b""
                if answer.headers:
                    answer.trailers = fields
                elif fields[0][1].startswith("1"):
                    answer.informational.append(fields)
                else:
                    answer.headers = fields
        elif isinstance(frame, DataFrame):
            answer.body += frame.data
            answer.has_ended = "END_STREAM" in frame.flags
            if self.replenishes and frame.flow_controlled_length:
                size = frame.flow_controlled_length
                self._reply(WindowUpdateFrame(0, size), *([] if answer.has_ended else [WindowUpdateFrame(frame.stream_id, size)]))

    def until(self, condition) -> None:
        while not condition():
            self.read_frame()

    def answer(self, stream: int) -> Answer:
        """The whole answer of a stream."""
        self.until(lambda: (known := self.answers.get(stream)) and (known.has_ended or known.reset is not None))
        return self.answers[stream]

    def body(self, stream: int) -> bytes:
        """What has come of the body of an answer."""
        return self.answers[stream].body if stream in self.answers else b""

    def get(self, path="/", method="GET", *more, **options) -> Answer:
        return self.answer(self.request(path, method, *more, **options))

    def ping(self) -> None:
        """Returns when the server has handled everything that was sent before."""
        self.send(PingFrame(0, b"12345678"))
        self.until(lambda: isinstance(self.frames[-1] if self.frames else None, PingFrame) and "ACK" in self.frames[-1].flags)

    def end(self) -> int | None:
        """Reads to the end of the connection: the error code of GOAWAY."""
        try:
            while True:
                self.read_frame()
        except Ended as ended:
            return ended.goaway
