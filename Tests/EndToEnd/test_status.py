"""`martlet status`: what a server does, as text and as JSON."""

import json
import os
import re
import signal

import pytest

from rawclient import exchange, request_bytes
from server import Finished, martlet_to_its_end

WORKERS = 2
THREADS = 2


@pytest.fixture
def folder(tmp_path):
    return tmp_path


@pytest.fixture
def start_app(start, checkpoints, folder):
    def start_app(**settings):
        settings = {"workers": WORKERS, "threads": THREADS, **settings}
        env = {**checkpoints.env, "XDG_RUNTIME_DIR": str(folder), **settings.pop("env", {})}
        return start("worker_cases:application", env=env, **settings)

    return start_app


@pytest.fixture
def ask(folder):
    def ask(*options: str) -> Finished:
        return martlet_to_its_end("status", *options, env={"XDG_RUNTIME_DIR": str(folder)})

    return ask


@pytest.fixture
def pool(ask):
    """The only application of the only server."""

    def pool() -> dict:
        ended = ask("--json")
        assert ended.code == 0, ended.stderr
        (application,) = json.loads(ended.stdout)["applications"]
        return application

    return pool


@pytest.fixture
def hold(checkpoints, connect):
    def hold(server, path="/hold"):
        name = checkpoints.new_name()
        connection = connect(server).send(request_bytes(f"{path}?checkpoint={name}"))
        return connection, checkpoints.wait_for(name)

    return hold


def test_the_server_and_its_workers(start_app, ask):
    server = start_app()
    status = json.loads(ask("--json").stdout)
    assert status["pid"] == server.pid
    assert re.fullmatch(r"\d+\.\d+\.\d+\S*", status["version"])
    (pool,) = status["applications"]
    assert pool["application"] == "worker_cases:application"
    assert pool["threads"] == THREADS
    assert sorted(worker["pid"] for worker in pool["workers"]) == server.workers()
    assert pool["waiting"] == []
    assert (pool["queueLength"], pool["queueSeconds"]) == (0, 0)
    for worker in pool["workers"]:
        assert worker["state"] == "ready"
        assert worker["generation"] == 1
        assert worker["uptimeSeconds"] > 0
        assert 1 << 20 < worker["memory"] < 1 << 30
        assert worker["requests"] == []


def test_requests_served_are_counted_by_worker(start_app, pool):
    server = start_app()
    served = {pid: 0 for pid in server.workers()}
    for _ in range(50):
        served[int(exchange(server.address, "/pid").body)] += 1
    assert {worker["pid"]: worker["requestsServed"] for worker in pool()["workers"]} == served


def test_a_request_in_flight_is_shown_with_its_age_at_the_worker_that_has_it(start_app, pool, hold):
    server = start_app()
    connection, arrival = hold(server)

    def request_of() -> dict:
        requests = {worker["pid"]: worker["requests"] for worker in pool()["workers"]}
        (request,) = requests.pop(arrival.pid)
        assert not any(requests.values())
        return request

    first = request_of()
    assert first["line"].startswith("GET /hold?checkpoint=")
    assert re.fullmatch(r"[0-9a-z]+-[0-9a-z]+", first["id"])
    assert first["isStreaming"] is False
    assert first["thread"] in range(THREADS)
    while request_of()["seconds"] <= first["seconds"]:
        pass
    arrival.go()
    assert connection.read_response().status == 200
    assert all(worker["requests"] == [] for worker in pool()["workers"])


def test_a_response_that_has_begun_is_shown_as_streaming(start_app, pool, hold):
    connection, arrival = hold(start_app(), "/hold-inside")
    connection.read_head()
    (request,) = [request for worker in pool()["workers"] for request in worker["requests"]]
    assert request["isStreaming"] is True
    arrival.go()


def test_requests_that_wait_are_shown(start_app, ask, pool, hold, connect):
    server = start_app()
    held = [hold(server) for _ in range(WORKERS * THREADS)]
    waiting = [connect(server).send(request_bytes(f"/pid?{number}")) for number in range(5)]
    while len(found := pool()["waiting"]) < len(waiting):
        pass
    assert sorted(request["line"] for request in found) == [f"GET /pid?{number}" for number in range(5)]
    assert "5 waiting, the oldest for " in ask().stdout
    for connection, arrival in held:
        arrival.go()
        assert connection.read_response().status == 200
    for connection in waiting:
        assert connection.read_response().status == 200
    assert pool()["waiting"] == []


