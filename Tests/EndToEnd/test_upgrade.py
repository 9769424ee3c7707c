"""`martlet upgrade`: another process takes the place of the one that runs, and no client notices."""

import os
import re
import shutil
import signal
import socket
import stat
import sys
import threading
from pathlib import Path

import pytest
import waiting
from certificates import Authority
from http2client import Client
from processes import is_alive, members_of_session
from program import APPS, built
from rawclient import Connection, exchange, request_bytes
from scrape import local_address, scrape
from server import Server, martlet_to_its_end
from sites import installed
from test_systemd import Notifications, activated, notifications  # noqa: F401
from tlsclient import SecureConnection


@pytest.fixture
def program(tmp_path) -> Path:
    """A copy of the program that a test may exchange for another one."""
    folder = tmp_path / "bin"
    folder.mkdir()
    return Path(installed(folder))


SITE = f"""
bind = ["127.0.0.1:0", "unix:FOLDER/own.sock"]
[route."/"]
wsgi = "worker_cases:application"
directory = "{APPS}"
python = "{sys.executable}"
workers = 1
[route."/fixed"]
respond = "first"
"""


class Upgraded(Server):
    """A server whose process may be exchanged; all that follow are members of its session."""

    def main(self) -> int:
        """The process that came last: a former one has its socket until it ends."""
        sockets = [path for path in self.control.iterdir() if path.suffix == ".sock"]
        return int(max(sockets, key=lambda path: path.stat().st_mtime_ns).stem)

    def upgrade(self, code=0):
        done = martlet_to_its_end("upgrade", "--pid", str(self.main()), env={"XDG_RUNTIME_DIR": str(self.control.parent)})
        assert done.code == code, done
        return done.stdout if code == 0 else done.stderr

    def end(self) -> None:
        """Ends the process that serves at last, and sees that nothing is left."""
        os.kill(self.main(), signal.SIGTERM)
        waiting.until(lambda: not members_of_session(self.pid), "every process to end")
        self.kill()


def write(program: Path, text: str) -> None:
    (program.parent / "martlet.toml").write_text(text.replace("FOLDER", str(program.parent)))


def serve(program: Path, text: str = SITE, listeners=2, **env) -> Upgraded:
    write(program, text)
    server = Upgraded(
        [str(program), "serve"], listeners, cwd=program.parent, env={"XDG_RUNTIME_DIR": str(program.parent.parent), **env}
    )
    server.control = program.parent.parent / "martlet"
    return server


