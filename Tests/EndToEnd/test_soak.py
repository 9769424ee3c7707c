"""What takes minutes: bodies of 5 GB, 100 reloads, 10,000 connections at once, a million requests. `make soak`.

MARTLET_SOAK, a part of 1, makes all of it smaller while one works on it.
"""

import json
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

import waiting
from burst import allow_descriptors, burst
from memory import MB, Peak, private_memory
from rawclient import Connection, exchange, request_bytes
from server import Server, martlet_to_its_end
from traffic import Traffic

pytestmark = [pytest.mark.soak, pytest.mark.timeout(600)]

SCALE = float(os.environ.get("MARTLET_SOAK", "1"))
LARGE = int(5e9 * SCALE)
WORKERS = 2

FLAT = 16 * MB
"""What a process may grow by while a large body passes: the system's own buffers and the allocator's, not the body."""


@pytest.fixture
def say(capsys):
    """Shows a figure while the tests run."""

    def say(text: str) -> None:
        with capsys.disabled():
            print("\n  " + text, end=" ", flush=True)

    return say


@pytest.fixture
def server(start, tmp_path):
    server = start(
        "soak_cases:application", "--access-log", "off", "--limit-body", "6GB",
        workers=WORKERS, env={"XDG_RUNTIME_DIR": str(tmp_path)},
    )
    yield server
    if server.process.poll() is None:
        server.stop(same_workers=False)


def processes(server: Server) -> list[int]:
    return [server.pid, *server.workers()]


def warm(server: Server) -> None:
    """Every thread has served, and the buffers that stay are there."""
    for _ in range(20):
        assert exchange(server.address, "/upload", "POST", body=bytes(1_000_000)).body == b"1000000"
        assert len(exchange(server.address, "/download?bytes=1000000").body) == 1_000_000


# Large bodies


def send_body(connection: Connection, length: int, in_chunks: bool) -> None:
    block = memoryview(bytes(MB))
    while length:
        piece = block[: min(length, MB)]
        if in_chunks:
            connection.socket.sendall(b"%x\r\n" % len(piece))
        connection.socket.sendall(piece)
        if in_chunks:
            connection.socket.sendall(b"\r\n")
        length -= len(piece)
    if in_chunks:
        connection.socket.sendall(b"0\r\n\r\n")


def receive_body(connection: Connection, length: int) -> int:
    """Counts what comes of a body of known length."""
    count = len(connection.pending())
    connection.read_exactly(count)
    buffer = bytearray(MB)
    while count < length and (received := connection.socket.recv_into(buffer)):
        count += received
    return count


@pytest.mark.parametrize("in_chunks", [False, True], ids=["of known length", "in chunks"])
def test_an_upload_passes_in_flat_memory(server, connect, say, in_chunks):
    warm(server)
    connection = connect(server)
    framing = ("Transfer-Encoding", "chunked") if in_chunks else ("Content-Length", str(LARGE))
    with Peak(lambda: processes(server)) as memory:
        began = time.monotonic()
        connection.send(request_bytes("/upload", "POST", [framing]))
        send_body(connection, LARGE, in_chunks)
        assert connection.read_response().body == str(LARGE).encode()
        took = time.monotonic() - began
    say(f"upload: {LARGE / 1e9:g} GB, {LARGE / took / 1e6:.0f} MB/s; {memory}")
    assert memory.growth < FLAT, str(memory)


def test_a_generated_download_passes_in_flat_memory(server, connect, say):
    warm(server)
    connection = connect(server)
    with Peak(lambda: processes(server)) as memory:
        began = time.monotonic()
        connection.send(request_bytes(f"/download?bytes={LARGE}&length=yes"))
        assert connection.read_head().status == 200
        assert receive_body(connection, LARGE) == LARGE
        took = time.monotonic() - began
    say(f"download: {LARGE / 1e9:g} GB, {LARGE / took / 1e6:.0f} MB/s; {memory}")
    assert memory.growth < FLAT, str(memory)
    assert connection.request("/hello").status == 200


def test_a_download_for_a_slow_client_passes_in_flat_memory(server, connect, say):
    """The client reads nothing for a while: the application is held back, and nothing piles up."""
    warm(server)
    connection = connect(server)
    with Peak(lambda: processes(server)) as memory:
        connection.send(request_bytes(f"/download?bytes={LARGE}&length=yes"))
        assert connection.read_head().status == 200
        for _ in range(200):
            assert exchange(server.address, "/download?bytes=1000000").status == 200
        connection.reset()
    say(f"slow client: {memory}")
    assert memory.growth < FLAT, str(memory)


