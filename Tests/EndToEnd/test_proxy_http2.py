"""Upstreams over HTTP/2: what they get, what a client gets, and what is wrong with them."""

import threading

import pytest
import waiting
from front import Front, free_address
from http2client import CANCEL, INTERNAL_ERROR, REFUSED_STREAM, Client, request_fields
from http2upstream import answer_each, http2_upstream
from hyperframe.frame import DataFrame, HeadersFrame
from needs import requires
from proxies import proxy
from rawclient import Connection, exchange
from upstream import Upstream

LARGE = b"0123456789abcdef" * 65_536
MAX_CONCURRENT_STREAMS = 3


def test_a_request_of_http1_is_passed_on():
    asked = []

    def serve(peer):
        while True:
            request = peer.request()
            asked.append(request)
            peer.answer(request.stream, b"ok", ("x-a", "b"), ("content-length", "2"))

    with http2_upstream(serve) as upstream, proxy(upstream.url, one_loop=True) as server:
        headers = [("X-Own", "1"), ("Cookie", "a=1"), ("Connection", "X-Gone"), ("X-Gone", "2"), ("TE", "trailers")]
        response = exchange(server.address, "/a%20b?c", headers=headers, host="site.example:8000")
        assert (response.status, response.body, response.header("X-A")) == (200, b"ok", "b")
        fields = asked[0].fields
        assert list(fields)[:4] == [":method", ":scheme", ":authority", ":path"]
        assert [fields[name] for name in list(fields)[:4]] == ["GET", "http", "site.example:8000", "/a%20b?c"]
        assert (fields["x-own"], fields["cookie"], fields["te"]) == ("1", "a=1", "trailers")
        assert not {"x-gone", "connection", "host", "transfer-encoding"} & fields.keys()
        assert fields["x-forwarded-for"] == "127.0.0.1" and fields["via"].startswith("1.1 martlet-")
        for body in (b"", b"x", LARGE):
            assert exchange(server.address, "/", method="POST", body=body).status == 200
            assert (asked[-1].body, asked[-1].fields["content-length"]) == (body, str(len(body)))
        assert upstream.connections == 1


def test_requests_share_a_connection_as_far_as_the_upstream_allows():
    together = threading.Barrier(2)

    def serve(peer):
        peer.until(lambda: sum(asked.has_ended for asked in peer.asked.values()) == 2)
        together.wait(waiting.DEADLINE)
        for stream in peer.asked:
            peer.answer(stream)
        peer.until(lambda: False)

    def get(server):
        response = exchange(server.address)
        assert response.status == 200

    with http2_upstream(serve, {MAX_CONCURRENT_STREAMS: 2}) as upstream, proxy(upstream.url, one_loop=True) as server:
        clients = [threading.Thread(target=get, args=(server,)) for _ in range(4)]
        for client in clients:
            client.start()
        for client in clients:
            client.join(waiting.DEADLINE)
        assert upstream.connections == 2


def test_trailers_go_both_ways():
    asked = []

    def serve(peer):
        request = peer.request()
        asked.append(request)
        peer.answer(request.stream, b"body", end=False)
        peer.send(HeadersFrame(request.stream, peer.encoder.encode([("x-sum", "4")]), flags=["END_HEADERS", "END_STREAM"]))
        peer.until(lambda: False)

    with http2_upstream(serve) as upstream, proxy(upstream.url) as server, Client(server.address) as client:
        head = client.headers(request_fields("/", "POST", ("te", "trailers")), end=False)
        trailer = client.encoder.encode([("x-checksum", "1"), ("content-length", "9"), ("x-forwarded-for", "6.6.6.6")])
        client.send(
            head,
            DataFrame(head.stream_id, b"data"),
            HeadersFrame(head.stream_id, trailer, flags=["END_HEADERS", "END_STREAM"]),
        )
        answer = client.answer(head.stream_id)
        assert (answer.status, answer.body, answer.trailers) == (200, b"body", [("x-sum", "4")])
        assert (asked[0].body, asked[0].trailers) == (b"data", {"x-checksum": "1"})


@pytest.mark.parametrize("size", [0, 4, 200_000])
def test_trailers_behind_a_body_of_known_length(size):
    def serve(peer):
        while True:
            request = peer.request()
            peer.send(HeadersFrame(request.stream, peer.encoder.encode([(":status", "200"), ("content-length", str(size))]), flags=["END_HEADERS"]))
            # Within the window.
            for start in range(0, size, 10_000):
                peer.send(DataFrame(request.stream, b"x" * min(10_000, size - start)))
            peer.send(HeadersFrame(request.stream, peer.encoder.encode([("x-sum", "4")]), flags=["END_HEADERS", "END_STREAM"]))

    with http2_upstream(serve) as upstream, proxy(upstream.url) as server:
        with Client(server.address) as client:
            for _ in range(2):
                answer = client.answer(client.request("/", "GET", ("te", "trailers")))
                assert (answer.status, len(answer.body), answer.trailers) == (200, size, [("x-sum", "4")])
                assert answer.header("content-length") == str(size)
        with Connection(server.address) as client:
            for _ in range(2):
                assert client.request("/").body == b"x" * size


