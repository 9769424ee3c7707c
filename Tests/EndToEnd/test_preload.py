"""`--preload`: the application is imported once, and the workers are forked."""

import os
import signal

import pytest

import waiting
from processes import members_of_session
from program import APPS
from rawclient import exchange
from server import Server
from sites import Site
from traffic import Traffic

IMPORTED_IN = """
import os
import checkpoint
from routing import Routes, text

application = Routes()
importer = os.getpid()
{more}

@application.at("/pids")
def pids(environ, start_response):
    return text(start_response, "%d %d" % (importer, os.getpid()))
"""

HANGS_WHEN_TOLD = """
if os.path.exists("hang"):
    checkpoint.reach("import")
"""

HOOK = """
def before():
    if os.path.exists("hang"):
        checkpoint.reach("fork")

os.register_at_fork(before=before)
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "app").mkdir()
    return tmp_path / "app"


@pytest.fixture
def start_app(start, folder, checkpoints):
    def start_app(more: str = "", workers: int = 2) -> Server:
        (folder / "preloaded.py").write_text(IMPORTED_IN.format(more=more))
        environment = {**checkpoints.env, "PYTHONPATH": str(APPS)}
        servers.append(start("preloaded:application", "--preload", workers=workers, chdir=folder, env=environment))
        return servers[-1]

    servers = []
    yield start_app
    for server in servers:
        if server.process.poll() is None:
            server.stop(same_workers=False)


def pids(server: Server) -> tuple[int, int]:
    importer, worker = exchange(server.address, "/pids").body.split()
    return int(importer), int(worker)


def test_the_application_is_imported_in_one_process_that_forks_the_workers(start_app):
    server = start_app()
    seen = {pids(server) for _ in range(50)}
    assert len({importer for importer, _ in seen}) == 1
    assert all(importer != worker for importer, worker in seen)


def test_a_worker_that_dies_is_forked_again(start_app):
    server = start_app(workers=1)
    importer, worker = pids(server)
    os.kill(worker, signal.SIGKILL)
    waiting.until(lambda: pids(server)[1] != worker, "another worker")
    assert pids(server)[0] == importer


def test_after_the_end_of_the_process_that_forks_workers_import_the_application_themselves(start_app):
    server = start_app(workers=1)
    importer, worker = pids(server)
    os.kill(importer, signal.SIGKILL)
    server.stderr.wait_for("the preloaded application has ended")
    os.kill(worker, signal.SIGKILL)
    waiting.until(lambda: pids(server)[1] != worker, "another worker")
    importer, worker = pids(server)
    assert importer == worker


@pytest.fixture
def hanging(start_app, folder, checkpoints):
    """A server whose reload hangs in the import of the application."""
    server = start_app(HANGS_WHEN_TOLD)
    (folder / "hang").touch()
    arrived = len(checkpoints.arrived("import"))
    server.send_signal(signal.SIGHUP)
    checkpoints.wait_for("import", arrived + 1)
    return server


def test_a_reload_that_hangs_in_the_import_does_not_keep_the_server_from_stopping(hanging):
    hanging.send_signal(signal.SIGTERM)
    assert hanging.wait() == 0
    assert not members_of_session(hanging.pid)


def test_a_reload_that_hangs_in_the_import_ends_with_a_server_that_is_killed(hanging):
    os.kill(hanging.pid, signal.SIGKILL)
    hanging.wait()
    waiting.until(lambda: not members_of_session(hanging.pid), "the end of every process of the server")
    hanging.kill()


def test_a_slow_fork_of_one_application_holds_up_no_other(tmp_path, folder, checkpoints):
    (folder / "preloaded.py").write_text(IMPORTED_IN.format(more=HOOK))
    site = Site(tmp_path)
    site.write(
        "martlet.toml",
        f"""
        bind = "127.0.0.1:0"

        [route."/slow"]
        wsgi = "preloaded:application"
        directory = "app"
        preload = true
        workers = 1
        environment = {{ PYTHONPATH = "{APPS}" }}

        [route."/"]
        wsgi = "worker_cases:application"
        directory = "{APPS}"
        workers = 1
        """,
    )
    with site.serve(**checkpoints.env) as server:
        _, worker = map(int, exchange(server.address, "/slow/pids").body.split())
        (folder / "hang").touch()
        os.kill(worker, signal.SIGKILL)
        forking = checkpoints.wait_for("fork")
        other = int(exchange(server.address, "/pid").body)
        with Traffic(server.address, "/pid") as traffic:
            traffic.wait_for_more(500)
            # Nor does it hold up the replacement of another application's worker.
            os.kill(other, signal.SIGKILL)
            waiting.until(
                lambda: any(body.isdigit() and int(body) != other for body in traffic.bodies.copy()),
                "another worker of the other application",
            )
        (folder / "hang").unlink()
        forking.go()
        assert exchange(server.address, "/slow/pids").status == 200
        server.stop(same_workers=False)


def test_a_fork_that_hangs_ends_with_the_server(start_app, folder, checkpoints):
    server = start_app(HOOK, workers=1)
    _, worker = pids(server)
    (folder / "hang").touch()
    forks = len(checkpoints.arrived("fork"))
    os.kill(worker, signal.SIGKILL)
    checkpoints.wait_for("fork", forks + 1).go()
    checkpoints.wait_for("fork", forks + 2)  # the second of the two forks that make a worker
    server.stop(same_workers=False)
