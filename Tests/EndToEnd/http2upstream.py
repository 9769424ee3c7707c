"""An upstream over HTTP/2 whose every frame a test decides."""

from collections.abc import Callable
from dataclasses import dataclass, field

import hpack
from http2client import PREFACE
from hyperframe.frame import DataFrame, Frame, GoAwayFrame, HeadersFrame, PingFrame, RstStreamFrame, SettingsFrame, WindowUpdateFrame
from upstream import Peer, Upstream


@dataclass
class Asked:
    """What a stream has got."""

    stream: int
    fields: dict[str, str]
    trailers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    has_ended: bool = False


class HTTP2Peer:
    """A connection of the proxy, on which frames are read and written by hand."""

    def __init__(self, peer: Peer, settings: dict[int, int] | None = None):
        self._peer = peer
        self.socket = peer.socket
        self.number = peer.number
        self.encoder = hpack.Encoder()
        self.decoder = hpack.Decoder()
        self.asked: dict[int, Asked] = {}
        self.resets: dict[int, int] = {}
        self.frames: list[Frame] = []
        assert peer.read(len(PREFACE)) == PREFACE
        self.send(SettingsFrame(0, settings=settings or {}))

    def send(self, *frames: Frame) -> None:
        self.socket.sendall(b"".join(frame.serialize() for frame in frames))

    def answer(self, stream: int, body: bytes = b"ok", *more: tuple[str, str], status: int = 200, end: bool = True) -> None:
        fields = [(":status", str(status)), *more]
        frames: list[Frame] = [HeadersFrame(stream, self.encoder.encode(fields), flags=["END_HEADERS"])]
        if body or end:
            frames.append(DataFrame(stream, body, flags=["END_STREAM"] if end else []))
        self.send(*frames)

    def reset(self, stream: int, code: int) -> None:
        self.send(RstStreamFrame(stream, error_code=code))

    def go_away(self, last: int, code: int = 0) -> None:
        self.send(GoAwayFrame(0, last_stream_id=last, error_code=code))

    def read(self) -> Frame:
        """The next frame, taken into what was asked."""
        head = self._peer.read(9)
        frame, length = Frame.parse_frame_header(memoryview(head))
        frame.parse_body(memoryview(self._peer.read(length)))
        self.frames.append(frame)
        if isinstance(frame, SettingsFrame) and "ACK" not in frame.flags:
            self.send(SettingsFrame(0, flags=["ACK"]))
        elif isinstance(frame, PingFrame) and "ACK" not in frame.flags:
            self.send(PingFrame(0, frame.opaque_data, flags=["ACK"]))
        elif isinstance(frame, HeadersFrame):
            fields = dict(self.decoder.decode(frame.data))
            if asked := self.asked.get(frame.stream_id):
                asked.trailers = fields
            else:
                asked = self.asked[frame.stream_id] = Asked(frame.stream_id, fields)
            asked.has_ended = "END_STREAM" in frame.flags
        elif isinstance(frame, DataFrame):
            asked = self.asked[frame.stream_id]
            asked.body += frame.data
            asked.has_ended = "END_STREAM" in frame.flags
            if size := frame.flow_controlled_length:
                self.send(WindowUpdateFrame(0, size), WindowUpdateFrame(frame.stream_id, size))
        elif isinstance(frame, RstStreamFrame):
            self.resets[frame.stream_id] = frame.error_code
        return frame

    def until(self, condition: Callable[[], object]) -> None:
        while not condition():
            self.read()

    def request(self) -> Asked:
        """The next request, whole."""
        known = {asked.stream for asked in self.asked.values() if asked.has_ended}
        new = lambda: [asked for asked in self.asked.values() if asked.has_ended and asked.stream not in known]
        self.until(new)
        return new()[0]


def http2_upstream(
    serve: Callable[[HTTP2Peer], None], settings: dict[int, int] | None = None, host: str = "127.0.0.1", port: int = 0
) -> Upstream:
    """Calls `serve` with each connection, in a thread of its own."""

    def begin(peer: Peer) -> None:
        try:
            serve(HTTP2Peer(peer, settings))
        except AssertionError as end:
            # The proxy may close a connection at any time.
            if "b''" not in str(end) and "are due" not in str(end):
                raise

    upstream = Upstream(begin, host=host, port=port)
    upstream.url = upstream.url.replace("http:", "h2c:")
    return upstream


def answer_each(peer: HTTP2Peer) -> None:
    while True:
        peer.answer(peer.request().stream)
