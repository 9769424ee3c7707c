"""How responses are framed: chunks, HTTP/1.0, HEAD, statuses without a body."""

import pytest
from rawclient import Connection, request_bytes


@pytest.fixture(scope="module")
def server(start_for_file, checkpoints):
    return start_for_file("echo:application", threads=8, env=checkpoints.env)


@pytest.fixture
def connection(server):
    with Connection(server.address) as connection:
        yield connection


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
