"""Clients that make the server work for nothing: each loses its connection soon, and nobody else notices.

What they send is in the files `Tests/Corpus/faults/flood-*.hex`.
"""

import threading

import pytest
from hyperframe.frame import RstStreamFrame

from corpus import hexadecimal
from http2client import CANCEL, COMPRESSION_ERROR, ENHANCE_YOUR_CALM, STREAM_CLOSED, Client
from memory import MB, Peak
from program import CORPUS

FLOODS = sorted((CORPUS / "faults").glob("flood-*.hex"))


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


@pytest.mark.parametrize("flood", FLOODS, ids=lambda path: path.stem)
def test_floods(server, flood):
    frames = hexadecimal(flood).pieces
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


def test_the_floods_are_there():
    assert len(FLOODS) > 20
