"""Clients that send one request after the other for as long as something else happens to the server."""

import threading
from collections import Counter

import waiting
from rawclient import Address, Connection, Response


class Traffic:
    """Connections that are kept alive; a connection that is closed counts as a failure like any other.

    Used as a context: at its end every client has finished its request, and the first failure is raised.
    """

    def __init__(self, address: Address, target: str = "/pid", connections: int = 4):
        self.statuses: Counter = Counter()
        self.bodies: Counter = Counter()
        self.failures: list[BaseException] = []
        self._address = address
        self._target = target
        self._enough = threading.Event()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._work) for _ in range(connections)]

    def __enter__(self) -> "Traffic":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self._enough.set()
        for thread in self._threads:
            thread.join()
        if kind is None and self.failures:
            raise self.failures[0]

    @property
    def count(self) -> int:
        return self.statuses.total()

    def wait_for_more(self, count: int = 100) -> None:
        """Until so many more requests have been answered than now."""
        goal = self.count + count
        waiting.until(lambda: self.failures or self.count >= goal, f"{count} more answers")
        self.check()

    def wait_for_body(self, text: bytes) -> None:
        waiting.until(lambda: self.failures or self.bodies[text], f"the answer {text!r}; there were {dict(self.bodies)}")
        self.check()

    def check(self) -> None:
        if self.failures:
            raise self.failures[0]

    def _work(self) -> None:
        try:
            with Connection(self._address) as connection:
                while not self._enough.is_set():
                    self._note(connection.request(self._target))
        except BaseException as failure:
            self.failures.append(failure)

    def _note(self, response: Response) -> None:
        assert response.header("Connection") != "close", "the server closes the connection"
        with self._lock:
            self.statuses[response.status] += 1
            self.bodies[response.body] += 1
