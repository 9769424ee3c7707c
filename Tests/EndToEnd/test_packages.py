"""The Debian package and the archive, without installing them into a system: `test_debian_roots.py` does that."""

import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from needs import requires
from packages import archive, bill_of_materials, debian_package, run
from program import APPS
from rawclient import exchange
from server import Server

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def package(tmp_path_factory) -> Path:
    requires("dpkg-deb", "dpkg-shlibdeps", "strip")
    return debian_package(tmp_path_factory.mktemp("debian"))


@pytest.fixture(scope="module")
def unpacked(package, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("unpacked")
    run(["dpkg-deb", "--raw-extract", package, folder])
    return folder


@pytest.fixture(scope="module")
def tarball(tmp_path_factory) -> Path:
    requires("strip")
    return archive(tmp_path_factory.mktemp("archive"))


@pytest.fixture
def extracted(tarball, tmp_path) -> Path:
    run(["tar", "-xzf", tarball, "-C", tmp_path])
    (folder,) = tmp_path.iterdir()
    return folder


# The Debian package


def test_the_package_has_what_an_installation_needs(unpacked):
    files = {str(path.relative_to(unpacked)) for path in unpacked.rglob("*") if path.is_file()}
    wanted = """
        usr/bin/martlet usr/lib/martlet/libMartletWorker.so usr/share/martlet/welcome/index.html
        usr/lib/systemd/system/martlet.service usr/lib/systemd/system/martlet@.service
        usr/lib/systemd/system/martlet.socket usr/lib/systemd/system/martlet@.socket
        etc/martlet/martlet.toml etc/logrotate.d/martlet usr/share/man/man1/martlet.1.gz usr/share/man/man1/martlet-run.1.gz
        usr/share/man/man5/martlet.toml.5.gz usr/share/bash-completion/completions/martlet
        usr/share/zsh/vendor-completions/_martlet usr/share/fish/vendor_completions.d/martlet.fish
        usr/share/doc/martlet/copyright usr/share/doc/martlet/NOTICE.gz
    """
    assert set(wanted.split()) <= files


def test_everything_is_roots_and_nobody_else_may_write(package):
    for line in run(["dpkg-deb", "--contents", package]).splitlines():
        mode, owner = line.split()[:2]
        assert owner == "root/root" and mode[5] == mode[8] == "-", line


def test_the_package_says_what_it_needs(package):
    needed = run(["dpkg-deb", "--field", package, "Depends"])
    assert re.search(r"libc6 \(>= 2\.\d+\)", needed) and "zlib1g" in needed and "adduser" in needed
    assert "swift" not in needed


def test_the_same_programs_give_the_same_bits(package, tarball, tmp_path):
    """At another time, in another folder, with another umask, time zone and language."""
    elsewhere = {"TZ": "Asia/Tokyo", "LC_ALL": "C.UTF-8", "TMPDIR": str(tmp_path)}
    before = os.umask(0o077)
    try:
        again = [debian_package(tmp_path / "again", **elsewhere), archive(tmp_path / "again", **elsewhere)]
    finally:
        os.umask(before)
    assert [digest(path) for path in again] == [digest(package), digest(tarball)]


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_man_pages_are_without_fault(unpacked):
    requires("mandoc", "man")
    pages = sorted(unpacked.glob("usr/share/man/man?/*.gz"))
    assert len(pages) > 15
    subprocess.run(["gunzip", *pages], check=True)
    for page in sorted(unpacked.glob("usr/share/man/man?/*")):
        looked = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", page], capture_output=True, text=True)
        assert (looked.returncode, looked.stdout) == (0, ""), page
        shown = subprocess.run(["man", "--warnings", "-l", page], capture_output=True, text=True, env={**os.environ, "MANWIDTH": "80"})
        assert (shown.returncode, shown.stderr) == (0, ""), page
        subprocess.run(["gzip", "-9n", page], check=True)


def test_man_pages_have_each_option_and_each_key(unpacked):
    requires("mandoc")
    options, keys = (
        # Bold is a letter, a step back and the letter again.
        re.sub(".\b", "", run(["mandoc", "-T", "ascii", unpacked / "usr/share/man" / page]))
        for page in ("man1/martlet-run.1.gz", "man5/martlet.toml.5.gz")
    )
    helped = run([unpacked / "usr/bin/martlet", "run", "--help"])
    wanted = set(re.findall(r"^  (--[a-z-]+)", helped, re.MULTILINE))
    assert len(wanted) > 50 and wanted <= set(re.findall(r"^ +(?:-\w, )?(--[a-z-]+)", options, re.MULTILINE))
    table = run([unpacked / "usr/bin/martlet", "settings", "--markdown"])
    wanted = set(re.findall(r"^\| (?:`--.*?[^\\]` \| )?`([a-z-]+)` \|", table, re.MULTILINE))
    # The forms of an application are explained in martlet-run(1).
    assert len(wanted) > 100 and wanted - {"hello"} <= set(re.findall(r"^ +([a-z-]+)(?:$| )", keys, re.MULTILINE))


@pytest.mark.parametrize(
    "shell, file, ask",
    [
        (
            "bash",
            "bash-completion/completions/martlet",
            "source FILE; COMP_LINE='martlet rel'; COMP_POINT=11; COMP_WORDS=(martlet rel); COMP_CWORD=1; "
            "_martlet martlet rel martlet; echo ${COMPREPLY[@]}",
        ),
        ("zsh", "zsh/vendor-completions/_martlet", None),
        ("fish", "fish/vendor_completions.d/martlet.fish", "source FILE; complete --do-complete 'martlet rel'"),
    ],
)
def test_completion(unpacked, shell, file, ask):
    requires(shell)
    path = unpacked / "usr/share" / file
    run([shell, "-n", path])
    if ask:
        assert run([shell, "-c", ask.replace("FILE", str(path))]).split()[0] == "reload"


def test_units_are_without_fault(unpacked, tmp_path):
    requires("systemd-analyze")
    for unit in (unpacked / "usr/lib/systemd/system").iterdir():
        text = unit.read_text().replace("/usr/bin/martlet", str(unpacked / "usr/bin/martlet"))
        (tmp_path / unit.name.replace("@.", "@shop.")).write_text(text)
    units = sorted(tmp_path.iterdir())
    checked = subprocess.run(["systemd-analyze", "verify", "--man=no", *units], capture_output=True, text=True)
    told = [line for line in (checked.stdout + checked.stderr).splitlines() if str(tmp_path) in line or "martlet" in line]
    assert told == []


def test_services_are_confined(unpacked):
    requires("systemd-analyze")
    for name in ("martlet.service", "martlet@.service"):
        unit = unpacked / "usr/lib/systemd/system" / name
        run(["systemd-analyze", "security", "--offline=true", "--threshold=25", unit])
        assert {"NoNewPrivileges=yes", "ProtectSystem=strict", "DynamicUser=yes"} <= set(unit.read_text().splitlines())


def test_the_configuration_that_is_shipped_serves_a_welcome(unpacked, tmp_path):
    text = (unpacked / "etc/martlet/martlet.toml").read_text()
    for wanted, here in [
        ('":80"', '"127.0.0.1:0"'),
        ("/var/log/martlet", str(tmp_path)),
        ("/usr/share/martlet", str(unpacked / "usr/share/martlet")),
    ]:
        assert text.count(wanted) == 1
        text = text.replace(wanted, here)
    file = tmp_path / "martlet.toml"
    file.write_text(text)
    with Server([str(unpacked / "usr/bin/martlet"), "serve", str(file)]) as server:
        welcome = exchange(server.address)
        assert (welcome.status, welcome.header("Content-Type")) == (200, "text/html; charset=utf-8")
        assert b"<h1>Martlet is serving</h1>" in welcome.body
        server.stop()
    assert "GET / HTTP/1.1" in (tmp_path / "access.log").read_text()


def test_the_program_says_which_build_it_is(unpacked):
    told = run([unpacked / "usr/bin/martlet", "--version"])
    assert re.search(r"^martlet \d+\.\d+\.\d+", told)
    assert re.search(r"^commit: [0-9a-f]{40}(\+changes)?$", told, re.MULTILINE)
    assert re.search(r"^built: \d{4}-\d\d-\d\d, the date of the commit$", told, re.MULTILINE)
    assert re.search(r"^TLS: BoringSSL [0-9a-f]{12} of swift-nio-ssl \d+\.\d+\.\d+$", told, re.MULTILINE)


# The archive


def install(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess:
    command = [folder / "install.sh", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, **environment})


def test_the_archive_is_installed_served_from_and_removed(extracted, tmp_path):
    done = install(extracted, HOME=str(tmp_path)) if os.geteuid() else install(extracted, "--prefix", str(tmp_path / ".local"))
    assert done.returncode == 0 and f"Martlet is installed: {tmp_path}/.local/bin/martlet" in done.stdout
    assert f'export PATH="{tmp_path}/.local/bin:$PATH"' in done.stdout
    program = tmp_path / ".local/bin/martlet"
    command = [str(program), "run", "systemd_cases:application", "--chdir", str(APPS), "--bind", "127.0.0.1:0"]
    with Server([*command, "--python", sys.executable]) as server:
        assert exchange(server.address).status == 200
        server.stop()
    assert install(extracted, "--prefix", str(tmp_path / ".local"), "--uninstall").returncode == 0
    assert [path for path in (tmp_path / ".local").rglob("*") if not path.is_dir()] == []


def test_an_archive_that_is_not_whole_is_not_installed(extracted, tmp_path):
    with (extracted / "lib/martlet/libMartletWorker.so").open("ab") as file:
        file.write(b"more")
    done = install(extracted, "--prefix", str(tmp_path / "prefix"))
    assert done.returncode == 1
    assert "lib/martlet/libMartletWorker.so: FAILED" in done.stdout
    assert done.stderr.endswith("install.sh: the archive is not whole; fetch it again\n")
    assert not (tmp_path / "prefix").exists()


@pytest.mark.parametrize(
    "arguments, reason",
    [
        (["--prefix", "here"], "the prefix 'here' does not begin with a slash"),
        (["--prefix"], "--prefix needs a folder: ./install.sh --prefix /opt/martlet"),
        (["--force"], "'--force' is not known. Usage: ./install.sh [--prefix FOLDER] [--uninstall]"),
    ],
)
def test_what_the_installer_does_not_understand(extracted, arguments, reason):
    done = install(extracted, *arguments)
    assert (done.returncode, done.stderr) == (1, f"install.sh: {reason}\n")


# The bill of materials


def test_the_bill_of_materials_is_valid(tmp_path):
    requires(modules=("spdx_tools",))
    from spdx_tools.spdx.parser.parse_anything import parse_file
    from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

    file = bill_of_materials(tmp_path)
    assert validate_full_spdx_document(parse_file(str(file))) == []
    packages = {each["name"]: each for each in json.loads(file.read_text())["packages"]}
    assert {"martlet", "swift-nio", "swift-nio-ssl", "BoringSSL", "swift-runtime", "libc.so.6"} <= packages.keys()
    # What other products of the same sources stand on is not in it.
    assert not {"grdb.swift", "jwt-kit", "swift-syntax"} & packages.keys()
    assert all(each["licenseDeclared"] != "NOASSERTION" for each in packages.values())
