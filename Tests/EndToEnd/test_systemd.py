"""What systemd expects of a service: sockets that it has opened (LISTEN_FDS), and to be told what the service does (NOTIFY_SOCKET)."""

import os
import re
import signal
import socket
import struct
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import pytest
import waiting
from needs import requires_root
from program import APPS, built
from rawclient import Connection, exchange, request_bytes
from server import Server, martlet_to_its_end

COMMAND = [built("martlet"), "run", "systemd_cases:application", "--workers", "2", "--python", sys.executable]
VARIABLES = ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID")

ACTIVATE = """
import fcntl, os, sys
numbers, words = [int(text) for text in sys.argv[1].split(",") if text], sys.argv[2:]
copies = [fcntl.fcntl(number, fcntl.F_DUPFD_CLOEXEC, 100) for number in numbers]
for place, copy in enumerate(copies, 3):
    os.dup2(copy, place, inheritable=True)
os.environ["LISTEN_PID"] = os.environ.get("LISTEN_PID", str(os.getpid()))
os.environ.setdefault("LISTEN_FDS", str(len(numbers)))
os.execv(words[0], words)
"""
"""Does what systemd does between fork and exec."""


def activated(*sockets: socket.socket, command=COMMAND, options=(), listeners=None, **settings) -> Server:
    numbers = [each.fileno() for each in sockets]
    words = [sys.executable, "-c", ACTIVATE, ",".join(map(str, numbers)), *command, *options]
    return Server(words, listeners or len(sockets), pass_fds=numbers, **settings)


@pytest.fixture
def tcp():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


@pytest.fixture
def unix(tmp_path):
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "activated"))
        listener.listen()
        yield listener


# Socket activation


def test_sockets_that_systemd_has_opened_are_served_in_the_place_of_the_default(tcp, unix):
    with activated(tcp, unix) as server:
        assert server.addresses == [tcp.getsockname(), unix.getsockname()]
        assert ":8000" not in server.stderr.text
        for address in server.addresses:
            for _ in range(10):
                assert exchange(address).status == 200
        server.stop()


def test_every_event_loop_serves_an_activated_socket(tcp):
    """There is one socket for all of them, and a slow client on one loop does not hold up the others."""
    with activated(tcp) as server, ExitStack() as stack:
        connections = [stack.enter_context(Connection(server.address)) for _ in range(50)]
        for connection in connections:
            connection.send(request_bytes("/"))
        assert [connection.read_response().status for connection in connections] == [200] * 50
        server.stop()


def test_the_queue_of_an_activated_socket_stays_long(tcp):
    """systemd's is as long as the system allows; the library below would make it 128."""
    most = int(Path("/proc/sys/net/core/somaxconn").read_text())
    tcp.listen(4096)
    with activated(tcp) as server:
        assert exchange(server.address).status == 200
        # tcpi_sacked of TCP_INFO is the length for a listening socket.
        information = tcp.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104)
        assert struct.unpack_from("I", information, 28)[0] == min(4096, most)
        server.stop()


def test_an_abstract_socket_can_be_activated():
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"\0martlet-activated-{os.getpid()}")
        listener.listen()
        with activated(listener) as server:
            assert exchange(server.address).status == 200
            server.stop()


def test_an_ipv6_socket_can_be_activated():
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as listener, activated(listener) as server:
        assert server.address == listener.getsockname()[:2]
        assert exchange(server.address).status == 200
        server.stop()


def test_addresses_that_are_asked_for_are_bound_besides(tcp, tmp_path):
    path = f"unix:{tmp_path / 'own'}"
    with activated(tcp, options=["--bind", path], listeners=2) as server:
        for address in server.addresses:
            assert exchange(address).status == 200
        server.stop()


@pytest.mark.parametrize("spelling", ["127.0.0.1:{}", "unix:{}"])
def test_an_address_that_is_asked_for_and_activated_is_served_once(tcp, unix, spelling):
    listener = tcp if "127" in spelling else unix
    name = listener.getsockname()
    with activated(listener, options=["--bind", spelling.format(name if listener is unix else name[1])]) as server:
        assert exchange(server.address).status == 200
        server.stop()
    # A socket of a file is systemd's to remove.
    assert listener is tcp or os.path.exists(name)


def test_a_configuration_file_is_served_on_activated_sockets_too(tcp, tmp_path):
    (tmp_path / "martlet.toml").write_text(
        f'[route."/"]\nwsgi = "systemd_cases:application"\ndirectory = "{APPS}"\npython = "{sys.executable}"\n'
    )
    with activated(tcp, command=[built("martlet"), "serve", str(tmp_path)]) as server:
        assert server.addresses == [tcp.getsockname()]
        assert exchange(server.address).status == 200
        server.stop()


def test_an_application_in_swift_is_served_on_activated_sockets_too(tcp):
    with activated(tcp, command=[built("swift-hello")]) as server:
        assert server.addresses == [tcp.getsockname()]
        assert exchange(server.address, "/hello").status == 200
        server.stop()


