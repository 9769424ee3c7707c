"""PEP 3333, "Input and Error Streams": `wsgi.input`."""

import hashlib
import json
import random
from io import BytesIO
from urllib.parse import quote

import pytest
import waiting
from input_cases import call
from memory import MB, private_memory
from rawclient import Connection, Truncated, chunked, request_bytes

LINES = b"first\nsecond line\r\n\nfourth\x00\xff\nlast without end"


@pytest.fixture(scope="module")
def server(start_for_file, checkpoints):
    return start_for_file("input_cases:application", env=checkpoints.env)


@pytest.fixture
def connection(server):
    with Connection(server.address) as connection:
        yield connection


def request_with(body: bytes, target: str, coding: str = "length") -> bytes:
    if coding == "length":
        return request_bytes(target, "POST", body=body)
    size = {"chunked": 7, "one chunk": max(1, len(body))}[coding]
    chunks = [body[at : at + size] for at in range(0, len(body), size)]
    return request_bytes(target, "POST", [("Transfer-Encoding", "chunked")], chunked(*chunks))


def run(connection, body: bytes, calls: str, coding: str = "length", piece: int | None = None):
    connection.send(request_with(body, "/script?calls=" + quote(calls), coding), piece)
    response = connection.read_response()
    assert response.status == 200
    return json.loads(response.body)


def by_a_file(body: bytes, calls: str):
    """What an ordinary binary file gives for the same calls."""
    source = BytesIO(body)
    return [call(source, step) for step in calls.split(" ")]


CALLS = [
    "read()",
    "read(-1)",
    "read(None)",
    "read(0) read()",
    "read(5) read(5) read(1000) read(1)",
    "read(1000000)",
    "readline() readline() readline() readline() readline() readline() readline()",
    "readline(3) readline(3) readline(3) readline(100)",
    "readline(-1) readline(None) readline(0) readline(1)",
    "readlines()",
    "readlines(1) readlines(1) readlines()",
    "readlines(1000)",
    "readlines(0)",
    "readlines(-1)",
    "readlines(None)",
    "iterate",
    "next next readline() iterate",
    "readline() read(3) readline() read()",
    "read(7) readline() readlines(2) iterate read()",
    "read(3) next read(2) next readlines() read()",
    "read() read() read(5) readline() readlines() iterate",
]


@pytest.mark.parametrize("coding", ["length", "chunked", "one chunk"])
@pytest.mark.parametrize("body", [LINES, b"", b"\n", b"\n\n\n", b"x" * 20_000 + b"\n" + b"y" * 20_000], ids=len)
@pytest.mark.parametrize("calls", CALLS)
def test_input_reads_like_a_file(connection, calls, body, coding):
    if "next" in calls and body.count(b"\n") < 4:
        # The script has nothing to show for a StopIteration.
        body = LINES
    assert run(connection, body, calls, coding) == by_a_file(body, calls)


@pytest.mark.parametrize("calls", CALLS)
def test_input_reads_the_same_when_the_body_comes_byte_by_byte(connection, calls):
    assert run(connection, LINES, calls, "chunked", piece=1) == by_a_file(LINES, calls)


def test_any_mixture_of_calls_loses_nothing(connection):
    """Random scripts, the same in every run."""
    chance = random.Random(3333)
    steps = ["read(%d)", "readline()", "readline(%d)", "readlines(%d)", "read(0)"]
    for _ in range(100):
        body = b"".join(b"x" * chance.randrange(40) + b"\n" for _ in range(chance.randrange(60)))
        calls = [step % chance.randrange(1, 50) if "%" in step else step for step in chance.choices(steps, k=10)]
        calls = " ".join([*calls, "read()", "read()"])
        coding = chance.choice(["length", "chunked"])
        assert run(connection, body, calls, coding) == by_a_file(body, calls)


def test_without_a_body_there_is_nothing_to_read(connection):
    for method in ("GET", "POST"):
        connection.send(request_bytes("/script?calls=read()%20read(5)%20readline()%20readlines()%20iterate", method))
        assert json.loads(connection.read_response().body) == ["", "", "", [], []]


def test_input_ends_at_the_body_even_when_the_next_request_is_there_already(connection):
    for coding in ("length", "chunked"):
        first = request_with(b"abc", "/script?calls=read(100)%20read()%20readline()", coding)
        connection.send(first + request_with(b"defg", "/script?calls=readline(100)%20read(1)", coding))
        assert json.loads(connection.read_response().body) == ["abc", "", ""]
        assert json.loads(connection.read_response().body) == ["defg", ""]


def test_the_body_may_be_read_while_the_response_is_sent(connection):
    connection.send(request_bytes("/late-read", "POST", body=b"the body"))
    assert connection.read_response().body == b"before the body after"
    assert run(connection, b"x", "read()") == ["x"]


@pytest.mark.parametrize("way", ["/reads-all", "/reads-a-line"])
def test_the_memory_of_a_large_body_is_given_back(start, way):
    server = start("input_cases:application", workers=1, threads=4)
    worker = server.first_workers[0]
    body = b"x" * 9_500_000
    connections = [Connection(server.address) for _ in range(4)]
    try:
        for connection in connections:
            assert connection.request(way, "POST", body=b"small").body == b"5"
        before = private_memory(worker)
        for _ in range(2):
            for connection in connections:
                connection.send(request_bytes(way, "POST", [("Content-Length", str(len(body)))], body[:1000]))
            for connection in connections:
                connection.send(body[1000:])
            for connection in connections:
                assert connection.read_response().body == b"9500000"
        waiting.until(lambda: private_memory(worker) - before < 10 * MB, "the memory to be given back")
    finally:
        for connection in connections:
            connection.close()


@pytest.mark.parametrize("coding", ["length", "chunked"])
def test_a_body_just_below_the_limit_arrives_whole(connection, coding):
    body = random.Random(1).randbytes(9_500_000)
    if coding == "length":
        connection.send(request_bytes("/digest", "POST", body=body))
    else:
        chunks = chunked(*(body[at : at + 100_000] for at in range(0, len(body), 100_000)))
        connection.send(request_bytes("/digest", "POST", [("Transfer-Encoding", "chunked")], chunks))
    assert connection.read_response().body.decode() == f"{len(body)} {hashlib.sha256(body).hexdigest()}"


def test_many_bodies_at_once_do_not_mix(server):
    connections = [Connection(server.address) for _ in range(20)]
    bodies = [bytes([65 + number]) * (10_000 + number) for number in range(20)]
    try:
        for connection, body in zip(connections, bodies):
            connection.send(request_bytes("/digest", "POST", [("Content-Length", str(len(body)))], body[:5_000]))
        for connection, body in zip(reversed(connections), reversed(bodies)):
            connection.send(body[5_000:])
        for connection, body in zip(connections, bodies):
            assert connection.read_response().body.decode() == f"{len(body)} {hashlib.sha256(body).hexdigest()}"
    finally:
        for connection in connections:
            connection.close()


def test_a_truncated_body_gets_no_success(server, checkpoints):
    with Connection(server.address) as connection:
        name = checkpoints.new_name()
        connection.send(
            request_bytes(f"/error-of-read?checkpoint={name}", "POST", [("Content-Length", "10")], b"12345")
        )
        connection.half_close()
        try:
            assert connection.read_response().status >= 400
        except Truncated as end:
            assert end.response is None