def test_trailers_of_an_answer_reach_a_client_of_http1_that_wants_them():
    def serve(peer):
        while True:
            request = peer.request()
            peer.answer(request.stream, b"body", end=False)
            block = peer.encoder.encode([("x-sum", "4")])
            peer.send(HeadersFrame(request.stream, block, flags=["END_HEADERS", "END_STREAM"]))

    with http2_upstream(serve) as upstream, proxy(upstream.url) as server:
        for fields, end in [(b"TE: trailers\r\nConnection: TE\r\n", b"0\r\nx-sum: 4\r\n\r\n"), (b"", b"0\r\n\r\n")]:
            with Connection(server.address) as client:
                client.send(b"GET / HTTP/1.1\r\nHost: h\r\n" + fields + b"\r\n")
                assert client.read_until(b"0\r\n") and client.read_until(end.removeprefix(b"0\r\n"))


def test_an_informational_answer():
    def serve(peer):
        request = peer.request()
        peer.send(HeadersFrame(request.stream, peer.encoder.encode([(":status", "103"), ("link", "</a>")]), flags=["END_HEADERS"]))
        peer.answer(request.stream)
        peer.until(lambda: False)

    with http2_upstream(serve) as upstream, proxy(upstream.url) as server, Client(server.address) as client:
        answer = client.get()
        assert (answer.status, dict(answer.informational[0])["link"]) == (200, "</a>")


def test_a_large_body_each_way_within_the_windows():
    def serve(peer):
        request = peer.request()
        assert request.body == LARGE
        sent = 0
        peer.answer(request.stream, b"", end=False)
        # As far as the proxy's window goes, and no further.
        for start in range(0, len(LARGE), 16_384):
            piece = LARGE[start : start + 16_384]
            peer.send(DataFrame(request.stream, piece))
            sent += len(piece)
            if sent % 131_072 == 0 and sent < len(LARGE):
                seen = len(peer.frames)
                peer.until(lambda: any(frame.stream_id == request.stream for frame in peer.frames[seen:]))
        peer.send(DataFrame(request.stream, b"", flags=["END_STREAM"]))
        peer.until(lambda: False)

    with http2_upstream(serve) as upstream, proxy(upstream.url) as server:
        response = exchange(server.address, method="POST", body=LARGE)
        assert (response.status, response.body) == (200, LARGE)


def test_requests_for_an_upgrade_open_no_connections():
    """There are no WebSockets over HTTP/2 to upstreams: it answers such a request as any other."""
    wish = [("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA=="), ("Sec-WebSocket-Version", "13")]
    with http2_upstream(answer_each) as upstream, proxy(upstream.url, one_loop=True) as server:
        for _ in range(3):
            assert exchange(server.address, headers=wish).status == 200
        assert upstream.connections == 1


# What goes wrong


def test_requests_that_are_not_begun_are_sent_again():
    """A POST too: GOAWAY says that nothing was done."""
    seen = []

    def serve(peer):
        request = peer.request()
        seen.append((peer.number, request.body))
        if peer.number == 0:
            peer.go_away(0)
        elif peer.number == 1 and len(seen) < 3:
            peer.reset(request.stream, REFUSED_STREAM)
            request = peer.request()
            seen.append((peer.number, request.body))
            peer.answer(request.stream)
        peer.until(lambda: False)

    with http2_upstream(serve) as upstream, proxy(upstream.url) as server:
        assert exchange(server.address, method="POST", body=b"x").status == 200
        assert seen == [(0, b"x"), (1, b"x"), (1, b"x")]


def test_goodbye_leaves_requests_that_are_on_the_way():
    goodbye = threading.Event()

    def serve(peer):
        request = peer.request()
        if peer.number == 0:
            peer.go_away(request.stream)
            goodbye.set()
            peer.answer(request.stream, b"old")
        else:
            peer.answer(request.stream, b"new")
        peer.until(lambda: False)

    with http2_upstream(serve) as upstream, proxy(upstream.url, one_loop=True) as server:
        assert exchange(server.address).body == b"old"
        assert exchange(server.address).body == b"new"
        assert upstream.connections == 2


def test_a_stream_that_is_reset_is_502_and_the_connection_goes_on():
    def serve(peer):
        peer.reset(peer.request().stream, INTERNAL_ERROR)
        answer_each(peer)

    with http2_upstream(serve) as upstream, proxy(upstream.url, retries=0, one_loop=True) as server:
        assert exchange(server.address).status == 502
        server.stderr.wait_for("it reset the request's stream \\(INTERNAL_ERROR\\)")
        assert exchange(server.address).status == 200
        assert upstream.connections == 1


