"""Connections: keep-alive, HTTP/1.0, pipelining."""

import json

import pytest
from rawclient import Connection, Truncated, chunked, exchange, request_bytes


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
