"""Clients that make the server work for nothing: each loses its connection soon, and nobody else notices."""

import threading

import hpack
import pytest
from hyperframe.frame import DataFrame, PingFrame, PriorityFrame, RstStreamFrame, SettingsFrame, WindowUpdateFrame

from http2client import CANCEL, COMPRESSION_ERROR, ENHANCE_YOUR_CALM, STREAM_CLOSED, Client, raw_frame, request_fields
from memory import MB, Peak

FRAMES = 50_000
"""Enough that a server without a bound shows it."""


def block() -> bytes:
    return hpack.Encoder().encode([hpack.NeverIndexedHeaderTuple(*field) for field in request_fields()])


def streams(count, frames):
    """These frames for so many streams, as bytes."""
    return [b"".join(frames(2 * number + 1)) for number in range(count)]


def open_stream(stream, end=False):
    return raw_frame(1, 5 if end else 4, stream, block())


def rapid_reset():
    return streams(FRAMES, lambda id: [open_stream(id, end=True), RstStreamFrame(id, CANCEL).serialize()])


def made_you_reset(*bad):
    """CVE-2025-8671: the client has the server reset what it has just begun."""
    return streams(FRAMES // 5, lambda id: [open_stream(id), *(make(id) for make in bad)])


def bomb():
    """A large field in the table, then one byte for each time that it is named."""
    encoder = hpack.Encoder()
    first = encoder.encode([*request_fields(), ("x-large", "a" * 4000)])
    index = hpack.hpack.encode_integer(62, 7)
    index[0] |= 0x80
    frames = [raw_frame(1, 5, 1, first)]
    return frames + [raw_frame(1, 5, 2 * number + 3, bytes(index) * 16000) for number in range(300)]


FLOODS = {
    "rapid reset": rapid_reset,
    "PING": lambda: [PingFrame(0, b"12345678").serialize()] * FRAMES,
    "SETTINGS": lambda: [SettingsFrame(0, settings={1: 4096}).serialize()] * FRAMES,
    "empty SETTINGS": lambda: [SettingsFrame(0).serialize()] * FRAMES,
    "acknowledgements": lambda: [SettingsFrame(0, flags=["ACK"]).serialize()] * FRAMES,
    "PRIORITY": lambda: [PriorityFrame(2 * number + 1, stream_weight=1).serialize() for number in range(FRAMES)],
    "PRIORITY_UPDATE": lambda: [raw_frame(16, 0, 0, b"\0\0\0\1u=1")] * FRAMES,
    "WINDOW_UPDATE": lambda: [WindowUpdateFrame(0, 1).serialize()] * FRAMES,
    "WINDOW_UPDATE of a stream": lambda: [open_stream(1)] + [WindowUpdateFrame(1, 1).serialize()] * FRAMES,
    "empty DATA": lambda: [open_stream(1)] + [DataFrame(1, b"").serialize()] * FRAMES,
    "DATA of padding": lambda: [open_stream(1)] + [DataFrame(1, b"", pad_length=200, flags=["PADDED"]).serialize()] * FRAMES,
    "unknown frames": lambda: [raw_frame(0xAB, 0, 0, b"abc")] * FRAMES,
    "CONTINUATION": lambda: [raw_frame(1, 1, 1, block())] + [raw_frame(9, 0, 1, bytes([0, 1, 97, 1, 97]) * 3000)] * 1000,
    "empty CONTINUATION": lambda: [raw_frame(1, 1, 1, block())] + [raw_frame(9, 0, 1)] * FRAMES,
    "requests that are malformed": lambda: streams(FRAMES, lambda id: [raw_frame(1, 5, id, block() + b"\x00\x01A\x01a")]),
    "requests that are refused": lambda: streams(FRAMES, lambda id: [open_stream(id)]),
    "HPACK bomb": bomb,
    "MadeYouReset: a window of 0": lambda: made_you_reset(lambda id: raw_frame(8, 0, id, bytes(4))),
    "MadeYouReset: a window too large": lambda: made_you_reset(lambda id: raw_frame(8, 0, id, b"\x7f\xff\xff\xff")),
    "MadeYouReset: HEADERS after the end": lambda: made_you_reset(lambda id: raw_frame(0, 1, id), lambda id: open_stream(id)),
    "MadeYouReset: PRIORITY of a wrong size": lambda: made_you_reset(lambda id: raw_frame(2, 0, id, b"a")),
    "MadeYouReset: PRIORITY on itself": lambda: made_you_reset(lambda id: raw_frame(2, 0, id, id.to_bytes(4, "big") + b"a")),
    "MadeYouReset: DATA after the end": lambda: made_you_reset(lambda id: raw_frame(0, 1, id), lambda id: raw_frame(0, 0, id, b"a")),
}


@pytest.fixture(scope="module")
def server(start_for_file):
    return start_for_file("echo:application", "--access-log", "off")


class Probe(threading.Thread):
    """Another client, which must be answered all the time."""

    def __init__(self, server):
        super().__init__(daemon=True)
        self.server = server
        self.answers = 0
        self.failure = None
        self.enough = threading.Event()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.enough.set()
        self.join()
        assert self.failure is None and self.answers > 0, self.failure

    def run(self):
        try:
            with Client(self.server.address) as client:
                while not self.enough.is_set() or not self.answers:
                    assert client.get("/").status == 200
                    self.answers += 1
        except Exception as failure:
            self.failure = failure


@pytest.mark.parametrize("flood", FLOODS)
def test_floods(server, flood):
    frames = FLOODS[flood]()
    with Peak(lambda: [server.pid]) as peak, Probe(server), Client(server.address) as client:
        try:
            for start in range(0, len(frames), 1000):
                client.send(b"".join(frames[start : start + 1000]))
        except (BrokenPipeError, ConnectionResetError):
            pass
        code = client.end()
    # A stream whose answer has gone out already is closed: what comes on it then ends the connection as well.
    assert code in (ENHANCE_YOUR_CALM, COMPRESSION_ERROR, STREAM_CLOSED, None)
    assert peak.growth < 32 * MB, f"{peak.growth / MB:.0f} MB"


def test_a_long_download_with_a_window_update_for_every_frame(start):
    """What a client has to send for its answers costs it nothing."""
    server = start("body_cases:application")
    with Client(server.address) as client:
        for _ in range(3):
            assert len(client.get("/large").body) == 3_000_000
            assert len(client.get("/many-small-blocks").body) > 100_000


def test_a_browser_that_goes_to_another_page(server):
    """Resets all that it has asked for, several times."""
    with Client(server.address) as client:
        for _ in range(2):
            streams = [client.request("/") for _ in range(64)]
            client.send(*[RstStreamFrame(stream, CANCEL) for stream in streams])
            assert client.get("/").status == 200
