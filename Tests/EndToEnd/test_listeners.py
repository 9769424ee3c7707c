"""Where the server listens: ports, Unix sockets, several at once, and what is in use already."""

import os
import re
import socket
from pathlib import Path

import pytest
from needs import refuse
from rawclient import Connection, exchange
from server import martlet_to_its_end

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
