"""The server as the first process of a container, which has no default signals and inherits everybody's orphans."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import waiting
from needs import refuse, requires
from processes import children_of, is_alive, members_of_session
from program import built
from rawclient import exchange, request_bytes
from server import Server

WORKERS = 2


def have_namespaces() -> bool:
    if shutil.which("unshare") is None:
        return False
    tried = subprocess.run(
        ["unshare", "--pid", "--fork", "--mount-proc", "true"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    return tried.returncode == 0


class Container(Server):
    """`martlet run` as process 1 of a namespace of process ids; `unshare` is what this side starts."""

    @property
    def inside(self) -> int:
        """The server's process id as this side sees it."""
        (server,) = children_of(self.pid)
        return server

    def workers(self) -> list[int]:
        return children_of(self.inside)

    def signal_server(self, number: signal.Signals) -> None:
        self._ending = True
        os.kill(self.inside, number)


@pytest.fixture
def container(checkpoints, tmp_path):
    requires("unshare")
    if not have_namespaces():
        refuse("a namespace of process ids cannot be had here: it takes root")
    command = [built("martlet"), "run", "container_cases:application", "--bind", "127.0.0.1:0", "--python", sys.executable]
    command += ["--workers", str(WORKERS), "--threads", "2"]
    environment = {**checkpoints.env, "XDG_RUNTIME_DIR": str(tmp_path)}
    container = Container(["unshare", "--pid", "--fork", "--mount-proc", *command], env=environment)
    yield container
    container.kill()


def test_the_server_is_process_1(container):
    assert exchange(container.address, "/parent").body == b"1"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_it_gracefully(container, checkpoints, connect, number):
    name = checkpoints.new_name()
    connection = connect(container).send(request_bytes(f"/hold?checkpoint={name}"))
    arrival = checkpoints.wait_for(name)
    container.signal_server(number)
    arrival.go()
    assert connection.read_response().body == b"held and let go"
    assert container.wait() == 0
    assert not members_of_session(container.pid)


def test_orphans_are_reaped(container):
    for _ in range(20):
        orphan = exchange(container.address, "/orphan").body.decode()
        waiting.until(
            lambda: exchange(container.address, f"/state?pid={orphan}").body == b"gone", f"orphan {orphan} to be reaped"
        )


def test_the_servers_own_children_are_not_taken_by_the_reaper(container):
    """Their exit status is still in the log, and they are replaced."""
    for _ in range(5):
        victim = int(exchange(container.address, "/pid").body)
        exchange(container.address, "/orphan")
        before = container.workers()
        # The application knows its process id inside only.
        outside = next(pid for pid in before if inner_pid(pid) == victim)
        os.kill(outside, signal.SIGKILL)
        container.wait_for_workers(WORKERS, other_than=[outside])
        container.stderr.wait_for(rf"\(pid {victim}\) was ended by signal 9 \(SIGKILL")
        waiting.until(lambda: exchange(container.address, "/pid").status == 200, "an answer")


def test_a_reload_works(container):
    former = container.workers()
    container.signal_server(signal.SIGHUP)
    container.wait_for_workers(WORKERS, other_than=former)
    assert exchange(container.address, "/pid").status == 200


def test_nothing_is_left_when_it_is_killed(container):
    workers = container.workers()
    os.kill(container.inside, signal.SIGKILL)
    container.wait()
    waiting.until(lambda: not any(is_alive(pid) for pid in workers), "the workers to be gone")


def inner_pid(pid: int) -> int:
    """The process id inside the innermost namespace."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("NSpid:"):
            return int(line.split()[-1])
    raise AssertionError("the kernel does not tell")


def test_workers_leave_when_the_server_is_killed_while_they_work(start, checkpoints, connect):
    """Outside of a namespace nobody but they themselves can see to it."""
    server = start("container_cases:application", workers=WORKERS, env=checkpoints.env)
    name = checkpoints.new_name()
    connect(server).send(request_bytes(f"/hold?checkpoint={name}"))
    checkpoints.wait_for(name)
    server.send_signal(signal.SIGKILL)
    assert server.wait() == -signal.SIGKILL
    waiting.until(lambda: not members_of_session(server.pid), "the workers to leave")
    server.kill()