def test_an_upstream_that_dies_in_the_middle_breaks_the_answer_off():
    def serve(peer):
        peer.answer(peer.request().stream, b"part", end=False)

    with http2_upstream(serve) as upstream, proxy(upstream.url) as server:
        with Client(server.address) as client:
            answer = client.get()
            assert (answer.status, answer.body, answer.reset) == (200, b"part", INTERNAL_ERROR)
        with http2_upstream(lambda peer: peer.request()) as dies, proxy(dies.url, retries=0) as other:
            assert exchange(other.address).status == 502


def test_an_upstream_that_hangs_is_504_and_its_connection_gets_no_more():
    def serve(peer):
        if peer.number == 0:
            # It does not even read.
            peer.request()
            waiting.until(lambda: upstream.connections > 1, "another connection is made")
            return
        answer_each(peer)

    with http2_upstream(serve) as upstream:
        with proxy(upstream.url, answer_timeout="1500ms", retries=0, one_loop=True) as server:
            assert exchange(server.address).status == 504
            assert exchange(server.address).status == 200
            assert upstream.connections == 2


def test_a_client_that_leaves_resets_its_stream():
    left = threading.Event()

    def serve(peer):
        stream = peer.request().stream
        peer.answer(stream, b"part", end=False)
        peer.until(lambda: stream in peer.resets)
        assert peer.resets[stream] == CANCEL
        left.set()
        answer_each(peer)

    with http2_upstream(serve) as upstream, proxy(upstream.url, one_loop=True) as server:
        with Connection(server.address) as client:
            client.send(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            client.read_until(b"part")
        assert left.wait(waiting.DEADLINE)
        assert exchange(server.address).status == 200
        assert upstream.connections == 1


@pytest.mark.parametrize(
    "says, problem",
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "it speaks HTTP/1.1; write http:// in its address"),
        (b"<!DOCTYPE HTML>", "it does not speak HTTP/2"),
        (b"", "it closed the connection at once"),
    ],
)
def test_an_upstream_that_speaks_something_else(says, problem):
    def serve(peer):
        peer.socket.recv(1000)
        peer.socket.sendall(says)

    with Upstream(serve) as upstream, proxy(upstream.url.replace("http:", "h2c:"), retries=0) as server:
        assert exchange(server.address).status == 502
        server.stderr.wait_for(problem)


def test_a_flood_ends_the_connection():
    def serve(peer):
        stream = peer.request().stream
        if peer.number:
            peer.answer(stream)
            return peer.until(lambda: False)
        peer.socket.sendall((b"\0\0\x08\x06\0\0\0\0\0" + b"12345678") * 3000)
        peer.until(lambda: False)

    with http2_upstream(serve) as upstream, proxy(upstream.url, one_loop=True) as server:
        assert exchange(server.address).status == 502
        assert exchange(server.address).status == 200
        assert upstream.connections == 2
        server.stderr.wait_for("it floods the connection with frames that say nothing")


# Real servers


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    (folder / "small.txt").write_bytes(b"small")
    (folder / "large.bin").write_bytes(LARGE * 16)
    return folder


def fetches(server):
    with Client(server.address) as client:
        streams = [client.request("/small.txt") for _ in range(50)] + [client.request("/large.bin")]
        assert all(client.answer(stream).body == b"small" for stream in streams[:-1])
        assert client.answer(streams[-1]).body == LARGE * 16
    assert exchange(server.address, "/large.bin").body == LARGE * 16
    assert exchange(server.address, "/small.txt", method="HEAD").status == 200
    assert exchange(server.address, "/missing").status == 404


def test_nghttpd(folder):
    requires("nghttpd")
    address = free_address()
    front = Front("nghttpd", ["nghttpd", "--no-tls", "-d", str(folder), str(address[1])], address)
    try:
        with proxy("h2c://{}:{}".format(*address)) as server:
            fetches(server)
    finally:
        front.stop()


def test_caddy(folder, tmp_path):
    requires("caddy")
    address = free_address()
    (tmp_path / "Caddyfile").write_text(
        "{\nadmin off\nauto_https off\nservers {\nprotocols h1 h2c\n}\n}\n"
        f"http://:{address[1]} {{\nbind {address[0]}\nroot * {folder}\nfile_server\n}}\n"
    )
    front = Front("caddy", ["caddy", "run", "--config", str(tmp_path / "Caddyfile"), "--adapter", "caddyfile"], address)
    try:
        with proxy("h2c://{}:{}".format(*address)) as server:
            fetches(server)
    finally:
        front.stop()