class Load:
    """Clients that go on until they are told to stop. Each answer has to be whole."""

    def __init__(self, address):
        self.address = address
        self.stopped = threading.Event()
        self.failures: list[str] = []
        self.counts = [0, 0, 0]
        self.threads = [threading.Thread(target=self.run, args=(kind,)) for kind in range(3)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stopped.set()
        for thread in self.threads:
            thread.join()
        assert not self.failures, self.failures[:5]
        assert min(self.counts) > 0, self.counts

    def run(self, kind: int) -> None:
        try:
            (self.fresh, self.kept, self.slow)[kind](kind)
        except BaseException as error:
            self.failures.append(f"{('fresh', 'kept', 'slow')[kind]}: {error!r}")

    def fresh(self, kind: int) -> None:
        while not self.stopped.is_set():
            assert exchange(self.address, "/pid").status == 200
            self.counts[kind] += 1

    def kept(self, kind: int) -> None:
        """Sends one request after the other on a connection until the server says that it was the last one."""
        while not self.stopped.is_set():
            with Connection(self.address) as connection:
                while not self.stopped.is_set():
                    response = connection.request("/fixed")
                    assert response.status == 200
                    self.counts[kind] += 1
                    if response.header("Connection") == "close":
                        break

    def slow(self, kind: int) -> None:
        """With a pause between its requests, in which the connection is idle."""
        while not self.stopped.is_set():
            with Connection(self.address) as connection:
                while not self.stopped.is_set():
                    response = connection.request("/pid")
                    assert response.status == 200
                    self.counts[kind] += 1
                    if response.header("Connection") == "close":
                        break
                    self.stopped.wait(0.01)


def wait_for_end(pid: int) -> None:
    waiting.until(lambda: not is_alive(pid), f"process {pid} to end")


def test_no_request_is_lost_and_no_connection_refused(program):
    with serve(program) as server:
        before = server.main()
        with Load(server.address) as load, Load(server.addresses[1]) as other:
            waiting.until(lambda: min(load.counts + other.counts) > 5, "load")
            for _ in range(2):
                former = server.main()
                said = server.upgrade()
                assert re.fullmatch(rf"upgraded: process \d+ has taken the place of {former}\n", said)
                wait_for_end(former)
        assert server.main() != before
        # The new one has the same port and the same socket, which it removes at its end.
        assert exchange(server.address, "/fixed").body == b"first"
        path = program.parent / "own.sock"
        assert stat.S_ISSOCK(path.stat().st_mode)
        server.end()
        assert not path.exists()


def test_the_new_process_is_what_is_installed_and_reads_the_file_anew(program):
    with serve(program) as server:
        former = server.main()
        shutil.copy2(program, program.with_name("new"))
        program.with_name("new").replace(program)
        write(program, SITE.replace("first", "second"))
        server.upgrade()
        wait_for_end(former)
        assert exchange(server.address, "/fixed").body == b"second"
        # An address that is not asked for any more is given up.
        write(program, SITE.replace(', "unix:FOLDER/own.sock"', ""))
        former = server.main()
        server.upgrade()
        wait_for_end(former)
        assert not (program.parent / "own.sock").exists()
        assert exchange(server.address, "/fixed").status == 200
        server.end()


def test_the_addresses_that_tell_what_the_server_is_doing_are_taken_over(program):
    monitoring = 'metrics = "127.0.0.1:0"\nstatus = "unix:FOLDER/status.sock"\n'
    with serve(program, monitoring + SITE) as server:
        metrics, status = local_address(server, "Metrics"), str(program.parent / "status.sock")
        for _ in range(2):
            former = server.main()
            server.upgrade()
            wait_for_end(former)
            assert scrape(metrics)("process_start_time_seconds") > 0
            assert exchange(status, "/status.json", host="localhost").status == 200
        # One that is not asked for any more is given up.
        write(program, SITE)
        former = server.main()
        server.upgrade()
        wait_for_end(former)
        assert not (program.parent / "status.sock").exists()
        with pytest.raises(ConnectionRefusedError):
            exchange(metrics, "/metrics")
        server.end()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"#!/bin/sh\nexit 7\n", "the new process has ended before it served; its log says more"),
        (b"not a program\n", "could not be started: Exec format error"),
        (None, "could not be started: No such file or directory"),
    ],
    ids=["ends", "no program", "gone"],
)
def test_a_broken_program_leaves_the_former_one_serving(program, text, reason):
    with serve(program) as server:
        former, workers = server.main(), server.workers()
        kept = program.with_name("kept")
        program.rename(kept)
        if text is not None:
            program.write_bytes(text)
            program.chmod(0o755)
        with Load(server.address):
            said = server.upgrade(code=1)
        assert said.startswith("Error: The upgrade has failed, and the server goes on as before: ") and reason in said
        assert server.main() == former and server.workers() == workers
        kept.replace(program)
        assert exchange(server.addresses[1], "/fixed").status == 200
        server.stop()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (('respond = "first"', 'respnd = "first"'), "there is no setting 'respnd'"),
        (("worker_cases:application", "no_such_module:app"), "no_such_module"),
        (('"127.0.0.1:0"', '"192.0.2.1:8000"'), "this machine does not have that address"),
    ],
    ids=["file", "application", "address"],
)
def test_a_site_that_is_no_good_leaves_the_former_process_serving(program, change, reason):
    with serve(program) as server:
        former = server.main()
        write(program, SITE.replace(*change))
        with Load(server.address):
            assert reason in server.upgrade(code=1)
        assert server.main() == former
        assert exchange(server.addresses[1], "/fixed").status == 200
        write(program, SITE)
        server.upgrade()
        wait_for_end(former)
        server.end()


def test_a_request_in_flight_ends_with_the_former_process(program):
    with serve(program) as server:
        former = server.main()
        with Connection(server.address) as connection:
            connection.send(b"POST /pid HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nab")
            server.upgrade()
            assert server.main() != former and is_alive(former)
            connection.send(b"cd")
            response = connection.read_response()
            assert response.status == 200 and response.header("Connection") == "close"
        wait_for_end(former)
        server.end()


