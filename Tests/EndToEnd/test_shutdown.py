"""TERM and INT: requests in flight finish, nothing new is begun, and the exit code is 0."""

import fcntl
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import ExitStack

import pytest
import waiting
from processes import members_of_session, signal_session
from program import APPS, built
from rawclient import Connection, Truncated, exchange, request_bytes
from server import Server, environment, martlet_to_its_end
from test_websocket import open_websocket


@pytest.fixture
def server(start, checkpoints):
    return start("worker_cases:application", workers=2, threads=2, env=checkpoints.env)


def terminate(server):
    server.send_signal(signal.SIGTERM)


def interrupt(server):
    server.send_signal(signal.SIGINT)


def control_c(server):
    """A terminal signals the process group in the foreground."""
    server.send_signal_to_group(signal.SIGINT)


def terminate_all(server):
    """systemd signals every process of a service: workers go on until the server tells them to leave."""
    server.send_signal_to_all(signal.SIGTERM)


WAYS = [terminate, interrupt, control_c, terminate_all]


def refuses(server) -> bool:
    try:
        Connection(server.address).close()
    except ConnectionRefusedError:
        return True
    except ConnectionResetError:
        # The listener was closed in the middle of the handshake.
        return False
    return False


def wait_until_refusing(server) -> None:
    waiting.until(lambda: refuses(server), "new connections to be refused")


@pytest.mark.parametrize("way", WAYS)
def test_an_idle_server_ends_with_exit_code_0(server, way):
    way(server)
    assert server.wait() == 0
    assert not members_of_session(server.pid)


@pytest.mark.parametrize("way", WAYS)
def test_requests_in_flight_finish_and_new_connections_are_refused(server, checkpoints, connect, way):
    names = [checkpoints.new_name() for _ in range(3)]
    held = [connect(server).send(request_bytes(f"/hold?checkpoint={name}")) for name in names]
    arrivals = [checkpoints.wait_for(name) for name in names]
    way(server)
    wait_until_refusing(server)
    assert server.process.poll() is None
    for arrival in arrivals:
        arrival.go()
    for connection in held:
        response = connection.read_response()
        assert (response.status, response.body) == (200, b"held and let go")
        assert response.header("Connection") == "close"
        connection.expect_end()
    assert server.wait() == 0


@pytest.mark.parametrize("way", WAYS)
def test_a_response_that_had_begun_is_sent_to_its_end_and_its_connection_closed(server, checkpoints, connect, way):
    """It is closed at once: another request is still in flight, and is answered after that."""
    names = [checkpoints.new_name() for _ in range(2)]
    begun = connect(server).send(request_bytes(f"/hold-inside?checkpoint={names[0]}"))
    other = connect(server).send(request_bytes(f"/hold?checkpoint={names[1]}"))
    arrivals = [checkpoints.wait_for(name) for name in names]
    assert begun.read_head().status == 200
    assert begun.read_chunk() == b"first half, "
    way(server)
    wait_until_refusing(server)
    arrivals[0].go()
    assert begun.read_chunk() == b"second half"
    assert begun.read_chunk() == b""
    assert begun.read_until(b"\r\n") == b"\r\n"
    begun.expect_end()
    arrivals[1].go()
    assert other.read_response().status == 200
    assert server.wait() == 0


def test_a_request_whose_body_is_still_on_its_way_finishes(server, checkpoints, connect):
    name = checkpoints.new_name()
    headers = [("Content-Length", "8"), ("Expect", "100-continue")]
    connection = connect(server).send(request_bytes(f"/hold-then-read?checkpoint={name}", "POST", headers))
    assert connection.read_response().status == 100
    terminate(server)
    wait_until_refusing(server)
    connection.send(b"12345678")
    checkpoints.wait_for(name).go()
    assert connection.read_response().body == b"12345678"
    assert server.wait() == 0


