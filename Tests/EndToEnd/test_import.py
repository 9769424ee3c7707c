"""Finding and importing the application, and what is said when that fails."""

import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import waiting
from output import Output
from processes import members_of_session, signal_session
from program import APPS, built
from rawclient import exchange
from server import LISTENER, STOPPING, Finished, Server, environment, martlet_to_its_end

APPLICATION = """
def {name}(environ, start_response):
    start_response("200 OK", [])
    return [b"{answer}"]
"""


def write(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def application(name: str = "app", answer: str = "served") -> str:
    return APPLICATION.format(name=name, answer=answer)


def served(start, folder: Path, app: str, **settings) -> bytes:
    return exchange(start(app, chdir=folder, cwd=folder, **settings).address).body


def fails(folder: Path, app: str, *options: str, code: int = 3) -> Finished:
    """Runs it where it must fail: by its exit code, no listener announced, and nothing said twice by two workers."""
    finished = martlet_to_its_end(
        "run", app, "--bind", "127.0.0.1:0", "--workers", "2", "--python", sys.executable, *options, cwd=folder
    )
    assert finished.code == code, finished.stderr
    assert not re.search(LISTENER, finished.stderr), finished.stderr
    assert finished.stderr.count("Traceback (most recent call last)") <= 1, finished.stderr
    return finished


def assert_names(finished: Finished, app: str) -> None:
    """What is said to the person outside of the traceback names what was asked for."""
    outside = [line for line in finished.stderr.splitlines() if not line.startswith(" ")]
    assert any(app in line for line in outside), f"nothing names {app}:\n{finished.stderr}"


# Names of applications


def test_module_and_attribute(start, tmp_path):
    write(tmp_path, "hello.py", application("other") + application("app", "wrong"))
    assert served(start, tmp_path, "hello:other") == b"served"


def test_a_module_alone_tries_application_and_then_app(start, tmp_path):
    write(tmp_path, "both.py", application("app", "app") + application("application", "application"))
    write(tmp_path, "only.py", application("app", "app"))
    assert served(start, tmp_path, "both") == b"application"
    assert served(start, tmp_path, "only") == b"app"


def test_a_module_in_a_package(start, tmp_path):
    write(tmp_path, "shop/__init__.py", "")
    write(tmp_path, "shop/names.py", "answer = b'relative import'\n")
    write(tmp_path, "shop/wsgi.py", "from .names import answer\n" + application().replace('b"served"', "answer"))
    assert served(start, tmp_path, "shop.wsgi:app") == b"relative import"


def test_a_factory(start, tmp_path):
    write(tmp_path, "shop.py", "def create_app():\n    from inner import app\n    return app\n")
    write(tmp_path, "inner.py", application())
    assert served(start, tmp_path, "shop:create_app()") == b"served"


@pytest.mark.parametrize("app", ["folder/hello.py", "folder/hello.py:app", "./folder/hello.py"])
def test_a_file_finds_the_modules_beside_it(start, tmp_path, app):
    write(tmp_path, "folder/hello.py", "from beside_it import app\n")
    write(tmp_path, "folder/beside_it.py", application())
    assert served(start, tmp_path, app) == b"served"


def test_an_absolute_path_of_a_file(start, tmp_path):
    write(tmp_path, "folder/hello.py", application())
    write(tmp_path, "elsewhere/empty.txt", "")
    assert served(start, tmp_path / "elsewhere", str(tmp_path / "folder" / "hello.py")) == b"served"


def test_chdir_is_where_the_application_is_found_and_runs(tmp_path):
    write(
        tmp_path,
        "site/hello.py",
        "import os\n" + application().replace('b"served"', "os.getcwd().encode(), open('here.txt', 'rb').read()"),
    )
    write(tmp_path, "site/here.txt", " here")
    command = [
        built("martlet"),
        "run",
        "hello:app",
        "--bind",
        "127.0.0.1:0",
        "--chdir",
        "site",
        "--python",
        sys.executable,
    ]
    server = Server(command, cwd=tmp_path)
    try:
        assert exchange(server.address).body == str(tmp_path / "site").encode() + b" here"
    finally:
        server.stop()


def test_an_application_may_be_any_callable(start, tmp_path):
    write(
        tmp_path,
        "kinds.py",
        """
import functools

class Instance:
    def __call__(self, environ, start_response):
        start_response("200 OK", [])
        return [b"instance"]

    def method(self, environ, start_response):
        start_response("200 OK", [])
        return [b"method"]

class Class:
    def __init__(self, environ, start_response):
        start_response("200 OK", [])

    def __iter__(self):
        yield b"class"

instance = Instance()
method = instance.method
partial = functools.partial(Instance.method, instance)
""",
    )
    for name, answer in {"instance": b"instance", "method": b"method", "Class": b"class", "partial": b"method"}.items():
        assert served(start, tmp_path, f"kinds:{name}") == answer


# Failures


def test_an_error_at_import_shows_the_traceback_and_what_to_do(tmp_path):
    write(tmp_path, "broken.py", "value = 1\nraise ValueError('not today')\n" + application())
    finished = fails(tmp_path, "broken:app")
    assert "Traceback (most recent call last)" in finished.stderr
    assert 'broken.py", line 2' in finished.stderr
    assert "ValueError: not today" in finished.stderr
    assert re.search(r"^\d{4}-\S+ \S+ \S+ error    the import of broken:app has failed\nTraceback", finished.stderr, re.MULTILINE)
    assert_names(finished, "broken")


def test_a_syntax_error_shows_where_it_is(tmp_path):
    write(tmp_path, "broken.py", "value = 1\ndef app(:\n")
    finished = fails(tmp_path, "broken:app")
    assert 'broken.py", line 2' in finished.stderr
    assert "SyntaxError" in finished.stderr


def test_a_missing_module_is_named_and_a_similar_one_suggested(tmp_path):
    write(tmp_path, "hello.py", application())
    finished = fails(tmp_path, "helo:app")
    assert "helo" in finished.stderr
    assert re.search(r"(?i)did you mean\b.*\bhello\b", finished.stderr), finished.stderr


def test_a_missing_dependency_is_told_apart_from_a_missing_application(tmp_path):
    write(tmp_path, "hello.py", "import a_package_that_nobody_has\n" + application())
    finished = fails(tmp_path, "hello:app")
    assert "ModuleNotFoundError: No module named 'a_package_that_nobody_has'" in finished.stderr
    assert 'hello.py", line 1' in finished.stderr
    told = finished.stderr.rpartition("ModuleNotFoundError")[2].partition("\n")[2]
    assert "a_package_that_nobody_has" in told and sys.executable in finished.stderr, finished.stderr


def test_a_missing_attribute_is_named_and_a_similar_one_suggested(tmp_path):
    write(tmp_path, "hello.py", application("application"))
    finished = fails(tmp_path, "hello:aplication")
    assert "aplication" in finished.stderr
    assert re.search(r"(?i)did you mean\b.*\bapplication\b", finished.stderr), finished.stderr


def test_a_module_without_an_application_says_what_was_looked_for(tmp_path):
    write(tmp_path, "hello.py", application("web"))
    finished = fails(tmp_path, "hello")
    assert "application" in finished.stderr and "app" in finished.stderr
    assert_names(finished, "hello")


def test_what_cannot_be_called_is_no_application(tmp_path):
    write(tmp_path, "hello.py", "app = 7\n")
    finished = fails(tmp_path, "hello:app")
    assert "callable" in finished.stderr or "called" in finished.stderr
    assert_names(finished, "hello")


def test_a_factory_that_fails_shows_its_traceback(tmp_path):
    write(tmp_path, "shop.py", "def create_app():\n    raise ValueError('no settings')\n")
    finished = fails(tmp_path, "shop:create_app()")
    assert "ValueError: no settings" in finished.stderr


def test_a_factory_that_returns_nothing_is_an_error(tmp_path):
    write(tmp_path, "shop.py", "def create_app():\n    pass\n")
    assert "create_app" in fails(tmp_path, "shop:create_app()").stderr


def test_a_missing_file_is_named(tmp_path):
    assert "nowhere.py" in fails(tmp_path, "nowhere.py", code=64).stderr


@pytest.mark.parametrize(
    "statement",
    [
        "import os; os._exit(7)",
        "import os; os._exit(0)",
        "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
        "import ctypes; ctypes.string_at(0)",
        "raise SystemExit('no thanks')",
        "import sys; sys.exit(0)",
        "raise KeyboardInterrupt",
    ],
)
def test_a_worker_that_ends_at_import_is_an_error_and_not_tried_for_ever(tmp_path, statement):
    write(tmp_path, "broken.py", statement + "\n" + application())
    finished = fails(tmp_path, "broken:app")
    assert_names(finished, "broken")


def test_output_at_import_is_shown(start, tmp_path):
    write(tmp_path, "hello.py", "import sys\nprint('to stdout')\nprint('to stderr', file=sys.stderr)\n" + application())
    server = start("hello:app", chdir=tmp_path)
    server.stderr.wait_for("to stderr")
    server.stop()
    assert "to stdout" in server.stdout.text + server.stderr.text


def test_a_signal_while_the_application_is_being_imported_ends_the_server(tmp_path, checkpoints):
    """The import waits, so there is no banner yet."""
    name = checkpoints.new_name()
    write(
        tmp_path,
        "slow.py",
        f"import sys\nsys.path.append({str(APPS)!r})\nimport checkpoint\ncheckpoint.reach({name!r})\n",
    )
    command = [
        built("martlet"),
        "run",
        "slow:app",
        "--bind",
        "127.0.0.1:0",
        "--workers",
        "1",
        "--python",
        sys.executable,
    ]
    process = subprocess.Popen(
        command, cwd=tmp_path, env=environment(checkpoints.env), stderr=subprocess.PIPE, start_new_session=True
    )
    stderr = Output(process.stderr, "stderr")
    try:
        checkpoints.wait_for(name)
        process.send_signal(signal.SIGTERM)
        process.wait(STOPPING)
        waiting.until(lambda: not members_of_session(process.pid), "the worker to leave")
        assert not re.search(LISTENER, stderr.text)
    finally:
        signal_session(process.pid, signal.SIGKILL)
        process.wait()
        stderr.wait_for_end()
