"""PEP 3333, "Optional Platform-Specific File Handling": `wsgi.file_wrapper`, sent by the server itself where that is possible."""

import gzip
import os
import resource
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import waiting
from processes import children_of
from rawclient import Connection, Truncated, exchange, request_bytes

LARGE = 1_000_003
"""Bytes of a file that the server sends with sendfile."""

SMALL = 5_000
"""Bytes of a file that leaves together with its head."""


@pytest.fixture(scope="module")
def server(start_for_file, checkpoints):
    return start_for_file("file_cases:application", threads=2, env=checkpoints.env)


@pytest.fixture(scope="module", params=[SMALL, LARGE], ids=["small", "large"])
def file(request, tmp_path_factory):
    return written(tmp_path_factory, request.param)


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    return written(tmp_path_factory, LARGE)


def written(tmp_path_factory, size):
    path = tmp_path_factory.mktemp("files") / "file"
    path.write_bytes(bytes(range(1, 252)) * (size // 251 + 1))
    os.truncate(path, size)
    return path


def get(server, target, path=None, method="GET", **query):
    pairs = {**({"path": path} if path else {}), **query}
    return exchange(server.address, target + "?" + "&".join(f"{key}={value}" for key, value in pairs.items()), method)


def descriptors(pid):
    """What the open descriptors of a process are."""
    found = []
    for entry in os.listdir(f"/proc/{pid}/fd"):
        try:
            found.append(os.readlink(f"/proc/{pid}/fd/{entry}"))
        except FileNotFoundError:
            pass
    return found


def resident(pid):
    """The largest resident memory that a process has had, in bytes."""
    return int(Path(f"/proc/{pid}/status").read_text().split("VmHWM:")[1].split()[0]) * 1024


def bytes_read(pid):
    return int(Path(f"/proc/{pid}/io").read_text().split("rchar: ")[1].split()[0])


# What is sent


@pytest.mark.parametrize("kind", ["/plain", "/buffered", "/unbuffered", "/wrapped"])
def test_the_whole_file_is_sent_with_its_length(server, file, kind):
    response = get(server, kind, file)
    assert (response.status, response.body) == (200, file.read_bytes())
    assert response.framing == "length" or kind == "/wrapped"


@pytest.mark.parametrize("kind", ["/buffered", "/unbuffered", "/wrapped"])
@pytest.mark.parametrize("skip", [1, 1234])
def test_the_file_is_sent_from_where_the_application_is_in_it(server, file, kind, skip):
    assert get(server, kind, file, skip=skip).body == file.read_bytes()[skip:]


@pytest.mark.parametrize("kind", ["/buffered", "/unbuffered", "/wrapped"])
@pytest.mark.parametrize("length", [0, 1, 4000])
def test_no_more_is_sent_than_the_content_length(server, file, kind, length):
    response = get(server, kind, file, skip=10, length=length)
    assert (response.header("Content-Length"), response.body) == (str(length), file.read_bytes()[10 : 10 + length])


@pytest.mark.parametrize("kind", ["/buffered", "/unbuffered"])
def test_a_file_shorter_than_the_content_length_aborts_the_answer(server, file, kind):
    size = file.stat().st_size
    with pytest.raises(Truncated) as truncated:
        get(server, kind, file, length=size + 1)
    assert truncated.value.response.body == file.read_bytes()
    server.stderr.wait_for(rf"announced a Content-Length of {size + 1} bytes and returned 1 fewer")


def test_a_file_at_its_end_is_an_empty_answer(server, large):
    response = get(server, "/unbuffered", large, skip=LARGE)
    assert (response.status, response.body) == (200, b"")


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("times", [2, 20000])
def test_temporary_files_are_sent(server, times, method):
    response = get(server, "/temporary", method=method, times=times)
    assert response.header("Content-Length") == str(9 * times)
    assert response.body == (b"temporary" * times if method == "GET" else b"")


def test_what_the_application_has_just_written_is_in_the_file(server, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"." * LARGE)
    assert get(server, "/unflushed", path).body == b"." * (LARGE - 17)
    assert path.read_bytes()[:18] == b".........." + b"written."


def test_bytes_of_write_go_before_the_file(server, file):
    assert get(server, "/after-write", file).body == b"written first, " + file.read_bytes()


def test_a_file_without_start_response_is_an_error(server, file):
    assert get(server, "/without-start", file).status == 500


# Files that can only be read


def test_a_file_in_memory_is_read(server):
    assert get(server, "/memory").body == b"memory" * 50000


def test_a_compressed_file_is_read_through_its_decompressor(server, tmp_path):
    with gzip.open(tmp_path / "file.gz", "wb") as file:
        file.write(os.urandom(300_000) + b"end")
    assert get(server, "/gzip", tmp_path / "file.gz").body == gzip.open(tmp_path / "file.gz").read()


def test_a_pipe_is_read(server):
    assert get(server, "/pipe").body == b"from a pipe"


def test_a_file_of_proc_that_says_it_is_empty_is_read(server):
    assert get(server, "/buffered", "/proc/version").body == Path("/proc/version").read_bytes()


def test_a_device_is_read(server):
    assert get(server, "/buffered", "/dev/zero", length=100_000).body == bytes(100_000)


@pytest.mark.parametrize("kind, error", [("/text", "TypeError"), ("/write-only", "UnsupportedOperation"), ("/closed", "ValueError")])
def test_a_file_that_cannot_be_read_as_bytes_is_an_error(server, large, kind, error):
    assert get(server, kind, large).status == 500
    server.stderr.wait_for(error)


def test_blocks_have_the_size_that_was_asked_for(server):
    assert get(server, "/blocks", block=17).body == b"17 17 17 "


@pytest.mark.parametrize("kind", ["/iterated", "/own-read"])
def test_blocks_that_are_changed_on_the_way_are_sent_changed(server, file, kind):
    assert get(server, kind, file).body == file.read_bytes().swapcase()


def test_middleware_can_take_all_blocks(server, file):
    response = get(server, "/listed", file)
    assert (response.framing, response.body) == ("length", file.read_bytes())


def test_a_file_leaves_the_connection_usable(server, file):
    with Connection(server.address) as connection:
        for _ in range(3):
            assert connection.request(f"/plain?path={file}").body == file.read_bytes()
            assert connection.request("/hello").body == b"hello"


def test_an_error_in_the_first_read_is_500(server, checkpoints):
    name = checkpoints.new_name()
    assert get(server, "/failing", blocks=0, checkpoint=name).status == 500
    server.stderr.wait_for("the disk is on fire")
    checkpoints.wait_for(name)


def test_an_error_in_a_later_read_aborts_the_answer(server, checkpoints):
    name = checkpoints.new_name()
    with pytest.raises(Truncated):
        get(server, "/failing", blocks=3, checkpoint=name)
    checkpoints.wait_for(name)


# Without a body


@pytest.mark.parametrize("kind", ["/buffered", "/unbuffered"])
def test_head_has_the_length_of_the_file(server, file, kind):
    response = get(server, kind, file, method="HEAD", skip=100)
    assert (response.status, response.header("Content-Length")) == (200, str(file.stat().st_size - 100))


def test_304_sends_no_file(server, file):
    with Connection(server.address) as connection:
        assert connection.request(f"/buffered?path={file}&status=304%20Not%20Modified").status == 304
        assert connection.request("/hello").body == b"hello"


# close()


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("query", ["", "&length=100", "&status=304%20Not%20Modified", "&status=204%20No%20Content"])
@pytest.mark.parametrize("kind", ["/buffered", "/unbuffered", "/iterated", "/wrapped"])
def test_the_file_is_closed_exactly_once(server, checkpoints, file, kind, method, query):
    name = checkpoints.new_name()
    exchange(server.address, f"{kind}?path={file}&checkpoint={name}{query}", method)
    checkpoints.wait_for(name)
    # One worker with two threads: after two more requests the former one is certainly over.
    for _ in range(4):
        get(server, "/hello")
    assert len(checkpoints.arrived(name)) == 1


def test_the_file_is_closed_when_it_is_shorter_than_announced(server, checkpoints, file):
    name = checkpoints.new_name()
    with pytest.raises(Truncated):
        get(server, "/buffered", file, length=file.stat().st_size + 1, checkpoint=name)
    checkpoints.wait_for(name)


# Who sends it


@pytest.fixture
def huge(tmp_path):
    """Larger than all the buffers between server and client."""
    path = tmp_path / "huge"
    with open(path, "wb") as file:
        file.write(b"first")
        file.seek(100_000_000)
        file.write(b"last")
    return path


def test_the_server_sends_the_file_and_the_worker_does_not_read_it(start, huge):
    server = start("file_cases:application", threads=1)
    (worker,) = server.workers()
    before = bytes_read(worker)
    with Connection(server.address, receive_buffer=4096) as connection:
        connection.send(request_bytes(f"/plain?path={huge}"))
        assert connection.read_head().header("Content-Length") == "100000004"
        # The client has stopped reading: the one thread of the one worker is free all the same.
        assert exchange(server.address, "/hello").body == b"hello"
        assert str(huge) in descriptors(server.pid)
        assert str(huge) not in descriptors(worker)
        body = connection.read_exactly(100_000_004)
    assert body[:5] == b"first" and body[-4:] == b"last" and not body[5:-4].strip(b"\0")
    assert bytes_read(worker) - before < 1_000_000
    waiting.until(lambda: str(huge) not in descriptors(server.pid), "the server closes the file")


@pytest.mark.soak
@pytest.mark.timeout(600)
def test_the_memory_stays_flat_in_a_download_of_5_gb(start, tmp_path):
    size = 5 << 30
    path = tmp_path / "huge"
    path.touch()
    os.truncate(path, size)
    server = start("file_cases:application", threads=1)
    (worker,) = server.workers()
    with Connection(server.address) as connection:
        connection.request(f"/plain?path={path}", "HEAD")
        before = [resident(pid) for pid in (server.pid, worker)]
        connection.send(request_bytes(f"/plain?path={path}"))
        assert connection.read_head().header("Content-Length") == str(size)
        for _ in range(size >> 20):
            connection.read_exactly(1 << 20)
        for pid, former in zip((server.pid, worker), before):
            assert resident(pid) - former < 10_000_000


def test_a_download_goes_on_when_its_worker_has_died(start, huge):
    server = start("file_cases:application")
    (worker,) = server.workers()
    with Connection(server.address, receive_buffer=4096) as connection:
        connection.send(request_bytes(f"/plain?path={huge}"))
        connection.read_head()
        os.kill(worker, signal.SIGKILL)
        server.wait_for_workers(1, other_than=[worker])
        assert connection.read_exactly(100_000_004)[-4:] == b"last"
    server.stop(same_workers=False)


def test_a_client_that_goes_away_leaves_no_file_open(server, huge):
    connection = Connection(server.address, receive_buffer=4096)
    connection.send(request_bytes(f"/plain?path={huge}"))
    connection.read_head()
    assert str(huge) in descriptors(server.pid)
    connection.reset()
    waiting.until(lambda: str(huge) not in descriptors(server.pid), "the server closes the file")


def test_a_file_that_is_cut_short_while_it_is_sent_aborts_the_answer(server, huge):
    with Connection(server.address, receive_buffer=4096) as connection:
        connection.send(request_bytes(f"/plain?path={huge}"))
        connection.read_head()
        os.truncate(huge, 1_000_000)
        assert len(connection.read_to_end()) < 100_000_004
    assert exchange(server.address, "/hello").body == b"hello"


def test_no_descriptor_is_left_behind(server, large):
    """Clients that stay, and clients that are gone before the answer."""
    (worker,) = server.workers()

    def count():
        return [sum("socket" not in name for name in descriptors(pid)) for pid in (server.pid, worker)]

    get(server, "/plain", large)
    waiting.until(lambda: not any("/file" in name or "/huge" in name for name in descriptors(server.pid)), "no file is open")
    before = count()
    for _ in range(100):
        get(server, "/plain", large)
        connection = Connection(server.address)
        connection.send(request_bytes(f"/plain?path={large}"))
        connection.reset()
    waiting.until(lambda: count() == before, f"as many descriptors as before, {before}: {descriptors(server.pid)}")


def test_a_server_without_room_for_the_file_says_so_and_goes_on(start, large):
    server = start("file_cases:application")
    limit = resource.prlimit(server.pid, resource.RLIMIT_NOFILE)
    with Connection(server.address) as connection:
        connection.request("/hello")
        free = max(int(entry) for entry in os.listdir(f"/proc/{server.pid}/fd")) + 1
        resource.prlimit(server.pid, resource.RLIMIT_NOFILE, (free, limit[1]))
        connection.send(request_bytes(f"/plain?path={large}"))
        with pytest.raises(Truncated):
            connection.read_response()
        resource.prlimit(server.pid, resource.RLIMIT_NOFILE, limit)
    server.stderr.wait_for("too many files open")
    assert get(server, "/plain", large).body == large.read_bytes()


def test_files_of_many_clients_do_not_get_mixed_up(start, tmp_path):
    server = start("file_cases:application", workers=2, threads=8)
    paths = []
    for number in range(16):
        path = tmp_path / str(number)
        path.write_bytes(b"%d," % number * 50_000)
        paths.append(path)

    def fetch(index):
        path = paths[index % 16]
        with Connection(server.address) as connection:
            for _ in range(20):
                assert connection.request(f"/plain?path={path}").body == path.read_bytes()

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(fetch, range(32)))


# Frameworks


def test_flask_send_file(start, large):
    server = start("framework_files:application")
    assert get(server, "/send-file", large).body == large.read_bytes()
    with Connection(server.address) as connection:
        part = connection.request(f"/send-file?path={large}", headers=[("Range", "bytes=1000-500999")])
        assert (part.status, part.body) == (206, large.read_bytes()[1000:501000])
        tag = part.header("ETag")
        assert connection.request(f"/send-file?path={large}", headers=[("If-None-Match", tag)]).status == 304


@pytest.mark.parametrize("query", ["", "&file=yes"])
def test_django_file_response(start, large, query):
    server = start("framework_files:django_application()")
    (worker,) = children_of(server.pid)
    get(server, "/download", large)
    before = bytes_read(worker)
    for _ in range(3):
        assert exchange(server.address, f"/download?path={large}{query}").body == large.read_bytes()
    assert bytes_read(worker) - before < LARGE, "the worker has read the file"


def test_a_file_that_is_read_is_not_read_beyond_the_content_length(start, file):
    """An object that is no file of the system's, such as io.BytesIO: what is left of it is no mistake that the log should name."""
    server = start("file_cases:application")
    assert get(server, "/memory", file, length=10).body == b"memorymemo"
    server.stop()
    assert "longer than" not in server.stderr.text
