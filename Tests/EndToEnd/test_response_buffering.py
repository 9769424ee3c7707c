"""Answers leave a worker at its own speed: what a client does not take is kept, in memory and then in a file without a name."""

import contextlib
import hashlib
import resource
import signal

import pytest
import waiting
from openfiles import assert_nothing_is_left, open_files
from rawclient import Connection, exchange, request_bytes
from streaming_cases import BLOCK, blocks

APP = "streaming_cases:application"
IN_MEMORY = 600_000
"""Fits into what is kept in memory."""
LARGE = 20 * 1024 * 1024
"""Fits into no socket's buffers."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where the files are."""
    return tmp_path_factory.mktemp("answers")


@pytest.fixture(scope="module")
def server(start_for_file, checkpoints, folder):
    # One thread: who is served while an answer is on its way shows that the thread is free.
    return start_for_file(APP, workers=1, threads=1, env={**checkpoints.env, "TMPDIR": str(folder)})


@pytest.fixture
def slow_client():
    """A client that has asked and reads nothing yet."""
    with contextlib.ExitStack() as stack:

        def ask(server, target, version="1.1"):
            connection = stack.enter_context(Connection(server.address, receive_buffer=BLOCK))
            connection.send(request_bytes(target, version=version))
            return connection

        yield ask


def digest(size):
    whole = hashlib.sha256()
    for block in blocks(size):
        whole.update(block)
    return whole.hexdigest()


def given(server, name):
    return int(exchange(server.address, f"/given?name={name}").body)


@pytest.mark.parametrize("size", [IN_MEMORY, LARGE])
@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_a_generator_ends_before_its_client_has_read_anything(server, checkpoints, folder, slow_client, size, version):
    names = [checkpoints.new_name() for _ in range(5)]
    slow = [slow_client(server, f"/flood?name={name}&size={size}", version) for name in names]
    for name in names:
        assert checkpoints.wait_for(name).text == "closed"
    assert exchange(server.address, "/pid").status == 200
    for connection in slow:
        response = connection.read_response()
        assert (len(response.body), hashlib.sha256(response.body).hexdigest()) == (size, digest(size))
    assert_nothing_is_left(server, folder)


def test_a_client_that_reads_now_and_then_gets_everything_in_order(server, checkpoints, folder, slow_client):
    """The file is read while it is written, used up, and begun anew."""
    name = checkpoints.new_name()
    connection = slow_client(server, f"/flood?name={name}&size={LARGE}")
    assert connection.read_head().header("Transfer-Encoding") == "chunked"
    whole = hashlib.sha256()
    while chunk := connection.read_chunk():
        whole.update(chunk)
        if len(chunk) < 1000:
            exchange(server.address, "/pid")
    assert whole.hexdigest() == digest(LARGE)
    assert_nothing_is_left(server, folder)


def test_the_connection_goes_on_behind_an_answer_that_was_kept(server, checkpoints, slow_client):
    name = checkpoints.new_name()
    connection = slow_client(server, f"/flood?name={name}&size={LARGE}")
    checkpoints.wait_for(name)
    connection.send(request_bytes("/pid"))
    assert len(connection.read_response().body) == LARGE
    assert connection.read_response().status == 200


def test_a_client_that_leaves_takes_what_was_kept_for_it_along(server, checkpoints, folder, slow_client):
    name = checkpoints.new_name()
    connection = slow_client(server, f"/flood?name={name}&size={LARGE}")
    checkpoints.wait_for(name)
    waiting.until(lambda: open_files(server, folder), "the answer to be in a file")
    connection.reset()
    assert_nothing_is_left(server, folder)
    assert exchange(server.address, "/pid").status == 200


def test_a_limit_holds_the_generator_back(start, checkpoints, tmp_path, slow_client):
    limit = 4_000_000
    server = start(APP, "--response-buffering-limit", "4MB", threads=2, env={**checkpoints.env, "TMPDIR": str(tmp_path)})
    name = checkpoints.new_name()
    connection = slow_client(server, f"/flood?name={name}&size={LARGE}")
    # Requests are the clock: the generator has had the time of all of them.
    for _ in range(2000):
        held = given(server, name)
    assert limit <= held < LARGE
    assert hashlib.sha256(connection.read_response().body).hexdigest() == digest(LARGE)
    assert checkpoints.wait_for(name).text == "closed"
    assert_nothing_is_left(server, tmp_path)


