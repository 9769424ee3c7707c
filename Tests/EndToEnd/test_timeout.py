"""Requests that take too long, wait too long, or are slow."""

import pytest

from processes import is_alive
from rawclient import exchange, request_bytes


@pytest.fixture
def start_app(start, checkpoints):
    def start_app(*options: str, app: str = "timeout_cases:application", **settings):
        server = start(app, *options, env=checkpoints.env, **settings)
        servers.append(server)
        return server

    servers = []
    yield start_app
    for server in servers:
        if server.process.poll() is None:
            server.stop(same_workers=False)


def test_at_the_limit_the_client_gets_504_and_the_thread_an_exception(start_app, checkpoints, connect):
    server = start_app("--timeout", "1s", threads=1)
    name = checkpoints.new_name()
    connection = connect(server).send(request_bytes(f"/loops?checkpoint={name}"))
    response = connection.read_response()
    assert response.status == 504
    assert checkpoints.wait_for(f"{name}-raised").text == "RequestTimeout"
    checkpoints.wait_for(f"{name}-finally")


def test_after_the_exception_the_same_thread_and_connection_serve_again(start_app, checkpoints, connect):
    server = start_app("--timeout", "1s", threads=1)
    with_timeout = connect(server)
    for _ in range(3):
        name = checkpoints.new_name()
        assert with_timeout.send(request_bytes(f"/loops?checkpoint={name}")).read_response().status == 504
        assert exchange(server.address, "/nowhere").status == 404
        checkpoints.wait_for(f"{name}-finally")
    assert server.workers() == server.first_workers


def test_the_exception_is_in_the_log_with_the_stack_and_the_request(start_app, checkpoints):
    server = start_app("--timeout", "1s", threads=1)
    assert exchange(server.address, f"/loops?checkpoint={checkpoints.new_name()}").status == 504
    server.stderr.wait_for(r"/loops\?checkpoint=.*\(request [0-9a-z]+-[0-9a-z]+\)\n(.*\n)+?.*in loops_here\n(.*\n)+?.*RequestTimeout")


def test_an_application_that_swallows_the_exception_harms_nobody(start_app, checkpoints, connect):
    server = start_app("--timeout", "1s", threads=1)
    name = checkpoints.new_name()
    connection = connect(server).send(request_bytes(f"/swallows?checkpoint={name}"))
    assert connection.read_response().status == 504
    assert checkpoints.wait_for(name).text == "RequestTimeout"
    following = connection.request("/nowhere")
    assert (following.status, following.body) == (404, b"not found")


@pytest.mark.parametrize("path", ["/sleeps", "/holds-the-gil"])
def test_a_worker_in_a_call_that_never_returns_is_replaced(start_app, checkpoints, connect, path):
    server = start_app("--timeout", "1s", workers=2, threads=2)
    name = checkpoints.new_name()
    connection = connect(server).send(request_bytes(f"{path}?checkpoint={name}"))
    stuck = checkpoints.wait_for(name).pid
    assert connection.read_response().status == 504
    # The other worker goes on all the time.
    served = 0
    while is_alive(stuck):
        assert exchange(server.address, "/nowhere").status in (404, 504)
        served += 1
    assert served > 0
    workers = server.wait_for_workers(2, other_than=[stuck])
    assert stuck not in workers
    server.stderr.wait_for(r"is replaced: a request did not yield to its time limit")


def test_a_slow_request_is_in_the_log_with_its_stack_and_id(start_app, checkpoints, connect):
    server = start_app("--slow-request", "500ms", app="worker_cases:application")
    name = checkpoints.new_name()
    connection = connect(server).send(request_bytes(f"/hold?checkpoint={name}"))
    arrival = checkpoints.wait_for(name)
    slow = server.stderr.wait_for(
        r"slow request, .* GET (/hold\S*) \(request (\S+)\); its stack now:\n(?:.*\n)*?.*in hold\n(?:.*\n)*?.*in reach\n"
    )[0]
    assert slow[1] == f"/hold?checkpoint={name}"
    arrival.go()
    assert connection.read_response().status == 200
    access = server.stdout.wait_for(r"/hold\?checkpoint=" + name)
    assert len(access) == 1
    # It is logged once.
    assert len(server.stderr.wait_for("slow request")) == 1


def test_a_request_that_waits_too_long_for_a_thread_gets_503_and_when_to_come_again(start_app, checkpoints, connect):
    server = start_app("--queue-timeout", "1s", app="worker_cases:application", threads=1)
    name = checkpoints.new_name()
    held = connect(server).send(request_bytes(f"/hold?checkpoint={name}"))
    arrival = checkpoints.wait_for(name)
    waiting_ones = [connect(server).send(request_bytes("/pid")) for _ in range(5)]
    for connection in waiting_ones:
        response = connection.read_response()
        assert response.status == 503
        assert int(response.header("Retry-After")) > 0
    arrival.go()
    assert held.read_response().body == b"held and let go"
    # Their connections are still good.
    for connection in waiting_ones:
        assert connection.request("/pid").status == 200


def test_more_requests_than_there_are_slots_wait_too_long_as_well(start_app, checkpoints, connect):
    """256 requests of an event loop are in the workers' sight; the others have the same limit."""
    server = start_app("--queue-timeout", "1s", app="worker_cases:application", threads=1)
    name = checkpoints.new_name()
    held = connect(server).send(request_bytes(f"/hold?checkpoint={name}"))
    arrival = checkpoints.wait_for(name)
    many = [connect(server).send(request_bytes("/pid")) for _ in range(700)]
    for connection in many:
        assert connection.read_response().status == 503
    arrival.go()
    assert held.read_response().status == 200
    assert exchange(server.address, "/pid").status == 200


def test_a_response_that_has_begun_is_not_cut_by_the_timeout(start_app, checkpoints, connect):
    server = start_app("--timeout", "1s", threads=2)
    name = checkpoints.new_name()
    streaming = connect(server).send(request_bytes(f"/streams?checkpoint={name}"))
    assert streaming.read_head().status == 200
    assert streaming.read_chunk() == b"first, "
    arrival = checkpoints.wait_for(name)
    # Two others come to their limit meanwhile, one after the other.
    for _ in range(2):
        assert exchange(server.address, f"/loops?checkpoint={checkpoints.new_name()}").status == 504
    arrival.go()
    assert streaming.read_chunk() == b"second"
    assert streaming.read_chunk() == b""
