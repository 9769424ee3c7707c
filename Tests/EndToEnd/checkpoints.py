"""Places in an application where it tells the test something, or waits until the test lets it go on.

The application's half is `apps/checkpoint.py`. They talk over a Unix socket, so nothing is polled and nothing sleeps.
"""

import itertools
import json
import shutil
import socket
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from waiting import DEADLINE


@dataclass
class Arrival:
    """An application's thread that came to a checkpoint."""

    name: str
    text: str
    pid: int
    connection: socket.socket | None

    def go(self) -> None:
        """Lets a waiting application go on."""
        assert self.connection is not None, f"{self.name} does not wait"
        self.connection.sendall(b"go\n")
        self.connection.close()


class Checkpoints:
    def __init__(self) -> None:
        # A path of a Unix socket has at most 107 bytes, so it does not live in pytest's own long folders.
        self._folder = Path(tempfile.mkdtemp(prefix="martlet-"))
        self.path = str(self._folder / "checkpoints")
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(self.path)
        self._listener.listen(1024)
        self._arrivals: list[Arrival] = []
        self._changed = threading.Condition()
        self._names = itertools.count(1)
        threading.Thread(target=self._accept, name="checkpoints", daemon=True).start()

    @property
    def env(self) -> dict[str, str]:
        """What the server's environment needs for applications to find this."""
        return {"MARTLET_TEST_CHECKPOINTS": self.path}

    def new_name(self) -> str:
        """A name that no other checkpoint has."""
        return f"checkpoint{next(self._names)}"

    def wait_for(self, name: str, count: int = 1, deadline: float = DEADLINE) -> Arrival:
        """The `count`-th arrival with this name, as soon as it is there."""
        end = time.monotonic() + deadline
        with self._changed:
            while len(found := self._named(name)) < count:
                if not self._changed.wait(end - time.monotonic()):
                    raise AssertionError(f"{name!r} came {len(found)} times, not {count}, in {deadline:g} s")
            return found[count - 1]

    def release(self, names: list[str], deadline: float = DEADLINE) -> None:
        """Lets each of these go on as it arrives: of requests sent on several connections, any may be the first."""
        end = time.monotonic() + deadline
        missing = set(names)
        while missing:
            with self._changed:
                while not (here := [arrival for arrival in self._arrivals if arrival.name in missing]):
                    if not self._changed.wait(end - time.monotonic()):
                        raise AssertionError(f"{sorted(missing)} did not come in {deadline:g} s")
            for arrival in here:
                arrival.go()
                missing.discard(arrival.name)

    def arrived(self, name: str) -> list[Arrival]:
        """All arrivals with this name so far."""
        with self._changed:
            return self._named(name)

    def close(self) -> None:
        self._listener.close()
        for arrival in self._arrivals:
            if arrival.connection is not None:
                arrival.connection.close()
        shutil.rmtree(self._folder)

    def _named(self, name: str) -> list[Arrival]:
        return [arrival for arrival in self._arrivals if arrival.name == name]

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._greet, args=(connection,), daemon=True).start()

    def _greet(self, connection: socket.socket) -> None:
        try:
            with connection.makefile("rb") as lines:
                line = lines.readline()
        except OSError:
            line = b""  # the application's process has ended
        if not line.endswith(b"\n"):
            connection.close()
            return
        message = json.loads(line)
        waits = message["waits"]
        arrival = Arrival(message["name"], message["text"], message["pid"], connection if waits else None)
        with self._changed:
            self._arrivals.append(arrival)
            self._changed.notify_all()
        if not waits:
            with connection, suppress(OSError):  # the application's process may have ended meanwhile
                connection.sendall(b"go\n")
