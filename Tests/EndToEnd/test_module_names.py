"""Modules of the application that have the name of one of Python's own: the start does not take them for Python's."""

import sys

import pytest
from pythons import pythons_of_this_machine
from rawclient import exchange
from server import martlet_to_its_end

APPLICATION = """
def app(environ, start_response):
    if environ["PATH_INFO"] == "/ValueError":
        raise ValueError("raised")
    if environ["PATH_INFO"] == "/NameError":
        starp_response("200 OK", [])
    if environ["PATH_INFO"] == "/AttributeError":
        "text".uper()
    if environ["PATH_INFO"] == "/ImportError":
        from itertools import chian
    if environ["PATH_INFO"] == "/SyntaxError":
        compile("whlie True:", "text", "exec")
    start_response("200 OK", [])
    return [b"served"]
"""

NAMES = [
    "types", "enum", "signal", "threading", "socket", "select", "traceback", "linecache", "tokenize", "ast", "inspect", "io", "time",
    "difflib", "atexit", "importlib", "functools", "collections", "re", "operator", "keyword", "token", "contextlib", "warnings",
    "string", "textwrap", "random", "queue", "logging", "typing", "copy", "pathlib", "gc", "weakref", "abc", "os", "sys", "site", "code",
    "selectors", "dataclasses", "faulthandler", "datetime", "_thread", "_socket", "bdb", "pdb", "greenlet", "main", "test",
    "martlet", "_martlet", "martlet_worker", "control", "settings", "serving", "advice", "terminal",
]  # fmt: skip
PYTHONS = [python for python in pythons_of_this_machine() if python.is_supported]


@pytest.fixture
def site(tmp_path):
    """Every one of them would end the start, were it imported."""
    for name in NAMES:
        (tmp_path / f"{name}.py").write_text(f"raise RuntimeError('the {name} of the application was imported')\n")
    (tmp_path / "hello.py").write_text(APPLICATION)
    return tmp_path


@pytest.mark.parametrize("python", PYTHONS, ids=lambda python: python.version)
@pytest.mark.parametrize("options", [[], ["--preload"], ["--reload"]], ids=" ".join)
@pytest.mark.parametrize("app", ["hello:app", "hello.py"])
def test_the_application_is_served_and_its_errors_are_logged(start, site, app, options, python):
    server = start(app, *options, chdir=site, cwd=site, python=python.path)
    assert exchange(server.address).body == b"served"
    for error in ["ValueError", "NameError", "AttributeError", "ImportError", "SyntaxError"]:
        assert exchange(server.address, "/" + error).status == 500
        server.stderr.wait_for(f"^{error}: ")
    server.stop()
    assert "of the application was imported" not in server.stderr.text


@pytest.mark.parametrize("name", ["types", "signal", "calendar", "queue", "code", "ast", "martlet_worker", "control"])
@pytest.mark.parametrize("form", ["{}:app", "{}", "./{}.py:app"])
def test_the_application_itself_may_have_such_a_name(start, tmp_path, name, form):
    (tmp_path / f"{name}.py").write_text(APPLICATION)
    assert exchange(start(form.format(name), chdir=tmp_path, cwd=tmp_path).address).body == b"served"


@pytest.mark.parametrize("mistake", ["hello:ap", "hello:app(", "helo:app", "hello:app.x", "./helo.py"])
def test_mistakes_are_explained_all_the_same(site, mistake):
    ended = martlet_to_its_end("run", mistake, "--bind", "127.0.0.1:0", "--python", sys.executable, cwd=site)
    assert ended.code in (3, 64)
    assert "of the application was imported" not in ended.stderr
