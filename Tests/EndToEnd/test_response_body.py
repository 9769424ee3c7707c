"""PEP 3333: the iterable that an application returns, Content-Length, HEAD and statuses without a body."""

from urllib.parse import quote

import pytest
from rawclient import Connection, Truncated, exchange, request_bytes


@pytest.fixture(scope="module")
def server(start_for_file, checkpoints):
    return start_for_file("body_cases:application", env=checkpoints.env)


@pytest.fixture
def connection(server):
    with Connection(server.address) as connection:
        yield connection


ITERABLES = [
    "list",
    "tuple",
    "generator",
    "iterable",
    "old-iterable",
    "set",
    "dict-keys",
    "iterator",
    "bytes",
    "subclass-of-bytes",
    "empty-blocks",
    "lying-len",
    "bad-len",
    "exact-length",
]


@pytest.mark.parametrize("version", ["1.1", "1.0"])
@pytest.mark.parametrize("kind", ITERABLES)
def test_any_iterable_of_bytes_is_a_body(server, kind, version):
    response = exchange(server.address, "/" + kind, version=version)
    assert response.status == 200
    assert response.body == b"one two"


@pytest.mark.parametrize("kind", ["empty-list", "empty-generator", "empty-bytes", "only-empty-blocks", "zero-length"])
def test_a_body_may_be_empty(connection, kind):
    for _ in range(2):
        response = connection.request("/" + kind)
        assert (response.status, response.body) == (200, b"")


def test_an_empty_block_does_not_end_a_chunked_body(connection):
    response = connection.request("/empty-blocks")
    assert response.body == b"one two"
    assert connection.request("/next").body == b"next"


@pytest.mark.parametrize("kind", ["one-block", "bytes"])
def test_a_single_block_gets_a_content_length(connection, kind):
    response = connection.request("/" + kind)
    assert response.framing == "length"


@pytest.mark.parametrize("kind", ["text-block", "int-block", "none-block", "bytearray-block", "text", "none", "number"])
def test_a_body_of_anything_but_bytes_is_an_error(server, kind):
    assert exchange(server.address, "/" + kind).status == 500
    server.stderr.wait_for("TypeError")


def test_text_after_the_first_block_cuts_the_body_off(connection):
    connection.send(request_bytes("/second-block-is-text"))
    with pytest.raises(Truncated) as end:
        connection.read_response()
    assert end.value.response.body == b"first"


@pytest.mark.parametrize(
    ("kind", "sent"), [("too-long", b"one two"), ("too-long-in-one-block", b"one two"), ("long-write", b"abc")]
)
def test_no_more_than_content_length_is_sent(connection, kind, sent):
    response = connection.request("/" + kind)
    assert (response.status, response.body) == (200, sent)
    assert_connection_is_in_step(connection)


def test_a_body_where_none_was_announced_is_not_sent(connection):
    response = connection.request("/zero-length-with-body")
    assert (response.status, response.body) == (200, b"")
    assert_connection_is_in_step(connection)


def test_the_iteration_stops_at_content_length_and_is_closed(connection, checkpoints):
    name = checkpoints.new_name()
    assert connection.request(f"/endless-with-length?checkpoint={name}").body == b"ababa"
    checkpoints.wait_for(name)
    assert_connection_is_in_step(connection)


@pytest.mark.parametrize(("kind", "sent"), [("too-short", b"one two"), ("short-and-empty", b"")])
def test_a_body_shorter_than_content_length_ends_the_connection(server, connection, kind, sent):
    connection.send(request_bytes("/" + kind) + request_bytes("/next"))
    try:
        response = connection.read_response()
    except Truncated as end:
        assert end.response.body == sent
    else:
        # Nothing had been sent, so the server could still say so.
        assert response.status == 500 and sent == b""
    assert exchange(server.address, "/next").body == b"next"


def assert_connection_is_in_step(connection):
    """The next response is the next one, or the connection has ended; nothing of the last one is left over."""
    try:
        connection.send(request_bytes("/next"))
        assert connection.read_response().body == b"next"
    except Truncated as end:
        assert end.response is None
    except ConnectionError:
        pass


def test_a_large_block_arrives_whole(connection):
    for _ in range(3):
        assert connection.request("/large").body == b"x" * 3_000_000


def test_many_small_blocks_arrive_whole(connection):
    expected = b"".join(b"%d\n" % number for number in range(20_000))
    assert connection.request("/many-small-blocks").body == expected


# HEAD and statuses without a body


@pytest.mark.parametrize("kind", [*ITERABLES, "large", "empty-list", "one-block"])
def test_head_sends_no_body(connection, kind):
    for _ in range(2):
        assert connection.request("/" + kind, "HEAD").status == 200
        assert connection.request("/next").body == b"next"


def test_head_keeps_the_content_length_of_get(connection):
    assert connection.request("/exact-length", "HEAD").header("Content-Length") == "7"
    assert connection.request("/one-block", "HEAD").header("Content-Length") in ("9", None)


def test_head_closes_the_body(connection, checkpoints):
    name = checkpoints.new_name()
    response = connection.request(f"/head?checkpoint={name}", "HEAD")
    assert response.header("Content-Length") == "7"
    checkpoints.wait_for(name, 2)
    assert connection.request("/next").body == b"next"
    assert [arrival.text for arrival in checkpoints.arrived(name)].count("closed") == 1


@pytest.mark.parametrize("line", ["204 No Content", "205 Reset Content", "304 Not Modified"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_a_status_without_a_body_sends_none(connection, line, method):
    for _ in range(2):
        response = connection.request("/status?line=" + quote(line), method, body=b"" if method == "POST" else None)
        assert f"{response.status} {response.reason}" == line
        assert response.header("Transfer-Encoding") is None
        if response.status == 204:
            assert response.header("Content-Length") is None
        if response.status == 205:
            assert response.header("Content-Length") == "0"
        assert connection.request("/next").body == b"next"
