"""More at once than the workers can do: everyone is served or told to come again, and nobody is forgotten."""

from collections import Counter

import pytest

from burst import allow_descriptors, burst
from rawclient import exchange, request_bytes

WORKERS = 2
CONNECTIONS = 1000


@pytest.fixture
def server(start, checkpoints):
    allow_descriptors(2 * CONNECTIONS + 500)
    return start("worker_cases:application", workers=WORKERS, threads=2, env=checkpoints.env)


def test_a_burst_of_connections_is_served_to_the_last_one(server):
    outcome = burst(server.address, CONNECTIONS)
    assert not outcome.unserved
    assert outcome.statuses == {200: CONNECTIONS}
    assert exchange(server.address, "/pid").status == 200


def test_no_connection_starves_while_others_go_on(server):
    """When a half of all responses is there, no connection has had fewer than a small part of its share.

    A server that prefers the connections that it knows, or the last that came, serves some to their end before it begins others.
    """
    rounds = 20
    outcome = burst(server.address, CONNECTIONS, rounds)
    assert not outcome.unserved
    assert outcome.statuses == {200: CONNECTIONS * rounds}
    first_half = Counter(outcome.order[: CONNECTIONS * rounds // 2])
    assert len(first_half) == CONNECTIONS, f"{CONNECTIONS - len(first_half)} connections had nothing"


def test_idle_connections_are_in_nobodys_way(server, connect):
    """Requests in flight count, not connections."""
    idle = [connect(server) for _ in range(CONNECTIONS)]
    for connection in idle:
        assert connection.request("/pid").status == 200
    outcome = burst(server.address, 100, rounds=5)
    assert outcome.statuses == {200: 500} and not outcome.unserved
    for connection in idle:
        assert connection.request("/pid").status == 200


def test_a_burst_while_every_thread_is_busy_waits_and_is_served(server, checkpoints, connect):
    held = []
    for _ in range(WORKERS * 2):
        name = checkpoints.new_name()
        connection = connect(server).send(request_bytes(f"/hold?checkpoint={name}"))
        held.append((connection, checkpoints.wait_for(name)))
    waiting = [connect(server).send(request_bytes("/pid")) for _ in range(CONNECTIONS)]
    for connection, arrival in held:
        arrival.go()
        assert connection.read_response().status == 200
    assert Counter(connection.read_response().status for connection in waiting) == {200: CONNECTIONS}


def test_a_burst_on_a_queue_that_does_not_move_is_told_to_come_again(start, checkpoints, connect):
    allow_descriptors(2 * CONNECTIONS + 500)
    server = start("worker_cases:application", "--queue-timeout", "1s", threads=1, env=checkpoints.env)
    name = checkpoints.new_name()
    held = connect(server).send(request_bytes(f"/hold?checkpoint={name}"))
    arrival = checkpoints.wait_for(name)
    outcome = burst(server.address, CONNECTIONS)
    assert not outcome.unserved
    assert outcome.statuses == {503: CONNECTIONS}
    arrival.go()
    assert held.read_response().body == b"held and let go"
    assert exchange(server.address, "/pid").status == 200


def test_clients_that_leave_the_queue_cost_those_behind_them_nothing(server, checkpoints, connect):
    held = []
    for _ in range(WORKERS * 2):
        name = checkpoints.new_name()
        connection = connect(server).send(request_bytes(f"/hold?checkpoint={name}"))
        held.append((connection, checkpoints.wait_for(name)))
    for _ in range(CONNECTIONS):
        connect(server).send(request_bytes("/pid")).reset()
    behind = [connect(server).send(request_bytes("/pid")) for _ in range(20)]
    for connection, arrival in held:
        arrival.go()
        assert connection.read_response().status == 200
    for connection in behind:
        assert connection.read_response().status == 200
