"""A program in a terminal of its own, as a shell starts it: in the foreground, with Ctrl-C for all of it."""

import fcntl
import os
import pty
import signal
import subprocess
import termios
from collections.abc import Sequence
from pathlib import Path

from output import Output
from processes import signal_session
from server import environment


class TerminalOutput(Output):
    """A terminal that nobody has open any more fails to be read, where a pipe ends."""

    def _collect(self) -> None:
        try:
            super()._collect()
        except OSError:
            self._pipe.close()
            with self._changed:
                self._ended = True
                self._changed.notify_all()


class Terminal:
    def __init__(self, command: Sequence[str], cwd: Path, env: dict[str, str] | None = None):
        self._master, slave = pty.openpty()
        self.process = subprocess.Popen(
            command,
            cwd=cwd,
            env={**environment(env), "TERM": "dumb"},
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(slave)
        self.pid = self.process.pid
        self.screen = TerminalOutput(os.fdopen(os.dup(self._master), "rb", 0), "the terminal")

    def type(self, text: str) -> None:
        os.write(self._master, text.encode())

    def control_c(self) -> None:
        self.type("\x03")

    def kill(self) -> None:
        signal_session(self.pid, signal.SIGKILL)
        self.process.wait()
        os.close(self._master)
        self.screen.wait_for_end()
