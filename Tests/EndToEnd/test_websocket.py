"""`werkzeug.socket`: the connection as a socket, for WebSocket libraries under WSGI."""

import base64
import hashlib
import os
import signal
import struct

import pytest

import waiting
from rawclient import Connection, exchange, request_bytes

KEY = base64.b64encode(b"0123456789abcdef").decode()
ACCEPT = base64.b64encode(hashlib.sha1(KEY.encode() + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()).decode()
UPGRADE = [
    ("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Key", KEY), ("Sec-WebSocket-Version", "13"),
]
TEXT, BINARY, CLOSE = 1, 2, 8


@pytest.fixture(scope="module")
def server(start_for_file, checkpoints):
    return start_for_file("websocket_cases:application", threads=4, env=checkpoints.env)


def frame(opcode, data):
    """One masked frame (RFC 6455 section 5.2); the mask is zero."""
    size = len(data)
    length = bytes([0x80 | size]) if size < 126 else b"\xfe" + struct.pack(">H", size) if size < 65536 else b"\xff" + struct.pack(">Q", size)
    return bytes([0x80 | opcode]) + length + bytes(4) + data


def read_frame(connection):
    first, size = connection.read_exactly(2)
    if size >= 126:
        size = int.from_bytes(connection.read_exactly(2 if size == 126 else 8), "big")
    return first & 15, connection.read_exactly(size)


def open_websocket(server, target, first=b"", **options):
    """A connection that has left HTTP; `first` leaves with the request."""
    connection = Connection(server.address, **options)
    connection.send(request_bytes(target, headers=UPGRADE) + first)
    head = connection.read_head()
    assert (head.status, head.header("Sec-WebSocket-Accept")) == (101, ACCEPT)
    assert head.header("Date") is None, "the head is the library's own"
    return connection


def test_simple_websocket_echoes(server, checkpoints):
    name = checkpoints.new_name()
    with open_websocket(server, f"/echo?checkpoint={name}") as connection:
        for message in (b"hello", b"x" * 200, b"y" * 70000):
            connection.send(frame(BINARY, message))
            assert read_frame(connection) == (BINARY, message)
        connection.send(frame(TEXT, "gr\u00fc\u00dfe".encode()))
        assert read_frame(connection) == (TEXT, "gr\u00fc\u00dfe".encode())
        connection.send(frame(CLOSE, struct.pack(">H", 1001)))
        assert read_frame(connection)[0] == CLOSE
        connection.expect_end()
    assert checkpoints.wait_for(name).text == "1001"


def test_flask_sock_echoes(start):
    server = start("websocket_cases:flask_application")
    with open_websocket(server, "/echo") as connection:
        for number in range(50):
            connection.send(frame(TEXT, b"%d" % number))
            assert read_frame(connection) == (TEXT, b"%d" % number)
        connection.send(frame(TEXT, b"bye"))
        assert read_frame(connection)[0] == CLOSE
        connection.expect_end()
    assert exchange(server.address, "/").body == b"hello"
    assert exchange(server.address, "/echo").status in (400, 500)
    waiting.until(lambda: '"GET /echo HTTP/1.1" 101' in server.stdout.text, "the access log has the WebSocket")


def test_a_request_that_says_that_it_has_no_content_may_leave_http(server):
    with Connection(server.address) as connection:
        connection.send(request_bytes("/echo", headers=[*UPGRADE, ("Content-Length", "0")]))
        assert connection.read_head().status == 101
        connection.send(frame(TEXT, b"hello"))
        assert read_frame(connection) == (TEXT, b"hello")


def test_frames_that_come_with_the_request_are_not_lost(server):
    with open_websocket(server, "/echo", first=frame(TEXT, b"early")) as connection:
        assert read_frame(connection) == (TEXT, b"early")


def test_all_that_was_written_arrives_before_the_connection_closes(server):
    with open_websocket(server, "/count?messages=300&bytes=10000") as connection:
        for number in range(300):
            assert read_frame(connection)[1][:8] == b"%08d" % number
        connection.expect_end()


def test_connection_error_is_how_libraries_leave_and_is_not_logged(start):
    server = start("websocket_cases:application")
    with open_websocket(server, "/count?messages=1&bytes=8") as connection:
        read_frame(connection)
        connection.expect_end()
    exchange(server.address, "/offered")
    server.stop()
    assert "ConnectionError" not in server.stderr.text


def test_other_errors_are_logged_and_close_the_connection(server):
    with open_websocket(server, "/crash") as connection:
        assert read_frame(connection) == (TEXT, b"before")
        connection.expect_end()
    server.stderr.wait_for("ValueError: in the middle of a WebSocket")


def test_a_slow_client_holds_the_application_back(server, checkpoints):
    name = checkpoints.new_name()
    with open_websocket(server, f"/count?messages=1000&bytes=100000&checkpoint={name}", receive_buffer=4096) as connection:
        checkpoints.wait_for(name, 5)
        # 100 MB do not fit anywhere between the two.
        assert len(checkpoints.arrived(name)) < 1000
        for _ in range(1000):
            assert len(read_frame(connection)[1]) == 100000
        connection.expect_end()


def test_a_slow_application_holds_the_client_back(server, checkpoints):
    name, size = checkpoints.new_name(), 50_000_000
    with Connection(server.address) as connection:
        connection.send(request_bytes(f"/slow-reader?checkpoint={name}&bytes={size}", headers=UPGRADE))
        connection.read_head()
        arrival = checkpoints.wait_for(name)
        connection.socket.setblocking(False)
        sent = 0
        try:
            while sent < size:
                sent += connection.socket.send(bytes(min(1 << 16, size - sent)))
        except BlockingIOError:
            pass
        assert sent < size
        connection.socket.settimeout(waiting.DEADLINE)
        arrival.go()
        connection.send(bytes(size - sent))
        assert connection.read_exactly(8) == b"50000000"
        connection.expect_end()


@pytest.mark.parametrize("how", ["half_close", "reset"])
def test_a_client_that_leaves_ends_reads_and_writes(server, checkpoints, how):
    name = checkpoints.new_name()
    connection = Connection(server.address)
    connection.send(request_bytes(f"/raw?checkpoint={name}", headers=UPGRADE))
    connection.read_head()
    connection.send(b"x" * 1000)
    getattr(connection, how)()
    if how == "half_close":
        connection.close()
    count, outcome = checkpoints.wait_for(name).text.split()
    assert int(count) == 1000 or how == "reset"
    assert outcome in ("BrokenPipeError", "ConnectionResetError")


def test_a_websocket_has_no_time_limit_of_requests_and_ends_with_its_client(server, checkpoints):
    name = checkpoints.new_name()
    connection = open_websocket(server, f"/sleep?checkpoint={name}")
    connection.close()
    checkpoints.wait_for(name)


def test_a_worker_that_dies_closes_its_websockets(start):
    server = start("websocket_cases:application")
    (worker,) = server.workers()
    with open_websocket(server, "/echo") as connection:
        connection.send(frame(TEXT, b"a"))
        read_frame(connection)
        os.kill(worker, signal.SIGKILL)
        connection.expect_end()
    server.wait_for_workers(1, other_than=[worker])
    with open_websocket(server, "/echo") as connection:
        connection.send(frame(TEXT, b"b"))
        assert read_frame(connection) == (TEXT, b"b")
    server.stop(same_workers=False)


# What an application does that does not use it as a WebSocket


def test_the_head_is_what_the_application_writes(server):
    with Connection(server.address) as connection:
        response = connection.request("/refusal", headers=UPGRADE)
        assert (response.status, response.body) == (403, b"no")
        connection.expect_end()


@pytest.mark.parametrize("touch", ["", "?touch=yes"])
def test_a_socket_that_is_not_written_to_leaves_an_ordinary_answer(server, touch):
    with Connection(server.address) as connection:
        for _ in range(3):
            response = connection.request("/unused" + touch, headers=UPGRADE)
            assert response.status == 200
            assert response.body.startswith(b'[true, "<martlet.UpgradeSocket, not used>"')


def test_a_socket_that_is_used_after_its_request_is_an_error(server):
    with Connection(server.address) as connection:
        assert connection.request("/keep", headers=UPGRADE).body == b"kept"
        assert connection.request("/use-kept").body == b"the socket was used after its request was over"


def test_the_connection_closes_when_the_application_returns_and_keeps_the_socket(server):
    with Connection(server.address) as connection:
        connection.send(request_bytes("/leave-behind", headers=UPGRADE))
        assert connection.read_head().status == 101
        connection.expect_end()
    assert exchange(server.address, "/read-kept").body == b"b''"


@pytest.mark.parametrize(
    "request_",
    [
        request_bytes("/offered"),
        request_bytes("/offered", headers=[("Upgrade", "websocket")]),
        request_bytes("/offered", "POST", UPGRADE, b"body"),
        request_bytes("/offered", headers=UPGRADE, version="1.0"),
    ],
    ids=["plain", "no-connection-option", "body", "http-1.0"],
)
def test_it_is_offered_only_to_requests_that_can_leave_http(server, request_):
    with Connection(server.address) as connection:
        assert connection.send(request_).read_response().body == b"False"


def test_many_websockets_leave_no_descriptor_behind(server):
    (worker,) = server.workers()

    def count():
        return [len(os.listdir(f"/proc/{pid}/fd")) for pid in (server.pid, worker)]

    def settled(target):
        return all(now <= before for now, before in zip(count(), target))

    exchange(server.address, "/offered")
    waiting.until(lambda: count()[0] < 60, "former connections are closed")
    before = count()
    for _ in range(50):
        with open_websocket(server, "/echo") as connection:
            connection.send(frame(TEXT, b"a") + frame(CLOSE, b""))
            connection.read_to_end()
        exchange(server.address, "/unused?touch=yes", headers=UPGRADE[:1] + [("Connection", "Upgrade")])
    waiting.until(lambda: settled(before), f"no more descriptors than before: {before}, {count()}")
