"""New source without a lost request: SIGHUP, `martlet reload`, and `--reload` in development."""

import os
import signal
from pathlib import Path

import pytest

import waiting
from checkpoints import Checkpoints
from program import APPS
from rawclient import exchange
from server import martlet_to_its_end
from traffic import Traffic

WORKERS = 2

SOURCE = """
import os
import checkpoint
from routing import Routes, parameters, text

application = Routes()


@application.at("/version")
def version(environ, start_response):
    return text(start_response, "{version}")


@application.at("/pid")
def pid(environ, start_response):
    return text(start_response, str(os.getpid()))


@application.at("/hold")
def hold(environ, start_response):
    checkpoint.reach(parameters(environ)["checkpoint"])
    return text(start_response, "{version}")
"""


class Source:
    """An application's only file, in a folder of its own."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.file = folder / "changing.py"
        self._saves = 0

    def save(self, text: str) -> None:
        """As editors do: the file is never half written. Its time is another one however fast this is."""
        draft = self.folder / "draft"
        draft.write_text(text)
        self._saves += 1
        os.utime(draft, (1_700_000_000 + self._saves,) * 2)
        draft.rename(self.file)

    def save_version(self, version: str) -> None:
        self.save(SOURCE.format(version=version))

    def save_broken(self, message: str = "not today") -> None:
        self.save(f"raise RuntimeError({message!r})\n")


@pytest.fixture
def source(tmp_path) -> Source:
    source = Source(tmp_path / "app")
    source.folder.mkdir()
    source.save_version("one")
    return source


@pytest.fixture
def start_app(start, source: Source, checkpoints: Checkpoints, tmp_path):
    def start_app(*options: str, **settings):
        environment = {**checkpoints.env, "PYTHONPATH": str(APPS), "XDG_RUNTIME_DIR": str(tmp_path)}
        settings = {"workers": WORKERS, **settings}
        servers.append(start("changing:application", *options, chdir=source.folder, env=environment, **settings))
        return servers[-1]

    servers = []
    yield start_app
    for server in servers:
        if server.process.poll() is None:
            server.stop(same_workers=False)


def hang_up(server, tmp_path):
    os.kill(server.pid, signal.SIGHUP)


def command(server, tmp_path):
    ended = martlet_to_its_end("reload", "--pid", str(server.pid), env={"XDG_RUNTIME_DIR": str(tmp_path)})
    assert (ended.code, ended.stdout) == (0, "reloaded\n"), ended


def version(server) -> bytes:
    return exchange(server.address, "/version").body


def wait_for_version(server, wanted: bytes) -> None:
    waiting.until(lambda: version(server) == wanted, f"version {wanted!r}")


@pytest.mark.parametrize("reload", [hang_up, command])
def test_the_new_source_is_served(start_app, source, tmp_path, reload):
    server = start_app()
    assert version(server) == b"one"
    source.save_version("two")
    reload(server, tmp_path)
    wait_for_version(server, b"two")
    server.wait_for_workers(WORKERS, other_than=server.first_workers)
    server.stderr.wait_for("the application was reloaded")


def test_when_the_command_returns_every_request_sees_the_new_source(start_app, source, tmp_path):
    server = start_app()
    for number in range(3):
        source.save_version(f"version {number}")
        command(server, tmp_path)
        assert {version(server) for _ in range(20)} == {f"version {number}".encode()}


def test_the_former_worker_finishes_its_request(start_app, source, checkpoints, connect, tmp_path):
    server = start_app()
    name = checkpoints.new_name()
    held = connect(server).send(f"GET /hold?checkpoint={name} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
    arrival = checkpoints.wait_for(name)
    source.save_version("two")
    command(server, tmp_path)
    assert version(server) == b"two"
    arrival.go()
    assert held.read_response().body == b"one"
    # The connection outlives the worker.
    assert held.request("/version").body == b"two"
    server.wait_for_workers(WORKERS, other_than=server.first_workers)


def test_a_former_worker_that_does_not_finish_has_the_grace_and_no_longer(start_app, source, checkpoints, connect, tmp_path):
    server = start_app("--grace", "1s", "--timeout", "off")
    name = checkpoints.new_name()
    held = connect(server).send(f"GET /hold?checkpoint={name} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
    checkpoints.wait_for(name)
    source.save_version("two")
    command(server, tmp_path)
    assert version(server) == b"two"
    server.stderr.wait_for("did not end within 1 s and is killed")
    assert held.read_response().status >= 500
    server.wait_for_workers(WORKERS, other_than=server.first_workers)


def test_connections_stay_open(start_app, source, connect, tmp_path):
    server = start_app()
    connections = [connect(server) for _ in range(20)]
    for connection in connections:
        assert connection.request("/version").body == b"one"
    source.save_version("two")
    command(server, tmp_path)
    for connection in connections:
        response = connection.request("/version")
        assert response.body == b"two"
        assert response.header("Connection") != "close"


def test_ten_reloads_under_load_cost_no_request_and_no_connection(start_app, source, tmp_path):
    server = start_app()
    with Traffic(server.address, "/version") as traffic:
        for number in range(10):
            source.save_version(f"version {number}")
            command(server, tmp_path)
            traffic.wait_for_body(f"version {number}".encode())
        traffic.wait_for_more()
    assert set(traffic.statuses) == {200}


def test_signals_that_come_during_a_reload_end_in_the_newest_source(start_app, source, tmp_path):
    server = start_app()
    with Traffic(server.address, "/version") as traffic:
        for number in range(10):
            source.save_version(f"version {number}")
            hang_up(server, tmp_path)
        traffic.wait_for_body(b"version 9")
    waiting.until(lambda: {version(server) for _ in range(10)} == {b"version 9"}, "the newest source alone")
    assert set(traffic.statuses) == {200}


def test_a_source_that_cannot_be_imported_leaves_the_former_one_serving(start_app, source, connect, tmp_path):
    server = start_app()
    connection = connect(server)
    assert connection.request("/version").body == b"one"
    source.save_broken("a mistake in the new source")
    ended = martlet_to_its_end("reload", "--pid", str(server.pid), env={"XDG_RUNTIME_DIR": str(tmp_path)})
    assert ended.code == 1
    assert "RuntimeError" in ended.stderr
    server.stderr.wait_for(r"Traceback \(most recent call last\):\n(.*\n)+?RuntimeError: a mistake in the new source")
    assert connection.request("/version").body == b"one"
    assert {version(server) for _ in range(10)} == {b"one"}
    waiting.until(lambda: server.workers() == server.first_workers, "the new workers to be gone")
    source.save_version("two")
    command(server, tmp_path)
    assert connection.request("/version").body == b"two"


def test_a_request_that_the_first_of_the_new_workers_has_is_not_lost_with_the_reload(
    start_app, source, checkpoints, connect, tmp_path
):
    """One of the new workers can import the application and serves; then the other one cannot."""
    server = start_app()
    name = checkpoints.new_name()
    source.save(f"import checkpoint\ncheckpoint.reach({name!r})\n" + SOURCE.format(version="two"))
    hang_up(server, tmp_path)
    good, bad = checkpoints.wait_for(name, 1), checkpoints.wait_for(name, 2)
    good.go()
    # Once all threads of the former workers are busy.
    held = []
    while not held or held[-1][1].pid != good.pid:
        place = checkpoints.new_name()
        connection = connect(server).send(f"GET /hold?checkpoint={place} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
        held.append((connection, checkpoints.wait_for(place)))
    bad.connection.close()  # an exception in the import
    server.stderr.wait_for("RuntimeError: the test left checkpoint")
    for connection, arrival in held[:-1]:
        arrival.go()
        assert connection.read_response().body == b"one"
    waiting.until(lambda: {version(server) for _ in range(10)} == {b"one"}, "the former version alone")
    connection, arrival = held[-1]
    arrival.go()
    assert connection.read_response().body == b"two"
    waiting.until(lambda: server.workers() == server.first_workers, "the new workers to be gone")


def test_a_signal_shows_in_the_log_why_the_source_cannot_be_imported(start_app, source, tmp_path):
    server = start_app()
    source.save_broken("a mistake in the new source")
    hang_up(server, tmp_path)
    server.stderr.wait_for("RuntimeError: a mistake in the new source")
    server.stderr.wait_for("the former one goes on serving")
    assert version(server) == b"one"


def test_a_worker_that_dies_after_a_failed_reload_costs_nothing_more(start_app, source, tmp_path):
    """Its successor has the broken source and nothing else: the others go on, and a repaired source heals it."""
    server = start_app()
    source.save_broken()
    assert martlet_to_its_end("reload", "--pid", str(server.pid), env={"XDG_RUNTIME_DIR": str(tmp_path)}).code == 1
    waiting.until(lambda: server.workers() == server.first_workers, "the new workers to be gone")
    victim = server.first_workers[0]
    os.kill(victim, signal.SIGKILL)
    server.stderr.wait_for(rf"\(pid {victim}\)")
    for _ in range(20):
        assert version(server) == b"one"
    source.save_version("two")
    command(server, tmp_path)
    assert {version(server) for _ in range(20)} == {b"two"}
    server.wait_for_workers(WORKERS, other_than=server.first_workers)


def test_a_stop_during_a_reload_is_graceful(start_app, source, tmp_path):
    source.save(SOURCE.format(version="two") + "\ncheckpoint.tell('imported')\n")
    server = start_app()
    hang_up(server, tmp_path)
    server.send_signal(signal.SIGTERM)
    assert server.wait() == 0


# --reload


def test_a_saved_file_is_picked_up(start_app, source, connect):
    server = start_app("--reload", workers=1)
    connection = connect(server)
    assert connection.request("/version").body == b"one"
    for wanted in ("two", "three"):
        source.save_version(wanted)
        waiting.until(lambda: connection.request("/version").body == wanted.encode(), f"version {wanted}")


def test_with_several_workers_too(start_app, source):
    server = start_app("--reload")
    for wanted in ("two", "three"):
        source.save_version(wanted)
        waiting.until(lambda: {version(server) for _ in range(10)} == {wanted.encode()}, f"version {wanted} alone")


def test_a_module_beside_the_application_is_watched_as_well(start_app, source):
    beside = source.folder / "beside.py"
    beside.write_text("greeting = 'hello'\n")
    source.save(SOURCE.format(version="one") + "import beside\n\n"
                "@application.at('/greeting')\ndef greeting(environ, start_response):\n"
                "    return text(start_response, beside.greeting)\n")
    server = start_app("--reload", workers=1)
    assert exchange(server.address, "/greeting").body == b"hello"
    beside.write_text("greeting = 'good evening'\n")
    os.utime(beside, (1_700_000_000,) * 2)
    waiting.until(lambda: exchange(server.address, "/greeting").body == b"good evening", "the new greeting")


def test_the_import_error_is_shown_in_the_browser_until_it_is_repaired(start_app, source, connect):
    server = start_app("--reload", workers=1)
    connection = connect(server)
    source.save_broken("an <unusual> mistake")
    waiting.until(lambda: connection.request("/version").status == 500, "the page of the error")
    page = connection.request("/version")
    assert page.header("Content-Type") == "text/html; charset=utf-8"
    assert b"RuntimeError" in page.body and b"changing.py" in page.body
    assert b"an &lt;unusual&gt; mistake" in page.body
    source.save_version("two")
    waiting.until(lambda: connection.request("/version").body == b"two", "the repaired source")


def test_a_file_that_is_saved_while_it_is_imported_is_imported_again(start_app, source, checkpoints):
    server = start_app("--reload", workers=1)
    name = checkpoints.new_name()
    source.save(SOURCE.format(version="two") + f"\ncheckpoint.reach({name!r})\n")
    arrival = checkpoints.wait_for(name)
    source.save_version("three")
    arrival.go()
    wait_for_version(server, b"three")


@pytest.mark.parametrize("workers", [1, WORKERS])
def test_the_very_first_import_may_fail(start_app, source, workers):
    source.save_broken("from the beginning")
    server = start_app("--reload", workers=workers)
    page = exchange(server.address, "/version")
    assert page.status == 500
    assert b"from the beginning" in page.body
    source.save_broken("and once more")
    waiting.until(lambda: b"and once more" in exchange(server.address, "/version").body, "the other mistake")
    source.save_version("one")
    wait_for_version(server, b"one")
    server.wait_for_workers(workers)
    source.save_version("two")
    wait_for_version(server, b"two")
