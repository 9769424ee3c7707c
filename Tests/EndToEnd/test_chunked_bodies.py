"""A chunked body is taken in before the application is called: what that sees does not depend on how the network cut it."""

import hashlib
import json
import os
import random
import resource

import pytest
import waiting
from memory import MB, Peak
from rawclient import Connection, chunked, exchange, request_bytes

CHUNKED = [("Transfer-Encoding", "chunked")]
APP = "taking_cases:application"
SIZES = [0, 1, 3, 65_535, 65_536, 65_537, 131_073, 1_000_000, 9_500_000]


@pytest.fixture(scope="module")
def server(start_for_file, checkpoints):
    # One thread: who is served while a body is on its way shows that the thread is free.
    return start_for_file(APP, workers=1, threads=1, env=checkpoints.env)


@pytest.fixture
def connection(server):
    with Connection(server.address) as connection:
        yield connection


def head(target="/seen"):
    return request_bytes(target, "POST", CHUNKED)


def some(size):
    return random.Random(size).randbytes(size)


def expected(body):
    digest = hashlib.sha256(body).hexdigest()
    return {
        "length": str(len(body)),
        "size": len(body),
        "digest": digest,
        "rest": 0,
        "coding": None,
        "terminated": True,
    }


def assert_serves(server):
    assert exchange(server.address, "/alive").body == b"alive"


# The same, however it comes


@pytest.mark.parametrize("cut", ["in one piece", "byte by byte", "head, then body", "chunk by chunk", "end apart"])
def test_a_small_body_has_its_length_however_it_is_cut(connection, cut):
    body = b"abc"
    chunks = [chunked(b"a").removesuffix(b"0\r\n\r\n"), chunked(b"bc").removesuffix(b"0\r\n\r\n"), b"0\r\n\r\n"]
    whole = head() + b"".join(chunks)
    pieces = {
        "in one piece": [whole],
        "byte by byte": [whole[at : at + 1] for at in range(len(whole))],
        "head, then body": [head(), b"".join(chunks)],
        "chunk by chunk": [head(), *chunks],
        "end apart": [whole[:-2], whole[-2:]],
    }[cut]
    for _ in range(3):
        for piece in pieces:
            connection.send(piece)
        assert json.loads(connection.read_response().body) == expected(body)


@pytest.mark.parametrize("chunk", [7, 1000, 70_000, 10_000_000])
@pytest.mark.parametrize("size", SIZES)
def test_a_body_of_any_size_has_its_length_and_arrives_whole(connection, size, chunk):
    if size > 100_000 and chunk < 1000:
        chunk = 999
    body = some(size)
    connection.send(head() + chunked(*(body[at : at + chunk] for at in range(0, size, chunk))))
    assert json.loads(connection.read_response().body) == expected(body)
    assert connection.request("/alive").body == b"alive"


def test_a_large_body_may_be_read_by_lines(connection):
    body = b"".join(b"x" * (number % 3000) + b"\n" for number in range(3000))
    connection.send(head("/lines") + chunked(*(body[at : at + 5000] for at in range(0, len(body), 5000))))
    assert connection.read_response().body.decode() == hashlib.sha256(body).hexdigest()


@pytest.mark.parametrize("size", [3, 1_000_000])
def test_the_next_request_begins_behind_the_last_chunk(connection, size):
    connection.send(head("/unread") + chunked(some(size)) + head() + chunked(b"second"))
    assert connection.read_response().body == b"not read"
    assert json.loads(connection.read_response().body) == expected(b"second")


def test_many_bodies_at_once_do_not_mix(server):
    bodies = [some(200_000 + number) for number in range(20)]
    connections = [Connection(server.address) for _ in bodies]
    try:
        for half in range(2):
            for connection, body in zip(connections, bodies):
                if half == 0:
                    connection.send(head() + chunked(body[:100_000]).removesuffix(b"0\r\n\r\n"))
                else:
                    connection.send(chunked(body[100_000:]))
        for connection, body in zip(connections, bodies):
            assert json.loads(connection.read_response().body) == expected(body)
    finally:
        for connection in connections:
            connection.close()