def test_idle_connections_are_closed_at_once(server, connect, checkpoints):
    """They do not wait for the requests that are still in flight on others."""
    used, unused = connect(server), connect(server)
    assert used.request("/pid").status == 200
    name = checkpoints.new_name()
    busy = connect(server).send(request_bytes(f"/hold?checkpoint={name}"))
    held = checkpoints.wait_for(name)
    terminate(server)
    used.expect_end()
    unused.expect_end()
    held.go()
    assert busy.read_response().status == 200
    assert server.wait() == 0


def test_a_request_that_was_sent_before_the_signal_is_not_dropped(server, checkpoints, connect):
    """All threads are busy, so it waits in the queue; it is still served."""
    names = [checkpoints.new_name() for _ in range(4)]
    held = [connect(server).send(request_bytes(f"/hold?checkpoint={name}")) for name in names]
    arrivals = [checkpoints.wait_for(name) for name in names]
    queued_name = checkpoints.new_name()
    queued = connect(server).send(request_bytes(f"/hold?checkpoint={queued_name}"))
    # Requests on the same event loops that were sent later and answered show that the queued one has been read.
    for _ in range(8):
        assert connect(server).send(b"GET /bad\r\n\r\n").read_response().status == 400
    terminate(server)
    wait_until_refusing(server)
    for arrival in arrivals:
        arrival.go()
    checkpoints.wait_for(queued_name).go()
    for connection in [*held, queued]:
        assert connection.read_response().body == b"held and let go"
    assert server.wait() == 0


@pytest.mark.parametrize(("first", "second"), [(signal.SIGTERM, signal.SIGTERM), (signal.SIGINT, signal.SIGINT)])
def test_a_second_signal_ends_it_without_waiting(server, checkpoints, connect, first, second):
    """The request is never let go, and the 30 seconds that it would be given are not waited for."""
    name = checkpoints.new_name()
    connection = connect(server).send(request_bytes(f"/hold?checkpoint={name}"))
    checkpoints.wait_for(name)
    server.send_signal(first)
    wait_until_refusing(server)
    server.send_signal(second)
    server.wait(20)
    with pytest.raises(Truncated):
        connection.read_response()
    assert not members_of_session(server.pid), "workers were left behind"
    server.kill()


def test_the_socket_of_a_stopped_server_can_be_bound_again_at_once(server, start):
    for _ in range(3):
        assert exchange(server.address, "/pid").status == 200
    server.stop()
    again = start("worker_cases:application", bind=["{}:{}".format(*server.address)])
    assert exchange(again.address, "/pid").status == 200


def test_the_path_of_a_unix_socket_is_removed(start, tmp_path):
    path = tmp_path / "s"
    server = start("worker_cases:application", bind=[f"unix:{path}"])
    assert path.is_socket()
    server.stop()
    assert not path.exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_during_the_import_removes_the_socket_too(checkpoints, tmp_path, number):
    name, path = checkpoints.new_name(), tmp_path / "s"
    (tmp_path / "slow.py").write_text(f"import checkpoint\ncheckpoint.reach({name!r})\n")
    command = [built("martlet"), "run", "slow:application", "--workers", "1", "--python", sys.executable, "--bind", f"unix:{path}"]
    env = environment({**checkpoints.env, "PYTHONPATH": str(APPS)})
    with subprocess.Popen(command, cwd=tmp_path, env=env, start_new_session=True) as process:
        try:
            checkpoints.wait_for(name)
            assert path.is_socket()
            process.send_signal(number)
            assert process.wait(30) == 0
            assert not path.exists()
            waiting.until(lambda: not members_of_session(process.pid), "the worker to leave")
        finally:
            signal_session(process.pid, signal.SIGKILL)


def test_clients_that_say_nothing_do_not_hold_the_server_up(server, connect):
    silent = [connect(server) for _ in range(20)]
    half = [connect(server).send(b"GET / HTTP/1.1\r\nHost: mart") for _ in range(20)]
    assert exchange(server.address, "/pid").status == 200
    terminate(server)
    assert server.wait(20) == 0
    for connection in [*silent, *half]:
        try:
            connection.read_to_end()
        except ConnectionError:
            pass


