"""What the system does not give: closed descriptors, too few of them, no /proc. It is said in a sentence, and the exit code is not 0."""

import os
import pwd
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import pytest
import waiting
from needs import refuse, requires_root
from program import APPS, built
from rawclient import Connection, exchange
from server import Server, martlet_to_its_end
from sites import installed

APP = "echo:application"
PYTHON = "/usr/bin/python3"
COMMAND = ["run", APP, "--workers", "2", "--python", sys.executable, "--bind", "127.0.0.1:0"]


def closing(*descriptors):
    def prepare():
        for number in descriptors:
            os.close(number)

    return prepare


# Standard descriptors


@pytest.mark.parametrize("closed", [(0,), (1,), (0, 1)], ids=str)
def test_with_closed_descriptors_it_serves_and_what_is_its_own_stays_clean(closed):
    """The access log is for standard output: it must not go into whatever has that number instead."""
    server = Server([built("martlet"), *COMMAND], prepare=closing(*closed))
    with server:
        for _ in range(20):
            assert exchange(server.address, "/ignores-the-body").status == 200
        for number in closed:
            assert os.readlink(f"/proc/{server.pid}/fd/{number}") == "/dev/null"
        server.stop()


@pytest.mark.parametrize("closed", ["2>&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_without_standard_error_it_serves_too(closed, tmp_path):
    path = tmp_path / "s"
    command = [built("martlet"), "run", APP, "--workers", "1", "--python", sys.executable, "--bind", f"unix:{path}"]
    script = f'exec "$@" {closed}'
    process = subprocess.Popen(["sh", "-c", script, "sh", *command], cwd=APPS, start_new_session=True)
    try:
        waiting.until(lambda: path.exists() or process.poll() is not None, "the socket of the server")
        assert process.poll() is None, f"it has ended with {process.returncode}"
        assert exchange(str(path), "/ignores-the-body").status == 200
        assert os.readlink(f"/proc/{process.pid}/fd/2") == "/dev/null"
        process.send_signal(signal.SIGTERM)
        assert process.wait(90) == 0
    finally:
        process.kill()
        process.wait()


# Descriptors


def limited(number):
    return lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (number, number))


@pytest.mark.parametrize("number", [4, 5, 6, 8, 10, 12, 14, 16, 19, 22, 25, 28, 31, 34, 37, 40, 44, 48, 52, 56])
def test_with_too_few_descriptors_it_says_so(number):
    finished = martlet_to_its_end(*COMMAND, prepare=limited(number))
    assert finished.code == 1
    assert f"At most {number} files and sockets may be open here (ulimit -n)" in finished.stderr
    assert "Raise the limit" in finished.stderr
    assert "usage" not in finished.stdout.lower()


@pytest.mark.parametrize("number", [*range(66, 90, 3), 128])
def test_near_the_limit_it_serves_and_stops_or_says_what_is_missing(number):
    """With as many clients as there are descriptors: some of them wait."""
    try:
        server = Server([built("martlet"), *COMMAND], prepare=limited(number))
    except AssertionError as failure:
        assert "files and sockets may be open here (ulimit -n)" in str(failure)
        return
    with server, ExitStack() as clients:
        assert exchange(server.address, "/ignores-the-body").status == 200
        for _ in range(number):
            clients.enter_context(Connection(server.address))
        server.send_signal(signal.SIGTERM)
        assert server.wait() == 0
        server.stop()


def test_what_is_needed_grows_with_the_workers():
    finished = martlet_to_its_end(*COMMAND[:3], "900", *COMMAND[4:], prepare=limited(1024))
    assert finished.code == 1
    assert "At most 1024 files" in finished.stderr and "start fewer workers" in finished.stderr


# Threads and processes


@pytest.fixture(scope="module")
def public_folder():
    """The program and an application where every user can read them, unlike those of pytest."""
    with tempfile.TemporaryDirectory(prefix="martlet-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "app.py").write_text(
            "def application(environ, start_response):\n"
            "    start_response('200 OK', [('Content-Length', '6')])\n"
            "    return [b'served']\n"
        )
        yield installed(folder), folder


def as_nobody_with(number):
    """Root has no limit of this kind."""
    nobody = pwd.getpwnam("nobody")

    def prepare():
        os.setgroups([])
        os.setgid(nobody.pw_gid)
        os.setuid(nobody.pw_uid)
        resource.setrlimit(resource.RLIMIT_NPROC, (number, number))

    return prepare


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5, 6, 8, 10, 13, 16, 19, 22, 25, 28, 31, 34, 40, 60])
def test_with_too_few_threads_it_says_so_and_with_enough_it_serves(public_folder, number):
    requires_root("only root can become a user that has no other processes")
    if not os.access(PYTHON, os.X_OK):
        refuse(f"{PYTHON}, which every user can run, is missing")
    program, folder = public_folder
    command = [program, "run", "app:application", "--workers", "2", "--python", PYTHON, "--bind", "127.0.0.1:0"]
    try:
        server = Server(command, prepare=as_nobody_with(number), cwd=folder)
    except AssertionError as failure:
        assert re.search(r"martlet: Only \d+ of the \d+ threads and processes can be started that are needed here", str(failure))
        assert number < 60
        return
    with server:
        assert exchange(server.address).body == b"served"
        server.stop()


# /proc


def without_proc() -> list[str]:
    """A command that runs another one where /proc is empty."""
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        refuse("hiding /proc needs root and unshare")
    before = ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs none /proc && exec "$@"', "sh"]
    if subprocess.run([*before, "true"], capture_output=True).returncode != 0:
        refuse("this machine does not let its root mount anything")
    return before


@pytest.mark.parametrize("arguments", [COMMAND, ["serve"], ["check"], ["--version"]], ids=lambda words: words[0])
def test_without_proc_it_says_so(arguments):
    finished = martlet_to_its_end(*arguments, before=without_proc())
    assert finished.code == 1
    assert finished.stderr.startswith("martlet: /proc cannot be read: No such file or directory.")
    assert "mount -t proc proc /proc" in finished.stderr
    assert finished.stdout == ""
