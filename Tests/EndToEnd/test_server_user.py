"""A server that root starts and that goes on as somebody else: `--user`."""

import os
import pwd
import re
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
from pathlib import Path

import pytest
from certificates import Authority
from needs import refuse, requires_root
from program import built
from rawclient import exchange
from server import Server
from sites import Site, facts, installed, runs
from tlsclient import secure_exchange

PYTHON = "/usr/bin/python3"
"""One that every user can run."""


@pytest.fixture(autouse=True)
def root():
    requires_root("only root can have a server go on as another user")
    if not runs(PYTHON):
        refuse(f"{PYTHON}, which every user can run, is missing")


@pytest.fixture
def site():
    """In a folder that every user can enter, unlike those of pytest, with a folder of nobody's in it."""
    folder = Path(tempfile.mkdtemp(prefix="martlet-"))
    folder.chmod(0o755)
    site = Site(folder)
    site.application("app")
    site.program = installed(folder)
    (folder / "own").mkdir()
    os.chown(folder / "own", NOBODY.pw_uid, NOBODY.pw_gid)
    # Where tests run as root alone, nobody else may write into /tmp.
    (folder / "tmp").mkdir()
    (folder / "tmp").chmod(0o1777)
    yield site
    shutil.rmtree(folder)


NOBODY = pwd.getpwnam("nobody")

ROUTE = f"""
[route."/"]
wsgi = "facts:application"
directory = "app"
python = "{PYTHON}"
workers = 1
"""


def serve(site, text: str, listeners=1) -> Server:
    (site.folder / "martlet.toml").write_text(text)
    return site.serve(listeners=listeners, program=site.program, XDG_RUNTIME_DIR=str(site.folder), TMPDIR=str(site.folder / "tmp"))


def command(site, *words: str, **settings) -> subprocess.CompletedProcess:
    env = {**os.environ, "XDG_RUNTIME_DIR": str(site.folder)}
    return subprocess.run(
        [site.program, *words], cwd=site.folder, env=env, capture_output=True, text=True, timeout=60, **settings
    )


def statuses(pid: int) -> list[dict[str, list[str]]]:
    """Of all threads."""
    found = []
    for thread in os.listdir(f"/proc/{pid}/task"):
        lines = Path(f"/proc/{pid}/task/{thread}/status").read_text().splitlines()
        found.append({line.split(":")[0]: line.split(":")[1].split() for line in lines})
    return found


def assert_is_nobody(pid: int) -> None:
    for status in statuses(pid):
        assert status["Uid"] == [str(NOBODY.pw_uid)] * 4 and status["Gid"] == [str(NOBODY.pw_gid)] * 4
        assert sorted(map(int, status["Groups"])) == sorted(os.getgrouplist("nobody", NOBODY.pw_gid))
        assert {int(status[name][0], 16) for name in ("CapEff", "CapPrm", "CapAmb")} == {0}


def low_port() -> int:
    """One that only root can bind."""
    for port in range(1000, 700, -1):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
    raise AssertionError("every low port is in use")


def test_nothing_of_root_is_left_in_server_and_workers(site):
    port = low_port()
    with serve(site, f'bind = "127.0.0.1:{port}"\nuser = "nobody"\n' + ROUTE) as server:
        assert server.address == ("127.0.0.1", port)
        assert_is_nobody(server.pid)
        for worker in server.workers():
            assert_is_nobody(worker)
        seen = facts(server, "/")
        assert [seen["variables"][name] for name in ("HOME", "USER", "LOGNAME")] == [NOBODY.pw_dir, "nobody", "nobody"]
        # A body above what fits into memory needs a file of its own.
        assert exchange(server.address, "/", "POST", [], b"x" * 300_000).status == 200
        # A worker that dies is replaced, and so is one that a reload replaces.
        assert exchange(server.address, "/exit").status == 502
        server.stderr.wait_for("is back")
        assert facts(server, "/")["user"] == [NOBODY.pw_uid] * 3
        assert command(site, "reload").returncode == 0
        assert facts(server, "/")["user"] == [NOBODY.pw_uid] * 3
        server.stop(same_workers=False)


def test_root_and_the_user_can_ask_it_and_nobody_else(site):
    with serve(site, 'bind = "127.0.0.1:0"\nuser = "nobody"\n' + ROUTE) as server:
        folder = site.folder / f"martlet-{NOBODY.pw_uid}"
        assert (stat.S_IMODE(folder.stat().st_mode), folder.stat().st_uid) == (0o700, NOBODY.pw_uid)
        for who in ({}, {"user": "nobody", "group": "nogroup"}):
            asked = command(site, "status", **who)
            assert f"process {server.pid}" in asked.stdout, asked
        assert "No server of yours is running" in command(site, "status", user="daemon", group="daemon").stderr
        server.stop()
        assert list(folder.iterdir()) == []


def test_flags_of_each_command(site):
    (site.folder / "static").mkdir()
    swift = shutil.copy2(built("swift-hello"), site.folder)
    for words in (
        [site.program, "run", "facts:application", "--chdir", "app", "--python", PYTHON, "--workers", "1"],
        [site.program, "static", "static"],
        [swift],
    ):
        words += ["--bind", "127.0.0.1:0", "--user", "nobody"]
        with Server(words, cwd=site.folder, env={"XDG_RUNTIME_DIR": str(site.folder)}) as server:
            assert_is_nobody(server.pid)
            server.stop()


