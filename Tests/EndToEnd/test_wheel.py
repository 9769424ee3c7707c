"""The wheel that `make wheel` builds, installed by pip: what is in it, which Python it takes, what it leaves behind."""

import base64
import csv
import hashlib
import json
import re
import sys
import zipfile
from pathlib import Path

import pytest
from pythons import pythons_of_this_machine
from rawclient import Connection, exchange, request_bytes
from server import Server, environment, martlet_to_its_end
from wheels import RAW, build, files_of, install, make_environment, pip, said

SUPPORTED = [python for python in pythons_of_this_machine() if python.is_supported]
# All of them: test_wheel_installs.py.
OLDEST_AND_NEWEST = [SUPPORTED[0], *SUPPORTED[1:][-1:]]
ANY_PYTHON = '''
import json, sys

def application(environ, start_response):
    start_response("200 OK", [])
    return [json.dumps(sys.prefix).encode()]
'''


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    return build(tmp_path_factory.mktemp("wheel"), "--quick")


@pytest.fixture(scope="module")
def installed(tmp_path_factory, wheel) -> Path:
    """An environment with the wheel in it."""
    folder = make_environment(tmp_path_factory.mktemp("installed") / "environment")
    install(folder, wheel)
    return folder


@pytest.fixture
def site(tmp_path) -> Path:
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "hello.py").write_text(RAW)
    (folder / "prefix.py").write_text(ANY_PYTHON)
    return folder


@pytest.fixture
def run(request):
    """Runs a command that serves, in a folder; ends it after the test."""

    def start(*command: str, cwd: Path, env: dict[str, str] | None = None) -> Server:
        server = Server([*command, "--bind", "127.0.0.1:0"], cwd=cwd, env=env)
        request.addfinalizer(server.kill)
        return server

    return start


def taken(server: Server) -> Path:
    return Path(json.loads(exchange(server.address).body))


def test_every_file_is_listed_with_its_hash_and_no_extension_is_among_them(wheel):
    with zipfile.ZipFile(wheel) as archive:
        [record] = [name for name in archive.namelist() if name.endswith("/RECORD")]
        rows = list(csv.reader(archive.read(record).decode().splitlines()))
        assert [row[0] for row in rows] == archive.namelist()
        for name, listed, size in rows[:-1]:
            digest = hashlib.sha256(archive.read(name)).digest()
            assert listed == "sha256=" + base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
            assert int(size) == archive.getinfo(name).file_size
        modes = {name: archive.getinfo(name).external_attr >> 16 for name in archive.namelist()}
    programs = [name for name, mode in modes.items() if mode == 0o100755]
    assert [name.split("/", 1)[1] for name in programs] == ["scripts/martlet"]
    assert set(modes.values()) == {0o100755, 0o100644}
    inside = sorted(name for name in modes if name.startswith("martlet/"))
    assert inside == [f"martlet/{name}" for name in ("__init__.py", "__main__.py", "_version.py", "py.typed")]


def test_it_says_the_version_of_the_program_and_serves_every_python_from_3_9(wheel):
    version = martlet_to_its_end("--version").stdout.split()[1]
    assert wheel.name.startswith(f"martlet-{version}-py3-none-")
    with zipfile.ZipFile(wheel) as archive:
        metadata = archive.read(f"martlet-{version}.dist-info/METADATA").decode()
        licences = {name for name in archive.namelist() if "/licenses/" in name}
    assert f"\nVersion: {version}\n" in metadata and "\nRequires-Python: >=3.9\n" in metadata
    named = {line.partition(": ")[2] for line in metadata.splitlines() if line.startswith("License-File: ")}
    assert {name.partition("/licenses/")[2] for name in licences} == named
    assert {"LICENSE", "libcrypt-dev/copyright", "libcrypt-dev/LGPL-2.1", "llhttp/LICENSE", "swift-runtime/LICENSE.txt"} <= named
    # Of what other products of the same sources stand on there is none.
    assert not {name.partition("/")[0] for name in named} & {"GRDB.swift", "grdb.swift", "jwt-kit", "swift-syntax", "hummingbird"}
    (expression,) = re.findall(r"^License-Expression: (.*)$", metadata, re.MULTILINE)
    assert {"Apache-2.0", "MIT", "LGPL-2.1-or-later", "Apache-2.0 WITH Swift-exception"} <= set(expression.split(" AND "))