def test_a_client_that_does_not_read_its_response_does_not_hold_the_listener(server):
    client = socket.create_connection(server.address)
    client.sendall(request_bytes("/pid"))
    terminate(server)
    assert server.wait() == 0
    client.close()


# Every stop


@pytest.mark.parametrize("options", [(), ("--preload",), ("--max-requests", "1000"), ("--reload",)], ids=lambda words: words[0] if words else "plain")
def test_ordinary_stops_say_nothing(start, options):
    """What is left to do when the event loops end would be told on standard error by the library below."""
    for turn in range(8):
        server = start("worker_cases:application", *options, workers=3)
        for _ in range(turn % 3):
            assert exchange(server.address, "/pid").status == 200
        server.stop()
        assert said_after_the_banner(server) == []


@pytest.mark.parametrize("signals", [1, 2, 3])
def test_stops_with_all_kinds_of_connections_say_nothing(start, checkpoints, signals):
    """Kept alive, in the middle of a head, of a body, of an answer; WebSockets; and new ones all the time."""
    for _ in range(4):
        server = start("websocket_cases:application", "--grace", "2s", workers=2, threads=4, env=checkpoints.env)
        stop = threading.Event()
        clients = [threading.Thread(target=knock, args=(server.address, stop)) for _ in range(4)]
        for client in clients:
            client.start()
        with ExitStack() as stack:
            try:
                for data in (b"", b"GET / HT", request_bytes("/", "POST", [("Content-Length", "9")], b"1234")):
                    stack.enter_context(Connection(server.address)).send(data)
                kept = stack.enter_context(Connection(server.address))
                kept.send(request_bytes("/")).read_response()
                for _ in range(2):
                    stack.enter_context(open_websocket(server, "/echo"))
                for _ in range(signals):
                    server.send_signal(signal.SIGTERM)
                server.wait()
            finally:
                stop.set()
                for client in clients:
                    client.join()
        server.kill()
        assert [line for line in said_after_the_banner(server) if "EventLoop" in line or "ERROR" in line] == []


def said_after_the_banner(server) -> list[str]:
    lines = server.stderr.wait_for_end().splitlines()
    return lines[next(number for number, line in enumerate(lines) if "Listening" in line) + 1 :]


def knock(address, stop) -> None:
    """Comes again and again, with a request each time."""
    while not stop.is_set():
        try:
            with Connection(address, 5) as connection:
                connection.send(request_bytes("/")).read_head()
        except (OSError, EOFError, Truncated, TimeoutError):
            pass


# What waits to be accepted


@pytest.mark.parametrize("bind", ["tcp", "unix", "abstract"])
def test_connections_that_wait_to_be_accepted_are_answered(start, tmp_path, bind):
    """The kernel has connected them, and closing the listener would reset them. The server is held up meanwhile, as it may be
    on a busy machine."""
    address = {"tcp": "127.0.0.1:0", "unix": f"unix:{tmp_path / 's'}", "abstract": f"unix:@martlet-backlog-{id(bind)}"}[bind]
    for _ in range(3):
        server = start("worker_cases:application", bind=[address])
        with ExitStack() as stack:
            os.kill(server.pid, signal.SIGSTOP)
            try:
                waiting_ones = [stack.enter_context(Connection(server.address)) for _ in range(100)]
                for connection in waiting_ones[::2]:
                    connection.send(request_bytes("/pid"))
                server.send_signal(signal.SIGTERM)
            finally:
                os.kill(server.pid, signal.SIGCONT)
            for connection in waiting_ones[1::2]:
                connection.send(request_bytes("/pid"))
            statuses = [connection.read_response().status for connection in waiting_ones]
            assert statuses == [200] * len(waiting_ones)
        assert server.wait() == 0
        server.stop()