def test_the_process_that_serves_is_meant_while_the_former_one_finishes(program):
    env = {"XDG_RUNTIME_DIR": str(program.parent.parent)}
    with serve(program) as server:
        former = server.main()
        with Connection(server.address) as connection:
            connection.send(b"POST /pid HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nab")
            server.upgrade()
            new = server.main()
            for command in (["status"], ["reload"]):
                assert martlet_to_its_end(*command, env=env).code == 0
            assert f"process {new}\n" in martlet_to_its_end("status", env=env).stdout
            # Who asks for the former one gets it.
            assert f"process {former}\n" in martlet_to_its_end("status", "--pid", str(former), env=env).stdout
            connection.send(b"cd")
            assert connection.read_response().status == 200
        wait_for_end(former)
        refused = martlet_to_its_end("status", "--pid", str(former), env=env)
        assert refused.code == 1 and f"These run: {new}." in refused.stderr
        assert [path.name for path in server.control.iterdir()] == [f"{new}.sock"]
        server.end()


def test_http2_clients_are_told_to_go(program, tmp_path):
    with serve(program) as server, Client(server.address) as client:
        assert client.answer(client.request("/fixed")).status == 200
        former = server.main()
        server.upgrade()
        while client.goaway is None:
            client.read_frame()
        assert client.goaway.error_code == 0
        wait_for_end(former)
        server.end()


def test_over_tls(program, tmp_path):
    authority = Authority(tmp_path / "ca")
    pair = authority.pair()
    text = SITE.replace('"127.0.0.1:0"', '"https://127.0.0.1:0"').replace(
        "[route", f'tls = {{ certificate = "{pair.certificate}", key = "{pair.key}" }}\n[route', 1
    )
    with serve(program, text) as server:
        former = server.main()
        server.upgrade()
        wait_for_end(former)
        with SecureConnection(server.address, authority.client()) as connection:
            assert connection.send(request_bytes("/fixed", host="localhost")).read_response().body == b"first"
        server.end()


def test_systemd_hears_which_process_is_the_main_one(program, notifications):  # noqa: F811
    with serve(program, **notifications.env, WATCHDOG_USEC="400000") as server:
        assert notifications.next()["READY"] == "1"
        former = server.main()
        server.upgrade()
        messages = []
        while not any("READY" in message for message in messages):
            messages.append(notifications.next())
        said = [message for message in messages if "WATCHDOG" not in message]
        assert said[0] == {"MAINPID": str(server.main())}
        assert said[1]["READY"] == "1" and said[1]["STATUS"].startswith("Serving at")
        wait_for_end(former)
        # The new one feeds the watchdog; the former one has not said that the service stops.
        rest = [notifications.next() for _ in range(3)]
        assert rest == [{"WATCHDOG": "1"}] * 3
        server.end()
        assert "STOPPING" in [key for message in notifications.rest() for key in message]


def test_sockets_of_systemd_are_handed_on(program):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        write(program, SITE.replace("bind =", "# bind ="))
        server = activated(
            listener, command=[str(program), "serve", str(program.parent)], env={"XDG_RUNTIME_DIR": str(program.parent.parent)}
        )
        server.__class__ = Upgraded
        server.control = program.parent.parent / "martlet"
        with server:
            # The second time with those that were handed on.
            for _ in range(2):
                former = server.main()
                with Load(server.address):
                    server.upgrade()
                    wait_for_end(former)
                assert exchange(listener.getsockname(), "/fixed").status == 200
            server.end()


def test_a_stop_in_the_middle_ends_both(program, tmp_path):
    (tmp_path / "slow.py").write_text("import time\ntime.sleep(60)\n")
    with serve(program) as server:
        write(program, SITE.replace("worker_cases:application", "slow:app").replace(str(APPS), str(tmp_path)))
        asking = threading.Thread(
            target=lambda: martlet_to_its_end("upgrade", env={"XDG_RUNTIME_DIR": str(tmp_path)})
        )
        asking.start()
        server.stderr.wait_for("importing the application", 2)
        os.kill(server.pid, signal.SIGTERM)
        waiting.until(lambda: not members_of_session(server.pid), "both to end")
        asking.join()


def test_an_unknown_server(tmp_path):
    done = martlet_to_its_end("upgrade", env={"XDG_RUNTIME_DIR": str(tmp_path)})
    assert done.code == 1 and "No server of yours is running" in done.stderr
