"""Streams: each block reaches the client before the next is asked for; slow clients; large bodies."""

import hashlib

import pytest
from rawclient import Connection, chunked, exchange, request_bytes
from streaming_cases import BLOCK, blocks

LARGE = 50 * 1024 * 1024


@pytest.fixture(scope="module")
def server(start_for_file, checkpoints):
    return start_for_file("streaming_cases:application", "--limit-body", "100MB", threads=6, env=checkpoints.env)


@pytest.fixture
def connection(server):
    with Connection(server.address) as connection:
        yield connection


def test_each_block_reaches_the_client_before_the_next_is_asked_for(connection, checkpoints):
    """The application gives a block only after the client has confirmed the one before."""
    name = checkpoints.new_name()
    connection.send(request_bytes(f"/step-by-step?blocks=20&checkpoint={name}"))
    for number in range(20):
        held = checkpoints.wait_for(name, number + 1)
        assert held.text == str(number)
        held.go()
        if number == 0:
            assert connection.read_head().header("Transfer-Encoding") == "chunked"
        assert connection.read_chunk() == b"block %d\n" % number
    assert connection.read_chunk() == b""


def test_each_block_reaches_an_http_1_0_client_too(connection, checkpoints):
    name = checkpoints.new_name()
    connection.send(request_bytes(f"/step-by-step?blocks=5&checkpoint={name}", version="1.0"))
    for number in range(5):
        checkpoints.wait_for(name, number + 1).go()
        if number == 0:
            connection.read_head()
        assert connection.read_exactly(8) == b"block %d\n" % number
    assert connection.read_to_end() == b""


def test_server_sent_events_arrive_one_by_one(connection, checkpoints):
    name = checkpoints.new_name()
    connection.send(request_bytes(f"/events?checkpoint={name}", headers=[("Accept", "text/event-stream")]))
    assert connection.read_head().header("Content-Type") == "text/event-stream"
    for number in range(3):
        assert connection.read_chunk() == b"id: %d\ndata: event\n\n" % number
        checkpoints.wait_for(name, number + 1).go()
    assert connection.read_chunk() == b""


@pytest.mark.parametrize("known", ["", "&known"])
def test_a_download_of_50_mb_is_whole(connection, known):
    response = connection.request(f"/download?size={LARGE}{known}")
    assert response.framing == ("length" if known else "chunked")
    assert (len(response.body), digest(response.body)) == (LARGE, digest(*blocks(LARGE)))


@pytest.mark.parametrize("coding", ["length", "chunked"])
def test_an_upload_of_50_mb_is_whole(connection, coding):
    if coding == "length":
        connection.send(request_bytes("/upload", "POST", [("Content-Length", str(LARGE))]))
        for block in blocks(LARGE):
            connection.send(block)
    else:
        connection.send(request_bytes("/upload", "POST", [("Transfer-Encoding", "chunked")]))
        for block in blocks(LARGE):
            connection.send(chunked(block).removesuffix(b"0\r\n\r\n"))
        connection.send(b"0\r\n\r\n")
    assert connection.read_response().body.decode() == f"{LARGE} {digest(*blocks(LARGE))}"
    assert connection.request("/pid").status == 200


def test_clients_that_leave_while_they_are_behind_close_their_generators(server, checkpoints):
    """Five of six threads make answers that nobody reads; the sixth serves everybody else."""
    slow = []
    try:
        for _ in range(5):
            name = checkpoints.new_name()
            connection = Connection(server.address, receive_buffer=BLOCK)
            slow.append((name, connection.send(request_bytes(f"/flood?name={name}&size={LARGE}"))))
        for _ in range(200):
            assert exchange(server.address, "/pid").status == 200
    finally:
        for _, connection in slow:
            connection.reset()
    for name, _ in slow:
        assert checkpoints.wait_for(name).text == "closed"


def test_a_client_that_reads_byte_by_byte_gets_everything(server):
    with Connection(server.address, receive_buffer=4096) as connection:
        connection.send(request_bytes("/download?size=30000&known"))
        connection.read_head()
        assert b"".join(connection.read_exactly(1) for _ in range(30000)) == b"".join(blocks(30000))


def test_many_downloads_at_once_do_not_mix(server):
    connections = [Connection(server.address) for _ in range(12)]
    try:
        for number, connection in enumerate(connections):
            connection.send(request_bytes(f"/download?size={1_000_000 + number}"))
        for number, connection in enumerate(connections):
            assert connection.read_response().body == b"".join(blocks(1_000_000 + number))
    finally:
        for connection in connections:
            connection.close()


def digest(*parts: bytes) -> str:
    total = hashlib.sha256()
    for part in parts:
        total.update(part)
    return total.hexdigest()
