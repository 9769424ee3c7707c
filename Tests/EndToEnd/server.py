"""Starts the real program, waits for its banner, and stops it again by its own process id."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import waiting
from output import Output
from processes import children_of, is_keeper, members_of_session, signal_session
from program import APPS, built
from rawclient import Address

COLOURS = r"(?:\x1b\[[\d;]*m)*"
LISTENER = (
    rf"(?:^|\\n)  {COLOURS}(?:Listening| {{9}})  {COLOURS}"
    r"(?:(?:https?|uwsgi|scgi|fastcgi)://)?(?:unix:(?P<path>\S+)|(?P<host>\[[0-9a-f:]+\]|[\w.-]+):(?P<port>\d+))"
)
"""A listener as the banner shows it, also in a line of JSON: what is said of upstreams has addresses in it too."""

STOPPING = 90.0
"""Seconds that a graceful stop may take: the 30 that requests in flight are given, and much room for a busy machine."""


class Server:
    """One running server, with the application's processes as its children.

    It leads a session of its own, so that whatever it leaves behind is found, counted as a failure and ended.
    """

    running: list["Server"] = []

    def __init__(
        self,
        command: Sequence[str],
        listeners: int = 1,
        cwd: Path = APPS,
        env: dict[str, str] | None = None,
        stdout: int = subprocess.PIPE,
        pass_fds: Sequence[int] = (),
        prepare: Callable[[], None] | None = None,
    ):
        """`prepare` runs in the new process, before the program does."""
        self.process = subprocess.Popen(
            command,
            cwd=cwd,
            env=environment(env),
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=subprocess.PIPE,
            start_new_session=True,
            pass_fds=pass_fds,
            preexec_fn=prepare,
        )
        self.pid = self.process.pid
        self._ending = False
        self.stdout = Output(self.process.stdout, "stdout") if self.process.stdout else None
        self.stderr = Output(self.process.stderr, "stderr")
        Server.running.append(self)
        try:
            banner = self.stderr.wait_for(LISTENER, listeners)
        except BaseException:
            self.kill()
            raise
        self.addresses = [address_of(line) for line in banner[:listeners]]
        self.first_workers = self.workers()

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_: object) -> None:
        """Ends what a test that failed has left; one that passed has stopped it."""
        self.kill()

    @property
    def address(self) -> Address:
        return self.addresses[0]

    @property
    def host(self) -> str:
        """What a client of the first listener sends as Host."""
        return self.address if isinstance(self.address, str) else "{}:{}".format(*self.address)

    def workers(self) -> list[int]:
        """The Python processes: all children of the server, but the keeper of groups."""
        return [pid for pid in children_of(self.pid) if not is_keeper(pid)]

    def keepers(self) -> list[int]:
        return [pid for pid in children_of(self.pid) if is_keeper(pid)]

    def wait_for_workers(self, count: int, other_than: Sequence[int] = ()) -> list[int]:
        """Waits until there are `count` workers, none of them among `other_than`."""

        def enough() -> list[int] | None:
            workers = self.workers()
            return workers if len(workers) == count and not set(workers) & set(other_than) else None

        return waiting.until(enough, f"{count} workers other than {list(other_than)}, there are {self.workers()}")

    def send_signal(self, number: signal.Signals) -> None:
        self._ending = True
        os.kill(self.pid, number)

    def send_signal_to_all(self, number: signal.Signals) -> None:
        """Signals the server and its workers, as systemd does by default."""
        self._ending = True
        signal_session(self.pid, number)

    def send_signal_to_group(self, number: signal.Signals) -> None:
        """Signals the server's process group, as a terminal does."""
        self._ending = True
        os.killpg(self.pid, number)

    def wait(self, deadline: float = STOPPING) -> int:
        try:
            return self.process.wait(deadline)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"still running after {deadline:g} s:\n{self.stderr.text}") from None

    def stop(self, code: int = 0, same_workers: bool = True, leaves_nothing: bool = True) -> None:
        """Asks for a graceful stop. Fails if a worker had been replaced, on another exit code, and on leftovers.

        What runs beside the applications comes and goes: a server with commands or scripts is stopped with `same_workers=False`.
        """
        try:
            if self.process.poll() is None:
                unchanged = self._ending or self.workers() == self.first_workers
                self.send_signal(signal.SIGTERM)
                ended = self.wait()
                assert unchanged or not same_workers, "a worker died:\n" + self.stderr.text
            else:
                ended = self.process.returncode
            assert ended == code, f"exit code {ended}, not {code}:\n{self.stderr.text}"
            left = members_of_session(self.pid)
            assert not (leaves_nothing and left), f"left behind: {left}"
        finally:
            self.kill()

    def kill(self) -> None:
        """Ends whatever is left of the server's own session."""
        signal_session(self.pid, signal.SIGKILL)
        self.process.wait()
        if self.stdout:
            self.stdout.wait_for_end()
        self.stderr.wait_for_end()
        if self in Server.running:
            Server.running.remove(self)


