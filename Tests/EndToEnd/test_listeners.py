"""Where the server listens: ports, Unix sockets, several at once, and what is in use already."""

import grp
import os
import pwd
import re
import socket
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from needs import refuse, requires_root
from program import APPS, built
from rawclient import Connection, exchange
from server import Server, martlet_to_its_end
from sites import installed

APP = ["run", "worker_cases:application"]


def test_port_0_is_a_free_port_and_the_banner_names_it(start):
    first, second = start("worker_cases:application"), start("worker_cases:application")
    assert first.address[1] != second.address[1] != 0
    for server in (first, second):
        assert exchange(server.address, "/pid").status == 200


def test_several_listeners_serve_the_same_application(start, tmp_path):
    path = str(tmp_path / "s")
    server = start("worker_cases:application", bind=["127.0.0.1:0", f"unix:{path}", "127.0.0.1:0"])
    assert path in server.addresses
    assert len(set(server.addresses)) == 3
    answers = {exchange(address, "/pid").body for address in server.addresses}
    assert answers == {str(server.workers()[0]).encode()}


def test_an_ipv6_listener(start):
    with socket.socket(socket.AF_INET6) as probe:
        try:
            probe.bind(("::1", 0))
        except OSError:
            refuse("this machine has no IPv6 loopback")
    server = start("worker_cases:application", bind=["[::1]:0"])
    assert server.address[0] == "::1"
    assert exchange(server.address, "/pid").status == 200


def test_localhost_by_name(start):
    server = start("worker_cases:application", bind=["localhost:0"])
    assert exchange(("127.0.0.1", server.address[1]), "/pid").status == 200


def test_all_addresses(start):
    server = start("worker_cases:application", bind=["0.0.0.0:0"])
    assert exchange(("127.0.0.1", server.address[1]), "/pid").status == 200


@pytest.mark.parametrize("address", [":0", "*:0"])
def test_a_port_without_a_host_is_every_address_of_both_families(start, address):
    server = start("worker_cases:application", bind=[address])
    port = server.address[1]
    assert exchange(("127.0.0.1", port), "/pid").status == 200
    own = own_address()
    if own:
        assert exchange((own, port), "/pid").status == 200
    banner = server.stderr.text
    assert "(and every other address of this machine)" in banner
    if has_ipv6():
        assert exchange(("::1", port), "/pid").status == 200
        server.stderr.wait_for(rf"http://\[::1\]:{port} \(and every other address")


def test_a_port_alone_is_this_machine(start):
    server = start("worker_cases:application", bind=["0"])
    assert server.address[0] == "127.0.0.1"
    own = own_address()
    if own:
        with pytest.raises(ConnectionRefusedError):
            Connection((own, server.address[1]))