def test_clients_that_come_during_a_restart_wait_for_the_next_server(tcp):
    """That is what socket activation is for: nobody is refused, and nothing is reset."""
    with ExitStack() as stack:
        with activated(tcp) as server:
            assert exchange(server.address).status == 200
            server.stop()
        waiting_ones = [stack.enter_context(Connection(tcp.getsockname())) for _ in range(20)]
        for connection in waiting_ones:
            connection.send(request_bytes("/"))
        with activated(tcp) as server:
            assert [connection.read_response().status for connection in waiting_ones] == [200] * 20
            server.stop()


def test_workers_inherit_neither_the_sockets_nor_the_variables(tcp, unix, notifications):
    with activated(tcp, unix, env={**notifications.env, "LISTEN_FDNAMES": "web:local"}) as server:
        for pid in server.workers():
            variables = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
            assert [each for each in variables if each.split(b"=")[0].decode() in VARIABLES] == []
            assert not inodes(pid) & {inode(tcp), inode(unix)}
        assert exchange(server.address, "/variables").body == b"[]"
        # The server itself still has them, each once.
        assert {inode(tcp), inode(unix)} <= inodes(server.pid)
        server.stop()


def inodes(pid: int) -> set[int]:
    found = set()
    for name in os.listdir(f"/proc/{pid}/fd"):
        try:
            link = os.readlink(f"/proc/{pid}/fd/{name}")
        except FileNotFoundError:
            continue
        if match := re.fullmatch(r"socket:\[(\d+)\]", link):
            found.add(int(match[1]))
    return found


def inode(listener: socket.socket) -> int:
    return os.fstat(listener.fileno()).st_ino


def test_sockets_for_another_process_are_not_taken(tcp):
    """A shell in between has inherited the variables: they are not meant for us."""
    with activated(tcp, options=["--bind", "127.0.0.1:0"], env={"LISTEN_PID": "1"}) as server:
        assert server.address != tcp.getsockname()
        assert exchange(server.address).status == 200
        server.stop()


def refused(listener: socket.socket, **env: str):
    number = listener.fileno()
    before = [sys.executable, "-c", ACTIVATE, str(number)]
    return martlet_to_its_end(*COMMAND[1:], before=before, env=env, pass_fds=[number])


def test_a_datagram_socket_is_refused():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        finished = refused(listener, LISTEN_FDNAMES="dns.socket")
    assert finished.code == 1
    assert "descriptor 3 (dns.socket) is no listening stream socket; its unit needs ListenStream= and Accept=no" in finished.stderr


def test_a_connection_is_refused(tcp):
    """Of a unit with Accept=yes."""
    with socket.create_connection(tcp.getsockname()) as connection:
        finished = refused(connection)
    assert finished.code == 1 and "its unit needs ListenStream= and Accept=no" in finished.stderr


@pytest.mark.parametrize("count", ["-1", "many", "99999999999999999999", "1025"])
def test_a_number_of_sockets_that_is_none_is_refused(tcp, count):
    finished = refused(tcp, LISTEN_FDS=count)
    assert finished.code == 1 and f"LISTEN_FDS is '{count}', which is no number of sockets" in finished.stderr


def test_sockets_that_are_not_there_are_missed(tcp):
    finished = refused(tcp, LISTEN_FDS="9")
    assert finished.code == 1
    assert re.search(r"descriptor \d+ \(unknown\) is (not open|no listening)", finished.stderr)


# The folder that systemd makes for a service


@pytest.mark.parametrize("name, mode, is_used", [("martlet-shop", 0o700, True), ("martlet-shop", 0o755, False), ("shop", 0o700, False)])
def test_root_finds_a_service_in_its_private_folder(name, mode, is_used, tmp_path):
    """`RuntimeDirectory=martlet-shop`, `RuntimeDirectoryMode=0700`: the service may have a /tmp of its own."""
    requires_root("only root asks the servers of others")
    folder, elsewhere = tmp_path / name, tmp_path / "elsewhere"
    folder.mkdir()
    folder.chmod(mode)
    elsewhere.mkdir()
    env = {"RUNTIME_DIRECTORY": str(folder), "XDG_RUNTIME_DIR": str(elsewhere)}
    with Server([*COMMAND, "--bind", "127.0.0.1:0"], env=env) as server:
        asked = martlet_to_its_end("status", env={"XDG_RUNTIME_DIR": str(tmp_path)})
        assert (asked.code == 0, f"process {server.pid}" in asked.stdout) == (is_used, is_used)
        assert (folder / f"{server.pid}.sock").exists() == is_used
        server.stop()


# sd_notify


