"""WebSockets and other protocols through the proxy."""

import signal

import pytest
import waiting
from http2client import Client
from proxies import proxy
from rawclient import Connection, request_bytes
from test_http2_websocket import WebSocket
from test_websocket import BINARY, CLOSE, UPGRADE, frame, open_websocket, read_frame
from upstream import OK, Peer, Upstream


@pytest.fixture(scope="module")
def server(start_for_file, checkpoints):
    """An application with WebSockets behind another Martlet: two hops."""
    return start_for_file("websocket_cases:application", threads=4, env=checkpoints.env)


def url_of(server):
    return "http://{}:{}".format(*server.address)


def echo(connection):
    for message in b"hello", b"x" * 200, b"y" * 70_000, b"z" * 1_000_000:
        connection.send(frame(BINARY, message))
        assert read_frame(connection) == (BINARY, message)


def test_a_websocket_through_two_hops(server, checkpoints):
    with proxy(url_of(server)) as front:
        with open_websocket_of_proxy(front, f"/echo?checkpoint={checkpoints.new_name()}") as connection:
            echo(connection)
            connection.send(frame(CLOSE, b"\x03\xe9"))
            assert read_frame(connection)[0] == CLOSE


def open_websocket_of_proxy(front, target):
    connection = Connection(front.address)
    connection.send(request_bytes(target, headers=UPGRADE))
    head = connection.read_head()
    assert head.status == 101 and head.header("Upgrade") == "websocket"
    return connection


def test_a_websocket_over_http2(server, checkpoints):
    with proxy(url_of(server)) as front, Client(front.address) as client:
        websocket = WebSocket(client, f"/echo?checkpoint={checkpoints.new_name()}").open()
        websocket.send(frame(BINARY, b"hello"))
        assert websocket.exactly(7) == b"\x82\x05hello"


def raw_echo(peer: Peer) -> None:
    request = peer.request()
    if request is None:
        return
    if request.header("Upgrade") is None:
        return peer.send(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nplain")
    protocol = request.header("Upgrade")
    assert request.header("Connection") == "Upgrade" and protocol in ("websocket", "chatter")
    peer.send(b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: %s\r\nX-Own: 1\r\n\r\nfirst" % protocol.encode())
    while data := peer.socket.recv(65536):
        peer.send(data)
    peer.send(b"last")


UPGRADE_REQUEST = b"GET / HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n"


def test_another_protocol_to_its_end():
    with Upstream(raw_echo) as upstream, proxy(upstream.url, upgrades="chatter") as server, Connection(server.address) as client:
        client.send(UPGRADE_REQUEST.replace(b"websocket", b"chatter"))
        head = client.read_head()
        assert (head.status, head.header("Upgrade"), head.header("X-Own")) == (101, "chatter", "1")
        assert client.read_exactly(5) == b"first"
        client.send(b"x" * 3_000_000)
        assert client.read_exactly(3_000_000) == b"x" * 3_000_000
        client.half_close()
        assert client.read_to_end() == b"last"


def test_an_upgrade_that_is_refused_is_an_answer():
    with Upstream() as upstream, proxy(upstream.url) as server, Connection(server.address) as client:
        for _ in range(2):
            client.send(UPGRADE_REQUEST)
            assert client.read_response().body == b"ok"
        assert upstream.connections <= 2


@pytest.mark.parametrize("value", ["h2c", "HTTP/2.0", "TLS/1.0", "h2c, tcp", "spdy/3.1", "nonsense"])
def test_an_upgrade_of_http_itself_is_not_passed_on(value):
    with Upstream() as upstream, proxy(upstream.url) as server, Connection(server.address) as client:
        client.send(b"GET / HTTP/1.1\r\nHost: h\r\nConnection: upgrade, HTTP2-Settings\r\nUpgrade: %s\r\nHTTP2-Settings: AA\r\n\r\n" % value.encode())
        assert client.read_response().body == b"ok"
        request = upstream.requests[0]
        assert request.header("Upgrade") is None and request.header("Connection") is None
        assert request.header("HTTP2-Settings") is None


@pytest.mark.parametrize("value, passed", [("WebSocket", "WebSocket"), ("websocket, h2c", "websocket"), ("tcp, h2c", "tcp"), ("spdy/3.1", "spdy/3.1")])
def test_only_protocols_that_may_be_are_asked_for(value, passed):
    with Upstream() as upstream, proxy(upstream.url, upgrades="websocket,tcp,SPDY/3.1") as server, Connection(server.address) as client:
        client.send(b"GET / HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\nUpgrade: %s\r\n\r\n" % value.encode())
        assert client.read_response().body == b"ok"
        assert upstream.requests[0].header("Upgrade") == passed


def test_a_client_that_leaves_its_tunnel_ends_it_at_the_upstream():
    def serve(peer: Peer) -> None:
        peer.request()
        peer.send(b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n")
        assert peer.ends()
        peer.upstream.ended = True

    with Upstream(serve) as upstream, proxy(upstream.url) as server:
        upstream.ended = False
        client = Connection(server.address)
        client.send(UPGRADE_REQUEST)
        assert client.read_head().status == 101
        client.reset()
        waiting.until(lambda: upstream.ended, "the upstream's connection ends")


@pytest.mark.parametrize("ending", ["close", "reset"])
def test_an_upstream_that_leaves_its_tunnel_ends_it_for_the_client(ending):
    def serve(peer: Peer) -> None:
        peer.request()
        peer.send(b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\nlast words")
        assert peer.socket.recv(2) == b"go"
        if ending == "reset":
            peer.reset()

    with Upstream(serve) as upstream, proxy(upstream.url) as server, Connection(server.address) as client:
        client.send(UPGRADE_REQUEST)
        assert client.read_head().status == 101 and client.read_exactly(10) == b"last words"
        client.send(b"go")
        assert client.read_to_end() == b""


def test_a_silent_tunnel_ends():
    with Upstream(raw_echo) as upstream, proxy(upstream.url, tunnel_timeout="300ms") as server:
        with Connection(server.address) as client:
            client.send(UPGRADE_REQUEST)
            assert client.read_head().status == 101
            client.read_to_end()


def test_a_tunnel_survives_a_reload(tmp_path):
    from sites import Site

    with Upstream(raw_echo) as upstream, Upstream() as other:
        site = Site(tmp_path)
        text = 'bind = "127.0.0.1:0"\n[route."/"]\nproxy = "{}"\n'
        site.write("martlet.toml", text.format(upstream.url))
        server = site.serve()
        with Connection(server.address) as client:
            client.send(UPGRADE_REQUEST)
            assert client.read_head().status == 101 and client.read_exactly(5) == b"first"
            site.write("martlet.toml", text.format(other.url))
            server.send_signal(signal.SIGHUP)
            server._ending = False
            with Connection(server.address) as asking:
                waiting.until(lambda: asking.request().body == b"ok", "the other upstream answers")
            assert other.requests
            client.send(b"still here")
            assert client.read_exactly(10) == b"still here"
        server.stop()
