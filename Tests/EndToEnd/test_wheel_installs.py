"""The wheel as people install it: `make wheel`, pip and Flask from the index, in roots of Debian and in every Python of this machine."""

import os
import re
import shutil
import signal
import sys
from pathlib import Path

import pytest
from program import ROOT
from pythons import pythons_of_this_machine
from rawclient import exchange
from roots import in_root, make_root
from server import Server
from wheels import build, files_of, said

pytestmark = [pytest.mark.soak, pytest.mark.timeout(900)]
PYTHONS = [python for python in pythons_of_this_machine() if python.is_supported]
HELLO = ROOT / "Examples" / "flask" / "hello.py"


@pytest.fixture(scope="module")
def wheel() -> Path:
    """As `make wheel` builds it, or the one that MARTLET_WHEEL names."""
    if "MARTLET_WHEEL" in os.environ:
        return Path(os.environ["MARTLET_WHEEL"]).absolute()
    return Path(said("make", "--silent", "-C", str(ROOT), "wheel").splitlines()[-1]).absolute()


def test_its_tag_is_what_auditwheel_says(wheel):
    shown = " ".join(said(str(ROOT / "Packaging/wheel/.venv/bin/python"), "-m", "auditwheel", "show", str(wheel)).split())
    [tag] = re.findall(r'consistent with the following platform tag: "(manylinux_2_\d+_x86_64)"', shown)
    assert wheel.name.endswith(f"-py3-none-{tag}.whl")
    # Where it asks for a newer C library than this, systems are lost that it was installed on before.
    assert int(tag.split("_")[2]) <= 34


def test_the_same_sources_make_the_same_bytes(wheel, tmp_path):
    first = build(tmp_path / "first", "--quick").read_bytes()
    shutil.rmtree(ROOT / ".build" / "wheel")
    assert build(tmp_path / "second", "--quick").read_bytes() == first


@pytest.mark.parametrize("python", PYTHONS, ids=lambda python: python.version)
def test_with_flask_in_a_virtual_environment(wheel, tmp_path, python):
    said(python.path, "-m", "venv", str(tmp_path / "environment"))
    serves_flask_and_leaves_nothing(tmp_path, lambda *command: list(command), tmp_path, wheel)


@pytest.mark.parametrize("release", ["bookworm", "trixie"])
def test_with_flask_in_a_root_of_debian(wheel, tmp_path, release):
    root = make_root(tmp_path / "root", release)
    try:
        inside = Path("/srv")
        said(*in_root(root, "python3", "-m", "venv", "/srv/environment"))
        serves_flask_and_leaves_nothing(root / "srv", lambda *command: in_root(root, *command), inside, wheel)
    finally:
        shutil.rmtree(root)


def serves_flask_and_leaves_nothing(folder: Path, command_in, inside: Path, wheel: Path) -> None:
    """What a person types. `folder` holds `environment`, and is `inside` for the commands."""
    shutil.copy(wheel, folder)
    shutil.copy(HELLO, folder)
    programs = inside / "environment" / "bin"
    pip = [str(programs / "python"), "-m", "pip"]
    said(*command_in(*pip, "install", "--quiet", "flask"))
    before = installed_in(folder)
    said(*command_in(*pip, "install", "--quiet", str(inside / wheel.name)))
    for command in [[str(programs / "martlet")], [str(programs / "python"), "-m", "martlet"]]:
        server = Server(command_in(*command, "run", "hello:app", "--chdir", str(inside), "--bind", "127.0.0.1:0"), cwd=folder)
        with server:
            assert b"Hello World!" in exchange(server.address, "/hello").body
            assert f"{programs}/python" in server.stderr.text
            server.send_signal(signal.SIGTERM)
            assert server.wait() == 0
    said(*command_in(*pip, "uninstall", "--quiet", "--yes", "martlet"))
    assert installed_in(folder) == before


def installed_in(folder: Path) -> list[str]:
    """What Python caches for the packages that have run is not of the installation."""
    return [name for name in files_of(folder / "environment") if "__pycache__" not in name]


def test_with_uv(wheel, tmp_path):
    """An environment, a folder, and a tool, with uv from the index."""
    said(sys.executable, "-m", "venv", str(tmp_path / "environment"))
    programs = tmp_path / "environment" / "bin"
    said(str(programs / "pip"), "install", "--quiet", "uv")
    uv = [str(programs / "uv"), "--quiet", "--no-cache"]
    python = ["--python", str(programs / "python")]
    said(*uv, "pip", "install", "--offline", *python, str(wheel))
    said(*uv, "pip", "install", "--offline", *python, "--target", str(tmp_path / "target"), str(wheel))
    shutil.copy(HELLO.parent.parent / "wsgi" / "hello.py", tmp_path)
    for program in [programs / "martlet", tmp_path / "target" / "bin" / "martlet"]:
        server = Server([str(program), "run", "hello", "--bind", "127.0.0.1:0"], cwd=tmp_path)
        with server:
            assert exchange(server.address).status == 200
            server.stop()


def test_with_pipx(wheel, tmp_path):
    """pipx from the index: `martlet` alone is put on the PATH, and the application has its own environment."""
    said(sys.executable, "-m", "venv", str(tmp_path / "environment"))
    programs = tmp_path / "environment" / "bin"
    said(str(programs / "pip"), "install", "--quiet", "pipx")
    home = {"PIPX_HOME": str(tmp_path / "pipx"), "PIPX_BIN_DIR": str(tmp_path / "bin"), "PIPX_MAN_DIR": str(tmp_path / "man")}
    env = {"PATH": f"{programs}:/usr/bin:/bin", "HOME": str(tmp_path), **home}
    said(str(programs / "pipx"), "install", "--python", sys.executable, str(wheel), env=env)
    assert [path.name for path in (tmp_path / "bin").iterdir()] == ["martlet"]
    site = tmp_path / "site"
    site.mkdir()
    shutil.copy(HELLO.parent.parent / "wsgi" / "hello.py", site)
    said(sys.executable, "-m", "venv", "--without-pip", str(site / ".venv"))
    with Server([str(tmp_path / "bin" / "martlet"), "run", "hello", "--bind", "127.0.0.1:0"], cwd=site) as server:
        assert exchange(server.address).status == 200
        assert f"{site}/.venv/bin/python (.venv beside the application)" in server.stderr.text
        server.stop()
