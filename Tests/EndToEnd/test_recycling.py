"""Workers that are replaced after a number of requests, at an age, or above a size; never at the cost of a request."""

import signal

import pytest

import waiting
from program import APPS
from rawclient import exchange
from traffic import Traffic

WORKERS = 2


@pytest.fixture
def start_app(start, checkpoints):
    def start_app(*options: str, app: str = "recycling_cases:application", **settings):
        servers.append(start(app, *options, **{"workers": WORKERS, **settings}))
        return servers[-1]

    servers = []
    yield start_app
    for server in servers:
        if server.process.poll() is None:
            server.stop(same_workers=False)


def wait_for_new_workers(server, former):
    """Until the pool is whole and none of the former workers is in it."""
    return server.wait_for_workers(WORKERS, other_than=former)


def test_after_a_number_of_requests(start_app):
    server = start_app("--max-requests", "500")
    with Traffic(server.address) as traffic:
        workers = server.first_workers
        for _ in range(2):
            waiting.until(lambda: traffic.failures or not set(server.workers()) & set(workers), "other workers")
            traffic.check()
            workers = server.workers()
        traffic.wait_for_more()
    assert set(traffic.statuses) == {200}
    assert len(traffic.bodies) >= 2 * WORKERS
    server.stderr.wait_for(r"worker \d+ is replaced: it has served \d+ requests")


def test_no_worker_serves_fewer_requests_than_the_limit(start_app):
    server = start_app("--max-requests", "500", workers=1)
    with Traffic(server.address) as traffic:
        waiting.until(lambda: traffic.failures or len(traffic.bodies) > 2, "a third worker")
    served = [count for _, count in traffic.bodies.items()]
    assert min(served[:2]) >= 500, served


def test_at_an_age(start_app):
    server = start_app("--max-lifetime", "1s")
    with Traffic(server.address, connections=2) as traffic:
        waiting.until(lambda: traffic.failures or len(traffic.bodies) >= 2 * WORKERS, "other workers")
        traffic.wait_for_more()
    assert set(traffic.statuses) == {200}
    server.stderr.wait_for(r"is replaced: it has reached its age")


def test_an_idle_worker_is_replaced_at_its_age_too(start_app):
    server = start_app("--max-lifetime", "1s")
    wait_for_new_workers(server, server.first_workers)
    assert exchange(server.address, "/pid").status == 200


def test_above_a_memory_limit(start_app):
    server = start_app("--max-memory", "150MB", workers=1)
    grown = int(exchange(server.address, "/grows").body)
    assert grown == server.first_workers[0]
    with Traffic(server.address, "/pid", connections=2) as traffic:
        traffic.wait_for_more()
        assert set(traffic.bodies) == {str(grown).encode()}, "32 MB are below the limit"
        while int(exchange(server.address, "/grows").body) == grown:
            pass
        traffic.wait_for_more()
    assert set(traffic.statuses) == {200}
    server.stderr.wait_for(r"is replaced: it uses \d+ MB of memory")
    server.wait_for_workers(1, other_than=[grown])


def test_a_request_that_a_retiring_worker_has_is_finished(start_app, checkpoints, connect):
    server = start_app("--max-lifetime", "1s", app="worker_cases:application", env=checkpoints.env, workers=1)
    name = checkpoints.new_name()
    held = connect(server).request
    connection = connect(server).send(f"GET /hold?checkpoint={name} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
    arrival = checkpoints.wait_for(name)
    waiting.until(lambda: int(held("/pid").body) != arrival.pid, "the successor")
    arrival.go()
    assert connection.read_response().body == b"held and let go"


def test_a_stop_during_a_replacement_is_graceful(start_app):
    server = start_app("--max-lifetime", "1s")
    server.stderr.wait_for("is replaced")
    server.send_signal(signal.SIGTERM)
    assert server.wait() == 0


@pytest.mark.parametrize("threads", [1, 4])
@pytest.mark.parametrize("workers", [1, WORKERS])
@pytest.mark.parametrize("limit", [1, 10, 40])
@pytest.mark.parametrize("preload", [[], ["--preload"]])
def test_no_worker_serves_more_than_the_limit_and_a_tenth(start_app, limit, workers, threads, preload):
    server = start_app("--max-requests", str(limit), *preload, workers=workers, threads=threads)
    with Traffic(server.address, connections=8) as traffic:
        waiting.until(lambda: traffic.failures or len(traffic.bodies) > workers + 4, "other workers")
        ended = set(traffic.bodies) - {str(pid).encode() for pid in server.workers()}
    assert set(traffic.statuses) == {200}
    assert ended
    assert max(traffic.bodies.values()) <= limit + limit // 10, traffic.bodies
    assert {traffic.bodies[pid] >= limit for pid in ended} == {True}, traffic.bodies


def test_one_client_after_the_other_too(start_app):
    server = start_app("--max-requests", "10", workers=1)
    pids = [exchange(server.address, "/pid").body for _ in range(45)]
    served = [pids.count(pid) for pid in dict.fromkeys(pids)]
    assert all(10 <= count <= 11 for count in served[:-1]), served
    assert len(served) >= 4


SWITCHED = """
import os
import checkpoint

if os.path.exists("broken"):
    raise RuntimeError("the successor cannot start")

def application(environ, start_response):
    start_response("200 OK", [])
    return [b"%d" % os.getpid()]
"""


def test_a_worker_whose_successor_cannot_start_goes_on_and_is_replaced_when_it_can(start_app, tmp_path):
    (tmp_path / "switched.py").write_text(SWITCHED)
    server = start_app("--max-requests", "10", app="switched", workers=1, chdir=tmp_path, env={"PYTHONPATH": str(APPS)})
    (tmp_path / "broken").touch()
    first = exchange(server.address).body
    for _ in range(40):
        assert exchange(server.address).body == first
    server.stderr.wait_for("the successor of worker 1 could not start; it goes on")
    (tmp_path / "broken").unlink()
    waiting.until(lambda: exchange(server.address).body != first, "the successor")


def test_a_reload_while_a_successor_waits_for_its_turn(start_app, tmp_path):
    """The pace was fast, so that the successor is there early; then nobody asks any more."""
    server = start_app("--max-requests", "2000", workers=1)
    with Traffic(server.address) as traffic:
        waiting.until(lambda: traffic.failures or len(server.workers()) == 2, "a successor beside the worker")
    former = server.workers()
    server.send_signal(signal.SIGHUP)
    server.stderr.wait_for("the application was reloaded")
    server.wait_for_workers(1, other_than=former)
    assert exchange(server.address, "/pid").status == 200
