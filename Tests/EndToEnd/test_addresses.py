"""Addresses of a site: what `martlet check` finds out about them, and what a reload does with them."""

import os
import re
import signal
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import waiting
from certificates import Authority
from needs import requires_root
from program import APPS, built
from rawclient import Connection, exchange
from server import Server, martlet_to_its_end
from tlsclient import secure_exchange

RESPOND = '[route."/"]\nrespond = "here"\n'


@pytest.fixture
def folder(tmp_path):
    return tmp_path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def write(folder: Path, bind: str, rest: str = "") -> None:
    (folder / "martlet.toml").write_text(f"bind = {bind}\n{rest}{RESPOND}")


def serve(folder: Path, listeners=1) -> Server:
    return Server([built("martlet"), "serve"], listeners, cwd=folder, env={"XDG_RUNTIME_DIR": str(folder)})


def command(folder: Path, *words: str, code: int):
    done = martlet_to_its_end(*words, cwd=folder, env={"XDG_RUNTIME_DIR": str(folder)})
    assert done.code == code, done
    return done


# martlet check


def test_a_port_that_another_process_has_is_a_fault(folder):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        write(folder, f'["127.0.0.1:{port}", "127.0.0.1:{free_port()}"]')
        said = command(folder, "check", code=1).stderr
    assert f"martlet.toml:1:8: bind: 127.0.0.1:{port} is in use by process {os.getpid()} (" in said
    assert said.count("bind:") == 1


def test_a_unix_socket_that_another_process_has_is_a_fault_and_notices_nothing(folder):
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(folder / "s"))
        write(folder, f'"unix:{folder / "s"}"')
        # Bound, and not listened at: one of a server that is gone.
        command(folder, "check", code=0)
        other.listen()
        said = command(folder, "check", code=1).stderr
        assert f"unix:{folder / 's'} is in use by process {os.getpid()} (" in said
        other.setblocking(False)
        with pytest.raises(BlockingIOError):
            other.accept()


def test_ports_of_a_running_server_of_the_same_file_are_no_fault(folder):
    write(folder, f'["127.0.0.1:{free_port()}", "unix:{folder / "s"}"]')
    with serve(folder, 2) as server:
        assert command(folder, "check", code=0).stdout.startswith("martlet.toml is right.")
        assert command(folder, "check", str(folder), code=0)
        other = folder / "other"
        other.mkdir()
        (other / "martlet.toml").write_text((folder / "martlet.toml").read_text())
        said = command(folder, "check", str(other), code=1).stderr
        assert f"is in use by process {server.pid} (" in said and said.count("bind:") == 2
        assert exchange(server.address).body == b"here"
        server.stop()


@pytest.mark.parametrize(
    ("bind", "reason"),
    [
        ('"192.0.2.1:8000"', "cannot listen at 192.0.2.1:8000: this machine does not have that address"),
        ('"unix:FOLDER/no/s"', "nothing can be made in FOLDER/no/: No such file or directory"),
        ('"unix:FOLDER/martlet.toml"', "there is a file of that name which is no socket"),
        ('"no.such.host.invalid:80"', "the host name is unknown"),
    ],
)
def test_an_address_that_cannot_be_is_a_fault(folder, bind, reason):
    write(folder, bind.replace("FOLDER", str(folder)))
    assert reason.replace("FOLDER", str(folder)) in command(folder, "check", code=1).stderr


