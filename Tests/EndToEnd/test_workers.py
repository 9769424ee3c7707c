"""Worker processes: what a death costs, and that another one takes over."""

import os
import signal
import threading
from collections import Counter
from dataclasses import dataclass

import pytest
import waiting
from checkpoints import Arrival
from processes import members_of_session
from rawclient import Connection, Truncated, exchange, request_bytes

WORKERS = 2
THREADS = 2


@pytest.fixture
def server(start, checkpoints):
    server = start("worker_cases:application", workers=WORKERS, threads=THREADS, env=checkpoints.env)
    yield server
    if server.process.poll() is None:
        server.stop(same_workers=False)


@dataclass
class Held:
    """A request that waits inside the application."""

    connection: Connection
    arrival: Arrival


@pytest.fixture
def hold(server, checkpoints, connect):
    """Sends requests and returns them once they wait inside the application."""

    def hold(path: str = "/hold") -> Held:
        name = checkpoints.new_name()
        target = path + ("" if path.endswith("&") else "?") + f"checkpoint={name}"
        connection = connect(server).send(request_bytes(target))
        return Held(connection, checkpoints.wait_for(name))

    return hold


@pytest.fixture
def fill(hold):
    """Occupies every thread of every worker."""
    return lambda: [hold() for _ in range(WORKERS * THREADS)]


def test_each_worker_runs_as_many_requests_as_it_has_threads(server, fill):
    held = fill()
    assert Counter(request.arrival.pid for request in held) == dict.fromkeys(server.workers(), THREADS)
    for request in held:
        request.arrival.go()
        assert request.connection.read_response().body == b"held and let go"


def test_a_killed_worker_costs_exactly_the_requests_that_it_held(server, fill):
    held = fill()
    victim = held[0].arrival.pid
    os.kill(victim, signal.SIGKILL)
    for request in held:
        if request.arrival.pid == victim:
            assert request.connection.read_response().status == 502
        else:
            request.arrival.go()
            assert request.connection.read_response().status == 200
    server.wait_for_workers(WORKERS, other_than=[victim])


def test_a_waiting_request_is_not_lost_with_a_worker(server, connect, fill):
    """Requests that no worker had begun are served by those that are left and by the new one."""
    held = fill()
    waiting = [connect(server).send(request_bytes("/pid")) for _ in range(20)]
    victim = held[0].arrival.pid
    os.kill(victim, signal.SIGKILL)
    for connection in waiting:
        response = connection.read_response()
        assert response.status == 200
        assert int(response.body) != victim
    for request in held:
        if request.arrival.pid != victim:
            request.arrival.go()


def test_after_a_502_the_connection_goes_on_or_is_closed_in_order(server):
    with Connection(server.address) as connection:
        assert connection.request("/kills-itself").status == 502
        try:
            assert connection.request("/pid").status == 200
        except (Truncated, ConnectionError):
            pass


def test_a_response_that_had_begun_is_cut_off_when_its_worker_dies(hold):
    request = hold("/hold-inside")
    head = request.connection.read_head()
    assert head.status == 200
    assert request.connection.read_chunk() == b"first half, "
    os.kill(request.arrival.pid, signal.SIGKILL)
    with pytest.raises((EOFError, ConnectionError)):
        request.connection.read_chunk()


@pytest.mark.parametrize("path", ["/hold-inside", "/hold-inside?known&"])
def test_the_log_says_which_worker_ended_in_the_middle_of_an_answer(server, hold, path):
    """It is not the application that failed."""
    request = hold(path)
    assert request.connection.read_head().status == 200
    os.kill(request.arrival.pid, signal.SIGKILL)
    request.connection.read_to_end()
    log = server.stderr.wait_for(
        rf"error .*The connection is closed: worker \d+ \(pid {request.arrival.pid}\) was ended by signal 9 \(SIGKILL.*\) "
        r"in the middle of this answer\. request=\S+"
    )
    assert len(log) == 1
    assert "The application failed" not in server.stderr.text


def test_the_head_of_a_502_has_no_body(server):
    with Connection(server.address) as connection:
        for _ in range(2):
            response = connection.request("/kills-itself", "HEAD")
            assert (response.status, response.body) == (502, b"")
            assert connection.request("/pid").status == 200


def test_a_new_worker_takes_the_place_of_a_dead_one(server, fill):
    before = server.workers()
    for victim in before:
        os.kill(victim, signal.SIGKILL)
    after = server.wait_for_workers(WORKERS, other_than=before)
    held = fill()
    assert {request.arrival.pid for request in held} == set(after)
    for request in held:
        request.arrival.go()


def test_a_death_is_in_the_log_with_process_and_cause(server):
    victim = server.workers()[0]
    os.kill(victim, signal.SIGKILL)
    server.wait_for_workers(WORKERS, other_than=[victim])
    server.stderr.wait_for(rf"(?i)^.*\b{victim}\b.*(\b9\b|kill)")


def test_a_worker_that_dies_again_and_again_is_replaced_each_time(server):
    for _ in range(5):
        with Connection(server.address) as connection:
            assert connection.request("/kills-itself").status == 502
    server.wait_for_workers(WORKERS)
    assert exchange(server.address, "/pid").status == 200


def test_a_kill_under_load_costs_no_more_than_what_was_held_and_nothing_hangs(server):
    """Three workers are killed while eight clients send as fast as they can."""
    statuses: Counter = Counter()
    failures: list[BaseException] = []
    lock = threading.Lock()
    enough = threading.Event()

    def client() -> None:
        try:
            while not enough.is_set():
                with Connection(server.address) as connection:
                    while not enough.is_set():
                        response = connection.request("/pid")
                        with lock:
                            statuses[response.status] += 1
                        if response.header("Connection") == "close":
                            break
        except BaseException as failure:
            failures.append(failure)

    clients = [threading.Thread(target=client) for _ in range(8)]
    for thread in clients:
        thread.start()
    try:
        kills = 3
        for _ in range(kills):
            victim = server.workers()[0]
            served = statuses[200]
            os.kill(victim, signal.SIGKILL)
            server.wait_for_workers(WORKERS, other_than=[victim])
            waiting.until(lambda goal=served + 500: failures or statuses[200] >= goal, "500 more requests to be served")
    finally:
        enough.set()
        for thread in clients:
            thread.join()
    assert not failures, failures
    assert set(statuses) <= {200, 502}, statuses
    assert statuses[502] <= kills * THREADS, statuses
    assert exchange(server.address, "/pid").status == 200


def test_an_error_in_the_application_is_a_500_with_its_traceback_in_the_log_and_no_death(start):
    server = start("worker_cases:application")
    for number in range(20):
        assert exchange(server.address, f"/raises?text=failure-{number}").status == 500
        server.stderr.wait_for(rf"Traceback \(most recent call last\):\n(.*\n)+?ValueError: failure-{number}\n")
    assert exchange(server.address, "/pid").status == 200


def test_a_traceback_is_below_a_record_with_its_time(start):
    server = start("worker_cases:application")
    assert exchange(server.address, "/raises?text=failure").status == 500
    server.stderr.wait_for(
        r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} [+-]\d{4} error    exception in the application, GET /raises\?text=failure "
        r"\(request \S+\)\nTraceback"
    )


@pytest.mark.parametrize("options", [[], ["--preload"]])
def test_workers_leave_when_the_server_is_killed(start, options):
    server = start("worker_cases:application", *options, workers=WORKERS)
    server.send_signal(signal.SIGKILL)
    assert server.wait() == -signal.SIGKILL
    waiting.until(lambda: not members_of_session(server.pid), "the workers to leave")
    server.kill()
