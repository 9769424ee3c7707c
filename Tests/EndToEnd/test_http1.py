"""Connections: keep-alive, pipelining, HTTP/1.0, framing of responses, Expect, unread bodies, limits."""

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


# Keep-alive


def test_a_connection_serves_one_request_after_the_other(connection):
    for number in range(50):
        response = connection.request(f"/{number}")
        assert response.status == 200
        assert response.header("Connection") in (None, "keep-alive")
        assert json.loads(response.body)["environ"]["PATH_INFO"] == f"/{number}"


def test_connection_close_is_obeyed_and_echoed(connection):
    response = connection.request(headers=[("Connection", "close")])
    assert response.status == 200
    assert response.header("Connection") == "close"
    connection.expect_end()


@pytest.mark.parametrize("value", ["Close", "CLOSE", "foo, close", "close,foo", "foo , \t close"])
def test_connection_close_is_found_in_any_case_and_in_a_list(connection, value):
    assert connection.request(headers=[("Connection", value)]).header("Connection") == "close"
    connection.expect_end()


def test_connection_close_is_found_in_a_second_field(connection):
    response = connection.request(headers=[("Connection", "foo"), ("Connection", "close")])
    assert response.header("Connection") == "close"
    connection.expect_end()


def test_an_http_1_0_client_gets_a_close(connection):
    response = connection.request(version="1.0")
    assert response.status == 200
    assert response.version == "HTTP/1.1"
    connection.expect_end()


def test_an_http_1_0_client_may_ask_for_keep_alive(connection):
    for _ in range(3):
        response = connection.request(version="1.0", headers=[("Connection", "keep-alive")])
        assert response.status == 200
        assert response.header("Connection").lower() == "keep-alive"


def test_a_client_that_half_closes_after_its_request_gets_its_response(connection):
    connection.send(request_bytes("/last"))
    connection.half_close()
    assert connection.read_response().status == 200
    connection.expect_end()


def test_a_client_that_leaves_inside_a_head_gets_nothing(connection):
    connection.send(b"GET / HTTP/1.1\r\nHost: mart")
    connection.half_close()
    try:
        assert connection.read_response().status == 400
    except Truncated as end:
        assert end.response is None
    connection.expect_end()


def test_five_hundred_idle_connections_keep_nobody_waiting(server):
    idle = [Connection(server.address) for _ in range(500)]
    try:
        assert exchange(server.address).status == 200
        assert idle[499].request("/").status == 200
    finally:
        for connection in idle:
            connection.close()


# Pipelining


def test_pipelined_requests_are_answered_in_order(connection):
    connection.send(b"".join(request_bytes(f"/{number}") for number in range(200)))
    for number in range(200):
        assert json.loads(connection.read_response().body)["environ"]["PATH_INFO"] == f"/{number}"


def test_pipelined_requests_with_bodies_are_told_apart(connection):
    bodies = [b"x" * number + b"\r\n\r\nGET / HTTP/1.1\r\n" for number in range(50)]
    plain = [request_bytes("/p", "POST", body=body) for body in bodies]
    te = [("Transfer-Encoding", "chunked")]
    coded = [request_bytes("/c", "POST", te, chunked(body[:7], body[7:])) for body in bodies]
    connection.send(b"".join(first + second for first, second in zip(plain, coded)))
    for body in bodies:
        for path in ("/p", "/c"):
            seen = json.loads(connection.read_response().body)
            assert (seen["environ"]["PATH_INFO"], seen["body"]) == (path, body.decode())


def test_a_slow_pipelined_request_holds_its_successors_back_but_no_other_connection(server, checkpoints, connection):
    name = checkpoints.new_name()
    connection.send(request_bytes(f"/waits-before-reading?checkpoint={name}") + request_bytes("/second"))
    held = checkpoints.wait_for(name)
    assert exchange(server.address, "/other").status == 200
    assert connection.pending() == b""
    held.go()
    assert connection.read_response().body == b""
    assert json.loads(connection.read_response().body)["environ"]["PATH_INFO"] == "/second"


def test_nothing_after_connection_close_is_answered(connection):
    connection.send(request_bytes("/last", headers=[("Connection", "close")]) + request_bytes("/after"))
    response = connection.read_response()
    assert json.loads(response.body)["environ"]["PATH_INFO"] == "/last"
    connection.expect_end()


def test_nothing_after_an_invalid_request_is_answered(connection):
    connection.send(request_bytes("/first") + b"GET /bad\r\n\r\n" + request_bytes("/after"))
    assert connection.read_response().status == 200
    assert connection.read_response().status == 400
    connection.expect_end()


# Framing of responses


def test_a_body_of_unknown_length_is_chunked(checkpoints, connection):
    for _ in range(2):
        name = checkpoints.new_name()
        connection.send(request_bytes(f"/unknown-length?checkpoint={name}"))
        head = connection.read_head()
        assert head.all("Transfer-Encoding") == ["chunked"]
        assert head.header("Content-Length") is None
        assert connection.read_chunk() == b"one"
        checkpoints.wait_for(name).go()
        rest = b""
        while chunk := connection.read_chunk():
            rest += chunk
        assert rest == b"twothree"
        assert connection.read_until(b"\r\n") == b"\r\n"


