"""What takes minutes through two hops: 5 GB each way, a WebSocket and streams of a call that go both ways. `make soak`."""

import os
from contextlib import ExitStack

import pytest
from memory import MB, Peak
from nginx import Nginx
from proxies import proxy
from rawclient import Connection, exchange, request_bytes
from test_soak import FLAT, LARGE, send_body
from test_websocket import BINARY, UPGRADE, frame, read_frame

pytestmark = [pytest.mark.soak, pytest.mark.timeout(900)]

SCALE = float(os.environ.get("MARTLET_SOAK", "1"))
MESSAGES = int(20_000 * SCALE)


@pytest.fixture(scope="module")
def application(start_for_file, tmp_path_factory):
    return start_for_file("soak_cases:application", "--access-log", "off", "--limit-body", "6GB", workers=1)


@pytest.fixture(params=["Martlet and Martlet", "nginx and Martlet", "Martlet and nginx"])
def hops(request, application, tmp_path_factory):
    """The address of the first hop, and the processes of ours on the way."""
    passing = """client_max_body_size 0; location / { proxy_http_version 1.1; proxy_request_buffering off; proxy_buffering off;
        proxy_pass http://behind; }"""
    with ExitStack() as running:

        def ours(address):
            server = running.enter_context(proxy("http://{}:{}".format(*address), limit_body="6GB", answer_timeout="10m"))
            pids.append(server.pid)
            return server.address

        def nginx(address):
            front = Nginx(tmp_path_factory.mktemp("nginx"), address, passing)
            running.callback(front.stop)
            return front.address

        pids = [application.pid]
        kinds = {"Martlet": ours, "nginx": nginx}
        first, second = request.param.split(" and ")
        yield kinds[first](kinds[second](application.address)), pids


def test_five_gigabytes_there(hops):
    address, pids = hops
    assert exchange(address, "/upload", "POST", body=bytes(MB)).body == str(MB).encode()
    with Peak(lambda: pids) as peak, Connection(address, deadline=600) as connection:
        connection.send(request_bytes("/upload", "POST", [("Content-Length", str(LARGE))]))
        send_body(connection, LARGE, in_chunks=False)
        assert connection.read_response().body == str(LARGE).encode()
    assert peak.growth < 3 * FLAT, str(peak)


def test_five_gigabytes_back(hops):
    address, pids = hops
    exchange(address, "/download?bytes=1000000")
    with Peak(lambda: pids) as peak, Connection(address, deadline=600) as connection:
        connection.send(request_bytes(f"/download?bytes={LARGE}"))
        head = connection.read_head()
        assert head.status == 200
        left = LARGE
        while left:
            left -= len(connection.read_exactly(min(left, MB))) if head.header("Content-Length") else len(connection.read_chunk())
    assert peak.growth < 3 * FLAT, str(peak)


def test_a_websocket_that_talks_for_long(start, checkpoints):
    server = start("websocket_cases:application", threads=4, env=checkpoints.env)
    with proxy("http://{}:{}".format(*server.address)) as inner, proxy("http://{}:{}".format(*inner.address)) as outer:
        with Connection(outer.address) as connection:
            connection.send(request_bytes(f"/echo?checkpoint={checkpoints.new_name()}", headers=UPGRADE))
            assert connection.read_head().status == 101
            with Peak(lambda: [inner.pid, outer.pid]) as peak:
                for number in range(MESSAGES):
                    message = b"%d" % number * (1 + number % 2000)
                    connection.send(frame(BINARY, message))
                    assert read_frame(connection) == (BINARY, message)
            assert peak.growth < FLAT, str(peak)


def test_messages_of_a_call_that_go_both_ways(start):
    """As gRPC has them, over HTTP/1.1: each piece of the body is answered before the next one is sent."""
    from upstream import Peer, Upstream

    def serve(peer: Peer) -> None:
        head = peer.head()
        if head is None:
            return
        peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while size := int(peer.line(), 16):
            piece = peer.read(size)
            assert peer.read(2) == b"\r\n"
            peer.send(b"%x\r\n%s\r\n" % (size, piece))
        peer.line()
        peer.send(b"0\r\nX-Status: 0\r\n\r\n")

    with Upstream(serve) as upstream, proxy(upstream.url, request_buffering="off") as inner:
        with proxy("http://{}:{}".format(*inner.address), request_buffering="off") as outer, Connection(outer.address) as connection:
            connection.send(request_bytes("/", "POST", [("Transfer-Encoding", "chunked"), ("TE", "trailers")]))
            with Peak(lambda: [inner.pid, outer.pid]) as peak:
                head = None
                for number in range(MESSAGES):
                    piece = b"message %d" % number
                    connection.send(b"%x\r\n%s\r\n" % (len(piece), piece))
                    head = head or connection.read_head()
                    assert connection.read_chunk() == piece
                connection.send(b"0\r\n\r\n")
                assert connection.read_chunk() == b""
            assert peak.growth < FLAT, str(peak)
