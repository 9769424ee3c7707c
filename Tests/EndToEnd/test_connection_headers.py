"""Headers about the connection are the server's: those of an application are left out, and `Connection: close` is honoured."""

import json
from urllib.parse import quote

import pytest
from rawclient import Connection, exchange

HOP_BY_HOP = [
    ("Connection", "keep-alive"),
    ("connection", "Keep-Alive, X-Own"),
    ("Keep-Alive", "timeout=5, max=100"),
    ("Transfer-Encoding", "chunked"),
    ("TRANSFER-ENCODING", "gzip, chunked"),
    ("Upgrade", "h2c"),
    ("Proxy-Connection", "keep-alive"),
    ("TE", "trailers"),
    ("Trailer", "X-Own"),
    ("Proxy-Authenticate", "Basic"),
]


@pytest.fixture(scope="module")
def server(start_for_file):
    return start_for_file("header_cases:application")


def headers(server, *fields):
    return "/headers?headers=" + quote(json.dumps(fields))


@pytest.mark.parametrize("field", HOP_BY_HOP, ids=lambda field: ": ".join(field))
def test_what_is_about_the_connection_is_left_out(server, field):
    with Connection(server.address) as connection:
        for _ in range(2):
            response = connection.request(headers(server, field))
            assert (response.status, response.framing, response.body) == (200, "length", b"answered")
            assert response.all(field[0]) == []
            assert (response.header("X-First"), response.header("X-Last")) == ("1", "2")


@pytest.mark.parametrize("value", ["close", "Close", "keep-alive, close", " close ,x"])
def test_an_application_may_ask_for_the_end_of_the_connection(server, value):
    with Connection(server.address) as connection:
        response = connection.request(headers(server, ("Connection", value)))
        assert (response.status, response.body) == (200, b"answered")
        assert response.all("Connection") == ["close"]
        connection.expect_end()


def test_close_among_others_of_its_kind_still_closes(server):
    with Connection(server.address) as connection:
        fields = [("Connection", "keep-alive"), ("Connection", "close"), ("Keep-Alive", "5")]
        assert connection.request(headers(server, *fields)).all("Connection") == ["close"]
        connection.expect_end()


@pytest.mark.parametrize("value", ["closed", "x-close", "close-notify"])
def test_words_like_close_do_not_close(server, value):
    with Connection(server.address) as connection:
        for _ in range(2):
            assert connection.request(headers(server, ("Connection", value))).all("Connection") == []


def test_server_sent_events_as_recipes_write_them(server):
    with Connection(server.address) as connection:
        for _ in range(2):
            response = connection.request("/stream")
            assert response.body == b"data: one\n\ndata: two\n\n"
            assert response.all("Connection") == []


def test_the_log_says_so_once_for_each_worker(start):
    server = start("header_cases:application", workers=1)
    for _ in range(3):
        assert exchange(server.address, "/stream").status == 200
        assert exchange(server.address, headers(server, ("Upgrade", "x"))).status == 200
    server.stderr.wait_for(r"the application sets the response header Connection.*GET /stream \(request")
    server.stop()
    assert server.stderr.text.count("the application sets the response header") == 1
