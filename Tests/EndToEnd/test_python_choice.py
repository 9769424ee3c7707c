"""Which Python is taken: --python, VIRTUAL_ENV, `.venv` beside the app, CONDA_PREFIX, then python3."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from program import APPS
from rawclient import exchange


@pytest.fixture(scope="module")
def environments(tmp_path_factory):
    """Three virtual environments."""
    folder = tmp_path_factory.mktemp("environments")
    for name in ("given", "active", "conda"):
        make_environment(folder / name)
    return folder


def make_environment(path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(path)], check=True, timeout=120)


@pytest.fixture
def site(tmp_path):
    """A folder with an application that says which Python it runs in, without a `.venv`."""
    shutil.copy(APPS / "any_python.py", tmp_path)
    return tmp_path


def chosen(start, site, python=None, **env) -> str:
    server = start("any_python", python=python, chdir=site, cwd=site, env=env)
    executable = json.loads(exchange(server.address).body)[1]
    assert executable in server.stderr.text, "the banner does not name the Python that runs"
    return executable


def of(environment: Path) -> str:
    return str(environment / "bin" / "python")


def test_python_given_by_option_comes_first(start, site, environments):
    env = {"VIRTUAL_ENV": str(environments / "active"), "CONDA_PREFIX": str(environments / "conda")}
    assert chosen(start, site, python=of(environments / "given"), **env) == of(environments / "given")


def test_an_active_environment_comes_before_the_one_beside_the_app(start, site, environments):
    make_environment(site / ".venv")
    env = {"VIRTUAL_ENV": str(environments / "active"), "CONDA_PREFIX": str(environments / "conda")}
    assert chosen(start, site, **env) == of(environments / "active")


def test_an_environment_beside_the_app_comes_before_conda(start, site, environments):
    make_environment(site / ".venv")
    assert chosen(start, site, CONDA_PREFIX=str(environments / "conda")) == of(site / ".venv")


def test_conda_comes_before_the_path(start, site, environments):
    assert chosen(start, site, CONDA_PREFIX=str(environments / "conda")) == of(environments / "conda")


def test_python3_of_the_path_comes_last(start, site, environments):
    """The first `python3` of the PATH is the one of an environment here."""
    path = f"{environments / 'given' / 'bin'}{os.pathsep}{os.environ['PATH']}"
    assert Path(chosen(start, site, PATH=path)).parent == environments / "given" / "bin"


def test_packages_of_the_environment_are_found(start, site):
    make_environment(site / ".venv")
    [packages] = (site / ".venv" / "lib").glob("python*/site-packages")
    (packages / "only_here.py").write_text("from any_python import application\n")
    server = start("only_here", python=None, chdir=site, cwd=site)
    assert json.loads(exchange(server.address).body)[1] == of(site / ".venv")
