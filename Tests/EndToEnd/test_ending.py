"""A worker ends as Python ends: what a request has started is finished first, but for daemon threads."""

import os
import signal

import pytest
import waiting
from processes import is_alive
from pythons import pythons_of_this_machine
from rawclient import exchange
from server import martlet

KINDS = ["thread", "job", "timer"]
PYTHONS = [python for python in pythons_of_this_machine() if python.is_supported]


@pytest.fixture(params=[1, 3], ids=["one-thread", "threads"])
def server(request, checkpoints):
    server = martlet("ending_cases:application", threads=request.param, env=checkpoints.env)
    yield server
    server.kill()


def begun(server, checkpoints, path):
    name = checkpoints.new_name()
    assert exchange(server.address, f"{path}?checkpoint={name}").status == 200
    return checkpoints.wait_for(name)


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_request_has_started_is_finished_before_the_server_ends(server, checkpoints, kind):
    arrival = begun(server, checkpoints, "/" + kind)
    server.send_signal(signal.SIGTERM)
    server.stderr.wait_for("waits for threads of the application")
    assert is_alive(arrival.pid)
    arrival.go()
    checkpoints.wait_for(arrival.name + "-done")
    assert server.wait() == 0


@pytest.mark.parametrize("kind", KINDS)
def test_and_before_a_worker_ends_that_a_reload_has_replaced(server, checkpoints, kind):
    arrival = begun(server, checkpoints, "/" + kind)
    os.kill(server.pid, signal.SIGHUP)
    server.stderr.wait_for("the application was reloaded")
    assert int(exchange(server.address, "/pid").body) != arrival.pid
    arrival.go()
    checkpoints.wait_for(arrival.name + "-done")
    waiting.until(lambda: not is_alive(arrival.pid), "the former worker to end")
    server.stop(same_workers=False)


def test_a_thread_is_a_daemon_only_if_the_application_says_so(server, checkpoints):
    name = checkpoints.new_name()
    assert exchange(server.address, f"/thread?checkpoint={name}").body == b"False"
    checkpoints.wait_for(name).go()
    begun(server, checkpoints, "/daemon")
    server.stop()


def test_an_idle_executor_does_not_hold_the_end_up(server):
    """What holds it up is said."""
    server.stop()
    assert "waits for threads" not in server.stderr.text


def test_a_thread_that_never_ends_is_named_and_ends_with_the_grace(server, checkpoints):
    arrival = begun(server, checkpoints, "/thread")
    server.send_signal(signal.SIGTERM)
    server.stderr.wait_for(r"warning .*\(pid \d+\).* waits for threads of the application: Thread-\d+")
    assert server.wait() == 0
    waiting.until(lambda: not is_alive(arrival.pid), "the worker to end")


@pytest.mark.parametrize("python", PYTHONS, ids=lambda python: python.version)
@pytest.mark.parametrize("threads", [1, 2])
def test_in_every_python_threads_come_before_what_is_registered_with_atexit(checkpoints, python, threads):
    end = checkpoints.new_name()
    server = martlet(
        "ending_cases:application", python=python.path, threads=threads, env={**checkpoints.env, "AT_END": end}
    )
    try:
        arrivals = [begun(server, checkpoints, "/" + kind) for kind in KINDS]
        server.send_signal(signal.SIGTERM)
        for arrival in arrivals:
            assert not checkpoints.arrived(end)
            arrival.go()
            checkpoints.wait_for(arrival.name + "-done")
        checkpoints.wait_for(end)
        assert server.wait() == 0
    finally:
        server.kill()
