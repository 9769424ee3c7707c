"""Request bodies are taken in before the application is called: a slow client holds no thread, and the whole body can be read."""

import contextlib
import hashlib
import io
import json
import os
import random
import resource
import shutil
import signal
import tempfile
import zipfile
from pathlib import Path
from urllib.parse import quote

import pytest
import waiting
from input_cases import call
from memory import MB, Peak
from needs import refuse, requires_root
from openfiles import assert_nothing_is_left, open_files
from program import APPS
from rawclient import Connection, chunked, exchange, request_bytes
from server import Server
from sites import installed

APP = "buffering_cases:application"
LIMIT = ("--limit-body", "30MB")
IN_MEMORY = 65_536
"""The largest body that is kept in memory."""

SIZES = [0, 1, IN_MEMORY, IN_MEMORY + 1, 1_000_000, 20_000_000]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where the files are."""
    folder = tmp_path_factory.mktemp("bodies")
    folder.chmod(0o755)
    return folder


@pytest.fixture(scope="module")
def server(start_for_file, checkpoints, folder):
    # One thread: who is served while a body is on its way shows that the thread is free.
    return start_for_file(APP, *LIMIT, workers=1, threads=1, env={**checkpoints.env, "TMPDIR": str(folder)})


@pytest.fixture
def connection(server):
    with Connection(server.address) as connection:
        yield connection


@pytest.fixture
def connections():
    with contextlib.ExitStack() as stack:
        yield lambda server: stack.enter_context(Connection(server.address))


def some(size):
    """Bytes with a line end here and there."""
    return random.Random(size).randbytes(size)


def head(target, size, *headers):
    return request_bytes(target, "POST", [("Content-Length", str(size)), *headers])


def sized(target, body):
    return request_bytes(target, "POST", body=body)


def in_chunks(target, body):
    return request_bytes(target, "POST", [("Transfer-Encoding", "chunked")], chunked(*pieces(body)))


def pieces(body):
    return (body[at : at + 100_000] for at in range(0, len(body), 100_000))


def digest(body):
    return hashlib.sha256(body).hexdigest()


def expected(body):
    return {"length": str(len(body)), "size": len(body), "digest": digest(body), "coding": None, "terminated": True}


def assert_serves(server):
    assert exchange(server.address, "/alive").body == b"alive"


# A slow client holds no thread


@pytest.mark.parametrize("sent", [10, 50_000, 150_000])
@pytest.mark.parametrize("coding", ["length", "chunked"])
def test_slow_uploads_hold_no_thread(server, checkpoints, folder, connections, sent, coding):
    """Eight of them, and one thread of one worker."""
    body, name = some(200_000), checkpoints.new_name()
    slow = [connections(server) for _ in range(8)]
    for connection in slow:
        if coding == "length":
            connection.send(head(f"/seen?checkpoint={name}", len(body)) + body[:sent])
        else:
            begin = request_bytes(f"/seen?checkpoint={name}", "POST", [("Transfer-Encoding", "chunked")])
            connection.send(begin + chunked(body[:sent]).removesuffix(b"0\r\n\r\n"))
    for _ in range(50):
        assert_serves(server)
    assert checkpoints.arrived(name) == []
    for connection in slow:
        connection.send(body[sent:] if coding == "length" else chunked(body[sent:]))
    for connection in slow:
        assert json.loads(connection.read_response().body) == expected(body)
    assert len(checkpoints.arrived(name)) == 8
    assert_nothing_is_left(server, folder)


def test_slow_uploads_cost_no_more_memory_than_has_arrived(start, checkpoints, connections):
    server = start(APP, env=checkpoints.env)
    slow = [connections(server) for _ in range(500)]
    for connection in slow:
        assert connection.request("/alive").body == b"alive"
    body = b"x" * IN_MEMORY
    with Peak(lambda: [server.pid]) as peak:
        for connection in slow:
            connection.send(head("/seen", len(body)) + body[:2_000])
        for _ in range(50):
            assert_serves(server)
    assert peak.growth < len(slow) * 16_384, str(peak)
    for connection in slow:
        connection.send(body[2_000:])
        assert json.loads(connection.read_response().body) == expected(body)


@pytest.mark.parametrize("size", [10, 300_000])
@pytest.mark.parametrize("leave", ["close", "half_close", "reset"])
def test_a_client_that_leaves_inside_its_body_is_forgotten(start, checkpoints, tmp_path, leave, size):
    server = start(APP, env={**checkpoints.env, "TMPDIR": str(tmp_path)})
    name = checkpoints.new_name()
    with Connection(server.address) as connection:
        connection.send(head(f"/seen?checkpoint={name}", size + 1) + some(size))
        assert_serves(server)
        getattr(connection, leave)()
        if leave == "half_close":
            assert connection.read_response().status == 400
        for _ in range(10):
            assert_serves(server)
    assert checkpoints.arrived(name) == []
    assert_nothing_is_left(server, tmp_path)
    log = server.stderr.text.lower()
    assert not [word for word in ("error", "exception", "traceback") if word in log], log


def test_a_body_that_comes_too_slowly_is_408_and_the_application_is_not_called(start, checkpoints):
    server = start(APP, "--body-grace", "1s", "--body-rate", "1000B", env=checkpoints.env)
    name = checkpoints.new_name()
    with Connection(server.address) as connection:
        connection.send(head(f"/seen?checkpoint={name}", 1000) + b"slow")
        assert connection.read_response().status == 408
    assert checkpoints.arrived(name) == []


def test_a_client_that_has_sent_everything_may_end_its_side(server):
    body = some(300_000)
    with Connection(server.address) as connection:
        connection.send(sized("/seen", body)).half_close()
        assert json.loads(connection.read_response().body) == expected(body)


@pytest.mark.parametrize("leave", ["close", "reset"])
def test_the_application_reads_to_the_end_what_a_client_has_sent_that_is_gone(server, checkpoints, leave):
    body, name = some(300_000), checkpoints.new_name()
    connection = Connection(server.address).send(sized(f"/half-then-half?checkpoint={name}", body))
    held = checkpoints.wait_for(name)
    getattr(connection, leave)()
    for _ in range(3):
        # Answered by the event loops, which have seen by then that the client is gone.
        assert exchange(server.address, "/", host="a b").status == 400
    held.go()
    assert_serves(server)
    assert "Traceback" not in server.stderr.text


# Expect: 100-continue


@pytest.mark.parametrize("size", [4, 300_000])
@pytest.mark.parametrize("coding", ["length", "chunked"])
def test_100_continue_is_sent_before_the_application_is_called(connection, checkpoints, coding, size):
    body, name = some(size), checkpoints.new_name()
    framing = ("Content-Length", str(size)) if coding == "length" else ("Transfer-Encoding", "chunked")
    connection.send(request_bytes(f"/seen?checkpoint={name}", "POST", [framing, ("Expect", "100-continue")]))
    interim = connection.read_response()
    assert (interim.status, interim.reason, interim.headers) == (100, "Continue", [])
    assert checkpoints.arrived(name) == []
    connection.send(body if coding == "length" else chunked(body))
    assert json.loads(connection.read_response().body) == expected(body)
    assert len(checkpoints.arrived(name)) == 1


def test_a_body_above_the_limit_is_413_instead_of_100(connection, checkpoints):
    name = checkpoints.new_name()
    connection.send(head(f"/seen?checkpoint={name}", 30 * MB + 1, ("Expect", "100-continue")))
    assert connection.read_response().status == 413
    connection.expect_end()
    assert checkpoints.arrived(name) == []


@pytest.mark.parametrize(
    "field",
    [
        ("Upgrade", "websocket"),
        ("Upgrade", "h2c"),
        ("X-Accel-Buffering", "no"),
        ("X-Request-Buffering", "off"),
        ("Content-Type", "application/grpc"),
        ("TE", "trailers"),
    ],
    ids=lambda field: ": ".join(field),
)
def test_no_field_of_a_client_goes_round_it(connection, checkpoints, field):
    name = checkpoints.new_name()
    more = [("Connection", "Upgrade")] if field[0] == "Upgrade" else []
    connection.send(head(f"/seen?checkpoint={name}", 200_000, field, *more) + some(200_000)[:100_000])
    for _ in range(10):
        with Connection(connection.socket.getpeername()) as other:
            assert other.request("/alive").body == b"alive"
    assert checkpoints.arrived(name) == []
    connection.send(some(200_000)[100_000:])
    assert json.loads(connection.read_response().body) == expected(some(200_000))


# All of it can be read, in any order


@pytest.mark.parametrize("make", [sized, in_chunks], ids=["length", "chunked"])
@pytest.mark.parametrize("size", SIZES)
def test_a_body_of_any_size_has_its_length_and_can_be_read_again(connection, make, size):
    body = some(size)
    connection.send(make("/again", body))
    tail = body[-3:].decode("latin-1")
    assert json.loads(connection.read_response().body) == {
        **expected(body),
        "lines": digest(body),
        "places": [size, 0, 0, size, max(0, size - 3)],
        "tail": tail,
        "rest": 0,
    }
    assert connection.request("/alive").body == b"alive"


@pytest.mark.parametrize("size", [0, 30, 1_000, IN_MEMORY, IN_MEMORY + 1, 400_000])
def test_any_mixture_of_calls_is_as_with_a_file(start_scripts, size):
    """Random scripts, the same in every run."""
    chance = random.Random(size)
    lines = []
    while sum(map(len, lines)) < size:
        lines.append(b"x" * chance.randrange(chance.choice([3, 100, 90_000])) + b"\n")
    body = b"".join(lines)[:size]
    steps = ["read(%d)", "readline()", "readline(%d)", "readlines(%d)", "seek(%d)", "seek(%d,1)", "seek(-%d,1)",
             "seek(-%d,2)", "tell()", "read(0)", "seekable()", "readable()"]  # fmt: skip
    with Connection(start_scripts.address) as connection:
        for _ in range(40):
            calls = [step % chance.randrange(chance.choice([5, 2_000, 2 * size + 1])) if "%" in step else step
                     for step in chance.choices(steps, k=12)]  # fmt: skip
            calls = " ".join([*calls, "seek(0)", "read(7)", "iterate", "read()", "seek(-1,2)" if size else "tell()", "readlines()"])
            make = chance.choice([sized, in_chunks])
            connection.send(make("/script?calls=" + quote(calls), body))
            response = connection.read_response()
            assert response.status == 200, calls
            source = io.BytesIO(body)
            assert json.loads(response.body) == [call(source, step) for step in calls.split(" ")], calls


@pytest.fixture(scope="module")
def start_scripts(start_for_file, folder):
    return start_for_file("input_cases:application", env={"TMPDIR": str(folder)})


@pytest.mark.parametrize("size", [10, 100_000])
@pytest.mark.parametrize(("calls", "words"), [("seek(-1)", "negative seek value -1"), ("seek(0,3)", "invalid whence"),
                                              ("seek()", "takes an offset")])  # fmt: skip
def test_a_seek_that_makes_no_sense_is_an_error(start_scripts, calls, words, size):
    assert exchange(start_scripts.address, f"/script?calls={calls}", "POST", body=b"x" * size).status == 500
    start_scripts.stderr.wait_for(f"(ValueError|TypeError): .*{words}")


def test_a_request_without_a_body_has_an_input_that_is_empty_wherever_one_goes(start_scripts):
    calls = "tell() seek(0) seek(5) read() tell() seek(0,2) readlines() seekable() readable()"
    response = exchange(start_scripts.address, "/script?calls=" + quote(calls))
    assert json.loads(response.body) == [0, 0, 5, "", 0, 0, [], True, True]


@pytest.mark.parametrize("make", [sized, in_chunks], ids=["length", "chunked"])
def test_an_archive_is_read_from_its_end(connection, make):
    archive = io.BytesIO()
    contents = {"first": some(300_000), "second/third": b"small"}
    with zipfile.ZipFile(archive, "w") as file:
        for name, data in contents.items():
            file.writestr(name, data)
    connection.send(make("/archive", archive.getvalue()))
    assert json.loads(connection.read_response().body) == {name: len(data) for name, data in contents.items()}


def test_a_body_may_be_read_in_small_pieces(connection):
    body = some(1_000_000)
    assert connection.request("/in-small-pieces", "POST", body=body).body.decode() == digest(body)


@pytest.mark.parametrize("size", [60_000, 3_000_000])
def test_many_threads_of_an_application_may_share_a_body(connection, size):
    body = some(size)
    for _ in range(5):
        assert connection.request("/by-many-threads", "POST", body=body).body.decode() == f"{size} {sum(body)}"


def test_a_disk_that_is_always_waited_for_gives_the_same(start, checkpoints):
    """Linux does not say of a tmpfs what is there without waiting."""
    with tempfile.TemporaryDirectory(prefix="martlet-", dir="/dev/shm") as name:
        server = start(APP, threads=1, env={**checkpoints.env, "TMPDIR": name})
        body = some(1_000_000)
        with Connection(server.address) as connection:
            seen = json.loads(connection.request("/again", "POST", body=body).body)
            assert (seen["digest"], seen["lines"]) == (digest(body), digest(body))
            assert connection.request("/in-small-pieces", "POST", body=body).body.decode() == digest(body)
            for _ in range(10):
                answer = connection.request("/by-many-threads?piece=777", "POST", body=body).body
                assert answer.decode() == f"{len(body)} {sum(body)}"
        assert_nothing_is_left(server, name)


@pytest.mark.parametrize("app", ["flask_app", "django_app"])
@pytest.mark.parametrize("make", [sized, in_chunks], ids=["length", "chunked"])
def test_frameworks_parse_uploads(start_for_file, folder, app, make):
    server = start_for_file(f"upload_forms:{app}", threads=2, env={"TMPDIR": str(folder)})
    for size in (10, 100_000, 5_000_000):
        files = {"one": some(size), "two": some(size // 2)}
        body = b"".join(
            b'--b\r\nContent-Disposition: form-data; name="%s"; filename="a.bin"\r\n'
            b"Content-Type: application/octet-stream\r\n\r\n%s\r\n" % (name.encode(), data)
            for name, data in files.items()
        )
        body += b'--b\r\nContent-Disposition: form-data; name="field"\r\n\r\nvalue\r\n--b--\r\n'
        with Connection(server.address) as connection:
            request = make("/form", body)
            connection.send(request.replace(b"\r\n", b"\r\nContent-Type: multipart/form-data; boundary=b\r\n", 1))
            assert json.loads(connection.read_response().body) == {
                "length": len(body),
                "fields": {"field": "value"},
                "files": {name: [len(data), digest(data)] for name, data in files.items()},
            }
            connection.send(make("/raw", body))
            assert json.loads(connection.read_response().body) == [len(body), digest(body)]


# Who has the file


PYTHON = "/usr/bin/python3"


def assert_every_body_reaches_its_request(server, connections):
    """More bodies at once than there are threads."""
    bodies = [some(200_000 + number) for number in range(48)]
    clients = [connections(server) for _ in bodies]
    for _ in range(3):
        for connection, body in zip(clients, bodies):
            connection.send(head("/again" if len(body) % 2 else "/seen", len(body)) + body[:-1])
        for connection, body in zip(clients, bodies):
            connection.send(body[-1:])
        for connection, body in zip(clients, bodies):
            assert json.loads(connection.read_response().body)["digest"] == digest(body)


@pytest.mark.parametrize("way", [(), ("--preload",)], ids=["spawned", "forked"])
def test_a_file_reaches_the_thread_that_has_its_request(start, checkpoints, folder, connections, way):
    server = start(APP, *way, workers=2, threads=8, env={**checkpoints.env, "TMPDIR": str(folder)})
    assert_every_body_reaches_its_request(server, connections)
    assert_nothing_is_left(server, folder)


@pytest.mark.parametrize("way", [(), ("--preload",)], ids=["spawned", "forked"])
def test_a_file_reaches_a_worker_of_another_user_who_may_not_enter_its_folder(connections, way):
    requires_root("only root can run an application as another user")
    if not os.access(PYTHON, os.X_OK):
        refuse(f"{PYTHON}, which every user can run, is missing")
    with tempfile.TemporaryDirectory(prefix="martlet-") as name:
        public = Path(name)
        public.chmod(0o755)
        for app in ("buffering_cases", "routing", "checkpoint"):
            shutil.copy(APPS / f"{app}.py", public)
        (public / "private").mkdir(mode=0o700)
        command = [installed(public), "run", APP, "--bind", "127.0.0.1:0", "--python", PYTHON, "--worker-user", "nobody"]
        command += ["--workers", "2", "--threads", "8", *way]
        with Server(command, cwd=public, env={"TMPDIR": str(public / "private")}) as server:
            assert_every_body_reaches_its_request(server, connections)
            assert_nothing_is_left(server, public / "private")
            server.stop()


def test_a_file_lives_as_long_as_its_request(server, connection, checkpoints, folder):
    body, name = some(300_000), checkpoints.new_name()
    connection.send(sized(f"/half-then-half?checkpoint={name}", body))
    held = checkpoints.wait_for(name)
    waiting.until(lambda: open_files(server, folder, [server.pid]) == [], "the server to let go of what it has handed over")
    assert len(open_files(server, folder)) == 1
    held.go()
    assert connection.read_response().body.decode() == digest(body)
    assert_nothing_is_left(server, folder)


def test_a_body_that_is_not_read_leaves_nothing(server, connection, folder):
    for _ in range(3):
        assert connection.request("/unread", "POST", body=some(300_000)).body == b"not read"
    assert_nothing_is_left(server, folder)


def test_a_worker_that_is_killed_while_it_reads_is_a_502_and_leaves_nothing(start, checkpoints, tmp_path):
    server = start(APP, workers=2, threads=1, env={**checkpoints.env, "TMPDIR": str(tmp_path)})
    name = checkpoints.new_name()
    with Connection(server.address) as read, Connection(server.address) as other:
        read.send(sized(f"/half-then-half?checkpoint={name}", some(300_000)))
        victim = int(checkpoints.wait_for(name).text)
        other.send(sized(f"/half-then-half?checkpoint={name}", some(200_000)))
        held = checkpoints.wait_for(name, 2)
        os.kill(victim, signal.SIGKILL)
        assert read.read_response().status == 502
        held.go()
        assert other.read_response().body.decode() == digest(some(200_000))
    server.wait_for_workers(2, other_than=[victim])
    assert exchange(server.address, "/seen", "POST", body=some(300_000)).status == 200
    assert_nothing_is_left(server, tmp_path)
    server.stop(same_workers=False)


def test_a_reload_while_a_body_is_read_and_another_is_on_its_way_loses_neither(start, checkpoints, tmp_path):
    server = start(APP, env={**checkpoints.env, "TMPDIR": str(tmp_path)})
    body, name = some(300_000), checkpoints.new_name()
    with Connection(server.address) as read, Connection(server.address) as slow:
        read.send(sized(f"/half-then-half?checkpoint={name}", body))
        held = checkpoints.wait_for(name)
        slow.send(head("/seen", len(body)) + body[:200_000])
        os.kill(server.pid, signal.SIGHUP)
        server.stderr.wait_for("the application was reloaded")
        slow.send(body[200_000:])
        assert json.loads(slow.read_response().body) == expected(body)
        held.go()
        assert read.read_response().body.decode() == digest(body)
    assert_nothing_is_left(server, tmp_path)
    server.stop(same_workers=False)


def test_an_application_can_neither_change_the_file_nor_the_place_where_it_is_read(connection):
    body = some(300_000)
    outcome, found = json.loads(connection.request("/abuses-its-file", "POST", body=body).body)
    assert (outcome, found) == (["refused", "refused"], digest(body))


def test_a_file_that_is_cut_short_all_the_same_is_an_error_of_that_application(connection):
    assert b"cannot be read" in connection.request("/cuts-its-file-short", "POST", body=some(400_000)).body
    assert connection.request("/alive").body == b"alive"


def test_a_child_of_the_application_has_no_body_and_takes_none_away(server, connection, folder):
    body = some(300_000)
    assert json.loads(connection.request("/forks", "POST", body=body).body) == ["0", digest(body)]
    assert_nothing_is_left(server, folder)


# What may be missing


@pytest.mark.parametrize("make", [sized, in_chunks], ids=["length", "chunked"])
def test_a_folder_that_is_not_there_is_a_500_whose_log_says_what_to_do(start, checkpoints, tmp_path, make):
    server = start(APP, env={**checkpoints.env, "TMPDIR": str(tmp_path / "nowhere")})
    name = checkpoints.new_name()
    with Connection(server.address) as connection:
        connection.send(make("/seen", some(60_000)))
        assert json.loads(connection.read_response().body) == expected(some(60_000))
        connection.send(make(f"/seen?checkpoint={name}", some(300_000)))
        assert connection.read_response().status == 500
    server.stderr.wait_for(
        r"error .*A request's body could not be stored in \S+/nowhere: No such file or directory; "
        r"set TMPDIR to a folder that the server may write to\. request=\w+-2"
    )
    assert checkpoints.arrived(name) == []
    assert_serves(server)


@pytest.mark.parametrize("make", [sized, in_chunks], ids=["length", "chunked"])
def test_a_disk_that_is_full_is_a_507_of_that_request_alone(start, checkpoints, tmp_path, make):
    """A limit on the size of files does the same as a disk without room."""
    server = start(APP, env={**checkpoints.env, "TMPDIR": str(tmp_path)})
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))
    with Connection(server.address) as connection, Connection(server.address) as other:
        other.send(make("/seen", some(150_000))[:100_000])
        connection.send(make("/seen", some(400_000)))
        response = connection.read_response()
        assert (response.status, response.reason) == (507, "Insufficient Storage")
        assert b"no room for the request's body" in response.body
        other.send(make("/seen", some(150_000))[100_000:])
        assert json.loads(other.read_response().body) == expected(some(150_000))
    server.stderr.wait_for(r"error .*could not be stored in .*: File too large; make room there, or set TMPDIR")
    assert_nothing_is_left(server, tmp_path)


def test_a_server_without_a_descriptor_left_says_so_and_serves_on(start, checkpoints, tmp_path):
    server = start(APP, env={**checkpoints.env, "TMPDIR": str(tmp_path)})
    with Connection(server.address) as connection:
        assert connection.request("/alive").body == b"alive"
        count = len(os.listdir(f"/proc/{server.pid}/fd"))
        usual = resource.prlimit(server.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(server.pid, resource.RLIMIT_NOFILE, (count, usual[1]))
        assert connection.request("/seen", "POST", body=some(300_000)).status == 503
        resource.prlimit(server.pid, resource.RLIMIT_NOFILE, usual)
    server.stderr.wait_for(r"error .*could not be stored in .*: Too many open files; raise the limit on open files")
    assert_serves(server)


def test_a_worker_without_a_descriptor_left_gets_an_error_and_serves_on(start, checkpoints, tmp_path):
    server = start(APP, threads=1, env={**checkpoints.env, "TMPDIR": str(tmp_path)})
    worker = server.first_workers[0]
    with Connection(server.address) as connection:
        assert json.loads(connection.request("/files").body) == []
        in_use = set(map(int, os.listdir(f"/proc/{worker}/fd")))
        usual = resource.prlimit(worker, resource.RLIMIT_NOFILE)
        first_free = min(number for number in range(max(in_use) + 2) if number not in in_use)
        resource.prlimit(worker, resource.RLIMIT_NOFILE, (first_free, usual[1]))
        assert connection.request("/seen", "POST", body=some(300_000)).status == 500
        resource.prlimit(worker, resource.RLIMIT_NOFILE, usual)
        assert json.loads(connection.request("/seen", "POST", body=some(300_000)).body) == expected(some(300_000))
    server.stderr.wait_for("OSError: the file with the request's body cannot be read: Too many open files")
