"""What a process writes, collected while it runs."""

import codecs
import os
import re
import threading
import time
from typing import IO

from waiting import DEADLINE


class Output:
    """Reads a pipe to its end in a thread of its own, so that the process never blocks on a full pipe."""

    def __init__(self, pipe: IO[bytes], name: str):
        self.name = name
        self._pipe = pipe
        self._text = ""
        self._ended = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._collect, name=name, daemon=True)
        self._thread.start()

    @property
    def text(self) -> str:
        with self._changed:
            return self._text

    def lines(self) -> list[str]:
        return self.text.splitlines()

    def wait_for(self, pattern: str, count: int = 1, deadline: float = DEADLINE) -> list[re.Match[str]]:
        """Waits until `pattern` occurs `count` times; fails when the output ends before or the deadline passes."""
        end = time.monotonic() + deadline
        with self._changed:
            while True:
                found = list(re.finditer(pattern, self._text, re.MULTILINE))
                if len(found) >= count:
                    return found
                if self._ended:
                    raise AssertionError(f"{self.name} ended without {pattern!r} × {count}:\n{self._text}")
                if not self._changed.wait(end - time.monotonic()):
                    raise AssertionError(f"{self.name}: no {pattern!r} × {count} in {deadline:g} s:\n{self._text}")

    def wait_for_end(self, deadline: float = DEADLINE) -> str:
        """The whole text, once every process that holds the other end has closed it."""
        self._thread.join(deadline)
        return self.text

    def _collect(self) -> None:
        decoder = codecs.getincrementaldecoder("utf-8")("backslashreplace")
        while chunk := os.read(self._pipe.fileno(), 65536):
            with self._changed:
                self._text += decoder.decode(chunk)
                self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()
        self._pipe.close()