def test_the_log_is_given_to_the_user_so_that_it_can_be_opened_again(site):
    log = site.folder / "own" / "access.log"
    with serve(site, f'bind = "127.0.0.1:0"\nuser = "nobody"\naccess-log = "{log}"\n' + ROUTE) as server:
        assert log.stat().st_uid == NOBODY.pw_uid
        log.rename(log.with_suffix(".1"))
        server.send_signal(signal.SIGUSR1)
        # The descriptor is exchanged at some time after the signal.
        while not log.exists():
            assert exchange(server.address).status == 200
        assert log.stat().st_uid == NOBODY.pw_uid
        server.stop()


def test_a_log_in_a_folder_of_root_goes_on_and_the_reason_is_said(site):
    log = site.folder / "access.log"
    with serve(site, f'bind = "127.0.0.1:0"\nuser = "nobody"\naccess-log = "{log}"\n' + ROUTE) as server:
        log.rename(log.with_suffix(".1"))
        server.send_signal(signal.SIGUSR1)
        server.stderr.wait_for(r"The access log .* cannot be opened: Permission denied")
        assert exchange(server.address, "/after").status == 200
        server.stop()
    assert "/after" in log.with_suffix(".1").read_text()


def test_a_key_that_root_alone_can_read(site):
    authority = Authority(site.folder / "ca")
    pair = authority.pair()
    pair.key.chmod(0o600)
    text = f'bind = "https://127.0.0.1:0"\nuser = "nobody"\ntls = {{ certificate = "{pair.certificate}", key = "{pair.key}" }}\n'
    with serve(site, text + ROUTE) as server:
        server.stderr.wait_for(rf"{re.escape(str(pair.key))} was read as root, and nobody cannot read it")
        assert secure_exchange(server.address, authority.client()).status == 200
        # A reload takes up what it can read, and keeps the certificate.
        site.write("martlet.toml", text + ROUTE.replace('"/"', '"/new"'))
        assert command(site, "reload").returncode == 0
        assert secure_exchange(server.address, authority.client(), "/new").status == 200
        # Another site has no former certificate to go on with.
        other = authority.pair("other", ["other.test"])
        other.key.chmod(0o600)
        named = f'[site."other.test"]\ntls = {{ certificate = "{other.certificate}", key = "{other.key}" }}\nroute."/".respond = "x"\n'
        site.write("martlet.toml", text + ROUTE + named)
        refused = command(site, "reload")
        assert refused.returncode == 1
        assert f"{other.key} cannot be read by this user" in refused.stderr
        site.write("martlet.toml", text + ROUTE)
        pair.become(authority.pair("renewed"))
        pair.key.chmod(0o600)
        server.stderr.wait_for(r"The new certificate of .* is refused, and the former one kept: .* cannot be read by this user")
        assert secure_exchange(server.address, authority.client(), "/new").status == 200
        server.stop(same_workers=False)


def test_what_a_reload_could_not_read_is_said_at_the_start(site):
    users = site.folder / "users"
    hashed = subprocess.run([built("martlet"), "hash-password", "--user", "anna"], input="secret\n", capture_output=True, text=True, check=True)
    users.write_text(hashed.stdout)
    users.chmod(0o600)
    text = 'bind = "127.0.0.1:0"\nuser = "nobody"\n' + ROUTE + f'auth = "{users}"\n'
    with serve(site, text) as server:
        server.stderr.wait_for("As user 'nobody' the server would refuse every reload until this is mended:\n")
        server.stderr.wait_for(rf"auth: {re.escape(str(users))}: this user may not read it")
        assert exchange(server.address).status == 401
        refused = command(site, "reload")
        assert refused.returncode == 1 and "this user may not read it" in refused.stderr
        users.chmod(0o644)
        assert command(site, "reload").returncode == 0
        server.stop(same_workers=False)


def test_unix_sockets_are_the_users(site):
    path = site.folder / "own" / "s"
    with serve(site, f'bind = "unix:{path}"\nuser = "nobody"\nsocket-mode = "600"\n' + ROUTE) as server:
        facts_ = path.lstat()
        assert (stat.S_IMODE(facts_.st_mode), facts_.st_uid, facts_.st_gid) == (0o600, NOBODY.pw_uid, NOBODY.pw_gid)
        server.stop()
    assert not path.exists()


def test_an_application_cannot_have_another_user(site):
    site.write("martlet.toml", 'bind = "127.0.0.1:0"\nuser = "nobody"\n' + ROUTE + 'user = "daemon"\n')
    checked = command(site, "check")
    assert checked.returncode == 1
    assert "user: the server goes on as user 'nobody', and only root can run an application as another one" in checked.stderr
    assert "martlet.toml:9:" in checked.stderr
    run = command(site, "run", "facts:application", "--chdir", "app", "--user", "nobody", "--worker-user", "daemon")
    assert run.returncode == 64 and "--worker-user daemon: the server goes on as user 'nobody'" in run.stderr


def test_only_root_can_choose(site):
    words = ["static", "own", "--bind", "127.0.0.1:0", "--user", "daemon"]
    refused = command(site, *words, user="nobody", group="nogroup")
    assert refused.returncode == 1
    assert "Only root can run a server as another user ('daemon'). Start Martlet as root, or leave the user out." in refused.stderr


def test_a_user_that_there_is_not(site):
    refused = command(site, "static", "own", "--bind", "127.0.0.1:0", "--user", "no-such-user")
    assert refused.returncode == 1 and "There is no user 'no-such-user' on this machine." in refused.stderr
