"""Signals that reach a worker, and those of the application's children."""

import os
import signal
import sys

import pytest
import waiting
from processes import is_alive
from rawclient import exchange, request_bytes

THREADS = [1, 3]


@pytest.fixture(params=THREADS, ids=["one-thread", "threads"])
def start_app(request, start, checkpoints):
    def start_app(*options, **env):
        server = start(
            "signal_cases:application", *options, threads=request.param, env={**checkpoints.env, **env}
        )
        servers.append(server)
        return server

    servers = []
    yield start_app
    for server in servers:
        if server.process.poll() is None:
            server.stop(same_workers=False)


@pytest.mark.parametrize("preload", [[], ["--preload"]])
def test_a_program_that_the_application_runs_hears_control_c(start_app, preload):
    server = start_app(*preload)
    child = exchange(server.address, "/child").body.decode()
    assert "default_int_handler" in child and "SIG_DFL" in child, child


@pytest.mark.parametrize("preload", [[], ["--preload"]])
def test_a_forked_child_has_pythons_own_handlers_and_nothing_of_the_server(start_app, preload):
    server = start_app(*preload)
    found = exchange(server.address, "/fork").body.decode()
    assert "default_int_handler" in found and "SIG_DFL" in found, found
    assert "bell -1" in found, found
    assert "memfd" not in found and "eventfd" not in found and "socket" not in found, found


@pytest.mark.parametrize("preload", [[], ["--preload"]])
def test_the_applications_handler_of_sigterm_is_called_when_the_server_stops(start_app, checkpoints, preload):
    name = checkpoints.new_name()
    server = start_app(*preload, TELLS=name)
    assert exchange(server.address, "/pid").status == 200
    server.stop()
    assert checkpoints.wait_for(name).text == "SIGTERM"
    assert len(checkpoints.arrived(name)) == 1


def test_the_applications_handler_of_sigterm_is_called_at_the_signal_and_once(start_app, checkpoints, connect):
    name, held = checkpoints.new_name(), checkpoints.new_name()
    server = start_app(TELLS=name)
    connection = connect(server).send(request_bytes(f"/hold?checkpoint={held}"))
    arrival = checkpoints.wait_for(held)
    os.kill(arrival.pid, signal.SIGTERM)
    checkpoints.wait_for(name)
    arrival.go()
    assert connection.read_response().body == b"held and let go"
    waiting.until(lambda: not is_alive(arrival.pid), "the worker to end")
    assert len(checkpoints.arrived(name)) == 1


def test_an_exception_that_leaves_the_handler_of_sigterm_is_logged(start_app):
    server = start_app(LEAVES="yes")
    server.stop()
    server.stderr.wait_for(r"handler of SIGTERM\nTraceback(.*\n)+ValueError: from the handler of signal 15")


def test_an_exception_that_leaves_a_handler_costs_no_worker_and_no_request(start_app):
    server = start_app()
    worker = server.first_workers[0]
    for count in range(1, 4):
        os.kill(worker, signal.SIGUSR1)
        server.stderr.wait_for(r"signal handler of the application\nTraceback(.*\n)+?ValueError: from the handler", count)
        assert int(exchange(server.address, "/pid").body) == worker
    server.stop()


def test_a_handler_that_exits_ends_the_worker_after_its_requests(start_app, checkpoints, connect):
    server = start_app()
    worker = server.first_workers[0]
    os.kill(worker, signal.SIGUSR2)
    server.wait_for_workers(1, other_than=[worker])
    assert exchange(server.address, "/pid").status == 200


def test_control_c_at_a_worker_is_nothing_to_it(start_app):
    server = start_app()
    os.kill(server.first_workers[0], signal.SIGINT)
    assert int(exchange(server.address, "/pid").body) == server.first_workers[0]
    server.stop()


MAIN_THREAD = """
import asyncio, os, signal, sqlite3, threading

heard = []
database = sqlite3.connect(":memory:")
database.execute("create table numbers (number)")
loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)

async def answer():
    return "asyncio"

def application(environ, start_response):
    database.execute("insert into numbers values (1)")
    former = signal.signal(signal.SIGALRM, lambda *_: heard.append("alarm"))
    os.kill(os.getpid(), signal.SIGALRM)
    signal.signal(signal.SIGALRM, former)
    start_response("200 OK", [])
    words = [asyncio.get_event_loop().run_until_complete(answer()), heard[-1], threading.current_thread().name,
             str(environ["wsgi.multithread"]), str(threading.active_count())]
    return [" ".join(words).encode()]
"""


@pytest.mark.parametrize("preload", [[], ["--preload"]])
def test_with_one_thread_the_application_runs_on_the_main_thread(start, tmp_path, preload):
    (tmp_path / "main_thread.py").write_text(MAIN_THREAD)
    server = start("main_thread", *preload, chdir=tmp_path, threads=1)
    for _ in range(3):
        assert exchange(server.address).body == b"asyncio alarm MainThread False 1"
    os.kill(server.pid, signal.SIGHUP)
    server.stderr.wait_for("the application was reloaded")
    assert exchange(server.address).body == b"asyncio alarm MainThread False 1"
    server.stop(same_workers=False)


LEAK = """
import os, subprocess, sys
found = subprocess.run(["/bin/ls", "-l", "/proc/self/fd"], capture_output=True, text=True, close_fds=False).stdout

def application(environ, start_response):
    start_response("200 OK", [])
    return [found.encode()]
"""


@pytest.mark.parametrize("preload", [[], ["--preload"]])
def test_a_program_that_is_run_by_the_import_has_no_descriptor_of_the_server(start, tmp_path, preload):
    (tmp_path / "leak.py").write_text(LEAK)
    server = start("leak", *preload, chdir=tmp_path)
    found = exchange(server.address).body.decode()
    assert "pipe:" in found and "memfd" not in found and "eventfd" not in found, found


def test_nor_has_one_that_is_run_before_the_application_is_imported(start, tmp_path):
    """sitecustomize runs before anything else."""
    (tmp_path / "sitecustomize.py").write_text(LEAK)
    (tmp_path / "leak.py").write_text("from sitecustomize import application\n")
    server = start("leak", chdir=tmp_path, env={"PYTHONPATH": str(tmp_path)}, python=sys.executable)
    found = exchange(server.address).body.decode()
    assert "pipe:" in found and found.count("memfd") <= 2 and "eventfd" not in found, found
