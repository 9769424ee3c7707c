"""A start is never silent: what is imported, where that stands, and an end to it at `--start-timeout`."""

import os
import re
import signal
import subprocess
import sys

import pytest
import waiting
from needs import requires
from output import Output
from processes import children_of, is_alive, members_of_session, signal_session
from program import APPS, built
from rawclient import exchange
from server import STOPPING, environment, martlet_to_its_end

WAYS = ["sleep", "loop", "lock", "greenlet"]


@pytest.fixture
def run():
    """Starts `martlet run` where it is not expected to serve."""
    processes = []

    def run(*arguments, cwd=APPS, **env):
        process = subprocess.Popen(
            [built("martlet"), "run", *arguments, "--bind", "127.0.0.1:0", "--workers", "1", "--python", sys.executable],
            cwd=cwd,
            env=environment(env),
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        process.output = Output(process.stderr, "stderr")
        processes.append(process)
        return process

    yield run
    for process in processes:
        signal_session(process.pid, signal.SIGKILL)
        process.wait()
        process.output.wait_for_end()


def test_what_is_imported_is_said_before_the_import_ends(run):
    run("hanging:application", HANGS="sleep").output.wait_for(r"importing hanging:application with \S+python")


@pytest.mark.parametrize("how", WAYS)
def test_where_a_long_import_stands_is_said_with_its_stack(run, how):
    requires(modules=("gevent",) if how == "greenlet" else ())
    output = run("hanging:application", HANGS=how).output
    said = r"still importing hanging:application after \d+ s; .*\n(?:\s.*\n)*?\s.*hanging\.py.*, in hangs_here"
    output.wait_for(said)
    if how == "sleep":
        output.wait_for(said, 2)


@pytest.mark.parametrize("preload", [[], ["--preload"]])
@pytest.mark.parametrize("how", WAYS)
def test_at_its_limit_the_start_fails_and_shows_the_stack(how, preload):
    requires(modules=("gevent",) if how == "greenlet" else ())
    ended = martlet_to_its_end(
        "run", "hanging:application", "--start-timeout", "1s", "--bind", "127.0.0.1:0", "--workers", "2",
        "--python", sys.executable, *preload, env={"HANGS": how},
    )  # fmt: skip
    assert ended.code == 3, ended.stderr
    assert re.search(r"Stack \(most recent call last\):\n(.*\n)*?.*hanging\.py.*, in hangs_here", ended.stderr), ended.stderr
    assert re.search(r"cannot serve hanging:application\. .* 1 s.*--start-timeout", ended.stderr), ended.stderr
    assert "<martlet>" not in ended.stderr and "importlib" not in ended.stderr


@pytest.mark.parametrize("preload", [[], ["--preload"]])
def test_an_import_that_lets_nothing_else_run_ends_too(preload):
    ended = martlet_to_its_end(
        "run", "hanging:application", "--start-timeout", "1s", "--bind", "127.0.0.1:0", "--workers", "1",
        "--python", sys.executable, *preload, env={"HANGS": "gil"},
    )  # fmt: skip
    assert ended.code == 3, ended.stderr
    assert re.search(r"hanging\.py.* in hangs_here", ended.stderr), ended.stderr
    assert re.search(r"cannot serve hanging:application\. .*--start-timeout", ended.stderr), ended.stderr


@pytest.mark.parametrize("preload", [[], ["--preload"]])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_an_import_that_hangs_ends_with_the_server(run, preload, number):
    server = run("hanging:application", *preload, HANGS="lock")
    [worker] = waiting.until(lambda: children_of(server.pid), "the worker")
    server.output.wait_for("importing")
    server.send_signal(number)
    server.wait(STOPPING)
    waiting.until(lambda: not is_alive(worker), "the worker to end")


SOURCE = """
import os

if os.path.exists("hang"):
    import threading
    threading.Event().wait()

def application(environ, start_response):
    start_response("200 OK", [])
    return [b"served"]
"""


@pytest.mark.parametrize("preload", [[], ["--preload"]])
def test_a_reload_whose_import_hangs_ends_at_the_limit_with_the_former_workers_serving(start, tmp_path, preload):
    (tmp_path / "changing.py").write_text(SOURCE)
    server = start("changing", "--start-timeout", "1s", *preload, chdir=tmp_path, workers=2)
    (tmp_path / "hang").touch()
    os.kill(server.pid, signal.SIGHUP)
    server.stderr.wait_for(r"could not be imported anew.*--start-timeout")
    assert "threading.Event().wait()" in server.stderr.text
    assert exchange(server.address).body == b"served"
    (tmp_path / "hang").unlink()
    os.kill(server.pid, signal.SIGHUP)
    server.stderr.wait_for("the application was reloaded")
    assert exchange(server.address).body == b"served"
    server.stop(same_workers=False)


PATCHED = """
{patch}
import os, queue, socket, threading, time
time.sleep(0.001)

def application(environ, start_response):
    time.sleep(0.001)
    results = queue.Queue()
    thread = threading.Thread(target=lambda: results.put(threading.current_thread().daemon))
    thread.start()
    thread.join()
    start_response("200 OK", [])
    return [b"%s %d" % (str(results.get()).encode(), os.getpid())]
"""

PATCHES = {
    "gevent": "import gevent.monkey; gevent.monkey.patch_all()",
    "eventlet": "import eventlet; eventlet.monkey_patch()",
}


@pytest.mark.parametrize("threads", [1, 4])
@pytest.mark.parametrize("preload", [[], ["--preload"]])
@pytest.mark.parametrize("library", sorted(PATCHES))
def test_an_application_that_replaces_the_threads_of_python_is_served(start, tmp_path, library, preload, threads):
    requires(modules=(library,))
    (tmp_path / "patched.py").write_text(PATCHED.format(patch=PATCHES[library]))
    server = start("patched", *preload, chdir=tmp_path, threads=threads, env={"PYTHONWARNINGS": "ignore"})
    for _ in range(20):
        response = exchange(server.address)
        assert response.status == 200
        assert response.body.split()[0] == b"False"
    server.stop()
    assert "Traceback" not in server.stderr.text


def test_what_a_start_leaves_is_nothing(run):
    server = run("hanging:application", "--start-timeout", "1s", HANGS="sleep")
    assert server.wait(STOPPING) == 3
    waiting.until(lambda: not members_of_session(server.pid), "all processes to end")


HANGS_BEFORE = "import sys\nif any(word.startswith('control=') for word in {words}):\n    while True:\n        pass\n"


@pytest.mark.parametrize("preload", [[], ["--preload"]])
def test_a_start_that_hangs_before_the_application_ends_as_well(tmp_path, preload):
    """In the sitecustomize of the environment, which Python runs before anything of Martlet."""
    (tmp_path / "sitecustomize.py").write_text(HANGS_BEFORE.format(words="sys.orig_argv"))
    ended = martlet_to_its_end(
        "run", "echo:application", "--start-timeout", "1s", "--bind", "127.0.0.1:0", "--workers", "1",
        "--python", sys.executable, *preload, env={"PYTHONPATH": str(tmp_path)},
    )  # fmt: skip
    assert ended.code == 3, ended.stderr
    assert re.search(r"cannot serve echo:application\. .*--start-timeout", ended.stderr), ended.stderr


def test_it_is_not_silent_meanwhile(run, tmp_path):
    (tmp_path / "sitecustomize.py").write_text(HANGS_BEFORE.format(words="sys.orig_argv"))
    server = run("echo:application", PYTHONPATH=str(tmp_path))
    server.output.wait_for(r"still importing echo:application after \d+ s; where it stands is not known")


def test_a_python_that_does_not_say_its_version_is_named(tmp_path):
    (tmp_path / "sitecustomize.py").write_text("while True:\n    pass\n")
    ended = martlet_to_its_end(
        "run", "echo:application", "--bind", "127.0.0.1:0", "--python", sys.executable, env={"PYTHONPATH": str(tmp_path)}
    )
    assert ended.code == 1
    assert f"{sys.executable} has not said its version" in ended.stderr and "sitecustomize" in ended.stderr
