"""How a connection ends: what is written is sent before, whatever the end is, and a client that still sends comes to read its answer."""

import re
import http.client
import os
import signal

import pytest
import waiting
from rawclient import Connection, chunked, request_bytes

LARGE = 3_000_000
"""More than the server and the sockets hold."""

SMALL_WINDOW = 4096
"""The receive buffer of a client that soon takes no more."""

ANSWERS = ["/download?size=%d" % LARGE, "/download?size=%d&known=1" % LARGE, "/whole?size=%d" % LARGE, "/file?path=%s"]
IDS = ["generator", "generator-with-length", "one-block", "file"]


@pytest.fixture(scope="module")
def server(start_for_file, checkpoints):
    return start_for_file("streaming_cases:application", threads=8, env=checkpoints.env)


@pytest.fixture(params=ANSWERS, ids=IDS)
def target(request, tmp_path):
    """Where a large answer is, of each kind."""
    if "%s" not in request.param:
        return request.param
    path = tmp_path / "file"
    path.write_bytes(b"x" * LARGE)
    return request.param % path


def slow(server):
    return Connection(server.address, receive_buffer=SMALL_WINDOW)


# Half a close


@pytest.mark.parametrize("rest", [b"\r\n", b"\r", b"G", b"GET /next HTTP/1.1\r\nHos", b"\r\n\r\n"])
def test_an_answer_is_sent_though_the_client_has_half_closed_behind_the_begin_of_another_request(server, rest):
    for _ in range(10):
        with Connection(server.address) as connection:
            connection.send(request_bytes("/pid") + rest)
            connection.half_close()
            assert connection.read_response().status == 200
            connection.expect_end()


def test_a_large_answer_is_sent_though_the_client_has_half_closed_while_it_is_sent(server, target):
    with slow(server) as connection:
        connection.send(request_bytes(target))
        connection.half_close()
        response = connection.read_response()
        assert (response.status, len(response.body)) == (200, LARGE)
        connection.expect_end()


def test_a_large_answer_goes_on_when_the_client_half_closes_after_its_head(server, target):
    with slow(server) as connection:
        connection.send(request_bytes(target))
        head = connection.read_until(b"\r\n\r\n")
        connection.half_close()
        rest = connection.read_to_end()
        assert head.startswith(b"HTTP/1.1 200 ") and len(rest) >= LARGE
        assert b"chunked" not in head or rest.endswith(b"0\r\n\r\n")


def test_all_pipelined_answers_are_sent_to_a_client_that_has_half_closed(server, target):
    with slow(server) as connection:
        connection.send(request_bytes(target) * 3 + request_bytes("/pid") + b"GET")
        connection.half_close()
        for _ in range(3):
            assert len(connection.read_response().body) == LARGE
        assert connection.read_response().status == 200
        connection.expect_end()


def test_a_slow_stream_goes_on_for_a_client_that_has_half_closed(server, checkpoints):
    name = checkpoints.new_name()
    with Connection(server.address) as connection:
        connection.send(request_bytes(f"/step-by-step?checkpoint={name}&blocks=3"))
        checkpoints.wait_for(name).go()
        connection.read_head()
        assert connection.read_chunk() == b"block 0\n"
        connection.half_close()
        for number in (1, 2):
            waiting.until(lambda: len(checkpoints.arrived(name)) > number, f"block {number}")
            checkpoints.arrived(name)[number].go()
            assert connection.read_chunk() == b"block %d\n" % number
        assert connection.read_chunk() == b""


def test_a_stream_that_has_nothing_to_say_learns_that_its_client_has_closed(server, checkpoints):
    """Its socket is closed in order, without a reset, and nothing is written to it."""
    name = checkpoints.new_name()
    connection = Connection(server.address)
    connection.send(request_bytes(f"/ticks?checkpoint={name}"))
    connection.read_head()
    assert connection.read_chunk() == b"tick\n"
    arrival = checkpoints.wait_for(name)
    before = open_sockets(server)
    connection.close()
    waiting.until(lambda: open_sockets(server) < before, "the server to notice that the client is gone")
    arrival.go()
    waiting.until(lambda: checkpoints.arrived(name + "-closed"), "the generator to be closed")


