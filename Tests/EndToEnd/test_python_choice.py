"""Which Python is taken: --python, VIRTUAL_ENV, `.venv` beside the app, CONDA_PREFIX, then python3."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from needs import requires_root
from program import APPS, built
from rawclient import exchange
from server import martlet_to_its_end


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


def refused(site, python=None, **env) -> str:
    options = ["--python", python] if python else []
    ended = martlet_to_its_end("run", "any_python", "--bind", "127.0.0.1:0", *options, cwd=site, env=env)
    assert ended.code == 1, ended
    assert "Traceback" not in ended.stderr
    return ended.stderr


@pytest.mark.parametrize("other", ["CONDA_PREFIX", None])
def test_venv_without_a_dot_is_found_as_well(start, site, environments, other):
    make_environment(site / "venv")
    env = {other: str(environments / "conda")} if other else {}
    assert chosen(start, site, **env) == of(site / "venv")


def test_the_one_with_a_dot_comes_first(start, site):
    make_environment(site / "venv")
    make_environment(site / ".venv")
    assert chosen(start, site) == of(site / ".venv")


def test_a_folder_venv_that_is_no_environment_is_left_alone(start, site, environments):
    (site / "venv").mkdir()
    (site / "venv" / "__init__.py").touch()
    (site / ".venv").write_text("the name of an environment, for tools that change into it\n")
    assert chosen(start, site, CONDA_PREFIX=str(environments / "conda")) == of(environments / "conda")


@pytest.mark.parametrize("name", [".venv", "venv"])
def test_an_environment_whose_python_has_gone_is_said(site, environments, name):
    """As after an upgrade of the system's Python."""
    make_environment(site / name)
    (site / name / "bin" / "python").unlink()
    (site / name / "bin" / "python").symlink_to("/usr/bin/python3.1")
    said = refused(site, CONDA_PREFIX=str(environments / "conda"))
    assert f"{name} ({name} beside the application) has no Python" in said
    assert "is a link to /usr/bin/python3.1, which is not there" in said
    assert "python3 -m venv" in said and "--python" in said


@pytest.mark.parametrize("name", [".venv", "venv"])
def test_an_environment_that_is_a_link_to_nowhere_is_said(site, name):
    (site / name).symlink_to(site / "gone")
    assert f"{name} beside the application) has no Python" in refused(site)


def test_an_environment_that_was_copied_without_its_python_is_said(site):
    make_environment(site / ".venv")
    shutil.rmtree(site / ".venv" / "bin")
    assert "there is no" in refused(site) and ".venv/bin/python" in refused(site)


@pytest.mark.parametrize("variable", ["VIRTUAL_ENV", "CONDA_PREFIX"])
def test_a_variable_that_names_no_environment_is_said(site, tmp_path, variable):
    said = refused(site, **{variable: str(tmp_path / "gone")})
    assert f"{tmp_path / 'gone'} ({variable}) has no Python" in said and f"unset {variable}" in said


def test_a_python_that_is_not_there_is_no_program(site):
    assert "there is no such program" in refused(site, python="./gone/bin/python")


def test_a_python_that_may_not_be_run_is_there(site):
    path = site / "python"
    path.write_text("#!/bin/sh\n")
    assert "permission denied" in refused(site, python="./python")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("#!/bin/sh\nexit 7\n", "/python does not run: it exited with status 7 at 'import os, sys'"),
        ("#!/bin/sh\nkill -9 $$\n", "/python does not run: it was ended by signal 9 (SIGKILL"),
        ("#!/bin/sh\necho hello\n", "/python does not run, or is no Python: it does not say its version"),
    ],
    ids=["status", "signal", "no Python"],
)
def test_a_python_that_fails_is_said_with_how_it_ended(site, text, words):
    path = site / "python"
    path.write_text(text)
    path.chmod(0o755)
    assert words in refused(site, python="./python")


@pytest.mark.parametrize(
    ("marker", "note"), [("", False), ("uv-receipt.toml", True), ("pipx_metadata.json", True)], ids=["none", "uv", "pipx"]
)
def test_how_a_missing_package_is_installed(site, marker, note):
    """An environment of uv's has no pip, and one of a tool is not the application's."""
    make_environment(site / "env")
    if marker:
        (site / "env" / marker).touch()
    (site / "needs.py").write_text("import no_package_of_this_name\n")
    command = ["run", "needs:app", "--bind", "127.0.0.1:0", "--python", "env/bin/python"]
    said = martlet_to_its_end(*command, cwd=site).stderr
    assert f"'uv pip install --python {site}/env/bin/python no_package_of_this_name'" in said
    assert ("a .venv beside the application" in said) == note


def test_a_folder_is_no_python(site):
    assert "it is a folder" in refused(site, python="./")


def test_a_python_that_may_not_be_entered_is_said_so(site, tmp_path):
    """Root may enter everything, so another user asks."""
    requires_root("only root can become another user")
    closed = tmp_path / "closed"
    make_environment(closed)
    closed.chmod(0o700)
    for folder in [tmp_path, *list(tmp_path.parents)[:2]]:
        folder.chmod(0o755)
    command = [built("martlet"), "run", "any_python", "--bind", "127.0.0.1:0", "--python", of(closed)]
    # The program itself may lie where nobody else may go: it is opened before the user changes.
    program = os.open(command[0], os.O_RDONLY)
    ended = subprocess.run(
        [f"/proc/self/fd/{program}", *command[1:]], cwd=site, capture_output=True, text=True, pass_fds=[program], user=65534, timeout=60
    )
    os.close(program)
    assert ended.returncode == 1
    assert f"{of(closed)} cannot be run: permission denied" in ended.stderr, ended.stderr