def test_what_this_user_may_not_is_a_note(folder):
    requires_root("a user without rights is needed, and one with them to become it")
    import shutil
    import tempfile

    from sites import installed

    public = Path(tempfile.mkdtemp(prefix="martlet-"))
    try:
        public.chmod(0o755)
        with socket.create_server(("127.0.0.1", 0)) as other:
            write(public, f'["127.0.0.1:{other.getsockname()[1]}", "127.0.0.1:1", "unix:{public}/s"]')
            done = subprocess.run(
                [installed(public), "check"], cwd=public, user="nobody", group="nogroup", capture_output=True, text=True
            )
        assert done.returncode == 0, done
        assert "is in use, by a process that this user may not see: this site's own server?" in done.stdout
        assert f"note: this user cannot listen at unix:{public}/s: nothing can be made in" in done.stdout
        low = int(Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").read_text())
        if low > 1:
            assert "note: this user cannot listen at 127.0.0.1:1: ports below 1024 need a privilege" in done.stdout
    finally:
        shutil.rmtree(public)


# Reload


def reload(folder, code=0):
    return command(folder, "reload", code=code)


def test_a_reload_listens_at_new_addresses_and_leaves_old_ones(folder):
    first, second = free_port(), free_port()
    write(folder, f'["127.0.0.1:{first}", "unix:{folder / "old"}"]')
    with serve(folder, 2) as server, Connection(("127.0.0.1", first)) as kept:
        assert kept.request("/").body == b"here"
        write(folder, f'["127.0.0.1:{second}", "unix:{folder / "new"}"]')
        reload(folder)
        for address in (("127.0.0.1", second), str(folder / "new")):
            assert exchange(address).body == b"here"
        with pytest.raises(ConnectionRefusedError):
            Connection(("127.0.0.1", first))
        assert not (folder / "old").exists()
        # Connections that are there go on.
        assert kept.request("/").body == b"here"
        server.stderr.wait_for(rf"The site was reloaded: listening at .*127\.0\.0\.1:{second}, .* no longer at .*127\.0\.0\.1:{first}")
        assert "started anew" not in server.stderr.text
        server.stop()
    assert not (folder / "new").exists()


def test_an_address_that_stays_refuses_nobody(folder):
    port = free_port()
    write(folder, f'"127.0.0.1:{port}"')
    with serve(folder) as server:
        for index in range(5):
            write(folder, f'["127.0.0.1:{port}", "unix:{folder / str(index)}"]')
            server.send_signal(signal.SIGHUP)
            waiting.until(lambda: exchange(("127.0.0.1", port)).status == 200 and (folder / str(index)).exists(), "a reload")
        server.stop()


def test_an_address_in_use_refuses_the_reload(folder):
    first = free_port()
    write(folder, f'"127.0.0.1:{first}"')
    with serve(folder) as server, socket.create_server(("127.0.0.1", 0)) as other:
        taken, free = other.getsockname()[1], free_port()
        write(folder, f'["127.0.0.1:{free}", "127.0.0.1:{taken}"]')
        said = reload(folder, code=1).stderr
        assert "The reload is refused, and the server goes on as before: " in said
        assert f"127.0.0.1:{taken} is in use by process {os.getpid()}" in said
        assert exchange(server.address).body == b"here"
        with pytest.raises(ConnectionRefusedError):
            Connection(("127.0.0.1", free))
        write(folder, f'"0.0.0.0:{first}"')
        assert "this server listens there already in another way; start it anew for that" in reload(folder, code=1).stderr
        server.stop()


def test_a_reload_that_fails_later_gives_new_addresses_up(folder):
    first, second = free_port(), free_port()
    write(folder, f'"127.0.0.1:{first}"')
    with serve(folder) as server:
        write(folder, f'"127.0.0.1:{second}"')
        with (folder / "martlet.toml").open("a") as file:
            file.write(f'[route."/app"]\nwsgi = "no_such_module:app"\npython = "{sys.executable}"\n')
        reload(folder, code=1)
        with pytest.raises(ConnectionRefusedError):
            Connection(("127.0.0.1", second))
        assert exchange(server.address).body == b"here"
        server.stop()


def test_a_reload_begins_to_encrypt(folder):
    authority = Authority(folder / "ca")
    pair = authority.pair()
    plain, secure = free_port(), free_port()
    write(folder, f'"http://127.0.0.1:{plain}"')
    with serve(folder) as server:
        tls = f'tls = {{ certificate = "{pair.certificate}", key = "{pair.key}" }}\n'
        write(folder, f'["http://127.0.0.1:{plain}", "https://127.0.0.1:{secure}"]', tls)
        reload(folder)
        assert secure_exchange(("127.0.0.1", secure), authority.client()).body == b"here"
        assert exchange(("127.0.0.1", plain)).header("Location") == f"https://martlet.test:{secure}/"
        server.stop()


def test_a_reload_changes_the_mode_of_sockets(folder):
    write(folder, f'"unix:{folder / "s"}"')
    with serve(folder) as server:
        assert stat.S_IMODE((folder / "s").stat().st_mode) == 0o666
        write(folder, f'"unix:{folder / "s"}"', 'socket-mode = "600"\n')
        reload(folder)
        assert stat.S_IMODE((folder / "s").stat().st_mode) == 0o600
        server.stop()


# martlet run --static


def test_folders_beside_an_application(start, folder):
    (folder / "a").mkdir()
    (folder / "a" / "x.css").write_text("a {}")
    (folder / "b").mkdir()
    (folder / "b" / "y.txt").write_text("yes")
    server = start("worker_cases:application", "--static", f"/static={folder / 'a'}", "--static", f"/other/deep={folder / 'b'}")
    response = exchange(server.address, "/static/x.css")
    assert (response.status, response.body) == (200, b"a {}") and response.header("Content-Type").startswith("text/css")
    assert exchange(server.address, "/other/deep/y.txt").body == b"yes"
    assert exchange(server.address, "/static/none").status == 404
    assert exchange(server.address, "/pid").body == str(server.workers()[0]).encode()
    assert re.search(rf"/static +files of {folder / 'a'}", server.stderr.text)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("static", "it is written PATH=FOLDER, such as /static=./static"),
        ("static=.", "it must begin with a slash"),
        ("/=.", "the whole site is the app's; write a path below it, such as /static"),
        ("/static=no-such-folder", "there is no such folder"),
    ],
)
def test_a_folder_that_cannot_be(value, reason):
    done = martlet_to_its_end("run", "worker_cases:application", "--static", value)
    assert done.code == 64 and reason in done.stderr


def test_one_path_for_two_folders():
    done = martlet_to_its_end("run", "worker_cases:application", "--static", "/a=.", "--static", f"/a={APPS}")
    assert done.code == 64 and "--static gives the path /a two folders" in done.stderr
