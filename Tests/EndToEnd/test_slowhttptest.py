"""slowhttptest, the tool for slow clients, in all of its modes: another client is answered all the while."""

import os
import re
import signal
import ssl
import subprocess
import threading
from pathlib import Path

import pytest

from burst import allow_descriptors
from certificates import Authority
from needs import requires
from program import APPS, built
from rawclient import Connection, exchange
from server import Server
from sites import Site
from tlsclient import secure_exchange

MODES = {
    "slow heads": ["-H", "-i", "1", "-x", "24"],
    "slow bodies": ["-B", "-i", "1", "-s", "8192", "-x", "10"],
    "ranges": ["-R", "-a", "5", "-b", "3000"],
    "slow reading": ["-X", "-w", "10", "-y", "512", "-n", "2", "-z", "32", "-k", "3"],
}
SOAK = [pytest.mark.soak, pytest.mark.timeout(600)]
SCALE = float(os.environ.get("MARTLET_SOAK", "1"))


@pytest.fixture(scope="module")
def authority(tmp_path_factory) -> Authority:
    return Authority(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module")
def targets(tmp_path_factory, authority):
    """What is attacked: a file and a WSGI application of one server, and the routes of a Swift program."""
    requires("slowhttptest")
    allow_descriptors(20_000)
    folder: Path = tmp_path_factory.mktemp("site")
    (folder / "static").mkdir()
    (folder / "static" / "file.bin").write_bytes(bytes(1_000_000))
    pair = authority.pair()
    site = Site(folder)
    site.write(
        "martlet.toml",
        f"""
        bind = ["http://127.0.0.1:0", "https://127.0.0.1:0"]
        redirect-to-https = false
        access-log = "off"
        tls = {{ certificate = "{pair.certificate}", key = "{pair.key}" }}
        route."/static/".files = "static"

        [route."/"]
        wsgi = "body_cases:application"
        directory = "{APPS}"
        workers = 1
        """,
    )
    swift = [built("swift-hello"), "--bind", "http://127.0.0.1:0", "--bind", "https://127.0.0.1:0"]
    swift += ["--access-log", "off", "--redirect-to-https", "off"]
    with site.serve(listeners=2) as server, Server([*swift, *pair.flags], 2) as hello:
        yield [(server, "/static/file.bin"), (server, "/large"), (hello, "/hello")]
        server.stop()
        hello.stop()


class Probe(threading.Thread):
    """A client with a new connection for each request, which counts what it is answered while the attack goes on."""

    def __init__(self, ask):
        super().__init__(daemon=True)
        self.ask = ask
        self.answers = 0
        self.failure: BaseException | None = None
        self.answered = threading.Event()
        self.enough = threading.Event()

    def __enter__(self) -> "Probe":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.enough.set()
        self.join()

    def run(self) -> None:
        try:
            while not self.enough.wait(0.02):
                assert self.ask().status == 200
                self.answers += 1
                if self.answers == 3:
                    self.answered.set()
        except BaseException as failure:
            self.failure = failure
            self.answered.set()


def attack(targets, authority: Authority, mode: str, connections: int, seconds: int, is_whole: bool) -> None:
    """Attack until each client was answered three times, however slow the machine is, or for all of its time."""
    context: ssl.SSLContext = authority.client()
    attackers, probes = [], []
    for server, target in targets:
        plain, secure = server.addresses
        probes.append(Probe(lambda plain=plain, target=target: exchange(plain, target)))
        probes.append(Probe(lambda secure=secure, target=target: secure_exchange(secure, context, target)))
        for scheme, address in (("http", plain), ("https", secure)):
            url = f"{scheme}://localhost:{address[1]}{target}"
            options = ["-c", str(connections), "-r", str(connections), "-l", str(seconds), "-p", "30", "-v", "1", "-u", url]
            attackers.append(
                subprocess.Popen(
                    ["slowhttptest", *MODES[mode], *options], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
                )
            )
    for probe in probes:
        probe.__enter__()
    if is_whole:
        for attacker in attackers:
            attacker.wait(seconds + 60)
    else:
        for probe in probes:
            probe.answered.wait(seconds)
    answers = [probe.answers for probe in probes]
    for attacker in attackers:
        attacker.send_signal(signal.SIGINT)
    said = [attacker.communicate(timeout=60)[0] for attacker in attackers]
    for probe in probes:
        probe.__exit__()
    for text in said:
        # The tool has a probe of its own.
        assert re.search(r"service available:\s+YES", re.sub(r"\x1b\[[0-9;]*m", "", text)), text
    assert [probe.failure for probe in probes] == [None] * len(probes)
    assert min(answers) >= 3
    for server, target in targets:
        with Connection(server.address) as connection:
            assert connection.request(target).status == 200


@pytest.mark.parametrize("mode", MODES)
def test_a_client_is_answered_among_slow_ones(targets, authority, mode):
    attack(targets, authority, mode, connections=200, seconds=60, is_whole=False)


@pytest.mark.parametrize("mode", [pytest.param(mode, marks=SOAK) for mode in MODES])
def test_a_client_is_answered_among_slow_ones_for_long(targets, authority, mode):
    attack(targets, authority, mode, connections=1000, seconds=max(10, int(30 * SCALE)), is_whole=True)