# Before the application is called


@pytest.mark.parametrize("size", [10, 300_000])
def test_the_application_is_called_when_the_body_is_here_and_its_thread_is_free_until_then(server, checkpoints, size):
    name = checkpoints.new_name()
    with Connection(server.address) as connection:
        body = some(size)
        connection.send(head(f"/seen?checkpoint={name}") + chunked(body).removesuffix(b"0\r\n\r\n"))
        for _ in range(20):
            assert_serves(server)
        assert checkpoints.arrived(name) == []
        connection.send(b"0\r\n\r\n")
        assert json.loads(connection.read_response().body) == expected(body)
    assert len(checkpoints.arrived(name)) == 1


def test_a_client_that_expects_100_continue_is_told_to_go_on(connection):
    for body in (b"abc", some(200_000)):
        connection.send(request_bytes("/seen", "POST", [*CHUNKED, ("Expect", "100-continue")]))
        assert connection.read_response().status == 100
        connection.send(chunked(body[:2], body[2:]))
        assert json.loads(connection.read_response().body) == expected(body)


@pytest.mark.parametrize("apart", [False, True], ids=["with its head", "after its head"])
def test_a_body_above_the_limit_is_413_and_the_application_is_not_called(start, checkpoints, apart):
    server = start(APP, "--limit-body", "100KB", env=checkpoints.env)
    name = checkpoints.new_name()
    with Connection(server.address) as connection:
        begin = head(f"/seen?checkpoint={name}")
        if apart:
            connection.send(begin)
            begin = b""
        try:
            connection.send(begin + chunked(*[b"x" * 1000] * 110))
        except ConnectionError:
            pass
        assert connection.read_response().status == 413
    assert_serves(server)
    assert checkpoints.arrived(name) == []
    assert_nothing_is_wrong(server)


@pytest.mark.parametrize("bad", [b"z\r\n", b"5\r\nab\r\n\r\n", b"3\r\nabcX"])
def test_a_body_that_breaks_the_rules_is_400_and_the_application_is_not_called(server, checkpoints, bad):
    name = checkpoints.new_name()
    with Connection(server.address) as connection:
        connection.send(head(f"/seen?checkpoint={name}") + b"4\r\ngood\r\n")
        assert_serves(server)
        connection.send(bad)
        assert connection.read_response().status == 400
        connection.expect_end()
    assert_serves(server)
    assert checkpoints.arrived(name) == []


@pytest.mark.parametrize("size", [10, 300_000])
@pytest.mark.parametrize("leave", ["close", "half_close", "reset"])
def test_a_client_that_leaves_inside_its_body_is_forgotten(start, checkpoints, leave, size):
    server = start(APP, env=checkpoints.env)
    name = checkpoints.new_name()
    with Connection(server.address) as connection:
        connection.send(head(f"/seen?checkpoint={name}") + chunked(some(size)).removesuffix(b"0\r\n\r\n"))
        assert_serves(server)
        getattr(connection, leave)()
        if leave == "half_close":
            assert connection.read_response().status == 400
        for _ in range(10):
            assert_serves(server)
    assert checkpoints.arrived(name) == []
    assert_nothing_is_wrong(server)


def test_a_body_that_comes_too_slowly_is_408_and_the_application_is_not_called(start, checkpoints):
    server = start(APP, "--body-grace", "1s", "--body-rate", "1000B", env=checkpoints.env)
    name = checkpoints.new_name()
    with Connection(server.address) as connection:
        connection.send(head(f"/seen?checkpoint={name}") + b"4\r\nslow")
        assert connection.read_response().status == 408
    assert checkpoints.arrived(name) == []
    assert_nothing_is_wrong(server)