def test_it_has_all_that_not_every_system_has_inside(installed):
    needed = said("readelf", "--dynamic", str(installed / "bin" / "martlet"))
    for name in ["zstd", "brotli", "crypt"]:
        assert f"lib{name}" not in needed
    facts = said(str(installed / "bin" / "martlet"), "--version")
    assert "zstd, br, gzip" in facts and re.search(r"^commit: [0-9a-f]{40}", facts, re.MULTILINE) and "TLS: BoringSSL " in facts
    assert said("readelf", "--section-headers", str(installed / "bin" / "martlet")).count(".debug") == 0


@pytest.mark.parametrize("python", OLDEST_AND_NEWEST, ids=lambda python: python.version)
def test_it_is_installed_answers_stops_and_leaves_nothing(run, site, tmp_path, wheel, python):
    folder = make_environment(tmp_path / "environment", python.path)
    before = files_of(folder)
    install(folder, wheel)
    for command in [[str(folder / "bin" / "martlet")], [str(folder / "bin" / "python"), "-m", "martlet"]]:
        server = run(*command, "run", "hello", cwd=site)
        assert exchange(server.address).body == b"Hello World!"
        assert f"{python.version.rstrip('+')}, {folder}/bin/python" in server.stderr.text
        server.stop()
    pip(folder, "uninstall", "--quiet", "--yes", "martlet")
    assert files_of(folder) == before


class TestWhichPython:
    def test_its_own_environment_comes_before_others_without_being_active(self, run, site, tmp_path, installed):
        make_environment(site / ".venv")
        active = make_environment(tmp_path / "active")
        server = run(str(installed / "bin" / "martlet"), "run", "prefix", cwd=site, env={"VIRTUAL_ENV": str(active)})
        assert taken(server) == installed
        assert "(Martlet is installed there)" in server.stderr.text

    def test_through_a_link_it_is_still_the_one_that_it_is_installed_in(self, run, site, tmp_path, installed):
        (tmp_path / "martlet").symlink_to(installed / "bin" / "martlet")
        assert taken(run(str(tmp_path / "martlet"), "run", "prefix", cwd=site)) == installed

    def test_python_that_is_asked_for_comes_first(self, run, site, tmp_path, installed):
        other = make_environment(tmp_path / "other")
        options = ["run", "prefix", "--python", str(other / "bin" / "python")]
        assert taken(run(str(installed / "bin" / "martlet"), *options, cwd=site)) == other
        assert taken(run(str(installed / "bin" / "python"), "-m", "martlet", *options, cwd=site)) == other

    def test_several_applications_have_the_one_beside_each_first(self, run, site, installed):
        own = make_environment(site / "first" / ".venv")
        for name in ["first", "second"]:
            (site / name).mkdir(exist_ok=True)
            (site / name / "prefix.py").write_text(ANY_PYTHON)
        routes = [f'[route."/{name}"]\nwsgi = "prefix"\ndirectory = "{name}"\n' for name in ["first", "second"]]
        (site / "martlet.toml").write_text("".join(['bind = ["127.0.0.1:0"]\n', *routes]))
        server = Server([str(installed / "bin" / "martlet"), "serve", "martlet.toml"], cwd=site)
        with server:
            assert json.loads(exchange(server.address, "/first").body) == str(own)
            assert json.loads(exchange(server.address, "/second").body) == str(installed)

    @pytest.mark.parametrize("mark", ["pipx_metadata.json", "uv-receipt.toml"])
    def test_an_environment_for_the_program_alone_comes_after_the_applications(self, run, site, tmp_path, wheel, mark):
        tool = make_environment(tmp_path / "tool")
        install(tool, wheel)
        (tool / mark).touch()
        command = [str(tool / "bin" / "martlet"), "run", "prefix"]
        assert taken(run(*command, cwd=site)) == tool
        own = make_environment(site / ".venv")
        assert taken(run(*command, cwd=site)) == own
        active = make_environment(tmp_path / "active")
        assert taken(run(*command, cwd=site, env={"VIRTUAL_ENV": str(active)})) == active


