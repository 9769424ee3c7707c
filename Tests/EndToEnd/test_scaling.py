"""Workers between a least and a most, by the load: `--workers-min`."""

import json

import pytest

import waiting
from rawclient import exchange
from scrape import local_address, scrape
from server import martlet_to_its_end
from traffic import Traffic

MOST = 3


@pytest.fixture(params=["each imports", "preload"])
def start_app(request, start, checkpoints, tmp_path):
    servers = []

    def start_app(*options: str, threads: int = 1, idle: str = "1h", most: int = MOST):
        preload = ["--preload"] if request.param == "preload" else []
        env = {**checkpoints.env, "XDG_RUNTIME_DIR": str(tmp_path)}
        scaling = ["--workers-min", "1", "--workers-idle", idle]
        servers.append(start("worker_cases:application", *scaling, *preload, *options, workers=most, threads=threads, env=env))
        return servers[-1]

    yield start_app
    for server in servers:
        server.stop(same_workers=False)


@pytest.fixture
def pool(tmp_path):
    def pool() -> dict:
        ended = martlet_to_its_end("status", "--json", env={"XDG_RUNTIME_DIR": str(tmp_path)})
        (application,) = json.loads(ended.stdout)["applications"]
        return application

    return pool


def ready(pool) -> int:
    return sum(worker["state"] == "ready" for worker in pool()["workers"])


@pytest.fixture
def hold(connect, checkpoints):
    """Sends a request that a worker holds; gives its connection and, when a worker has it, where it is held."""

    def hold(server):
        name = checkpoints.new_name()
        connection = connect(server).send(f"GET /hold?checkpoint={name} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
        return connection, name

    return hold


def test_a_request_that_waits_has_a_worker_started(start_app, hold, checkpoints, pool, tmp_path):
    server = start_app("--metrics", "127.0.0.1:0")
    assert ready(pool) == 1
    held = [hold(server) for _ in range(MOST)]
    arrivals = [checkpoints.wait_for(name) for _, name in held]
    assert len({arrival.pid for arrival in arrivals}) == MOST
    # No more than that.
    last, name = hold(server)
    waiting.until(lambda: pool()["queueLength"] == 1, "a request that waits")
    status = martlet_to_its_end("status", env={"XDG_RUNTIME_DIR": str(tmp_path)}).stdout
    assert f"  {MOST} workers, 1 to {MOST} by the load" in status
    metrics = scrape(local_address(server, "Metrics"))
    labels = {"site": "", "route": "/"}
    assert metrics("martlet_pool_workers", state="ready", **labels) == MOST
    assert metrics("martlet_pool_workers_bound", bound="least", **labels) == 1
    assert metrics("martlet_pool_workers_bound", bound="most", **labels) == MOST
    assert not checkpoints.arrived(name)
    for arrival in arrivals:
        arrival.go()
    checkpoints.wait_for(name).go()
    assert [connection.read_response().status for connection, _ in held] + [last.read_response().status] == [200] * (MOST + 1)
    assert f"{MOST} of {MOST}" in server.stderr.text


def test_a_load_that_goes_leaves_the_least_and_no_request_is_lost(start_app, hold, checkpoints, pool):
    server = start_app(idle="300ms")
    for _ in range(2):
        held = [hold(server) for _ in range(MOST)]
        arrivals = [checkpoints.wait_for(name) for _, name in held]
        for arrival in arrivals:
            arrival.go()
        assert [connection.read_response().status for connection, _ in held] == [200] * MOST
        with Traffic(server.address, connections=1) as traffic:
            waiting.until(lambda: ready(pool) == 1, "one worker")
            traffic.wait_for_more(50)
    server.wait_for_workers(len(server.first_workers))


def test_a_worker_that_ends_finishes_its_request(start_app, hold, checkpoints, pool):
    server = start_app(threads=4, idle="300ms", most=2)
    held = [hold(server) for _ in range(5)]
    arrivals = [(connection, checkpoints.wait_for(name)) for connection, name in held]
    # One of each worker stays, so that either has one when it is to end.
    kept = {arrival.pid: (connection, arrival) for connection, arrival in arrivals}
    assert len(kept) == 2
    for connection, arrival in arrivals:
        if (connection, arrival) not in kept.values():
            arrival.go()
            assert connection.read_response().status == 200
    waiting.until(lambda: any(worker["state"] == "retiring" for worker in pool()["workers"]), "a worker that ends")
    assert exchange(server.address, "/pid").status == 200
    for connection, arrival in kept.values():
        arrival.go()
        assert connection.read_response().body == b"held and let go"
    waiting.until(lambda: len(pool()["workers"]) == 1, "one worker")


def test_a_reload_keeps_what_the_load_has_brought(start_app, hold, checkpoints, pool, tmp_path):
    server = start_app()
    held = [hold(server) for _ in range(2)]
    for arrival in [checkpoints.wait_for(name) for _, name in held]:
        arrival.go()
    ended = martlet_to_its_end("reload", "--pid", str(server.pid), env={"XDG_RUNTIME_DIR": str(tmp_path)})
    assert ended.stdout == "reloaded\n", ended
    generations = [worker["generation"] for worker in pool()["workers"] if worker["state"] == "ready"]
    # On a busy machine the load may have brought a third.
    assert len(generations) >= 2 and set(generations) == {2}


def test_bounds_that_contradict_each_other_are_refused(tmp_path):
    ended = martlet_to_its_end("run", "worker_cases:application", "--workers", "2", "--workers-min", "3")
    assert ended.code == 64 and "--workers-min: 3 is more than the number of workers, which is at most 2" in ended.stderr
    (tmp_path / "martlet.toml").write_text('[route."/"]\nwsgi = "app"\nworkers = 2\nworkers-min = 3\n')
    ended = martlet_to_its_end("check", cwd=tmp_path)
    assert "martlet.toml:4:15: workers-min: 3 is more than the number of workers, which is at most 2" in ended.stderr