class Notifications:
    """The other end of NOTIFY_SOCKET."""

    def __init__(self, address: str):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind("\0" + address[1:] if address.startswith("@") else address)
        self.socket.settimeout(waiting.DEADLINE)
        self.env = {"NOTIFY_SOCKET": address}

    def next(self) -> dict[str, str]:
        return dict(line.split("=", 1) for line in self.socket.recv(4096).decode().split("\n"))

    def rest(self) -> list[dict[str, str]]:
        """What is there and was not read yet."""
        self.socket.setblocking(False)
        found = []
        try:
            while True:
                found.append(self.next())
        except BlockingIOError:
            return found


@pytest.fixture(params=["path", "abstract"])
def notifications(request, tmp_path):
    address = str(tmp_path / "notify") if request.param == "path" else f"@martlet-notify-{os.getpid()}"
    notifications = Notifications(address)
    with notifications.socket:
        yield notifications


def notifying(notifications, *options, command=COMMAND, **env) -> Server:
    return Server([*command, "--bind", "127.0.0.1:0", *options], env={**notifications.env, **env})


def test_systemd_hears_of_the_start_and_of_the_stop(notifications):
    with notifying(notifications) as server:
        ready = notifications.next()
        assert ready.pop("STATUS") == "Serving at http://{}:{}".format(*server.address)
        assert ready == {"READY": "1"}
        assert exchange(server.address).status == 200
        server.stop()
        stopping = notifications.next()
        assert stopping["STOPPING"] == "1" and stopping["STATUS"].startswith("Stopping")
        assert notifications.rest() == []


def test_systemd_hears_of_a_reload(notifications):
    """`Type=notify-reload` compares the time with that of its signal."""
    with notifying(notifications) as server:
        notifications.next()
        for _ in range(2):
            before = now()
            server.send_signal(signal.SIGHUP)
            reloading = notifications.next()
            assert reloading["RELOADING"] == "1" and before <= int(reloading["MONOTONIC_USEC"]) <= now()
            assert notifications.next() == {"READY": "1", "STATUS": "Serving; reloaded"}
        server.stop(same_workers=False)


def now() -> int:
    return time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000


def test_a_reload_that_fails_ends_too(notifications, tmp_path):
    app = tmp_path / "changing.py"
    app.write_text("from systemd_cases import application\n")
    command = [*COMMAND[:2], "changing:application", *COMMAND[3:], "--chdir", str(tmp_path)]
    with notifying(notifications, command=command, PYTHONPATH=str(APPS)) as server:
        notifications.next()
        app.write_text("broken\n")
        server.send_signal(signal.SIGHUP)
        assert notifications.next()["RELOADING"] == "1"
        ended = notifications.next()
        assert ended["READY"] == "1" and "the reload has failed" in ended["STATUS"]
        assert exchange(server.address).status == 200
        server.stop()


def test_a_reload_by_the_command_is_told_too(notifications, tmp_path):
    env = {"XDG_RUNTIME_DIR": str(tmp_path)}
    with notifying(notifications, **env) as server:
        notifications.next()
        assert martlet_to_its_end("reload", env=env).code == 0
        assert [list(notifications.next())[0] for _ in range(2)] == ["RELOADING", "READY"]
        server.stop(same_workers=False)


def test_nothing_is_ready_that_cannot_be_imported(notifications):
    finished = martlet_to_its_end(*COMMAND[1:2], "no_such_module", *COMMAND[3:], env=notifications.env)
    assert finished.code == 3
    assert not [message for message in notifications.rest() if "READY" in message]


def test_the_watchdog_is_fed_while_the_event_loops_answer(notifications):
    with notifying(notifications, WATCHDOG_USEC="200000") as server:
        assert "READY" in notifications.next()
        for _ in range(3):
            assert notifications.next() == {"WATCHDOG": "1"}
        server.stop()


def test_the_watchdog_of_another_process_is_not_fed(notifications):
    with notifying(notifications, WATCHDOG_USEC="1000", WATCHDOG_PID="1") as server:
        assert "READY" in notifications.next()
        assert exchange(server.address).status == 200
        server.stop()
        assert ["STOPPING" in message for message in [notifications.next(), *notifications.rest()]] == [True]


@pytest.mark.parametrize("microseconds", ["0", "-1", "many", "9223372036854775807", "99999999999999999999"])
def test_a_watchdog_that_never_looks_is_no_fault(notifications, microseconds):
    with notifying(notifications, WATCHDOG_USEC=microseconds) as server:
        assert "READY" in notifications.next()
        assert exchange(server.address).status == 200
        server.stop()


def test_an_application_in_swift_tells_it_too(notifications):
    with notifying(notifications, command=[built("swift-hello")]) as server:
        assert notifications.next()["READY"] == "1"
        server.stop()
        assert notifications.next()["STOPPING"] == "1"


@pytest.mark.parametrize("address", ["", "relative", "vsock:2:1", "/no/such/socket", "/" + "x" * 200, "@"])
def test_a_socket_that_nobody_listens_at_holds_nothing_up(address):
    with Server([*COMMAND, "--bind", "127.0.0.1:0"], env={"NOTIFY_SOCKET": address}) as server:
        assert exchange(server.address).status == 200
        server.stop()