def test_a_file_is_sent_in_flat_memory(server, connect, say, tmp_path):
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.truncate(LARGE)
    warm(server)
    connection = connect(server)
    with Peak(lambda: processes(server)) as memory:
        began = time.monotonic()
        connection.send(request_bytes(f"/file?path={path}"))
        head = connection.read_head()
        assert (head.status, head.header("Content-Length")) == (200, str(LARGE))
        assert receive_body(connection, LARGE) == LARGE
        took = time.monotonic() - began
    say(f"file: {LARGE / 1e9:g} GB, {LARGE / took / 1e6:.0f} MB/s; {memory}")
    assert memory.growth < FLAT, str(memory)
    assert connection.request("/hello").status == 200


# Reloads


def open_descriptors(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/fd"))


def test_a_hundred_reloads_under_load_lose_no_request_and_close_no_connection(server, say, tmp_path):
    reloads = max(5, int(100 * SCALE))
    before, descriptors = private_memory(server.pid), open_descriptors(server.pid)
    with Traffic(server.address, "/pid", connections=8) as traffic:
        for _ in range(reloads):
            former = len(traffic.bodies)
            ended = martlet_to_its_end("reload", env={"XDG_RUNTIME_DIR": str(tmp_path)})
            assert (ended.code, ended.stdout) == (0, "reloaded\n"), ended
            waiting.until(lambda: traffic.failures or len(traffic.bodies) > former, "an answer of a new worker")
            traffic.check()
        traffic.wait_for_more()
    assert set(traffic.statuses) == {200}
    waiting.until(lambda: open_descriptors(server.pid) <= descriptors + 4, "the former workers' descriptors to be closed")
    # Each generation has answered.
    assert len(traffic.bodies) > reloads
    server.wait_for_workers(WORKERS)
    after = private_memory(server.pid)
    say(f"{reloads} reloads, {traffic.count} requests, none lost; server {before / MB:.1f} → {after / MB:.1f} MB")


# Connections


def test_a_burst_of_ten_thousand_connections(start, say):
    connections = max(1000, int(10_000 * SCALE))
    allow_descriptors(connections + 1000)
    server = start("soak_cases:application", "--access-log", "off", workers=WORKERS)
    outcome = burst(server.address, connections, rounds=3, target="/hello")
    say(f"{connections} connections: {dict(outcome.statuses)}")
    assert not outcome.unserved, outcome.unserved[:10]
    assert set(outcome.statuses) <= {200, 503}
    assert outcome.statuses.total() == 3 * connections
    assert exchange(server.address, "/hello").status == 200


# A million requests


def send_mixture(server: Server, count: int, clients: int, seed: int) -> Counter:
    """Lets client processes send `count` requests together."""
    host, port = server.address
    program = str(Path(__file__).with_name("mixture.py"))
    running = [
        subprocess.Popen(
            [sys.executable, program, host, str(port), str(count // clients), str(seed + number)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(clients)
    ]
    done: Counter = Counter()
    failures = []
    for client in running:
        output, errors = client.communicate()
        if client.returncode:
            failures.append(errors)
        else:
            done.update(json.loads(output))
    assert not failures, failures[0]
    return done


def settled_memory(server: Server) -> dict[int, int]:
    """Of each process once the last disconnected client's work has ended."""

    def look() -> dict[int, int]:
        return {pid: private_memory(pid) for pid in processes(server)}

    former = look()
    while True:
        threading.Event().wait(0.5)
        now = look()
        if sum(now.values()) >= sum(former.values()):
            return now
        former = now


def test_a_million_mixed_requests_leave_the_memory_where_it_was(server, say):
    total = int(1_000_000 * SCALE)
    first = total // 10
    done = send_mixture(server, first, clients=3, seed=0)
    early = settled_memory(server)
    steps = 9
    for step in range(steps):
        done += send_mixture(server, (total - first) // steps, clients=3, seed=100 * (step + 1))
    late = settled_memory(server)
    growth = sum(late.values()) / sum(early.values()) - 1
    each = ", ".join(f"{early[pid] / MB:.1f} → {late[pid] / MB:.1f} MB" for pid in early if pid in late)
    say(f"{done.total()} requests {dict(done)}: {each}, together {growth:+.1%}")
    assert server.workers() == server.first_workers, "a worker died:\n" + server.stderr.text[-3000:]
    assert growth < 0.05, each