def martlet(
    app: str,
    *options: str,
    bind: Sequence[str] = ("127.0.0.1:0",),
    workers: int = 1,
    threads: int = 4,
    python: str | None = sys.executable,
    chdir: Path = APPS,
    cwd: Path = APPS,
    env: dict[str, str] | None = None,
) -> Server:
    """Starts `martlet run app` and returns when its banner says that it serves."""
    command = [built("martlet"), "run", app, "--workers", str(workers), "--threads", str(threads)]
    command += ["--chdir", str(chdir)]
    command += ["--python", python] if python else []
    for address in bind:
        command += ["--bind", address]
    return Server([*command, *options], len(bind), cwd, env)


@dataclass(frozen=True)
class Finished:
    code: int
    stdout: str
    stderr: str


def martlet_to_its_end(
    *arguments: str,
    cwd: Path = APPS,
    env: dict[str, str] | None = None,
    deadline: float = STOPPING,
    before: Sequence[str] = (),
    pass_fds: Sequence[int] = (),
    prepare: Callable[[], None] | None = None,
    stdin: bytes | None = None,
    program: str | None = None,
) -> Finished:
    """Runs `martlet`, or another program, with these arguments where it is expected to end by itself.

    `before` is a command that it is started by, and `prepare` runs in the new process before that.
    """
    process = subprocess.Popen(
        [*before, program or built("martlet"), *arguments],
        cwd=cwd,
        env=environment(env),
        stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        pass_fds=pass_fds,
        preexec_fn=prepare,
    )
    try:
        stdout, stderr = process.communicate(stdin, timeout=deadline)
    except subprocess.TimeoutExpired:
        signal_session(process.pid, signal.SIGKILL)
        stdout, stderr = process.communicate()
        raise AssertionError(f"still running after {deadline:g} s:\n{stderr.decode(errors='replace')}") from None
    left = members_of_session(process.pid)
    signal_session(process.pid, signal.SIGKILL)
    assert not left, f"left behind: {left}"
    return Finished(process.returncode, stdout.decode("utf-8", "replace"), stderr.decode("utf-8", "replace"))


def environment(additions: dict[str, str] | None = None) -> dict[str, str]:
    """The environment of a server: nothing in it chooses a Python, and nothing is written beside the apps."""
    chosen = ("VIRTUAL_ENV", "CONDA_PREFIX", "PYTHONPATH", "PYTHONHOME", "DJANGO_SETTINGS_MODULE")
    inherited = {name: value for name, value in os.environ.items() if name not in chosen}
    return {**inherited, "PYTHONDONTWRITEBYTECODE": "1", **(additions or {})}


def address_of(listener: re.Match[str]) -> Address:
    if listener["path"]:
        # A name without a file begins with a NUL for the system, and with an @ for people.
        return "\0" + listener["path"][1:] if listener["path"].startswith("@") else listener["path"]
    return listener["host"].strip("[]"), int(listener["port"])
