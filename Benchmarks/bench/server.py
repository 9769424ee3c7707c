"""A running server: started in a session of its own, ready when it answers, ended by its own process id."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import ssl
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Sequence

from . import cpu, places
from .failure import Failure

START_SECONDS = 30
STOP_SECONDS = 10


class Server:
    """The processes of one peer, for one case, on one port. A context manager: starts, waits until ready, stops.

    `commands` are started in order and stopped in reverse (the gateway before the proxy in front of it). `cores` pins
    all of them; `None` leaves them on every core.
    """

    def __init__(
        self,
        name: str,
        commands: list[list[str]],
        port: int,
        directory: Path,
        ready_path: str,
        cores: set[int] | None,
        scheme: str = "http",
        behind: "Sequence[list[str]]" = (),
        behind_core: "int | None" = None,
    ) -> None:
        """`scheme`: `http`, `https`, or `h2c` for HTTP/2 alone without TLS. `behind`: commands whose processes are not counted."""
        self.name = name
        self.scheme = scheme
        self.host = "127.0.0.1"
        self.port = port
        self.log = places.RUN / "logs" / f"{name.replace(' ', '-')}.log"
        self.commands = commands
        self.directory = directory
        self.ready_path = ready_path
        self.cores = cores
        self.behind = behind
        self.behind_core = behind_core
        self.processes: list[subprocess.Popen[bytes]] = []
        self.uncounted: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Server:
        try:
            self.start()
            self.wait_until_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with open(self.log, "wb") as log:
            behind_cores = None if self.behind_core is None else {self.behind_core}
            for commands, processes, cores in (
                (self.behind, self.uncounted, behind_cores),
                (self.commands, self.processes, self.cores),
            ):
                for command in commands:
                    processes.append(self.popen(command, log, cores))

    def popen(self, command: list[str], log: BinaryIO, cores: "set[int] | None") -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            command,
            cwd=self.directory,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            preexec_fn=lambda: os.sched_setaffinity(0, cores) if cores else None,
        )

    def wait_until_ready(self) -> None:
        """Returns when a request is answered with 200; raises `Failure` with the log when that does not come to be."""
        deadline = time.monotonic() + START_SECONDS
        problem = "no connection"
        while time.monotonic() < deadline:
            self.check_alive()
            try:
                status = self.get(self.ready_path)[0]
                if status == 200:
                    return
                problem = f"status {status}"
            except (OSError, http.client.HTTPException) as error:
                problem = str(error) or type(error).__name__
            time.sleep(0.02)
        raise Failure(f"{self.name} was not ready within {START_SECONDS} s ({problem}); its log:\n{self.log_tail()}")

    def check_alive(self) -> None:
        for process in [*self.uncounted, *self.processes]:
            if process.poll() is not None:
                raise Failure(f"{self.name} ended with exit code {process.returncode}; its log:\n{self.log_tail()}")

    def url(self, name: str) -> str:
        return f"{'https' if self.scheme == 'https' else 'http'}://{self.host}:{self.port}/{name}"

    def get(self, path: str, fields: "tuple[str, ...]" = ()) -> tuple[int, bytes]:
        return self.get_by_http2(path) if self.scheme == "h2c" else self.ask("GET", path, fields)

    def ask(
        self, method: str, path: str, fields: "tuple[str, ...]" = (), body: "str | None" = None
    ) -> tuple[int, bytes]:
        if self.scheme == "https":
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            connection = http.client.HTTPSConnection(self.host, self.port, timeout=5, context=context)
        else:
            connection = http.client.HTTPConnection(self.host, self.port, timeout=5)
        try:
            connection.request(method, path, body, headers=dict(field.split(": ", 1) for field in fields))
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def get_by_http2(self, path: str) -> tuple[int, bytes]:
        command = ["curl", "-s", "--http2-prior-knowledge", "-m", "5", "-w", "%{stderr}%{http_code}", self.url(path[1:])]
        finished = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if finished.returncode != 0:
            raise OSError(f"curl ended with {finished.returncode}")
        return int(finished.stderr.decode()), finished.stdout

    def stop(self) -> None:
        for process in reversed([*self.uncounted, *self.processes]):
            if process.poll() is None:
                process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            # What is left of the group that was started here: workers that outlived their parent.
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.processes, self.uncounted = [], []

    def cpu_seconds(self) -> float:
        return sum(cpu.cpu_seconds(process.pid) for process in self.processes)

    def memory_bytes(self) -> int:
        return sum(cpu.memory_bytes(process.pid) for process in self.processes)

    def log_tail(self) -> str:
        try:
            text = self.log.read_text(errors="replace")
        except OSError:
            return "(no log)"
        return "\n".join("    " + line for line in text.splitlines()[-20:]) or "    (empty)"


def free_port() -> int:
    """A port that the system has just called free."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
