"""Everything at once for ten minutes: no answer is somebody else's, no request is run twice, lost for nothing or left hanging.

One of its two applications scribbles on the shared region all the while. The short run of that is in `make test`:
`test_hostile_apps.py` and `test_hostile_workers.py`.

MARTLET_SOAK, a part of 1, makes it shorter while one works on it.
"""

import hashlib
import os
import random
import signal
import threading
import time
from collections import Counter

import pytest

from memory import MB, private_memory
from processes import children_of, members_of_session
from program import APPS
from rawclient import Connection, Truncated, chunked, exchange, request_bytes
from server import Server, martlet_to_its_end
from sites import Site

import waiting

SCALE = float(os.environ.get("MARTLET_SOAK", "1"))
ROUNDS = max(1, round(10 * SCALE))
SECONDS = float(os.environ.get("STRESS", "58"))
CLIENTS = 8
WORKERS = 2
THREADS = 3

pytestmark = [pytest.mark.soak, pytest.mark.timeout(900)]

SITE = """
    bind = "127.0.0.1:0"
    access-log = "off"

    [route."/bad"]
    wsgi = "hostile_cases:application"
    directory = "{apps}"
    workers = 2
    threads = 2
    request-timeout = "1s"
    queue-timeout = "1s"

    [route."/"]
    wsgi = "token_cases:application"
    directory = "{apps}"
    workers = {workers}
    threads = {threads}
    environment = {{ TOKENS = "{tokens}" }}
"""


class Clients:
    """Send requests of every kind until they are told to stop. `lost` counts the requests that a dying worker may cost."""

    def __init__(self, server: Server, seed: int):
        self.done: Counter = Counter()
        self.lost = 0
        self.failures: list[BaseException] = []
        self.is_stopping = threading.Event()
        self._address = server.address
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._work, args=(seed * 1000 + number,)) for number in range(CLIENTS)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        self.is_stopping.set()
        for thread in self._threads:
            thread.join()

    def _work(self, seed: int) -> None:
        chance = random.Random(seed)
        number = 0
        while not self.is_stopping.is_set() and not self.failures:
            try:
                with Connection(self._address) as connection:
                    for _ in range(chance.randint(1, 30)):
                        number += 1
                        if not self._request(connection, chance, f"{seed:x}.{number:x}."):
                            break
            except ConnectionError:
                # Refused, because the server stops; a connection that was open counts in _request.
                if self.is_stopping.is_set():
                    return
            except BaseException as failure:
                self.failures.append(failure)
                return

    def _request(self, connection: Connection, chance: random.Random, token: str) -> bool:
        """Whether the connection can be used again."""
        kind = chance.choice(KINDS)
        try:
            outcome = kind(connection, chance, token)
        except (Truncated, EOFError, ConnectionError) as failure:
            if self.is_stopping.is_set() and isinstance(failure, (Truncated, ConnectionError)):
                return False  # the server has closed a connection that was idle
            outcome = "lost"
        with self._lock:
            self.done[kind.__name__] += 1
            self.lost += outcome == "lost"
        return outcome == "whole"


def whole(response, body: bytes) -> str:
    if response.status == 502:
        return "lost"
    assert (response.status, response.body) == (200, body), (response.status, response.body[:200], body[:200])
    return "whole" if response.header("Connection") != "close" else "closed"


def echo(connection, chance, token):
    return whole(connection.request(f"/echo?token={token}"), token.encode())


def upload(connection, chance, token):
    body = chance.randbytes(chance.choice([0, 10, 3000, 70_000, 300_000]))
    if chance.random() < 0.5:
        request = request_bytes(f"/upload?token={token}", "POST", body=body)
    else:
        cut = chance.randint(0, len(body))
        request = request_bytes(
            f"/upload?token={token}", "POST", [("Transfer-Encoding", "chunked")], chunked(body[:cut], body[cut:])
        )
    connection.send(request)
    return whole(connection.read_response(), b"%s %d %s" % (token.encode(), len(body), hashlib.sha256(body).hexdigest().encode()))


def large(connection, chance, token):
    count = chance.choice([1, 1000, 30_000])
    return whole(connection.request(f"/large?token={token}&count={count}"), token.encode() * count)


def stream(connection, chance, token):
    count = chance.choice([1, 5, 40])
    return whole(connection.request(f"/stream?token={token}&count={count}"), token.encode() * count)


def both(connection, chance, token):
    body = chance.randbytes(chance.choice([100, 200_000]))
    sender = threading.Thread(target=send_quietly, args=(connection, request_bytes(f"/both?token={token}", "POST", body=body)))
    sender.start()
    try:
        return whole(connection.read_response(), token.encode() + body)
    finally:
        sender.join()


def send_quietly(connection, data):
    try:
        connection.send(data)
    except OSError:
        pass  # whoever reads notices as well