def test_without_buffering_a_client_that_does_not_read_holds_back_its_generator(start, checkpoints, tmp_path, slow_client):
    """The generator stops after what fits into bounded buffers, and goes on when the client reads."""
    server = start(APP, "--response-buffering", "off", threads=2, env={**checkpoints.env, "TMPDIR": str(tmp_path)})
    name = checkpoints.new_name()
    connection = slow_client(server, f"/flood?name={name}&size={LARGE}")
    for _ in range(2000):
        held = given(server, name)
    assert 0 < held < LARGE // 2
    assert open_files(server, tmp_path) == []
    assert hashlib.sha256(connection.read_response().body).hexdigest() == digest(LARGE)
    assert checkpoints.wait_for(name).text == "closed"


def assert_waits_for_its_client(server, checkpoints, slow_client):
    name = checkpoints.new_name()
    connection = slow_client(server, f"/flood?name={name}&size={LARGE}")
    server.stderr.wait_for(
        r"error .*An answer that its client takes slowly could not be stored in .*Its application waits for the client\."
    )
    for _ in range(500):
        held = given(server, name)
    assert held < LARGE // 2
    assert hashlib.sha256(connection.read_response().body).hexdigest() == digest(LARGE)
    assert checkpoints.wait_for(name).text == "closed"


def test_without_a_temporary_folder_the_generator_waits_and_nothing_is_lost(start, checkpoints, tmp_path, slow_client):
    server = start(APP, threads=2, env={**checkpoints.env, "TMPDIR": str(tmp_path / "missing")})
    assert_waits_for_its_client(server, checkpoints, slow_client)


def test_on_a_full_disk_the_generator_waits_and_nothing_is_lost(start, checkpoints, tmp_path, slow_client):
    """A limit on the size of files does the same as a disk without room."""
    server = start(APP, threads=2, env={**checkpoints.env, "TMPDIR": str(tmp_path)})
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (1_000_000, resource.RLIM_INFINITY))
    assert_waits_for_its_client(server, checkpoints, slow_client)
    assert_nothing_is_left(server, tmp_path)


def test_a_server_that_stops_sends_what_it_has_kept(start, checkpoints, tmp_path, slow_client):
    server = start(APP, threads=1, env={**checkpoints.env, "TMPDIR": str(tmp_path)})
    name = checkpoints.new_name()
    connection = slow_client(server, f"/flood?name={name}&size={LARGE}")
    checkpoints.wait_for(name)
    server.send_signal(signal.SIGTERM)
    assert len(connection.read_response().body) == LARGE
    server.wait()


def test_a_client_that_takes_nothing_is_dropped_while_its_answer_is_still_made(start, checkpoints, tmp_path, slow_client):
    """What is kept for it grows, and that is not progress of its own."""
    server = start(APP, "--timeout-send", "1s", threads=2, env={**checkpoints.env, "TMPDIR": str(tmp_path)})
    name = checkpoints.new_name()
    slow_client(server, f"/ticks?checkpoint={name}&size=16384")
    ticks = 0
    while not checkpoints.arrived(name + "-closed"):
        waiting.until(
            lambda: len(checkpoints.arrived(name)) > ticks or checkpoints.arrived(name + "-closed"), "the next block, or the end"
        )
        for arrival in checkpoints.arrived(name)[ticks:]:
            arrival.go()
            ticks += 1
    assert_nothing_is_left(server, tmp_path)


def test_a_full_disk_is_logged_once_for_an_answer(start, checkpoints, tmp_path, slow_client):
    server = start(APP, threads=2, env={**checkpoints.env, "TMPDIR": str(tmp_path / "missing")})
    name = checkpoints.new_name()
    connection = slow_client(server, f"/flood?name={name}&size={LARGE}")
    server.stderr.wait_for("could not be stored")
    connection.read_head()
    while connection.read_chunk():
        pass
    checkpoints.wait_for(name)
    assert server.stderr.text.count("could not be stored") == 1