@pytest.mark.parametrize("body", [b"only this", chunked(b"only this")[:-5]], ids=["length", "chunked"])
def test_half_a_body_and_half_a_close_is_the_clients_400(start, checkpoints, body):
    server = start("streaming_cases:application", env=checkpoints.env)
    framing = ("Content-Length", "1000") if body == b"only this" else ("Transfer-Encoding", "chunked")
    for _ in range(3):
        with Connection(server.address) as connection:
            connection.send(request_bytes("/upload", "POST", [framing]) + body)
            connection.half_close()
            response = connection.read_response()
            assert response.status == 400
            assert b"before the request body was complete" in response.body
            connection.expect_end()
    server.stop()
    assert server.stdout.text.count('"POST /upload HTTP/1.1" 400 ') == 3
    # The worker says so of what the application was reading.
    lines = re.findall(r"Request refused: The client ended its side|the client went away before it had sent", server.stderr.text)
    assert len(lines) == 3
    assert "The application failed" not in server.stderr.text


# Other ends


def test_answers_are_sent_before_a_fault_in_the_next_request_ends_the_connection(server, target):
    with slow(server) as connection:
        connection.send(request_bytes(target) + b"GET /bad\r\n\r\n")
        assert len(connection.read_response().body) == LARGE
        assert connection.read_response().status == 400
        connection.expect_end()


def test_answers_are_sent_before_a_slow_head_ends_the_connection(start, checkpoints):
    server = start("streaming_cases:application", "--timeout-head", "1s", env=checkpoints.env)
    with slow(server) as connection:
        connection.send(request_bytes(f"/whole?size={LARGE}") + b"GET / HT")
        with Connection(server.address) as other:
            assert other.send(b"GET / HT").read_response().status == 408
        assert len(connection.read_response().body) == LARGE
        assert connection.read_response().status == 408
        connection.expect_end()


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_answers_are_sent_before_one_that_breaks_ends_the_connection(server, target, version):
    keep = [("Connection", "keep-alive")]
    first = "/whole?size=90000" if version == "1.0" else target
    with slow(server) as connection:
        connection.send(request_bytes(first, headers=keep, version=version))
        connection.send(request_bytes("/breaks", headers=keep, version=version))
        assert len(connection.read_response().body) in (90_000, LARGE)
        assert connection.read_until(b"\r\n\r\n").startswith(b"HTTP/1.1 200 ")
        assert connection.read_until(b"begun")
        with pytest.raises((ConnectionResetError, EOFError)) as end:
            connection.read_until(b"0\r\n\r\n")
        assert version == "1.1" or end.type is ConnectionResetError, "a broken answer ended as if it were whole"


@pytest.mark.parametrize("size", [90_000, LARGE])
def test_an_answer_that_is_taken_slowly_is_sent_whole_though_the_connection_is_idle(start, checkpoints, size):
    server = start("streaming_cases:application", "--timeout-idle", "1s", env=checkpoints.env)
    with slow(server) as connection:
        connection.send(request_bytes(f"/whole?size={size}"))
        connection.read_until(b"\r\n\r\n")
        for _ in range(4):
            with Connection(server.address) as idle:
                idle.expect_end()
        assert len(connection.read_exactly(size)) == size


@pytest.mark.parametrize("size", [90_000, LARGE])
def test_an_answer_is_sent_whole_before_the_server_stops(start, checkpoints, size):
    server = start("streaming_cases:application", env=checkpoints.env)
    with slow(server) as connection:
        connection.send(request_bytes(f"/whole?size={size}"))
        connection.read_until(b"\r\n\r\n")
        server.send_signal(signal.SIGTERM)
        waiting.until(lambda: refused(server.address), "the server to stop listening")
        assert len(connection.read_exactly(size)) == size
    server.stop()


