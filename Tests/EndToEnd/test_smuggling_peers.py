"""The vectors of the corpora with real servers in front of Martlet, and behind it: what is one request for one is one for the other.

Whoever is behind all of them numbers what it takes for a request, and its answers. A request that was smuggled is one whose answer
nobody waited for, or that somebody else has got.
"""

import re
import shutil
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from apache import Apache
from corpus import invalid_files, valid_files
from front import Front, free_address
from needs import requires
from nginx import Nginx
from proxies import proxy
from rawclient import Address, Connection, request_bytes
from upstream import Peer, Upstream
from waiting import DEADLINE

SHORT = {"timeout_head": "1s", "timeout_idle": "1s", "body_rate": "64KB"}
"""A vector that never ends is given up soon."""

NGINX = """
    client_header_timeout 1s; client_body_timeout 1s; keepalive_timeout 1s; underscores_in_headers on; ignore_invalid_headers off;
    location / {{ proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host h; proxy_pass http://behind; }}
"""
APACHE = """
RequestReadTimeout header=1 body=1
KeepAliveTimeout 1
Timeout 5
AllowEncodedSlashes NoDecode
ProxyPass / http://{address}/
"""
HAPROXY = """\
defaults
    mode http
    timeout connect 10s
    timeout client 1s
    timeout server 30s
    timeout http-request 1s
    timeout http-keep-alive 1s
    http-reuse always
listen front
    bind 127.0.0.1:{port}
    server behind {address}
"""


def text(address: Address) -> str:
    return "{}:{}".format(*address)


@contextmanager
def nginx(folder: Path, behind: Address) -> Iterator[Address]:
    front = Nginx(folder, behind, NGINX.replace("{{", "{").replace("}}", "}"))
    try:
        yield front.address
    finally:
        front.stop()


@contextmanager
def apache(folder: Path, behind: Address) -> Iterator[Address]:
    front = Apache(folder, APACHE.format(address=text(behind)), "reqtimeout")
    try:
        yield front.address
    finally:
        front.stop()


@contextmanager
def haproxy(folder: Path, behind: Address) -> Iterator[Address]:
    file, address = folder / "haproxy.cfg", free_address()
    file.write_text(HAPROXY.format(port=address[1], address=text(behind)))
    front = Front("haproxy", [shutil.which("haproxy") or "/usr/sbin/haproxy", "-db", "-f", str(file)], address)
    try:
        yield address
    finally:
        front.stop()


@contextmanager
def martlet(folder: Path, behind: Address) -> Iterator[Address]:
    with proxy(f"http://{text(behind)}", **SHORT) as server:
        yield server.address


PEERS = {"nginx": nginx, "apache": apache, "haproxy": haproxy}
CHAINS = {f"{name} in front": (peer, martlet) for name, peer in PEERS.items()}
CHAINS |= {f"{name} behind": (martlet, peer) for name, peer in PEERS.items()}


class Recorder:
    """Numbers the requests that it gets."""

    def __init__(self):
        self.seen: dict[int, str] = {}
        self._lock = threading.Lock()

    def serve(self, peer: Peer) -> None:
        while (request := peer.request()) is not None:
            with self._lock:
                number = len(self.seen)
                self.seen[number] = f"{request.line} {request.fields} {request.body[:200]}"
            body = f"number {number} {request.line.split(' ')[1]}".encode()
            head = f"HTTP/1.1 200 OK\r\nX-Number: {number}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
            peer.send(head if request.line.startswith("HEAD ") else head + body)


def numbers(address: Address, sent: bytes) -> set[int]:
    """The numbers of the answers to what was sent on one connection, until that ends."""
    received = bytearray()
    with Connection(address) as connection:
        try:
            connection.send(sent)
            while data := connection.socket.recv(65536):
                received += data
        except ConnectionError:
            pass
    # One of HTTP/0.9 has no head; HAProxy writes names small.
    pattern = rb"(?i)x-number: (\d+)\r\n" if received.startswith(b"HTTP/") else rb"number (\d+) "
    return {int(number) for number in re.findall(pattern, received)}


def probe(address: Address, name: str) -> int:
    """A request that has nothing to do with the others; its answer must be its own."""
    with Connection(address) as connection:
        connection.send(request_bytes(f"/probe/{name}", headers=[("Connection", "close")]))
        response = connection.read_response()
    number = int(response.header("X-Number"))
    assert response.status == 200 and response.body == f"number {number} /probe/{name}".encode(), (name, response)
    return number


@pytest.mark.parametrize("chain", CHAINS)
def test_what_is_one_request_for_one_is_one_for_the_other(chain, tmp_path_factory):
    requires("nginx", "/usr/sbin/apache2", "haproxy")
    first, second = CHAINS[chain]
    recorder = Recorder()
    vectors = [(file.name, file.sent) for file in [*valid_files(), *invalid_files()]]
    with Upstream(recorder.serve) as upstream, ExitStack() as running:
        folders = [tmp_path_factory.mktemp("chain") for _ in range(2)]
        inner = running.enter_context(second(folders[0], ("127.0.0.1", upstream.port)))
        outer = running.enter_context(first(folders[1], inner))
        with ThreadPoolExecutor(32) as pool:
            answered = [pool.submit(numbers, outer, sent) for _, sent in vectors]
            probes = [pool.submit(probe, outer, name) for name, _ in vectors[::4]]
            given = [number for result in answered for number in result.result(DEADLINE * 4)]
            given += [result.result(DEADLINE * 4) for result in probes]
        # A body that turns out to be wrong ends the connection in the middle of it.
        upstream.failures = [failure for failure in upstream.failures if "due" not in str(failure)]
    lost = {number: request for number, request in recorder.seen.items() if number not in given}
    assert not lost, "\n".join(list(lost.values())[:5])
    assert len(given) == len(set(given))
