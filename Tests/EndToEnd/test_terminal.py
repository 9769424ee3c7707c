"""Martlet in a terminal: a debugger in the application is usable, and Ctrl-C ends all."""

import fcntl
import os
import pty
import signal
import sys
import termios

import pytest
from processes import members_of_session
from program import built
from rawclient import Connection, exchange, request_bytes
from server import LISTENER, STOPPING, Server, address_of
from terminal import Terminal

DEBUGGED = """
import os, time

def application(environ, start_response):
    secret = "from the stack"
    if environ["PATH_INFO"] == "/debug":
        breakpoint()
    if environ["PATH_INFO"] == "/ask":
        secret = input("what? ")
    start_response("200 OK", [])
    return [secret.encode()]
"""


@pytest.fixture
def run(tmp_path):
    (tmp_path / "debugged.py").write_text(DEBUGGED)
    terminals = []

    def run(*options, prefix=(), threads=4):
        command = [
            *prefix, built("martlet"), "run", "debugged", "--bind", "127.0.0.1:0", "--workers", "1", "--threads", str(threads),
            "--python", sys.executable, *options,
        ]  # fmt: skip
        terminal = Terminal(command, tmp_path)
        terminals.append(terminal)
        terminal.address = address_of(terminal.screen.wait_for(LISTENER)[0])
        return terminal

    yield run
    for terminal in terminals:
        terminal.kill()


def wait_for_end(terminal):
    assert terminal.process.wait(STOPPING) == 0
    assert not members_of_session(terminal.pid)


@pytest.mark.parametrize("preload", [[], ["--preload"]])
@pytest.mark.parametrize("threads", [1, 4])
def test_a_debugger_is_usable(run, threads, preload):
    terminal = run(*preload, threads=threads)
    with Connection(terminal.address) as connection:
        for round in range(1, 3):
            connection.send(request_bytes("/debug"))
            terminal.screen.wait_for(r"\(Pdb\) ", 2 * round - 1)
            terminal.type("p secret.upper()\n")
            terminal.screen.wait_for("'FROM THE STACK'", round)
            terminal.screen.wait_for(r"\(Pdb\) ", 2 * round)
            terminal.type("c\n")
            assert connection.read_response().body == b"from the stack"
    terminal.control_c()
    wait_for_end(terminal)


def test_the_application_may_ask_the_terminal(run):
    terminal = run()
    with Connection(terminal.address) as connection:
        connection.send(request_bytes("/ask"))
        terminal.screen.wait_for("what?")
        terminal.type("that\n")
        assert connection.read_response().body == b"that"


@pytest.mark.parametrize("threads", [1, 4])
@pytest.mark.parametrize("path", ["/debug", "/ask"])
def test_control_c_ends_all_while_a_debugger_waits(run, threads, path):
    terminal = run(threads=threads)
    with Connection(terminal.address) as connection:
        connection.send(request_bytes(path))
        terminal.screen.wait_for(r"\(Pdb\) |what\?")
        terminal.control_c()
        # The debugger reads the end of the terminal; nobody is killed.
        terminal.screen.wait_for("BdbQuit|EOFError")
        wait_for_end(terminal)


@pytest.mark.parametrize("threads", [1, 4])
def test_a_request_in_flight_is_answered_after_control_c(run, threads):
    terminal = run(threads=threads)
    with Connection(terminal.address) as connection:
        assert connection.request("/").body == b"from the stack"
        terminal.control_c()
        wait_for_end(terminal)
    assert "KeyboardInterrupt" not in terminal.screen.text


def test_the_time_limit_does_not_end_what_a_debugger_has_stopped(run):
    terminal = run("--timeout", "10s")
    with Connection(terminal.address) as connection:
        connection.send(request_bytes("/debug"))
        terminal.screen.wait_for(r"\(Pdb\) ")
        terminal.screen.wait_for("a debugger is in use")
        terminal.type("p secret.upper()\n")
        terminal.screen.wait_for("'FROM THE STACK'")
        terminal.type("c\n")
        assert connection.read_response().status == 200
    assert exchange(terminal.address).body == b"from the stack"
    terminal.control_c()
    wait_for_end(terminal)


def test_in_the_background_a_debugger_reads_nothing_and_stops_nobody(run):
    """As a shell with job control starts `martlet … &`."""
    in_background = (
        "import os, sys\npid = os.fork()\n"
        "if pid: sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))\n"
        "os.setpgid(0, 0)\nos.execv(sys.argv[1], sys.argv[1:])"
    )
    terminal = run(prefix=[sys.executable, "-c", in_background])
    with Connection(terminal.address) as connection:
        assert connection.request("/debug").status == 500
        assert connection.request("/").body == b"from the stack"
    terminal.screen.wait_for("BdbQuit")


@pytest.mark.parametrize("with_nohup", [False, True], ids=["alone", "nohup"])
def test_a_server_ends_with_its_terminal(with_nohup):
    master, slave = pty.openpty()

    def begin():
        fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
        if with_nohup:
            signal.signal(signal.SIGHUP, signal.SIG_IGN)

    command = [built("martlet"), "run", "worker_cases:application", "--python", sys.executable, "--bind", "127.0.0.1:0"]
    with Server(command, prepare=begin) as server:
        os.close(slave)
        assert exchange(server.address, "/pid").status == 200
        os.close(master)
        if with_nohup:
            server.stderr.wait_for("reloaded|imported")
            assert exchange(server.address, "/pid").status == 200
            server.stop(same_workers=False)
        else:
            assert server.wait() == 0 and members_of_session(server.pid) == []
