"""Limits of size and time."""

import select

import pytest
import waiting
from rawclient import Connection, Truncated, chunked, exchange, request_bytes

LIMIT = 10 * 1024 * 1024
"""The largest request body by default."""


@pytest.fixture(scope="module")
def server(start_for_file, checkpoints):
    return start_for_file("echo:application", threads=8, env=checkpoints.env)


@pytest.fixture
def connection(server):
    with Connection(server.address) as connection:
        yield connection


def test_a_content_length_above_the_limit_is_answered_413_before_the_body_is_sent(connection):
    connection.send(request_bytes("/any", "POST", [("Content-Length", str(LIMIT + 1))]))
    response = connection.read_response()
    assert response.status == 413
    assert response.header("X-Application") is None
    connection.expect_end()


def test_a_client_that_expects_100_gets_413_instead_when_its_body_is_too_large(connection):
    headers = [("Expect", "100-continue"), ("Content-Length", str(LIMIT + 1))]
    connection.send(request_bytes("/any", "POST", headers))
    assert connection.read_response().status == 413
    connection.expect_end()


def test_a_chunked_body_above_the_limit_is_answered_413(connection):
    connection.send(request_bytes("/any", "POST", [("Transfer-Encoding", "chunked")]))
    piece = chunked(b"x" * 65536).removesuffix(b"0\r\n\r\n")
    try:
        for _ in range(LIMIT // 65536 + 1):
            connection.send(piece)
    except ConnectionError:
        pass
    response = connection.read_response()
    assert response.status == 413
    assert response.header("X-Application") is None


def test_chunk_extensions_are_bounded(connection):
    connection.send(request_bytes("/any", "POST", [("Transfer-Encoding", "chunked")]))
    try:
        connection.send(b"1;" + b"a" * 1_000_000)
    except ConnectionError:
        pass
    assert connection.read_response().status in (400, 413, 431)
    connection.expect_end()


def test_trailers_are_bounded(connection):
    connection.send(request_bytes("/any", "POST", [("Transfer-Encoding", "chunked")], b"1\r\nx\r\n0\r\n"))
    try:
        connection.send(b"X-Trailer: 1\r\n" * 100_000)
    except ConnectionError:
        pass
    assert connection.read_response().status in (400, 413, 431)
    connection.expect_end()


def test_a_head_that_does_not_become_complete_is_closed_by_the_deadline(start):
    server = start("echo:application", "--timeout-head", "2s")
    with Connection(server.address) as silent, Connection(server.address) as dripping:
        silent.send(b"GET / HTTP/1.1\r\nHost: martlet.test\r\n")
        dripping.send(b"GET / HTTP/1.1\r\nHost: martlet.test\r\nX-Slow: ")

        def drip() -> bool:
            """Sends one byte more unless the server has already answered or closed."""
            readable, _, _ = select.select([dripping.socket], [], [], 0.1)
            if not readable:
                dripping.send(b"x")
            return bool(readable)

        waiting.until(drip, "the head's deadline to end a client that sends byte after byte")
        for connection in (silent, dripping):
            try:
                assert connection.read_response().status == 408
            except Truncated as end:
                assert end.response is None
            connection.expect_end()
        assert exchange(server.address).status == 200


def test_an_idle_connection_is_closed_by_its_deadline(start):
    server = start("echo:application", "--timeout-idle", "1s")
    with Connection(server.address) as used, Connection(server.address) as unused:
        assert used.request("/").status == 200
        used.expect_end()
        unused.expect_end()
    assert exchange(server.address).status == 200


def test_a_body_that_comes_too_slowly_is_ended_by_the_minimum_rate(start):
    server = start("echo:application", "--body-grace", "1s", "--body-rate", "1000B")
    with Connection(server.address) as connection:
        connection.send(request_bytes("/any", "POST", [("Content-Length", "100000")], b"x"))
        try:
            assert connection.read_response().status == 408
        except Truncated as end:
            assert end.response is None
    assert exchange(server.address).status == 200


@pytest.mark.parametrize(
    ("option", "value", "request_line", "status"),
    [
        ("--limit-target", "1KB", request_bytes("/" + "a" * 1500), 414),
        ("--limit-head", "2KB", request_bytes("/", headers=[("X-A", "v" * 3000)]), 431),
        ("--limit-head-fields", "5", request_bytes("/", headers=[("X-A", "1")] * 6), 431),
        ("--limit-body", "1KB", request_bytes("/", "POST", body=b"x" * 2000), 413),
    ],
    ids=lambda value: value if isinstance(value, str) and value.startswith("--") else "",
)
def test_a_limit_can_be_set(start, option, value, request_line, status):
    server = start("echo:application", option, value)
    assert exchange(server.address).status == 200
    with Connection(server.address) as connection:
        connection.send(request_line)
        assert connection.read_response().status == status
