"""Upstreams that fail under load, in every way that is known: nothing hangs, nothing is lost that could be sent again, and nothing
is done twice. A hundredth of it in `make test`, all of it in `make soak`."""

import asyncio
import os
import time

import pytest
import waiting
from faultyupstreams import FAULTS, HANGING, Clients, Upstreams
from memory import MB, private_memory
from proxies import proxy

SCALE = float(os.environ.get("MARTLET_SOAK", "1"))
FAULTS_IN_ALL = int(100_000 * SCALE)
CONNECTIONS = 64


def descriptors(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/fd"))


async def fail(server_of, total: int) -> None:
    upstreams = Upstreams()
    await upstreams.start()
    urls = [f"http://127.0.0.1:{port}" for port in upstreams.ports]
    with server_of(urls) as server:
        before = descriptors(server.pid)
        # What is allocated once is not growth.
        warm = Clients(upstreams, server.address, max(200, total // 20))
        await warm.run(CONNECTIONS)
        memory = private_memory(server.pid)
        began = time.monotonic()
        clients = Clients(upstreams, server.address, warm.faults + total, _number=warm._number)
        await clients.run(CONNECTIONS, seed=2)
        seconds = time.monotonic() - began
        growth = private_memory(server.pid) - memory
        await upstreams.stop()
        problems = warm.problems + clients.problems + upstreams.problems
        print(f"{clients.requests} requests, {total} faults in {seconds:.0f} s; {growth / MB:.1f} MB more; {dict(clients.statuses)}; {clients.excused} excused")
        print({fault: upstreams.counts[fault] for fault in (*FAULTS, "kill")})
        assert not problems, "\n".join(problems[:10])
        assert all(upstreams.counts[fault] for fault in FAULTS)
        assert growth < 32 * MB
        # Of the requests that an upstream has when it is killed, few have a part of their answer.
        assert clients.excused <= upstreams.counts["kill"] * CONNECTIONS / 3
        waiting.until(lambda: descriptors(server.pid) <= before + 16, "the descriptors are closed")  # some are opened behind the banner


def server(urls):
    return proxy(
        *urls, answer_timeout=f"{int(HANGING * 1000)}ms", read_timeout="2s", retries=5, max_fails=1_000_000, keepalive_timeout="1s", access_log="off",
        log_level="critical",
    )  # fmt: skip


def test_a_thousand_faults():
    asyncio.run(fail(server, 1_000))


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_a_hundred_thousand_faults():
    asyncio.run(fail(server, FAULTS_IN_ALL))
