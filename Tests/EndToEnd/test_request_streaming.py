"""`--request-buffering off`: an application reads its body while the client sends it."""

import hashlib
import json
import signal
import threading
from urllib.parse import quote

import pytest
import waiting
from bodies import assert_bodies_are_their_own
from program import APPS
from rawclient import Connection, chunked, exchange, request_bytes
from sites import Site
from streaming_cases import BLOCK, blocks
from test_wsgi_input import CALLS, LINES, by_a_file, request_with

OFF = ("--request-buffering", "off")


@pytest.fixture(scope="module")
def reading(start_for_file, checkpoints):
    """A server whose application reads in every way."""
    return start_for_file("input_cases:application", *OFF, env=checkpoints.env)


@pytest.fixture(scope="module")
def large(start_for_file, checkpoints):
    return start_for_file("streaming_cases:application", *OFF, "--limit-body", "100MB", threads=6, env=checkpoints.env)


@pytest.fixture
def connection(reading):
    with Connection(reading.address) as connection:
        yield connection


def chunks_without_end(*chunks):
    return chunked(*chunks).removesuffix(b"0\r\n\r\n")


# Which application


def test_in_a_file_each_application_has_its_own_way(checkpoints, tmp_path):
    """Both are called with half a body: the one that streams, and when the rest has come the other one."""
    site = Site(tmp_path)
    site.write(
        "martlet.toml",
        f"""
        bind = "127.0.0.1:0"
        [route."/taken"]
        wsgi = "buffering_cases:application"
        directory = "{APPS}"
        [route."/streamed"]
        wsgi = "buffering_cases:application"
        directory = "{APPS}"
        request-buffering = false
        """,
    )
    with site.serve(**checkpoints.env) as server, Connection(server.address) as taken, Connection(server.address) as streamed:
        names = {path: checkpoints.new_name() for path in ("/taken", "/streamed")}
        for connection, path in ((taken, "/taken"), (streamed, "/streamed")):
            target = f"{path}/seen?checkpoint={names[path]}"
            connection.send(request_bytes(target, "POST", [("Content-Length", "10")], b"12345"))
        checkpoints.wait_for(names["/streamed"])
        assert checkpoints.arrived(names["/taken"]) == []
        for connection in (taken, streamed):
            connection.send(b"67890")
            assert json.loads(connection.read_response().body)["size"] == 10
        assert len(checkpoints.arrived(names["/taken"])) == 1
        server.stop()


# What is read


@pytest.mark.parametrize("coding", ["length", "chunked", "one chunk"])
@pytest.mark.parametrize("piece", [None, 1], ids=["at once", "byte by byte"])
@pytest.mark.parametrize("calls", CALLS)
def test_input_reads_like_a_file(connection, calls, piece, coding):
    connection.send(request_with(LINES, "/script?calls=" + quote(calls), coding), piece)
    response = connection.read_response()
    assert json.loads(response.body) == by_a_file(LINES, calls)


def test_a_chunked_body_is_read_as_it_comes_and_has_no_length(connection, checkpoints):
    """Also where all of it has come with its head: what the application sees does not depend on the network."""
    target = "/line-by-line?length&checkpoint="
    for apart in (True, False):
        name = checkpoints.new_name()
        begin = request_bytes(target + name, "POST", [("Transfer-Encoding", "chunked")])
        connection.send(begin + (chunks_without_end(b"one\n") if apart else chunked(b"one\n", b"two\n")))
        held = checkpoints.wait_for(name)
        assert held.text == "one\n"
        held.go()
        if apart:
            connection.send(chunked(b"two\n"))
        checkpoints.wait_for(name, 2).go()
        assert connection.read_response().body == b"one\n|two\n|None, terminated"


@pytest.mark.parametrize("coding", ["length", "chunked"])
@pytest.mark.parametrize("size", [10, 100_000])
def test_a_body_that_can_be_read_once_says_so(reading, coding, size):
    body = b"x" * size
    with Connection(reading.address) as connection:
        connection.send(request_with(body, "/script?calls=" + quote("seekable() readable() read(1)"), coding))
        assert json.loads(connection.read_response().body) == [False, True, "x"]
    for calls in ("seek(0)", "tell()"):
        with Connection(reading.address) as connection:
            connection.send(request_with(body, "/script?calls=" + quote(calls), coding))
            assert connection.read_response().status == 500
    reading.stderr.wait_for(r"io.UnsupportedOperation: .*--request-buffering off", 2)


def test_read_waits_for_no_more_than_it_was_asked_for(checkpoints, connection):
    """The application gets its four bytes while the client still holds back the rest of the body."""
    name = checkpoints.new_name()
    connection.send(request_bytes(f"/wait-then-read?checkpoint={name}", "POST", [("Content-Length", "8")], b"1234"))
    held = checkpoints.wait_for(name)
    assert held.text == "1234"
    held.go()
    connection.send(b"5678")
    assert connection.read_response().body == b"12345678"