@pytest.mark.parametrize("headers", [[], [("Connection", "keep-alive")]], ids=["close", "keep-alive"])
def test_a_body_of_unknown_length_ends_with_the_connection_for_an_http_1_0_client(checkpoints, connection, headers):
    name = checkpoints.new_name()
    connection.send(request_bytes(f"/unknown-length?checkpoint={name}", headers=headers, version="1.0"))
    head = connection.read_head()
    assert head.all("Transfer-Encoding") == head.all("Content-Length") == []
    assert head.all("Connection") in ([], ["close"])
    assert connection.read_exactly(3) == b"one"
    checkpoints.wait_for(name).go()
    assert connection.read_to_end() == b"twothree"


def test_head_has_the_headers_of_get_and_no_body(connection):
    got = connection.request("/ignores-the-body")
    head = connection.request("/ignores-the-body", "HEAD")
    assert head.header("Content-Length") == str(len(got.body))
    assert names_without_date(head) == names_without_date(got)
    assert connection.request("/ignores-the-body").body == got.body, "the HEAD response had a body"


def test_head_of_a_body_of_unknown_length_has_no_body(connection):
    head = connection.request("/unknown-length", "HEAD")
    assert head.status == 200
    assert head.header("Content-Length") in (None, "11")
    assert connection.request("/unknown-length").body == b"onetwothree"


@pytest.mark.parametrize(("path", "status"), [("/no-content", 204), ("/not-modified", 304)])
def test_204_and_304_have_neither_body_nor_framing(connection, path, status):
    for _ in range(2):
        response = connection.request(path)
        assert response.status == status
        assert response.header("Transfer-Encoding") is None
        assert response.header("Content-Length") is None


def names_without_date(response):
    return [(name, value) for name, value in response.headers if name != "Date"]


# Expect: 100-continue


def expecting(target, length, version="1.1"):
    headers = [("Expect", "100-continue"), ("Content-Length", str(length))]
    return request_bytes(target, "POST", headers, version=version)


def test_100_continue_is_sent_at_the_first_read_and_not_before(checkpoints, connection):
    name = checkpoints.new_name()
    connection.send(expecting(f"/waits-before-reading?checkpoint={name}", 4))
    held = checkpoints.wait_for(name)
    assert connection.pending() == b""
    held.go()
    interim = connection.read_response()
    assert (interim.status, interim.reason, interim.headers) == (100, "Continue", [])
    connection.send(b"body")
    response = connection.read_response()
    assert (response.status, response.body) == (200, b"body")


def test_100_continue_is_sent_once_however_often_the_application_reads(checkpoints, connection):
    name = checkpoints.new_name()
    connection.send(expecting(f"/reads-twice?checkpoint={name}", 4))
    assert connection.read_response().status == 100
    connection.send(b"bo")
    held = checkpoints.wait_for(name)
    assert held.text == "bo"
    held.go()
    connection.send(b"dy")
    response = connection.read_response()
    assert (response.status, response.body) == (200, b"body")


def test_100_continue_is_not_sent_when_the_application_answers_without_reading(connection):
    connection.send(expecting("/ignores-the-body", 4))
    assert connection.read_response().status == 200


def test_a_client_that_does_not_wait_for_100_continue_is_served(connection):
    connection.send(expecting("/any", 4) + b"body")
    response = connection.read_response()
    if response.status == 100:
        response = connection.read_response()
    assert json.loads(response.body)["body"] == "body"
    assert connection.request("/next").status == 200


def test_expect_is_ignored_on_http_1_0(connection):
    connection.send(expecting("/any", 4, version="1.0"))
    assert connection.pending() == b""
    connection.send(b"body")
    response = connection.read_response()
    assert response.status == 200
    assert json.loads(response.body)["body"] == "body"


# Unread bodies


@pytest.mark.parametrize("path", ["/ignores-the-body", "/reads-three-bytes"])
@pytest.mark.parametrize("coding", ["length", "chunked"])
@pytest.mark.parametrize("size", [10, 5_000])
def test_a_small_unread_body_leaves_the_connection_usable(connection, path, coding, size):
    for _ in range(3):
        send_body(connection, path, coding, b"GET / HTTP/1.1\r\n\r\n" * (size // 18 + 1))
        response = connection.read_response()
        assert response.status == 200
        assert response.body in (b"not read", b"GET")
        assert connection.request("/next").status == 200


@pytest.mark.parametrize("path", ["/ignores-the-body", "/reads-three-bytes"])
@pytest.mark.parametrize("coding", ["length", "chunked"])
def test_a_large_unread_body_neither_blocks_nor_poisons(connection, path, coding):
    try:
        send_body(connection, path, coding, b"GET / HTTP/1.1\r\n\r\n" * 300_000)
    except ConnectionError:
        pass  # The server may answer and close before it has received everything.
    response = connection.read_response()
    assert response.status == 200
    assert response.body in (b"not read", b"GET")
    try:
        connection.send(request_bytes("/next"))
        following = connection.read_response()
    except (Truncated, ConnectionError):
        return
    assert json.loads(following.body)["environ"]["PATH_INFO"] == "/next"


def send_body(connection, path, coding, body):
    if coding == "length":
        connection.send(request_bytes(path, "POST", body=body))
    else:
        connection.send(request_bytes(path, "POST", [("Transfer-Encoding", "chunked")], chunked(body)))


# Limits


def test_a_content_length_above_the_limit_is_answered_413_before_the_body_is_sent(connection):
    connection.send(request_bytes("/any", "POST", [("Content-Length", str(LIMIT + 1))]))
    response = connection.read_response()
    assert response.status == 413
    assert response.header("X-Application") is None
    connection.expect_end()


def test_a_client_that_expects_100_gets_413_instead_when_its_body_is_too_large(connection):
    connection.send(expecting("/any", LIMIT + 1))
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
