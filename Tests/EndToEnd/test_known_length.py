"""Answers with a Content-Length: they arrive as they are made, no more than that is sent, and the application runs to its end."""

from urllib.parse import quote

import pytest
from rawclient import Connection, exchange, request_bytes

WAYS = ["/pieces", "/written-pieces", "/iterated-pieces"]


@pytest.fixture(scope="module")
def server(start_for_file, checkpoints):
    return start_for_file("known_length_cases:application", "--timeout", "1s", threads=3, env=checkpoints.env)


@pytest.fixture
def connection(server):
    with Connection(server.address) as connection:
        yield connection


@pytest.mark.parametrize("version", ["1.1", "1.0"])
@pytest.mark.parametrize("way", WAYS)
def test_each_piece_arrives_before_the_next_is_made(connection, checkpoints, way, version):
    name = checkpoints.new_name()
    connection.send(request_bytes(f"{way}?checkpoint={name}", version=version))
    for number in range(5):
        held = checkpoints.wait_for(name, number + 1)
        assert held.text == str(number)
        held.go()
        if number == 0:
            assert connection.read_head().header("Content-Length") == "5"
        assert connection.read_exactly(1) == b"%d" % number


@pytest.mark.parametrize("way", WAYS)
def test_a_slow_answer_that_has_begun_does_not_meet_the_time_limit(server, connection, checkpoints, way):
    name, clock = checkpoints.new_name(), checkpoints.new_name()
    connection.send(request_bytes(f"{way}?checkpoint={name}"))
    checkpoints.wait_for(name).go()
    assert connection.read_head().status == 200
    # One that has not begun comes to its limit meanwhile.
    with Connection(server.address) as other:
        other.send(request_bytes(f"/pieces?checkpoint={clock}"))
        assert other.read_response().status == 504
        checkpoints.wait_for(clock).go()
    for number in range(1, 5):
        checkpoints.wait_for(name, number + 1).go()
    assert connection.read_exactly(5) == b"01234"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("blocks", ["5", "2,3", "2,3,0", "5,0,0", "2,3,7,1", "9", "7,7"])
def test_what_follows_the_last_block_is_run(connection, checkpoints, blocks, method):
    name = checkpoints.new_name()
    response = connection.request(f"/after?length=5&blocks={blocks}&checkpoint={name}", method)
    assert (response.status, response.header("Content-Length")) == (200, "5")
    assert response.body == (b"xxxxx" if method == "GET" else b"")
    assert [checkpoints.wait_for(name, number).text for number in (1, 2)] == ["after the last block", "finally"]
    assert connection.request("/next").body == b"next"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("status", ["204 No Content", "304 Not Modified", "200 OK"])
def test_what_follows_the_last_block_is_run_where_there_is_no_body(connection, checkpoints, status, method):
    name = checkpoints.new_name()
    response = connection.request(f"/no-body?status={quote(status)}&checkpoint={name}", method)
    assert (response.status, response.body) == (int(status[:3]), b"onetwo" if status[:3] + method == "200GET" else b"")
    assert checkpoints.wait_for(name).text == "after the last block"
    assert connection.request("/next").body == b"next"


def test_a_client_has_its_answer_and_may_go_on_before_the_application_has_ended(connection, checkpoints):
    name = checkpoints.new_name()
    assert connection.request(f"/held-after?checkpoint={name}").body == b"whole"
    held = checkpoints.wait_for(name)
    assert connection.request("/next").body == b"next"
    held.go()


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_answer_that_announces_nothing_does_not_wait_for_what_is_left_out(connection, checkpoints, method):
    name = checkpoints.new_name()
    body = b"not read" if method == "POST" else None
    response = connection.request(f"/held-after?length=0&checkpoint={name}", method, body=body)
    assert (response.header("Content-Length"), response.body) == ("0", b"")
    checkpoints.wait_for(name).go()
    assert connection.request("/next").body == b"next"


def test_an_error_after_the_last_block_is_logged_and_changes_nothing(server, connection):
    assert connection.request("/fails-after").body == b"whole"
    server.stderr.wait_for(r"GET /fails-after \(request .*\)\n(.*\n)+?.*ValueError: after the last block, on purpose")
    assert connection.request("/next").body == b"next"


@pytest.mark.parametrize("size", [3, 60_000, 3_000_000])
def test_the_body_of_the_request_can_be_read_when_the_answer_is_whole(server, connection, checkpoints, size):
    name = checkpoints.new_name()
    response = connection.request(f"/reads-after?checkpoint={name}", "POST", body=b"y" * size)
    assert response.body == b"whole"
    assert checkpoints.wait_for(name).text == "y" * size
    assert exchange(server.address, "/next").body == b"next"


@pytest.mark.parametrize(("target", "surplus"), [("/after?length=5&blocks=2,3,7,1", 8), ("/after?length=5&blocks=9", 4),
                                                 ("/too-long-list", 9)])
def test_what_is_beyond_the_length_is_left_out_and_logged_once(start, checkpoints, target, surplus):
    server = start("known_length_cases:application", env=checkpoints.env)
    target += ("&" if "?" in target else "?") + "checkpoint=" + checkpoints.new_name()
    assert len(exchange(server.address, target).body) == 5
    line = rf"the application's body is {surplus} bytes longer than the Content-Length of 5 .* GET {target.partition('?')[0]}"
    server.stderr.wait_for(line)
    server.stop()
    assert server.stderr.text.count("longer than") == 1


def test_the_head_of_a_body_that_is_too_long_says_nothing_in_the_log(start, checkpoints):
    """What GET would have logged is not worth a line for each HEAD."""
    server = start("known_length_cases:application", env=checkpoints.env)
    name = checkpoints.new_name()
    assert exchange(server.address, f"/after?length=5&blocks=9&checkpoint={name}", "HEAD").status == 200
    checkpoints.wait_for(name, 2)
    server.stop()
    assert "longer than" not in server.stderr.text