def test_a_line_is_given_as_soon_as_it_is_there(checkpoints, connection):
    name = checkpoints.new_name()
    lines = [b"one\n", b"two\n", b"three"]
    headers = [("Content-Length", str(sum(map(len, lines))))]
    connection.send(request_bytes(f"/line-by-line?checkpoint={name}", "POST", headers))
    for number, line in enumerate(lines, 1):
        connection.send(line)
        held = checkpoints.wait_for(name, number)
        assert held.text == line.decode()
        held.go()
    assert connection.read_response().body == b"one\n|two\n|three"


@pytest.mark.parametrize("method", ["read", "readline", "readlines"])
@pytest.mark.parametrize("leave", ["close", "half_close", "reset"])
def test_a_client_that_leaves_inside_its_body_is_an_oserror(reading, checkpoints, method, leave):
    name = checkpoints.new_name()
    target = f"/error-of-read?checkpoint={name}&method={method}"
    with Connection(reading.address) as connection:
        connection.send(request_bytes(target, "POST", [("Content-Length", "1000"), ("Expect", "100-continue")]))
        # The application reads: before that, it would not be called for a client that has gone.
        assert connection.read_head().status == 100
        connection.send(b"only this much")
        getattr(connection, leave)()
        assert checkpoints.wait_for(name).text.startswith("OSError"), checkpoints.wait_for(name).text


HOW = ["plainly", "line by line", "from", "while handling", "in the iteration"]


@pytest.mark.parametrize("size", [14, 100_000])
@pytest.mark.parametrize("how", HOW)
def test_half_a_body_and_half_a_close_is_the_clients_400_and_a_line_in_the_log(start, how, size):
    server = start("input_cases:application", *OFF)
    target = "/lets-it-through?how=" + quote(how)
    with Connection(server.address) as connection:
        connection.send(request_bytes(target, "POST", [("Content-Length", "200000")], b"x" * size))
        connection.half_close()
        assert connection.read_response().status == 400
        connection.expect_end()
    line = r"[-+:. \d]+ info +the client went away before it had sent the whole body: POST /lets-it-through\S* \(request \w+-1\)\n"
    assert len(server.stderr.wait_for(line)) == 1
    server.stop()
    assert "Traceback" not in server.stderr.text
    assert "failed" not in server.stderr.text


def test_an_error_of_the_applications_own_is_a_500_although_the_client_has_left(start):
    server = start("input_cases:application", *OFF)
    with Connection(server.address) as connection:
        connection.send(request_bytes("/fails-otherwise", "POST", [("Content-Length", "1000")], b"only this much"))
        connection.half_close()
        assert connection.read_response().status == 500
    server.stderr.wait_for(r"Traceback(.*\n)+?.*OwnError: of the application's own")


@pytest.mark.parametrize("how", HOW)
def test_a_body_that_is_not_there_at_the_time_limit_is_not_logged_as_an_exception_that_was_ignored(start, how):
    """The limit of the request and that of the body come together."""
    server = start("input_cases:application", *OFF, "--timeout", "1s", "--body-grace", "1s", "--body-rate", "1000B", threads=4)
    connections = [Connection(server.address) for _ in range(4)]
    try:
        for connection in connections:
            target = "/lets-it-through?how=" + quote(how)
            connection.send(request_bytes(target, "POST", [("Content-Length", "1000")], b"slow"))
        for connection in connections:
            assert connection.read_response().status in (408, 504)
        for _ in range(8):
            assert run_once(server) == b"3"
    finally:
        for connection in connections:
            connection.close()
    server.stop()
    assert "Exception ignored" not in server.stderr.text


def run_once(server):
    with Connection(server.address) as connection:
        return connection.request("/reads-all", "POST", body=b"abc").body


# Expect: 100-continue


@pytest.fixture(scope="module")
def echo(start_for_file, checkpoints):
    return start_for_file("echo:application", *OFF, threads=8, env=checkpoints.env)


def expecting(target, length):
    return request_bytes(target, "POST", [("Expect", "100-continue"), ("Content-Length", str(length))])


def test_100_continue_is_sent_at_the_first_read_and_not_before(checkpoints, echo, connect):
    connection = connect(echo)
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


def test_100_continue_is_sent_once_however_often_the_application_reads(checkpoints, echo, connect):
    connection = connect(echo)
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


def test_100_continue_is_not_sent_when_the_application_answers_without_reading(echo, connect):
    connection = connect(echo)
    connection.send(expecting("/ignores-the-body", 4))
    assert connection.read_response().status == 200


# Both ways