def refused(address) -> bool:
    try:
        Connection(address).close()
    except ConnectionError:
        return True
    return False


# Clients that read only after they have sent


UPLOAD = 12 * 1024 * 1024
"""More than the limit on bodies, and than all sockets on the way hold."""


@pytest.mark.parametrize("form", ["length", "chunked"])
def test_pythons_own_client_gets_its_413(server, form):
    for _ in range(3):
        client = http.client.HTTPConnection(*server.address, timeout=waiting.DEADLINE)
        body = b"x" * UPLOAD
        if form == "length":
            client.request("POST", "/upload", body)
        else:
            client.request("POST", "/upload", (body[at : at + 65536] for at in range(0, UPLOAD, 65536)), encode_chunked=True,
                           headers={"Transfer-Encoding": "chunked"})
        assert client.getresponse().status == 413
        client.close()


@pytest.mark.parametrize("status", ["200", "404"])
def test_a_client_that_reads_late_gets_an_answer_that_was_given_early(server, status):
    for _ in range(3):
        client = http.client.HTTPConnection(*server.address, timeout=waiting.DEADLINE)
        client.request("POST", "/pid" if status == "200" else "/missing", b"x" * 9_000_000)
        assert client.getresponse().status == int(status)
        client.close()


def test_a_client_that_reads_late_gets_the_400_of_a_fault(server):
    for _ in range(3):
        with Connection(server.address) as connection:
            connection.send(b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n" + b"x" * UPLOAD)
            assert connection.read_response().status == 400
            connection.expect_end()


def test_a_client_that_falls_silent_after_its_413_is_closed(start, connect, checkpoints):
    server = start("streaming_cases:application", "--drain-silence", "1s", env=checkpoints.env)
    assert connect(server).request("/pid").status == 200
    before = open_sockets(server)
    connection = connect(server).send(request_bytes("/upload", "POST", [("Content-Length", str(UPLOAD))]))
    assert connection.read_response().status == 413
    connection.expect_end()
    waiting.until(lambda: open_sockets(server) == before, "the server to close its side for good")


def test_a_client_that_sends_on_after_its_413_is_closed_in_the_end(start, checkpoints):
    server = start("streaming_cases:application", "--timeout-drain", "1s", env=checkpoints.env)
    with Connection(server.address) as connection:
        connection.send(request_bytes("/upload", "POST", [("Content-Length", str(UPLOAD))]))
        assert connection.read_response().status == 413

        def is_cut() -> bool:
            try:
                connection.send(b"x")
            except ConnectionError:
                return True
            return False

        waiting.until(is_cut, "the server to end a client that drips on")


def open_sockets(server) -> int:
    return sum("socket:" in target for target in links(server.pid))


def links(pid):
    for entry in os.listdir(f"/proc/{pid}/fd"):
        try:
            yield os.readlink(f"/proc/{pid}/fd/{entry}")
        except FileNotFoundError:
            pass


# HEAD


@pytest.mark.parametrize(
    "rest",
    [
        b"HEAD / HTTP/1.1\r\n\r\n",
        b"HEAD / HTTP/1.1\r\nHost: a b\r\n\r\n",
        b"HEAD / HTTP/3.0\r\n\r\n",
        b"HEAD /%s HTTP/1.1\r\nHost: a\r\n\r\n" % (b"a" * 9000),
        b"HEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n",
        b"HEAD / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        b"HEAD / HTTP/1.1\r\nHost: a\r\nExpect: more\r\n\r\n",
    ],
    ids=["host-missing", "host-bad", "version", "target-too-long", "body-too-large", "coding", "expectation"],
)
def test_a_refused_head_has_the_length_of_the_body_and_no_body(server, rest):
    with Connection(server.address) as connection:
        connection.send(b"GET" + rest[4:])
        got = connection.read_response()
    with Connection(server.address) as connection:
        connection.send(rest)
        response = connection.read_response("HEAD")
        assert response.status == got.status >= 400
        assert response.header("Content-Length") == str(len(got.body)) != "0"
        connection.expect_end()