def unread(connection, chance, token):
    connection.send(request_bytes(f"/unread?token={token}", "POST", body=bytes(chance.choice([10, 100_000]))))
    return whole(connection.read_response(), token.encode())


def cancelled(connection, chance, token):
    """The client goes away at some moment of an upload or a download."""
    if chance.random() < 0.5:
        connection.send(request_bytes(f"/upload?token={token}", "POST", [("Content-Length", "500000")]) + bytes(100_000))
    else:
        connection.send(request_bytes(f"/stream?token={token}&count=1000"))
        if chance.random() < 0.5:
            connection.read_head()
    connection.reset()
    return "closed"


KINDS = [echo, echo, echo, upload, upload, large, stream, both, unread, cancelled]


class Trouble:
    """Does something bad to the server's workers several times a second."""

    def __init__(self, server: Server, chance: random.Random):
        self.server, self.chance = server, chance
        self.kills = 0
        self.done: Counter = Counter()

    def workers(self) -> list[int]:
        found = []
        for pid in children_of(self.server.pid):
            try:
                with open(f"/proc/{pid}/cmdline") as file:
                    if "token_cases" in file.read():
                        found.append(pid)
            except OSError:
                pass
        return found

    def make(self) -> None:
        kind = self.chance.choice([self.kill, self.kill, self.reload, self.scribble, self.pause])
        self.done[kind.__name__] += 1
        kind()

    def kill(self) -> None:
        if workers := self.workers():
            self.kills += 1
            os.kill(self.chance.choice(workers), signal.SIGKILL)

    def reload(self) -> None:
        os.kill(self.server.pid, signal.SIGHUP)

    def scribble(self) -> None:
        part = self.chance.choice(["queue", "control", "slots", "all"])
        pattern = self.chance.choice(["zeros", "ones", "noise"])
        try:
            exchange(self.server.address, f"/bad/scribble?part={part}&pattern={pattern}")
        except (Truncated, ConnectionError):
            pass

    def pause(self) -> None:
        """A worker that gets no time for a moment."""
        if workers := self.workers():
            pid = self.chance.choice(workers)
            try:
                os.kill(pid, signal.SIGSTOP)
                time.sleep(0.1)
                os.kill(pid, signal.SIGCONT)
            except ProcessLookupError:
                pass


def state_of(server: Server) -> tuple[int, int]:
    """Open descriptors and own memory, when no reload is under way."""
    try:
        waiting.until(lambda: len(children_of(server.pid)) == WORKERS + 2, "the workers of both applications", deadline=40)
    except AssertionError as error:
        status = martlet_to_its_end("status", "--pid", str(server.pid)).stdout
        lines = [line for line in server.stderr.text.splitlines() if "worker" in line][-40:]
        raise AssertionError("\n".join([f"{error}", status, *lines])) from None
    return len(os.listdir(f"/proc/{server.pid}/fd")), private_memory(server.pid)


def zombies_of(pid: int) -> int:
    count = 0
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/stat") as file:
                    state, parent = file.read().rpartition(")")[2].split()[:2]
            except OSError:
                continue
            count += state == "Z" and int(parent) == pid
    return count


@pytest.mark.parametrize("number", range(ROUNDS))
def test_stress(tmp_path, capsys, number):
    tokens = tmp_path / "tokens"
    tokens.mkdir()
    site = Site(tmp_path)
    site.write("martlet.toml", SITE.format(apps=APPS, workers=WORKERS, threads=THREADS, tokens=tokens))
    with site.serve() as server:
        clients = Clients(server, number + 1)
        trouble = Trouble(server, random.Random(number))
        clients.start()
        end = time.monotonic() + SECONDS
        early = None
        while time.monotonic() < end and not clients.failures:
            trouble.make()
            time.sleep(trouble.chance.uniform(0.05, 0.5))
            if early is None and time.monotonic() > end - SECONDS * 0.8:
                early = state_of(server)
        late = state_of(server)
        waiting.until(lambda: zombies_of(server.pid) == 0, "no zombies")
        if number % 2:
            clients.end()
        else:
            clients.is_stopping.set()  # the stop comes while they work
        server.stop(same_workers=False)
        clients.end()
        assert not clients.failures, clients.failures[0]
    served = Counter(line for file in tokens.iterdir() for line in file.read_text().splitlines())
    twice = [token for token, count in served.items() if count > 1]
    with capsys.disabled():
        print(f"\n  {clients.done.total()} requests, {clients.lost} lost to {trouble.kills} kills; {dict(trouble.done)}; "
              f"descriptors {early[0]} → {late[0]}, memory {early[1] / MB:.1f} → {late[1] / MB:.1f} MB", end=" ")
    assert not twice, twice[:10]
    assert clients.lost <= trouble.kills * THREADS
    assert late[0] <= early[0] + 2 * CLIENTS  # their connections come and go
    assert late[1] <= early[1] + 24 * MB
    assert not members_of_session(server.pid)
