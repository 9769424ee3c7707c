"""TERM and INT: requests in flight finish, nothing new is begun, and the exit code is 0."""

import signal
import socket

import pytest
import waiting
from processes import members_of_session
from rawclient import Connection, Truncated, exchange, request_bytes


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
    request = request_bytes(f"/hold-then-read?checkpoint={name}", "POST", [("Content-Length", "8")], b"1234")
    connection = connect(server).send(request)
    held = checkpoints.wait_for(name)
    terminate(server)
    wait_until_refusing(server)
    held.go()
    connection.send(b"5678")
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
