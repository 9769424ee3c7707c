"""What a worker process is given at its start, and what happens when one cannot be started."""

import json
import os
import resource
import signal
from contextlib import contextmanager

import pytest

import waiting
from program import APPS
from rawclient import Connection, exchange, request_bytes
from traffic import Traffic

LISTS_DESCRIPTORS = """
import json, os
names = {}
for name in os.listdir("/proc/self/fd"):
    try:
        names[name] = os.readlink("/proc/self/fd/" + name)
    except OSError:
        pass  # the one that listed the folder
with open(os.environ["LIST"] + "/%d" % os.getpid(), "w") as file:
    json.dump(names, file)
"""


@pytest.mark.parametrize("way", ["sitecustomize", "pth"])
def test_what_runs_before_the_application_has_no_connection_of_a_client(start, tmp_path, way):
    """Python runs `sitecustomize` and `.pth` files by itself, before the first line of anything else."""
    packages, listed = tmp_path / "packages", tmp_path / "listed"
    packages.mkdir()
    listed.mkdir()
    (packages / "sitecustomize.py").write_text(
        LISTS_DESCRIPTORS if way == "sitecustomize" else f"import site; site.addsitedir({str(packages)!r})"
    )
    (packages / "lists_descriptors.py").write_text(LISTS_DESCRIPTORS)
    if way == "pth":
        (packages / "lists.pth").write_text("import lists_descriptors\n")
    environment = {"PYTHONPATH": f"{packages}:{APPS}", "LIST": str(listed)}
    server = start("worker_cases:application", workers=2, env=environment)
    with Connection(server.address) as busy, Connection(server.address) as idle:
        idle.request("/pid")
        busy.send(b"GET /pid HTTP/1.1\r\n")
        victim = server.workers()[0]
        os.kill(victim, signal.SIGKILL)
        (new,) = set(server.wait_for_workers(2, other_than=[victim])) - set(server.first_workers)
        waiting.until(lambda: (listed / str(new)).exists() and (listed / str(new)).stat().st_size, "the list")
        there = json.loads((listed / str(new)).read_text())
    kinds = [target.split(":")[0] for number, target in there.items() if int(number) > 2]
    assert "anon_inode" not in kinds, there
    # The control socket, and a handover socket for each event loop, which has a pipe as well.
    assert kinds.count("socket") == kinds.count("pipe") + 1, there
    server.stop(same_workers=False)


@contextmanager
def descriptors_limited(pid: int):
    """The server cannot open another file meanwhile."""
    former = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (3, former[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_NOFILE, former)


def test_a_reload_without_descriptors_leaves_the_former_workers_and_the_next_one_works(start):
    server = start("worker_cases:application", workers=2)
    with Traffic(server.address) as traffic:
        traffic.wait_for_more()
        with descriptors_limited(server.pid):
            server.send_signal(signal.SIGHUP)
            server.stderr.wait_for("could not be imported anew; the former one goes on serving: .*could not be started")
        assert server.wait_for_workers(2) == server.first_workers
        traffic.wait_for_more()
        server.send_signal(signal.SIGHUP)
        server.stderr.wait_for("the application was reloaded")
        traffic.wait_for_more()
        server.wait_for_workers(2, other_than=server.first_workers)
    assert set(traffic.statuses) == {200}
    server.stop(same_workers=False)


def test_a_worker_that_cannot_be_started_is_started_when_that_is_possible_again(start):
    server = start("worker_cases:application", workers=1)
    (worker,) = server.workers()
    with descriptors_limited(server.pid):
        os.kill(worker, signal.SIGKILL)
        server.stderr.wait_for("worker 1 could not be started: .*Too many open files")
    server.wait_for_workers(1, other_than=[worker])
    assert exchange(server.address, "/pid").status == 200
    server.stop(same_workers=False)


def test_streams_that_nobody_writes_to_cost_the_server_nothing(start, checkpoints):
    server = start("worker_cases:application", workers=1, threads=4, env=checkpoints.env)
    connections = []
    for _ in range(4):
        name = checkpoints.new_name()
        connection = Connection(server.address)
        connection.send(request_bytes(f"/hold-inside?checkpoint={name}"))
        connection.read_head()
        connections.append((connection, checkpoints.wait_for(name)))

    def switches() -> int:
        total = 0
        for thread in os.listdir(f"/proc/{server.pid}/task"):
            with open(f"/proc/{server.pid}/task/{thread}/status") as status:
                total += sum(int(line.split()[1]) for line in status if "_ctxt_switches" in line)
        return total

    def quietest_second() -> int:
        """The fewest wake-ups in ten tenths of a second in a row."""
        import time

        counts = []
        for _ in range(31):
            counts.append(switches())
            time.sleep(0.1)
        return min(counts[index + 10] - counts[index] for index in range(21))

    # 495 a second once. A tick of a quarter of a second, for each event loop, is what is left.
    assert quietest_second() < 60
    for connection, arrival in connections:
        arrival.go()
        connection.close()
