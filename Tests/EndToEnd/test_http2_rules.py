"""What breaks a rule of RFC 9113, 7541, 8441 or 9218, and what the server says to it: the sections that h2spec goes through.

The rows are the files of `Tests/Corpus/http2`, which the unit tests read too; the README there describes them.
"""

from dataclasses import dataclass
from pathlib import Path

import pytest

import http2client
from corpus import hexadecimal
from http2client import PREFACE, PROTOCOL_ERROR, REFUSED_STREAM, STREAM_CLOSED, Client, raw_frame
from program import CORPUS

SETTINGS, PING = 4, 6
ACK = 1


@dataclass
class Row:
    name: str
    outcome: str
    code: int | None
    sent: bytes


def row(path: Path) -> Row:
    file = hexadecimal(path)
    kind, _, code = file.outcome.partition(" ")
    return Row(file.name, kind, getattr(http2client, code) if code else None, b"".join(file.pieces))


ROWS = [row(path) for path in sorted((CORPUS / "http2").glob("*.hex"))]


def rows(outcome):
    return [pytest.param(row, id=row.name) for row in ROWS if row.outcome == outcome]


@pytest.fixture(scope="module")
def server(start_for_file):
    return start_for_file("echo:application")


@pytest.fixture
def client(server):
    with Client(server.address) as client:
        yield client


@pytest.mark.parametrize("row", rows("connection"))
def test_faults_of_the_connection(client, row):
    client.send(row.sent)
    assert client.end() == row.code


@pytest.mark.parametrize("row", rows("stream"))
def test_faults_of_a_stream(client, row):
    client.send(row.sent)
    client.until(lambda: (answer := client.answers.get(1)) and (answer.reset is not None or answer.has_ended))
    if row.code != STREAM_CLOSED:
        assert client.answers[1].reset == row.code
        client.next_stream = 3
        assert client.get("/").status == 200, "the connection goes on"
    elif client.answers[1].reset is None:
        # The answer was quicker.
        assert client.end() == row.code


@pytest.mark.parametrize("row", rows("accepted"))
def test_what_is_allowed(client, row):
    client.send(row.sent)
    client.next_stream = 21
    assert client.get("/").status == 200


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        pytest.param(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + raw_frame(PING, 0, 0, bytes(8)), PROTOCOL_ERROR, id="no SETTINGS"),
        pytest.param(PREFACE + raw_frame(SETTINGS, ACK, 0), PROTOCOL_ERROR, id="an acknowledgement first"),
    ],
)
def test_the_preface(server, sent, code):
    with Client(server.address, begin=False) as client:
        client.send(sent)
        assert client.end() == code


def test_what_only_begins_like_a_preface_is_http1(server):
    with Client(server.address, begin=False) as client:
        client.send(b"PRI * HTTP/2.0\r\n\r\nSX\r\n\r\n")
        assert client.socket.recv(100).startswith(b"HTTP/1.1 505")


def test_too_many_streams_are_refused(start, checkpoints):
    server = start("echo:application", "--limit-streams", "3", env=checkpoints.env)
    names = [checkpoints.new_name() for _ in range(3)]
    with Client(server.address) as client:
        streams = [client.request(f"/waits-before-reading?checkpoint={name}") for name in names]
        waiting = [checkpoints.wait_for(name) for name in names]
        assert client.answer(client.request("/")).reset == REFUSED_STREAM
        for request in waiting:
            request.go()
        assert [client.answer(stream).status for stream in streams] == [200] * 3
        assert client.get("/").status == 200


def test_the_corpus_is_complete():
    assert len(ROWS) > 100