def test_a_queue_that_is_longer_than_the_slots_is_counted(start_app, pool, hold, connect):
    server = start_app(workers=1, threads=1)
    connection, arrival = hold(server)
    many = [connect(server).send(request_bytes("/pid")) for _ in range(700)]
    while pool()["queueLength"] < len(many):
        pass
    assert 0 < len(pool()["waiting"]) < len(many)
    arrival.go()
    assert connection.read_response().status == 200
    for other in many:
        assert other.read_response().status == 200


def test_as_text(start_app, ask, hold):
    server = start_app()
    connection, arrival = hold(server)
    ended = ask()
    assert ended.code == 0
    assert ended.stdout.startswith("martlet ")
    assert f"process {server.pid}" in ended.stdout
    assert "worker_cases:application with " in ended.stdout
    for pid in server.workers():
        assert re.search(rf"^ +{pid} +ready +1 +\S+ s +\d+ +\d+ MB +[01] of {THREADS}$", ended.stdout, re.MULTILINE), ended.stdout
    assert re.search(r"^ +\S+ +[\d.]+ s +GET /hold\?checkpoint=", ended.stdout, re.MULTILINE), ended.stdout
    arrival.go()
    assert connection.read_response().status == 200


def test_a_request_has_the_same_id_in_the_status_and_in_the_log_of_its_error(start_app, pool, checkpoints, connect):
    server = start_app()
    name = checkpoints.new_name()
    connection = connect(server).send(request_bytes(f"/hold-inside?checkpoint={name}"))
    arrival = checkpoints.wait_for(name)
    (request,) = [request for worker in pool()["workers"] for request in worker["requests"]]
    arrival.connection.close()  # an error in the application
    server.stderr.wait_for(rf"exception in the application, .*\(request {request['id']}\)")
    connection.close()


def test_a_reload_is_seen_as_another_generation(start_app, pool, folder):
    server = start_app()
    assert martlet_to_its_end("reload", env={"XDG_RUNTIME_DIR": str(folder)}).code == 0
    server.wait_for_workers(WORKERS, other_than=server.first_workers)
    status = pool()
    assert status["generation"] == 2
    assert [worker["generation"] for worker in status["workers"]] == [2] * WORKERS
    server.stop(same_workers=False)


def test_of_several_servers_one_is_chosen(start_app, ask):
    servers = [start_app(), start_app()]
    undecided = ask()
    assert undecided.code == 1
    assert "--pid" in undecided.stderr
    for server in servers:
        assert str(server.pid) in undecided.stderr
        assert f"process {server.pid}" in ask("--pid", str(server.pid)).stdout


def test_without_a_server_it_says_so(ask):
    ended = ask()
    assert ended.code != 0
    assert "No server of yours is running" in ended.stderr


def test_a_process_that_is_no_server_is_refused(start_app, ask):
    server = start_app()
    ended = ask("--pid", str(os.getpid()))
    assert ended.code != 0
    assert f"process id {os.getpid()}" in ended.stderr
    assert str(server.pid) in ended.stderr


def test_the_socket_is_for_its_owner_alone_and_goes_with_the_server(start_app, ask, folder):
    server = start_app()
    socket = folder / "martlet" / f"{server.pid}.sock"
    assert socket.is_socket()
    assert socket.parent.stat().st_mode & 0o777 == 0o700
    server.stop()
    assert not socket.exists()


def test_what_a_killed_server_left_is_no_server(start_app, ask, folder):
    server = start_app()
    server.send_signal(signal.SIGKILL)
    server.wait()
    server.kill()
    ended = ask()
    assert "No server of yours is running" in ended.stderr
    assert not list((folder / "martlet").iterdir())


def test_a_folder_that_is_open_to_others_is_not_used_and_that_is_said(start_app, folder):
    runtime = folder / "runtime"
    (runtime / "martlet").mkdir(parents=True)
    (runtime / "martlet").chmod(0o777)
    server = start_app(env={"XDG_RUNTIME_DIR": str(runtime)})
    assert exchange(server.address, "/pid").status == 200
    assert f"cannot reach this server: {runtime}/martlet is not a folder of this user alone" in server.stderr.text
    assert not list((runtime / "martlet").iterdir())


@pytest.mark.parametrize("kind", ["missing", "file"])
def test_without_its_folder_a_server_starts_and_says_nothing(start_app, folder, kind):
    """Read-only containers, foreign folders: most servers are never asked."""
    runtime = folder / "runtime"
    if kind == "file":
        runtime.write_text("no folder")
    server = start_app(env={"XDG_RUNTIME_DIR": str(runtime)})
    assert exchange(server.address, "/pid").status == 200
    assert not re.search(r"(?i)error|warning|runtime|socket|control", server.stderr.text)