def own_address() -> str | None:
    """An address of this machine other than the loopback's. Nothing is sent to find it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        address = probe.getsockname()[0]
    return None if address.startswith("127.") else address


def has_ipv6() -> bool:
    with socket.socket(socket.AF_INET6) as probe:
        try:
            probe.bind(("::1", 0))
        except OSError:
            return False
    return True


# Unix sockets


def owner(path) -> tuple[int, int, int]:
    facts = os.lstat(path)
    return stat.S_IMODE(facts.st_mode), facts.st_uid, facts.st_gid


def test_every_user_may_connect_to_a_unix_socket_whatever_the_umask(tmp_path):
    """nginx is www-data. gunicorn's umask is 0, and uWSGI's chmod-socket is 666."""
    path = tmp_path / "s"
    command = [built("martlet"), *APP, "--workers", "1", "--python", sys.executable, "--bind", f"unix:{path}"]
    with Server(command, prepare=lambda: os.umask(0o077)) as server:
        assert owner(path) == (0o666, os.getuid(), os.getgid())
        server.stop()


@pytest.mark.parametrize("mode", ["660", "600", "777", "0700"])
def test_the_mode_of_a_unix_socket_is_what_is_asked_for(start, tmp_path, mode):
    path = tmp_path / "s"
    server = start("worker_cases:application", "--socket-mode", mode, bind=[f"unix:{path}"])
    assert owner(path)[0] == int(mode, 8)
    assert exchange(server.address, "/pid").status == 200


@pytest.mark.parametrize(
    ("owner_text", "user", "group"),
    [("nobody:daemon", "nobody", "daemon"), (":daemon", None, "daemon"), ("nobody", "nobody", None), ("1:2", 1, 2)],
)
def test_a_unix_socket_is_given_to_a_user_and_a_group(start, tmp_path, owner_text, user, group):
    requires_root("only root can give a socket to another user")
    path = tmp_path / "s"
    server = start(
        "worker_cases:application", "--socket-owner", owner_text, "--socket-mode", "660", bind=[f"unix:{path}"]
    )
    expected_user = pwd.getpwnam(user).pw_uid if isinstance(user, str) else user if user else os.getuid()
    expected_group = grp.getgrnam(group).gr_gid if isinstance(group, str) else group if group else os.getgid()
    assert owner(path) == (0o660, expected_user, expected_group)
    assert exchange(server.address, "/pid").status == 200


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--socket-mode", "rw", "a mode is three octal digits, such as 660"),
        ("--socket-mode", "668", "a mode is three octal digits"),
        ("--socket-mode", "66", "a mode is three octal digits"),
        ("--socket-mode", "1777", "a mode is three octal digits"),
        ("--socket-owner", ":", "write USER, USER:GROUP or :GROUP"),
        ("--socket-owner", "no-such-user", "There is no user 'no-such-user' on this machine."),
        ("--socket-owner", ":no-such-group", "There is no group 'no-such-group' on this machine."),
        ("--socket-owner", "4294967295", "'4294967295' is no number of a user or a group"),
        ("--socket-owner", ":-1", "'-1' is no number of a user or a group"),
    ],
)
def test_a_mode_or_an_owner_that_is_none_is_refused(option, value, words):
    finished = martlet_to_its_end(*APP, f"{option}={value}")
    assert finished.code == 64 and words in " ".join(finished.stderr.split())


def test_who_may_not_give_a_socket_away_is_told(public_folder):
    requires_root("becoming another user needs root")
    program = installed(public_folder)
    finished = subprocess.run(
        [program, *APP, "--chdir", str(APPS), "--bind", f"unix:{public_folder}/s", "--socket-owner", "daemon"],
        user="nobody", group="nogroup", extra_groups=[], capture_output=True, text=True, timeout=60, cwd=public_folder,
    )
    assert finished.returncode == 1
    assert "the socket cannot be given to its owner: only root can give it to another user" in finished.stderr
    assert not (public_folder / "s").exists()


@pytest.fixture
def public_folder():
    """A folder that every user can enter and write to, unlike those of pytest."""
    with tempfile.TemporaryDirectory(prefix="martlet-") as folder:
        os.chmod(folder, 0o777)
        yield Path(folder)


def test_a_link_in_the_place_of_a_unix_socket_is_left_alone(tmp_path):
    (tmp_path / "precious").write_text("precious")
    (tmp_path / "s").symlink_to(tmp_path / "precious")
    finished = martlet_to_its_end(*APP, "--bind", f"unix:{tmp_path / 's'}", "--socket-mode", "777")
    assert finished.code == 1 and "no socket" in finished.stderr
    assert (tmp_path / "s").is_symlink() and (tmp_path / "precious").read_text() == "precious"
    assert owner(tmp_path / "precious")[0] != 0o777


def test_an_abstract_unix_socket_has_a_name_and_no_file(start, tmp_path):
    name = f"@martlet-test-{os.getpid()}"
    server = start("worker_cases:application", bind=[f"unix:{name}"], cwd=tmp_path)
    assert server.address == "\0" + name[1:]
    assert exchange(server.address, "/pid").status == 200
    assert list(tmp_path.iterdir()) == []
    second = martlet_to_its_end(*APP, "--bind", f"unix:{name}")
    assert second.code == 1
    assert f"unix:{name} is in use by process {server.pid}" in second.stderr
    server.stop()
    again = start("worker_cases:application", bind=[f"unix:{name}"], cwd=tmp_path)
    assert exchange(again.address, "/pid").status == 200


def test_a_unix_socket_with_a_relative_path(start, tmp_path):
    server = start("worker_cases:application", bind=["unix:here.sock"], cwd=tmp_path)
    address = str(tmp_path / server.address)  # The banner may name it in either way.
    assert exchange(address, "/pid").status == 200


def test_a_unix_socket_that_nobody_listens_on_any_more_is_replaced(start, tmp_path):
    path = str(tmp_path / "s")
    left = socket.socket(socket.AF_UNIX)
    left.bind(path)
    left.close()
    assert exchange(start("worker_cases:application", bind=[f"unix:{path}"]).address, "/pid").status == 200


def test_a_unix_socket_that_is_in_use_is_left_alone(start, tmp_path):
    path = str(tmp_path / "s")
    server = start("worker_cases:application", bind=[f"unix:{path}"])
    second = martlet_to_its_end(*APP, "--bind", f"unix:{path}")
    assert second.code != 0 and path in second.stderr
    assert exchange(server.address, "/pid").status == 200


def test_a_file_in_the_place_of_a_unix_socket_is_left_alone(tmp_path):
    path = tmp_path / "precious"
    path.write_text("precious")
    finished = martlet_to_its_end(*APP, "--bind", f"unix:{path}")
    assert finished.code != 0 and str(path) in finished.stderr
    assert path.read_text() == "precious"


def test_a_path_too_long_for_a_unix_socket_is_refused(tmp_path):
    path = tmp_path / ("x" * 150)
    finished = martlet_to_its_end(*APP, "--bind", f"unix:{path}")
    assert finished.code != 0 and "x" * 20 in finished.stderr


# Port in use


@pytest.fixture
def occupied():
    """A port that this test's own process listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_a_port_in_use_names_who_has_it_and_a_free_one(start, occupied):
    finished = martlet_to_its_end(*APP, "--bind", f"127.0.0.1:{occupied}")
    assert finished.code not in (0, 3)
    assert str(occupied) in finished.stderr
    assert str(os.getpid()) in finished.stderr, "the process that has it"
    assert Path("/proc/self/comm").read_text().strip() in finished.stderr, "its name"
    ports = {int(port) for port in re.findall(r"(?<!\d)\d{4,5}(?!\d)", finished.stderr)} - {occupied, os.getpid()}
    free = [port for port in ports if can_bind(port)]
    assert free, f"no free port is offered:\n{finished.stderr}"
    assert exchange(start(APP[1], bind=[f"127.0.0.1:{free[0]}"]).address, "/pid").status == 200


@pytest.mark.parametrize(("first", "second"), [("127.0.0.1:{}", ":{}"), (":{}", "127.0.0.1:{}"), ("0.0.0.0:{}", "*:{}")])
def test_an_address_that_another_one_covers_is_told_from_a_foreign_one(first, second):
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    finished = martlet_to_its_end(*APP, "--bind", first.format(port), "--bind", second.format(port))
    assert finished.code == 1
    assert "another address of this server covers it; leave one of them out." in finished.stderr


def can_bind(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def test_a_port_that_another_martlet_has_is_in_use(start):
    """Listeners of one server may share a port among themselves; two servers may not."""
    server = start("worker_cases:application")
    finished = martlet_to_its_end(*APP, "--bind", "{}:{}".format(*server.address))
    assert finished.code not in (0, 3)
    assert str(server.pid) in finished.stderr
    with Connection(server.address) as connection:
        assert connection.request("/pid").status == 200
