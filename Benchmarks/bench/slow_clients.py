"""The slow clients of `slow-clients`, a process of their own: `python3 -m bench.slow_clients HOST PORT`.

100 of them upload 100 KB at 1 KB a second, 100 download 2 MB at 10 KB a second; one whose transfer is over begins
again. What is due next is a heap of times, so that a client costs nothing in between. A line `ready` is printed when
all of them are under way. At the end of its standard input the program prints what has become of them as one line of
JSON, and ends.
"""

from __future__ import annotations

import heapq
import itertools
import json
import select
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Dict, List, Tuple

from . import places
from .failure import Failure

CLIENTS_EACH_WAY = 100

UPLOAD_BYTES = 100_000
UPLOAD_PIECE = 1_000
UPLOAD_SECONDS = 1.0

DOWNLOAD_PIECE = 2_500
DOWNLOAD_SECONDS = 0.25

# A client that reads slowly has a full window: were it large, the system would take the answer in its place.
RECEIVE_BUFFER = 4_096

RETRY_SECONDS = 1.0
CONNECT_SECONDS = 10
READY_SECONDS = 30
SETTLE_SECONDS = 2


@dataclass
class Outcome:
    """What has become of the slow clients."""

    begun: int = 0
    """Downloads of which something has arrived: answers that the application has been asked for."""
    finished: int = 0
    lost: int = 0
    """Connections that the server ended before their transfer was over."""


class Client:
    """One connection with one transfer under way."""

    seconds = 0.0
    """Between two pieces."""

    def __init__(self, address: Tuple[str, int], outcome: Outcome) -> None:
        self.address = address
        self.outcome = outcome
        self.socket: "socket.socket | None" = None

    def open(self) -> None:
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        self.socket.settimeout(CONNECT_SECONDS)
        self.socket.connect(self.address)
        self.socket.sendall(self.head())
        self.socket.setblocking(False)

    def close(self) -> None:
        if self.socket:
            self.socket.close()
            self.socket = None

    def step(self) -> bool:
        """What is due; False when the server has ended the connection."""
        try:
            if self.socket is None:
                self.open()
            return self.transfer()
        except BlockingIOError:
            return True  # The server takes nothing, or has nothing to give.
        except OSError:
            return False

    def head(self) -> bytes:
        raise NotImplementedError

    def transfer(self) -> bool:
        raise NotImplementedError

    def finish(self) -> None:
        self.outcome.finished += 1
        self.close()


class Upload(Client):
    seconds = UPLOAD_SECONDS

    def __init__(self, address: Tuple[str, int], outcome: Outcome) -> None:
        super().__init__(address, outcome)
        self.left = 0

    def head(self) -> bytes:
        self.left = UPLOAD_BYTES
        return b"POST /upload HTTP/1.1\r\nHost: slow\r\nContent-Length: %d\r\n\r\n" % UPLOAD_BYTES

    def transfer(self) -> bool:
        assert self.socket
        if self.left:
            self.left -= self.socket.send(bytes(min(UPLOAD_PIECE, self.left)))
            return True
        if not self.socket.recv(4_096):
            return False
        self.finish()
        return True


class Download(Client):
    seconds = DOWNLOAD_SECONDS

    def __init__(self, address: Tuple[str, int], outcome: Outcome) -> None:
        super().__init__(address, outcome)
        self.left = 0
        self.received = b""

    def head(self) -> bytes:
        self.left = -1
        self.received = b""
        return b"GET /download HTTP/1.1\r\nHost: slow\r\n\r\n"

    def transfer(self) -> bool:
        assert self.socket
        data = self.socket.recv(DOWNLOAD_PIECE)
        if not data:
            return False
        if self.left >= 0:
            self.left -= len(data)
        else:
            self.begin(data)
        if self.left == 0:
            self.finish()
        return True

    def begin(self, data: bytes) -> None:
        """Takes what belongs to the head; from its end on the bytes are counted down."""
        self.received += data
        head, separator, body = self.received.partition(b"\r\n\r\n")
        if separator:
            self.outcome.begun += 1
            self.left = length(head) - len(body)


def length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    raise ValueError("an answer without Content-Length")


def run(address: Tuple[str, int]) -> Outcome:
    """Until standard input ends."""
    outcome = Outcome()
    clients: List[Client] = [Upload(address, outcome) for _ in range(CLIENTS_EACH_WAY)]
    clients += [Download(address, outcome) for _ in range(CLIENTS_EACH_WAY)]
    order = itertools.count()
    start = time.monotonic()
    # Spread over the time between two pieces, so that they do not come in bursts.
    due = [
        (start + client.seconds * number / len(clients), next(order), client) for number, client in enumerate(clients)
    ]
    heapq.heapify(due)
    waiting = {id(client) for client in clients}
    end = select.poll()
    end.register(sys.stdin, select.POLLIN | select.POLLHUP)
    while True:
        wait = max(0.0, due[0][0] - time.monotonic())
        if end.poll(wait * 1e3):
            break
        moment, _, client = due[0]
        if time.monotonic() < moment:
            continue
        alive = client.step()
        if not alive:
            outcome.lost += 1
            client.close()
        pause = client.seconds if alive else max(client.seconds, RETRY_SECONDS)
        heapq.heapreplace(due, (max(moment + pause, time.monotonic()), next(order), client))
        if id(client) in waiting:
            waiting.remove(id(client))
            if not waiting:
                print("ready", flush=True)
    for client in clients:
        client.close()
    return outcome


class SlowClients:
    """A context manager: the slow clients are under way within it; `outcome` is known after it.

    They have been for a while: that a hundred downloads begin within a second is not what is asked.
    """

    def __init__(self, host: str, port: int) -> None:
        self.command = [sys.executable, "-m", "bench.slow_clients", host, str(port)]
        self.outcome = Outcome()
        self.process: "subprocess.Popen[str] | None" = None

    def __enter__(self) -> SlowClients:
        self.process = subprocess.Popen(
            self.command, cwd=places.HOME, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout
        ready, _, _ = select.select([self.process.stdout], [], [], READY_SECONDS)
        if not ready or self.process.stdout.readline() != "ready\n":
            self.process.kill()
            self.process.wait()
            raise Failure(f"the slow clients were not under way within {READY_SECONDS} s")
        time.sleep(SETTLE_SECONDS)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        assert self.process
        try:
            printed, _ = self.process.communicate(timeout=CONNECT_SECONDS + 5)
        finally:
            self.process.kill()
            self.process.wait()
        if kind is None:
            self.outcome = Outcome(**json.loads(printed))


def main() -> None:
    outcome = run((sys.argv[1], int(sys.argv[2])))
    figures: Dict[str, int] = vars(outcome)
    print(json.dumps(figures), flush=True)


if __name__ == "__main__":
    main()