def assert_nothing_is_wrong(server):
    log = server.stderr.text.lower()
    assert not [word for word in ("error", "exception", "traceback", "went away") if word in log], log


# Where it lies


def open_in(server, folder):
    """The server's descriptors of files in a folder."""
    links = []
    for name in os.listdir(f"/proc/{server.pid}/fd"):
        try:
            links.append(os.readlink(f"/proc/{server.pid}/fd/{name}"))
        except FileNotFoundError:
            pass
    return [link for link in links if link.startswith(str(folder))]


def test_what_is_large_lies_in_a_file_without_a_name_that_goes_with_its_request(start, checkpoints, tmp_path):
    server = start(APP, env={**checkpoints.env, "TMPDIR": str(tmp_path)})
    with Connection(server.address) as small, Connection(server.address) as large, Connection(server.address) as left:
        small.send(head() + chunked(b"x" * 60_000).removesuffix(b"0\r\n\r\n"))
        large.send(head() + chunked(b"x" * 300_000).removesuffix(b"0\r\n\r\n"))
        left.send(head() + chunked(b"x" * 300_000).removesuffix(b"0\r\n\r\n"))
        waiting.until(lambda: len(open_in(server, tmp_path)) == 2, "two files")
        assert os.listdir(tmp_path) == []
        left.reset()
        for connection, size in ((small, 60_000), (large, 300_000)):
            connection.send(b"0\r\n\r\n")
            assert json.loads(connection.read_response().body) == expected(b"x" * size)
        waiting.until(lambda: open_in(server, tmp_path) == [], "no file")


def test_a_folder_that_is_not_there_is_a_500_whose_log_says_what_to_do(start, checkpoints, tmp_path):
    server = start(APP, env={**checkpoints.env, "TMPDIR": str(tmp_path / "nowhere")})
    with Connection(server.address) as connection:
        connection.send(head() + chunked(b"x" * 60_000))
        assert json.loads(connection.read_response().body) == expected(b"x" * 60_000)
        connection.send(head() + chunked(b"x" * 300_000))
        assert connection.read_response().status == 500
    server.stderr.wait_for(
        r"error .*A request's body could not be stored in \S+/nowhere: No such file or directory; "
        r"set TMPDIR to a folder that the server may write to\. request=\w+-2"
    )
    assert_serves(server)


def test_a_disk_that_is_full_is_a_507(start, checkpoints, tmp_path):
    """A limit on the size of files does the same as a disk without room."""
    server = start(APP, env={**checkpoints.env, "TMPDIR": str(tmp_path)})
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))
    with Connection(server.address) as connection:
        connection.send(head() + chunked(b"x" * 150_000))
        assert json.loads(connection.read_response().body) == expected(b"x" * 150_000)
        # It is told at once, and has sent all that it will.
        connection.send(head() + chunked(b"x" * 400_000).removesuffix(b"0\r\n\r\n"))
        response = connection.read_response()
        assert (response.status, response.reason) == (507, "Insufficient Storage")
    server.stderr.wait_for(r"error .*could not be stored in .*: File too large; make room there, or set TMPDIR")
    assert_serves(server)
    assert open_in(server, tmp_path) == []


def test_bodies_on_their_way_cost_the_server_no_memory(start, checkpoints):
    server = start(APP, env=checkpoints.env)
    assert_serves(server)
    body = some(9_000_000)
    connections = [Connection(server.address) for _ in range(8)]
    try:
        with Peak(lambda: [server.pid]) as peak:
            for connection in connections:
                connection.send(head() + chunked(body).removesuffix(b"0\r\n\r\n"))
            for connection in connections:
                connection.send(b"0\r\n\r\n")
            for connection in connections:
                assert json.loads(connection.read_response().body) == expected(body)
        assert peak.growth < 30 * MB, str(peak)
    finally:
        for connection in connections:
            connection.close()
