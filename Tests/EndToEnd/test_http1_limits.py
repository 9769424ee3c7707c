"""Limits of size and time."""

import json
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


@pytest.fixture(scope="module")
def generous(start_for_file):
    return start_for_file("environ_cases:application", "--limit-head", "65535B", "--limit-head-fields", "16383")


def fields_seen(server, raw):
    with Connection(server.address) as connection:
        response = connection.send(raw).read_response()
        assert response.status == 200
        return {key: value[1] for key, value in json.loads(response.body).items() if key.startswith("HTTP_")}


@pytest.mark.parametrize("count", [100, 511, 512, 513, 600, 2000, 3500])
def test_as_many_header_lines_as_the_limit_lets_through_reach_the_application(generous, count):
    seen = fields_seen(generous, request_bytes(headers=[(f"X-{number}", str(number)) for number in range(count)]))
    assert [seen.get(f"HTTP_X_{number}") for number in range(count)] == [str(number) for number in range(count)]


def test_the_smallest_header_lines_of_the_largest_head_reach_the_application(generous):
    """Four bytes each: none is smaller. Those of one name are one value."""
    head = b"GET / HTTP/1.1\r\nHost: a\r\n"
    count = (65_535 - len(head) - 2) // 4
    names = b"abcdefgijklm"
    lines = [b"%c:\r\n" % names[number % len(names)] for number in range(count)]
    seen = fields_seen(generous, head + b"".join(lines) + b"\r\n")
    commas = sum(value.count(",") + 1 for name, value in seen.items() if len(name) == len("HTTP_A"))
    assert commas == count


def test_a_head_of_one_large_header_reaches_the_application(generous):
    seen = fields_seen(generous, request_bytes(headers=[("X-Large", "v" * 65_000)]))
    assert seen["HTTP_X_LARGE"] == "v" * 65_000


def test_a_long_name_of_the_server_reaches_the_application(start):
    """What a trusted proxy says of it may be longer than any real one."""
    server = start("environ_cases:application", "--trusted-proxy", "127.0.0.1")
    host = ".".join(["label"] * 60)
    fields = [("X-Forwarded-For", "192.0.2.1"), ("X-Forwarded-Host", host)]
    with Connection(server.address) as connection:
        seen = json.loads(connection.request(headers=fields).body)
    assert (seen["SERVER_NAME"][1], seen["HTTP_HOST"][1]) in ((host, host), ("127.0.0.1", "martlet.test"))
