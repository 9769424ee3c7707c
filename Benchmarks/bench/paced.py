"""The fast client of `beside-slow` and `slow-clients`: requests on a fixed schedule over kept connections.

The connections are opened first, so that servers which tie a connection to a process have spread them. In `beside-slow`
a slow client begins then and always has one request under way. Each fast request is due at a fixed time and goes out on
the connection that has been free for longest. Its latency counts from the time it was due, also when it had to wait for
a free connection: an answer that is late must not thin out the requests that would have been late too.
"""

from __future__ import annotations

import math
import selectors
import socket
import time
from collections import deque
from dataclasses import dataclass, field

CONNECTIONS = 16
REQUESTS_PER_SECOND = 200
LEAD_SECONDS = 0.5
LAST_ANSWER_SECONDS = 5


@dataclass(frozen=True)
class Outcome:
    """Latencies of the fast requests in milliseconds; `errors` counts those that got no answer, or a wrong one.

    Such a request counts as infinitely late: a server that answers half of them at once is not a fast one.
    """

    p50: float
    p99: float
    answers: int
    slow_answers: int
    errors: int


@dataclass
class Connection:
    """A kept-alive connection with at most one request under way."""

    address: tuple[str, int]
    path: str
    due: float = 0
    busy: bool = False
    received: bytes = b""
    socket: socket.socket = field(init=False)

    def __post_init__(self) -> None:
        self.open()

    def open(self) -> None:
        self.busy = False
        self.received = b""
        self.socket = socket.create_connection(self.address, timeout=10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, due: float) -> None:
        self.due = due
        self.busy = True
        self.socket.sendall(f"GET {self.path} HTTP/1.1\r\nHost: {self.address[0]}\r\n\r\n".encode("ascii"))

    def receive(self) -> bool | None:
        """True when the answer is whole and good, False when it is lost, `None` when there is more to come."""
        data = self.socket.recv(65536)
        if not data:
            return False
        self.received += data
        head, separator, body = self.received.partition(b"\r\n\r\n")
        if not separator or not body.endswith((b"Hello World!", b"0\r\n\r\n")):
            return None
        self.received = b""
        self.busy = False
        return head.startswith(b"HTTP/1.1 200")


def run(host: str, port: int, seconds: float, slow: "str | None" = None, warm_up: bool = True) -> Outcome:
    """`slow` is the path that the slow client asks for, if there is one.

    Without `warm_up` the measurement begins before the connections have had an answer each.
    """
    return Pace(host, port, slow, warm_up).run(seconds)


class Pace:
    def __init__(self, host: str, port: int, slow: "str | None", warm_up: bool) -> None:
        # select(2) takes microseconds where epoll_wait takes whole milliseconds.
        self.selector = selectors.SelectSelector()
        self.latencies: list[float] = []
        self.errors = 0
        self.slow_answers = 0
        self.measuring_from = 0.0
        self.slow = Connection((host, port), slow) if slow else None
        self.fast = [Connection((host, port), "/hello") for _ in range(CONNECTIONS)]
        for connection in self.fast if warm_up else []:
            connection.send(time.perf_counter())
            while connection.receive() is None:
                pass
        self.free = deque(self.fast)
        self.all = [*self.fast, *([self.slow] if self.slow else [])]
        for connection in self.all:
            self.selector.register(connection.socket, selectors.EVENT_READ, connection)

    def run(self, seconds: float) -> Outcome:
        if self.slow:
            self.slow.send(time.perf_counter())
        start = time.perf_counter() + LEAD_SECONDS
        self.measuring_from = start
        count = int(seconds * REQUESTS_PER_SECOND)
        waiting: deque[float] = deque()
        for number in range(count):
            due = start + number / REQUESTS_PER_SECOND
            self.serve(until=due, waiting=waiting)
            waiting.append(due)
            self.send_waiting(waiting)
        slow_answers = self.slow_answers
        end = time.perf_counter() + LAST_ANSWER_SECONDS
        while len(self.latencies) + self.errors < count and time.perf_counter() < end:
            self.serve(until=min(end, time.perf_counter() + 0.01), waiting=waiting)
        for connection in self.all:
            connection.socket.close()
        self.selector.close()
        ordered = sorted(self.latencies) + [math.inf] * (count - len(self.latencies))
        return Outcome(
            p50=percentile(ordered, 0.50) * 1e3,
            p99=percentile(ordered, 0.99) * 1e3,
            answers=len(self.latencies),
            slow_answers=slow_answers,
            errors=count - len(self.latencies),
        )

    def serve(self, until: float, waiting: deque[float]) -> None:
        """Takes answers until the time `until`."""
        remaining = until - time.perf_counter()
        while True:
            for key, _ in self.selector.select(max(0, remaining)):
                self.take(key.data)
                self.send_waiting(waiting)
            remaining = until - time.perf_counter()
            if remaining <= 0:
                return

    def take(self, connection: Connection) -> None:
        was_busy = connection.busy
        try:
            good = connection.receive()
        except OSError:
            good = False
        if good is None:
            return
        now = time.perf_counter()
        if not good:
            self.reopen(connection)
        if connection is self.slow:
            self.slow_answers += good and now >= self.measuring_from
            connection.send(now)
            return
        if not was_busy:
            return  # The server closed a connection that it owed nothing; it is open again and still free.
        if good:
            self.latencies.append(now - connection.due)
        else:
            self.errors += 1
        self.free.append(connection)

    def reopen(self, connection: Connection) -> None:
        self.selector.unregister(connection.socket)
        connection.socket.close()
        connection.open()
        self.selector.register(connection.socket, selectors.EVENT_READ, connection)

    def send_waiting(self, waiting: deque[float]) -> None:
        while waiting and self.free:
            self.free.popleft().send(waiting.popleft())


def percentile(ordered: list[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