def test_a_body_is_sent_back_while_it_is_received(large, connect):
    """More than fits between client and server at once goes both ways on one connection."""
    connection = connect(large)
    size = 8 * 1024 * 1024
    sender = threading.Thread(target=lambda: [connection.send(block) for block in blocks(size)])
    connection.send(request_bytes("/both-ways", "POST", [("Content-Length", str(size))]))
    sender.start()
    response = connection.read_response()
    sender.join()
    assert digest(response.body) == digest(*blocks(size))


@pytest.mark.parametrize("way", ["", "&known", "&write"])
@pytest.mark.parametrize(("size", "sent"), [(3_000_000, 8_000_000), (3_700_000, 8_000_000), (20_000_000, 20_000_000),
                                            (20_000_000, 1_000)])
def test_a_client_that_reads_when_it_has_sent_everything_gets_an_answer_that_began_before(large, size, sent, way):
    """Neither side may wait for the other: what the client sends is taken in although the application does not read yet."""
    body = b"".join(blocks(sent))
    with Connection(large.address, receive_buffer=BLOCK) as connection:
        connection.send(request_bytes(f"/answer-then-read?size={size}{way}", "POST", body=body))
        answer = connection.read_response().body
    assert (len(answer), digest(answer[:-64])) == (size + 64, digest(*blocks(size)))
    assert answer[-64:].decode() == digest(body)


def test_a_client_that_sends_more_when_it_has_read_is_waited_for(large, connect):
    """What was taken in ahead is not all that comes."""
    connection = connect(large)
    connection.send(request_bytes("/answer-then-read?size=20000000", "POST", [("Content-Length", "2000000")]))
    first = connection.read_head()
    assert first.status == 200
    connection.send(b"".join(blocks(1_000_000)))
    received = 0
    while received < 20_000_000:
        received += len(connection.read_chunk())
    connection.send(b"".join(blocks(1_000_000)))
    assert connection.read_chunk().decode() == digest(*blocks(1_000_000), *blocks(1_000_000))


def digest(*parts: bytes) -> str:
    total = hashlib.sha256()
    for part in parts:
        total.update(part)
    return total.hexdigest()


# What holds a thread


@pytest.fixture(scope="module")
def threads(start_for_file, checkpoints):
    # One worker thread: the next request has the same place in the shared memory as the last one.
    return start_for_file("thread_cases:application", *OFF, workers=1, threads=1, env=checkpoints.env)


@pytest.mark.parametrize("by", ["read", "read-some", "readline", "readlines", "iterate"])
def test_a_thread_that_still_reads_when_its_request_ends_is_sent_away(threads, checkpoints, by):
    """It must not take the bytes of the next client, nor the word that they are there."""
    for _ in range(5):
        name = checkpoints.new_name()
        with Connection(threads.address) as connection:
            headers = [("Content-Length", "1000"), ("Expect", "100-continue")]
            connection.send(request_bytes(f"/leaves-a-reader?by={by}&checkpoint={name}", "POST", headers))
            assert connection.read_response().status == 100
            connection.send(b"some of it")
            # What it has been given it has; now it waits.
            checkpoints.wait_for(name).go()
            assert connection.read_response().body == b"answered"
            assert_bodies_are_their_own(threads, 2)
            assert checkpoints.wait_for(name + "-read").text == "raised ValueError"
    assert_bodies_are_their_own(threads)


@pytest.mark.parametrize("bits", [20, 63])
def test_more_of_a_body_than_there_was_is_the_end_of_the_worker(start, bits):
    server = start("scribble_cases:application", *OFF, workers=1, threads=1)
    with Connection(server.address) as connection:
        connection.send(request_bytes(f"/consumed?bits={bits}", "POST", [("Content-Length", "500000")], b"x" * 250_000))
        connection.send(b"x" * 250_000)
        assert connection.read_response().status == 502
    server.stderr.wait_for("it broke the rules of the shared memory")
    assert exchange(server.address, "/pid").status == 200
    server.stop(same_workers=False)


def test_a_request_whose_body_is_still_on_its_way_finishes(start, checkpoints, connect):
    server = start("worker_cases:application", *OFF, env=checkpoints.env)
    name = checkpoints.new_name()
    request = request_bytes(f"/hold-then-read?checkpoint={name}", "POST", [("Content-Length", "8")], b"1234")
    connection = connect(server).send(request)
    held = checkpoints.wait_for(name)
    server.send_signal(signal.SIGTERM)
    waiting.until(lambda: refuses(server), "the server to stop listening")
    held.go()
    connection.send(b"5678")
    assert connection.read_response().body == b"12345678"
    assert server.wait() == 0


def refuses(server) -> bool:
    try:
        Connection(server.address).close()
    except ConnectionError:
        return True
    return False
