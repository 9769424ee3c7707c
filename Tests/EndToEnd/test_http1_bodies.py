"""Request bodies: `Expect: 100-continue`, and what becomes of a body that nobody reads."""

import json

import pytest
from rawclient import Connection, Truncated, chunked, request_bytes


@pytest.fixture(scope="module")
def server(start_for_file, checkpoints):
    return start_for_file("echo:application", threads=8, env=checkpoints.env)


@pytest.fixture
def connection(server):
    with Connection(server.address) as connection:
        yield connection


# Expect: 100-continue


def expecting(target, length, version="1.1"):
    headers = [("Expect", "100-continue"), ("Content-Length", str(length))]
    return request_bytes(target, "POST", headers, version=version)


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
