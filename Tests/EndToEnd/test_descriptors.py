"""When descriptors run out: newcomers get the places of those who can be spared."""

import pytest
import waiting
from burst import allow_descriptors
from program import built
from rawclient import Connection, exchange, request_bytes
from server import Server

LIMIT = 256
CLIENTS = 1000


@pytest.fixture
def server(checkpoints):
    allow_descriptors(CLIENTS + 500)
    command = [built("martlet"), "run", "streaming_cases:application", "--workers", "1", "--bind", "127.0.0.1:0"]
    server = Server(["sh", "-c", f'ulimit -n {LIMIT}; exec "$@"', "sh", *command], env=checkpoints.env)
    yield server
    server.stop()


@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\nHost: a\r\nX-Slow: "], ids=["idle", "slow-heads"])
def test_newcomers_are_served_beside_a_thousand_clients_that_do_nothing(server, connect, sent):
    for _ in range(CLIENTS):
        connection = connect(server)
        try:
            connection.send(sent)
        except ConnectionError:
            pass  # Others were spared.
    newcomers = 0

    def served() -> bool:
        nonlocal newcomers
        assert exchange(server.address, "/pid").status == 200
        newcomers += 1
        return newcomers == 50

    waiting.until(served, "fifty newcomers, none of whom waits for a pause")
    assert "cannot be accepted" not in server.stderr.text, "the program's own descriptors were not counted"


def test_clients_that_are_served_go_on_beside_a_thousand_that_do_nothing(server, connect, checkpoints):
    name = checkpoints.new_name()
    with Connection(server.address) as busy:
        busy.send(b"GET /hold?checkpoint=%s HTTP/1.1\r\nHost: a\r\n\r\n" % name.encode())
        held = checkpoints.wait_for(name)
        for _ in range(CLIENTS):
            connect(server)
        assert exchange(server.address, "/pid").status == 200
        held.go()
        assert busy.read_response().body == b"let go"


def test_a_file_is_sent_though_all_descriptors_are_taken(server, connect, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"x" * 100_000)
    for _ in range(CLIENTS):
        connect(server)
    for _ in range(20):
        assert len(exchange(server.address, f"/file?path={path}").body) == 100_000


def test_a_limit_that_the_system_cannot_keep_is_said_at_the_start(checkpoints):
    allow_descriptors(CLIENTS)
    command = [built("martlet"), "run", "streaming_cases:application", "--workers", "1", "--bind", "127.0.0.1:0"]
    command += ["--limit-connections", "1000"]
    server = Server(["sh", "-c", f'ulimit -n {LIMIT}; exec "$@"', "sh", *command], env=checkpoints.env)
    server.stderr.wait_for(r"The limit on open files leaves \d+ connections, fewer than the 1000 of limit-connections")
    server.stop()


def test_a_server_whose_connections_are_all_in_use_says_that_it_closes_new_ones(start, checkpoints, connect):
    server = start("streaming_cases:application", "--limit-connections", "2", threads=4, env=checkpoints.env)
    name = checkpoints.new_name()
    busy = [connect(server).send(request_bytes(f"/step-by-step?blocks=1&checkpoint={name}")) for _ in range(2)]
    checkpoints.wait_for(name, 2)
    refused = [connect(server) for _ in range(8)]
    server.stderr.wait_for(r"New connections are closed: all 2 that may be open are in use, and none of them is idle")
    for arrival in checkpoints.arrived(name):
        arrival.go()
    for connection in busy:
        assert connection.read_response().status == 200
    for connection in refused:
        connection.close()
    assert server.stderr.text.count("New connections are closed") == 1