def test_a_request_that_is_sent_while_the_server_is_told_to_stop_is_answered(server):
    """On a connection that is kept alive: the request is in the socket, and was not read yet."""
    with Connection(server.address) as connection:
        assert connection.request("/pid").status == 200
        os.kill(server.pid, signal.SIGSTOP)
        try:
            connection.send(request_bytes("/pid"))
            server.send_signal(signal.SIGTERM)
        finally:
            os.kill(server.pid, signal.SIGCONT)
        assert connection.read_response().status == 200
        connection.expect_end()
    assert server.wait() == 0


# The grace


def test_the_grace_is_one_budget_for_connections_and_workers(start, checkpoints, connect):
    """A request that never ends, and a worker that does not end: all of it is over when twice the grace would not be."""
    server = start("slow_to_end:application", "--grace", "4s", "--timeout", "off", env=checkpoints.env)
    name = checkpoints.new_name()
    connection = connect(server).send(request_bytes(f"/hold?checkpoint={name}"))
    checkpoints.wait_for(name)
    begun = time.monotonic()
    server.send_signal(signal.SIGTERM)
    assert server.wait() == 0
    assert time.monotonic() - begun < 2 * 4
    with pytest.raises(Truncated):
        connection.read_response()
    server.stderr.wait_for("The server ends now: 1 requests that are not answered completely are cut off")
    assert f'"GET /hold?checkpoint={name} HTTP/1.1" 503 0' in server.stdout.text, "it was the server that left"
    assert not members_of_session(server.pid)
    server.kill()


def test_half_a_head_does_not_keep_a_server_that_stops(start, connect):
    """It has the time for heads for that, but for the stop."""
    server = start("worker_cases:application", "--grace", "1h", "--timeout-head", "1h")
    connection = connect(server).send(b"GET /pid HTTP/1.1\r\nHost: h\r\n")
    assert exchange(server.address, "/pid").status == 200
    server.send_signal(signal.SIGTERM)
    assert server.wait() == 0
    assert connection.read_response().status == 408


def test_a_request_may_use_the_grace(start, checkpoints, connect):
    server = start("worker_cases:application", "--grace", "1h", env=checkpoints.env)
    name = checkpoints.new_name()
    connection = connect(server).send(request_bytes(f"/hold?checkpoint={name}"))
    held = checkpoints.wait_for(name)
    terminate(server)
    wait_until_refusing(server)
    held.go()
    assert connection.read_response().status == 200
    assert server.wait() == 0


def test_without_grace_it_ends_at_once(start, checkpoints, connect):
    server = start("slow_to_end:application", "--grace", "0s", env=checkpoints.env)
    name = checkpoints.new_name()
    connect(server).send(request_bytes(f"/hold?checkpoint={name}"))
    checkpoints.wait_for(name)
    terminate(server)
    assert server.wait(20) == 0
    assert not members_of_session(server.pid)
    server.kill()


def test_a_reader_of_the_access_log_that_does_not_read_does_not_hold_the_stop(checkpoints):
    reader, writer = os.pipe()
    fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
    command = [built("martlet"), "run", "worker_cases:application", "--bind", "127.0.0.1:0", "--python", sys.executable]
    server = Server([*command, "--grace", "2s"], stdout=writer)
    os.close(writer)
    try:
        with Connection(server.address) as connection:
            for _ in range(500):
                connection.send(request_bytes("/pid")).read_response()
        server.send_signal(signal.SIGTERM)
        assert server.wait(30) == 0
    finally:
        server.kill()
        os.close(reader)


@pytest.mark.parametrize(
    ("text", "words"),
    [("30", "a duration has a unit"), ("off", "a duration has a unit"), ("25h", "it is at most 24 h")],
)
def test_a_grace_that_is_none_is_refused(text, words):
    finished = martlet_to_its_end("run", "worker_cases:application", "--grace", text)
    assert finished.code == 64 and words in " ".join(finished.stderr.split())
