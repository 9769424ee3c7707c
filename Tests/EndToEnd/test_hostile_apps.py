"""An application that works against its server ends itself at most: never the server, never the applications beside it.

A short run of a hostile shared region, in `make test`; ten minutes of it under load are in `test_soak_stress.py` (`make soak`).
"""

import os
import signal

import pytest
from program import APPS
from rawclient import Connection, Truncated, exchange, request_bytes
from server import Server
from sites import Site
from traffic import Traffic

import waiting

SITE = """
    bind = "127.0.0.1:0"

    [route."/bad"]
    wsgi = "hostile_cases:application"
    directory = "{apps}"
    workers = 2
    threads = 2
    request-timeout = "1s"
    queue-timeout = "2s"
    environment = {{ {hostile} PYTHONDONTWRITEBYTECODE = "1" }}

    [route."/"]
    wsgi = "worker_cases:application"
    directory = "{apps}"
    workers = 1
    threads = 2
"""


@pytest.fixture
def serve(tmp_path, checkpoints):
    servers: list[Server] = []

    def serve(hostile: str = "") -> Server:
        site = Site(tmp_path)
        site.write("martlet.toml", SITE.format(apps=APPS, hostile=hostile))
        servers.append(site.serve(**checkpoints.env))
        return servers[-1]

    yield serve
    for server in servers:
        server.stop(same_workers=False)


def assert_good_goes_on(server: Server) -> None:
    for _ in range(20):
        assert exchange(server.address, "/pid").status == 200


def wait_for_recovery(server: Server) -> None:
    waiting.until(lambda: exchange(server.address, "/bad/pid").status == 200, "an answer of the hostile application")


def test_nothing_that_a_worker_has_open_ends_the_server_when_it_is_imported(serve):
    server = serve('HOSTILE_IMPORT = "1",')
    assert_good_goes_on(server)


def test_nothing_that_a_worker_has_open_ends_the_server_while_it_serves(serve):
    server = serve()
    with Traffic(server.address, "/pid") as good:
        try:
            exchange(server.address, "/bad/descriptors")
        except (EOFError, ConnectionError, Truncated):
            pass
        assert_good_goes_on(server)
        wait_for_recovery(server)
        good.wait_for_more()
    assert set(good.statuses) == {200}


@pytest.mark.parametrize("pattern", ["zeros", "ones", "noise"])
@pytest.mark.parametrize("part", ["queue", "control", "slots", "all"])
def test_overwritten_shared_memory_costs_its_own_application_at_most(serve, part, pattern):
    server = serve()
    with Traffic(server.address, "/pid") as good:
        try:
            exchange(server.address, f"/bad/scribble?part={part}&pattern={pattern}")
        except (EOFError, ConnectionError, Truncated):
            pass
        wait_for_recovery(server)
        good.wait_for_more()
    assert set(good.statuses) == {200}


@pytest.mark.parametrize("part", ["control", "all"])
def test_a_worker_that_overwrites_the_shared_memory_for_ever_costs_its_own_application_at_most(serve, checkpoints, part):
    server = serve()
    with Traffic(server.address, "/pid") as good:
        name = checkpoints.new_name()
        with Connection(server.address) as connection:
            target = f"/bad/scribble-for-ever?part={part}&pattern=noise&checkpoint={name}"
            connection.send(request_bytes(target))
            scribbler = checkpoints.wait_for(name).pid
            for _ in range(3):
                good.wait_for_more()
        try:
            os.kill(scribbler, signal.SIGKILL)
        except ProcessLookupError:
            pass  # it has trapped on what it has overwritten
        wait_for_recovery(server)
        good.wait_for_more()
    assert set(good.statuses) == {200}


@pytest.mark.parametrize("value", [0, 1 << 20, (1 << 63) + 1, (1 << 64) - 1])
@pytest.mark.parametrize("field", ["head", "tail"])
def test_a_queue_that_lies_about_its_length_loses_no_request_and_no_worker(serve, field, value):
    server = serve()
    assert exchange(server.address, f"/bad/queue?{field}={value}").status == 200
    for _ in range(5):
        assert exchange(server.address, "/bad/pid").status == 200
    os.kill(server.pid, signal.SIGHUP)
    server.stderr.wait_for("the application was reloaded", 2)


def test_new_workers_start_while_the_queue_is_overwritten(serve):
    server = serve()
    for value in (0, (1 << 63) + 1, (1 << 64) - 1):
        exchange(server.address, f"/bad/queue?head=0&tail={value}")
        os.kill(server.pid, signal.SIGHUP)
    server.stderr.wait_for("the application was reloaded", 2)
    wait_for_recovery(server)
