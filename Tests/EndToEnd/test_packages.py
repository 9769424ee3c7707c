"""The Debian package and the archive, without installing them into a system: `test_debian_roots.py` does that."""

import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from needs import requires, requires_root
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


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("martlet serve mart", "martlet.toml"),
        ("martlet check mart", "martlet.toml"),
        ("martlet static pub", "public"),
        ("martlet run --log-level de", "debug"),
        ("martlet run --log-format j", "json"),
        ("martlet run --request-buffering of", "off"),
        ("martlet run --certificate mart", "martlet.toml"),
        ("martlet run --chdir pub", "public"),
    ],
)
@pytest.mark.parametrize("shell", ["bash", "fish"])
def test_files_and_values_are_completed(unpacked, tmp_path, shell, line, offered):
    requires(shell)
    (tmp_path / "martlet.toml").touch()
    (tmp_path / "public").mkdir()
    places = {"bash": "bash-completion/completions/martlet", "fish": "fish/vendor_completions.d/martlet.fish"}
    words = line.split()
    asks = {
        "fish": f"source FILE; complete --do-complete '{line}'",
        "bash": f"source FILE; COMP_LINE='{line}'; COMP_POINT={len(line)}; COMP_WORDS=({line}); COMP_CWORD={len(words) - 1}; "
        f"_martlet martlet {words[-1]} {words[-2]}; printf '%s\\n' \"${{COMPREPLY[@]}}\"",
    }
    ask = asks[shell].replace("FILE", str(unpacked / "usr/share" / places[shell]))
    done = subprocess.run([shell, "-c", ask], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True)
    assert offered in [each.split("\t")[0].strip("/ ") for each in done.stdout.splitlines()], done


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
    assert list((tmp_path / ".local").rglob("*")) == []


def test_what_was_there_before_stays_when_it_is_removed(extracted, tmp_path):
    prefix = tmp_path / "a b"
    (prefix / "share/man").mkdir(parents=True)
    for _ in range(2):
        assert install(extracted, "--prefix", str(prefix)).returncode == 0
    (prefix / "bin/mine").touch()
    assert install(extracted, "--prefix", str(prefix), "--uninstall").returncode == 0
    assert {str(path.relative_to(prefix)) for path in prefix.rglob("*")} == {"bin", "bin/mine", "share", "share/man"}


@pytest.mark.parametrize(
    ("place", "before", "reason"),
    [
        ("bin/martlet/", "", "{prefix}/bin/martlet is a folder, in the place of a file; move it away"),
        ("lib", "", "nothing can be written into {prefix}; choose another folder with --prefix"),
        ("lib/x", "ulimit -f 2000;", "nothing can be written into {prefix}/bin; choose another folder with --prefix"),
    ],
    ids=["folder", "file", "room"],
)
def test_an_installation_that_fails_says_so_and_leaves_nothing(extracted, tmp_path, place, before, reason):
    prefix = tmp_path / "prefix"
    (prefix / place).parent.mkdir(parents=True)
    (prefix / place).mkdir() if place.endswith("/") else (prefix / place).touch()
    # Nothing that is installed grows beyond the limit but the programs.
    command = f'{before} exec "$@"'
    done = subprocess.run(
        ["sh", "-c", command, "sh", extracted / "install.sh", "--prefix", prefix], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 1 and "Martlet is installed" not in done.stdout
    assert done.stderr.endswith(f"install.sh: {reason.format(prefix=prefix)}\n"), done.stderr
    assert [path for path in prefix.rglob("*") if path.is_file() and path != prefix / place] == []


def test_what_root_installs_is_roots(extracted, tmp_path):
    """Whoever has unpacked it."""
    requires_root("an owner is changed")
    for path in extracted.rglob("*"):
        os.chown(path, 65534, 65534)
        path.chmod(path.stat().st_mode | 0o022)
    assert install(extracted, "--prefix", str(tmp_path / "prefix")).returncode == 0
    for path in (tmp_path / "prefix").rglob("*"):
        assert (path.stat().st_uid, path.stat().st_gid, path.stat().st_mode & 0o022) == (0, 0, 0), path


def test_the_installer_through_a_link_without_a_home(extracted, tmp_path):
    (tmp_path / "installer").symlink_to(extracted / "install.sh")
    command = [tmp_path / "installer", "--prefix", tmp_path / "prefix"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env={"PATH": os.environ["PATH"], "CDPATH": "/usr:."})
    assert done.returncode == 0 and done.stdout.startswith("Martlet is installed: "), done


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