class TestOtherWaysToInstall:
    def test_for_a_user(self, run, site, tmp_path, wheel):
        """With a Python outside of any environment, whose packages of its user are in another folder here."""
        base = Path(sys.base_prefix)
        env = {**environment(), "PYTHONUSERBASE": str(tmp_path / "user"), "PIP_BREAK_SYSTEM_PACKAGES": "1"}
        pip(base, "install", "--quiet", "--no-index", "--user", "--ignore-installed", str(wheel), env=env)
        by_path = run(str(tmp_path / "user" / "bin" / "martlet"), "run", "hello", cwd=site)
        assert exchange(by_path.address).body == b"Hello World!"
        by_module = run(str(base / "bin" / "python3"), "-m", "martlet", "run", "prefix", cwd=site, env=env)
        assert taken(by_module) == base
        pip(base, "uninstall", "--quiet", "--yes", "martlet", env=env)
        assert [path for path in files_of(tmp_path / "user") if "artlet" in path] == []

    def test_to_a_prefix(self, run, site, tmp_path, installed, wheel):
        pip(installed, "install", "--quiet", "--no-index", "--ignore-installed", "--prefix", str(tmp_path / "prefix"), str(wheel))
        assert exchange(run(str(tmp_path / "prefix" / "bin" / "martlet"), "run", "hello", cwd=site).address).status == 200

    def test_to_a_target_pip_leaves_the_library_out_and_that_is_said(self, site, tmp_path, installed, wheel):
        target = tmp_path / "target"
        pip(installed, "install", "--quiet", "--no-index", "--target", str(target), str(wheel))
        said(str(target / "bin" / "martlet"), "--version")
        ended = martlet_to_its_end("run", "hello", "--bind", "127.0.0.1:0", cwd=site, program=str(target / "bin" / "martlet"))
        assert ended.code != 0 and "'pip install --target' leaves it out, --prefix does not" in ended.stderr, ended


HELPERS = '''
import json
import martlet

def application(environ, start_response):
    hinted = martlet.early_hints(environ, [("Link", "</app.css>; rel=preload")])
    start_response("200 OK", [])
    known = [martlet.__version__, martlet.runs_under_martlet(environ), martlet.request_id(environ), environ["martlet.request_id"], hinted]
    return [json.dumps(known).encode()]
'''


class TestPackage:
    def test_an_application_asks_it_for_what_the_server_knows(self, run, site, installed):
        (site / "helpers.py").write_text(HELPERS)
        server = run(str(installed / "bin" / "martlet"), "run", "helpers", cwd=site)
        with Connection(server.address) as connection:
            connection.send(request_bytes("/"))
            hint = connection.read_response()
            assert (hint.status, hint.header("Link")) == (103, "</app.css>; rel=preload")
            version, is_martlet, identifier, same, hinted = json.loads(connection.read_response().body)
        assert f"martlet {version} serves" in server.stderr.text
        assert is_martlet and hinted and identifier == same and identifier

    def test_under_another_server_it_says_so(self, installed):
        code = "import martlet; print(martlet.runs_under_martlet({}), martlet.request_id({}), martlet.early_hints({}, []))"
        assert said(str(installed / "bin" / "python"), "-c", code) == "False None False\n"

    def test_it_offers_these_names_and_needs_no_metadata_for_its_version(self, installed):
        code = "import sys; before = set(sys.modules); import martlet; print(martlet.__all__, set(sys.modules) - before)"
        names = "['__version__', 'early_hints', 'request_id', 'runs_under_martlet']"
        shown = said(str(installed / "bin" / "python"), "-c", code)
        assert shown.startswith(names)
        assert "importlib.metadata" not in shown

    def test_without_its_program_it_says_how_to_get_it(self, tmp_path, wheel):
        folder = make_environment(tmp_path / "environment")
        install(folder, wheel)
        (folder / "bin" / "martlet").unlink()
        ended = martlet_to_its_end("-m", "martlet", "--version", program=str(folder / "bin" / "python"))
        assert ended.code == 1
        assert f"Install it again with '{folder}/bin/python -m pip install --force-reinstall martlet'" in ended.stderr
