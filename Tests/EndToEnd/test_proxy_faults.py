"""Upstreams that fail, and clients that leave: nothing hangs, nothing is doubled, and nothing that breaks off ends as if it were whole."""

import threading

import pytest
import waiting
from proxies import proxy
from front import free_address
from rawclient import Connection, Truncated, exchange
from upstream import OK, Peer, Upstream, answer_once


def test_nobody_listens():
    with proxy(f"http://127.0.0.1:{free_address()[1]}") as server:
        response = exchange(server.address)
        assert response.status == 502
        assert b"127.0.0.1" not in response.body
        server.stderr.wait_for(r"The upstream http://127\.0\.0\.1:\d+ cannot be reached: Connection refused\.")
        assert exchange(server.address, method="POST", body=b"x").status == 502


def test_a_name_without_an_address_does_not_keep_it_from_starting():
    with proxy("http://nowhere.invalid:80") as server:
        assert exchange(server.address).status == 502
        server.stderr.wait_for("the name nowhere.invalid has no address")


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"garbage\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\nContent-Length: 0\n\n",
        b"HTTP/1.1 200 OK\r\nX: a\x00b\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
        b"\x15\x03\x01\x00\x02\x02\x46",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000,
    ],
)
def test_answers_that_cannot_be_used_are_502(answer):
    with Upstream(answer_once(answer)) as upstream, proxy(upstream.url, retries=0) as server:
        assert exchange(server.address).status == 502
        server.stderr.wait_for(r"The answer of the upstream http://127\.0\.0\.1:\d+ cannot be used: ")
        # And the server goes on.
        upstream._serve = answer_once(OK)
        assert exchange(server.address).body == b"ok"


@pytest.mark.parametrize("ending", ["close", "reset", "garbage"])
def test_an_answer_that_breaks_off_breaks_off_for_the_client(ending):
    def serve(peer: Peer) -> None:
        if peer.request():
            peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n")
            peer.upstream.go.wait()
            if ending == "reset":
                peer.reset()
            elif ending == "garbage":
                peer.send(b"zzz\r\n")

    with Upstream(serve) as upstream, proxy(upstream.url) as server, Connection(server.address) as client:
        upstream.go = threading.Event()
        client.send(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        assert client.read_head().status == 200
        assert client.read_chunk() == b"one"
        upstream.go.set()
        with pytest.raises((EOFError, ConnectionError)):
            client.read_chunk()
        server.stderr.wait_for("The answer breaks off, and the client's connection is closed")


def test_a_long_answer_of_known_length_that_breaks_off():
    with Upstream(answer_once(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", b"x" * 100_000)) as upstream:
        with proxy(upstream.url) as server, pytest.raises(Truncated):
            exchange(server.address)


def test_an_upstream_that_is_silent_is_504():
    def serve(peer: Peer) -> None:
        peer.request()
        assert peer.ends()

    with Upstream(serve) as upstream, proxy(upstream.url, answer_timeout="300ms") as server:
        assert exchange(server.address).status == 504
        server.stderr.wait_for(r"did not begin its answer within 300 ms \(answer-timeout\)")
        assert len(upstream.requests) == 1


def test_an_answer_that_pauses_is_broken_off():
    def serve(peer: Peer) -> None:
        if peer.request():
            peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n")
            assert peer.ends()

    with Upstream(serve) as upstream, proxy(upstream.url, read_timeout="300ms") as server:
        with pytest.raises(Truncated):
            exchange(server.address)


def test_an_upstream_that_takes_too_long_in_all():
    def serve(peer: Peer) -> None:
        if peer.request():
            peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            while True:
                peer.send(b"1\r\nx\r\n")
                if peer.upstream.over.wait(0.05):
                    return

    with Upstream(serve) as upstream, proxy(upstream.url, total_timeout="500ms") as server:
        upstream.over = threading.Event()
        with pytest.raises(Truncated):
            exchange(server.address)
        upstream.over.set()


def test_a_kept_connection_that_the_upstream_has_closed_costs_nothing():
    """It closes after each answer without a word; every other request meets that."""

    def serve(peer: Peer) -> None:
        if peer.request():
            peer.send(OK)
            # The next request comes before the end does.
            if peer.head() is not None:
                peer.reset()

    with Upstream(serve) as upstream, proxy(upstream.url) as server:
        for _ in range(30):
            assert exchange(server.address).body == b"ok"


def test_what_cannot_be_done_twice_is_not():
    def serve(peer: Peer) -> None:
        peer.request()

    with Upstream(serve) as upstream, Upstream() as other, proxy(upstream.url, other.url) as server:
        statuses = {exchange(server.address, method="POST", body=b"x").status for _ in range(4)}
        assert statuses == {200, 502}
        assert len(upstream.requests) + len(other.requests) == 4
        before = len(upstream.requests)
        for _ in range(4):
            assert exchange(server.address, method="PUT", body=b"x").status == 200
        assert len(upstream.requests) > before


def test_where_nobody_listens_everything_goes_to_the_next():
    with Upstream() as upstream, proxy(f"http://127.0.0.1:{free_address()[1]}", upstream.url) as server:
        for _ in range(10):
            assert exchange(server.address, method="POST", body=b"x").status == 200
        assert len(upstream.requests) == 10
        server.stderr.wait_for("fails and gets no requests for now")


def test_an_early_answer_is_passed_on():
    def serve(peer: Peer) -> None:
        peer.request(body=False)
        peer.send(b"HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig")

    body = b"x" * 8_000_000
    for buffering in "on", "off":
        with Upstream(serve) as upstream, proxy(upstream.url, request_buffering=buffering) as server:
            for _ in range(3):
                with Connection(server.address) as client:
                    try:
                        client.send(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
                    except ConnectionError:
                        pass
                    response = client.read_response()
                    assert (response.status, response.body) == (413, b"big")


def test_a_client_that_leaves_ends_the_request_at_the_upstream():
    def serve(peer: Peer) -> None:
        peer.request()
        assert peer.ends()
        peer.upstream.ended.append(peer.number)

    with Upstream(serve) as upstream, proxy(upstream.url) as server:
        upstream.ended = []
        client = Connection(server.address)
        client.send(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        waiting.until(lambda: upstream.requests, "the upstream has the request")
        client.reset()
        waiting.until(lambda: upstream.ended, "the upstream's connection ends")


def test_a_client_that_leaves_within_its_body_leaves_nothing_at_the_upstream():
    with Upstream() as upstream, proxy(upstream.url) as server:
        half_a_body(server)
        assert not upstream.requests
    with Upstream(lambda peer: peer.head() and peer.ends()) as upstream, proxy(upstream.url, request_buffering="off") as server:
        half_a_body(server)


def half_a_body(server):
    with Connection(server.address) as client:
        client.send(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nabc")
        client.half_close()
        assert client.read_response().status == 400


def test_a_slow_client_holds_no_upstream():
    """The upstream has sent its answer and is free, while its client has read nothing of it."""
    size = 20_000_000

    def serve(peer: Peer) -> None:
        while peer.request():
            peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size + b"x" * size)
            peer.upstream.sent.append(peer.number)

    with Upstream(serve) as upstream, proxy(upstream.url) as server:
        upstream.sent = []
        with Connection(server.address, receive_buffer=4096) as client:
            client.send(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            waiting.until(lambda: upstream.sent, "the upstream has sent all of its answer")
            assert len(client.read_response().body) == size


def test_without_buffering_the_upstream_waits_for_its_client():
    size = 20_000_000

    def serve(peer: Peer) -> None:
        if peer.request():
            peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
            for at in range(0, size, 100_000):
                peer.send(b"x" * 100_000)
                peer.upstream.sent = at

    with Upstream(serve) as upstream, proxy(upstream.url, response_buffering="off") as server:
        upstream.sent = 0
        with Connection(server.address, receive_buffer=4096) as client:
            client.send(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            waiting.until(lambda: upstream.sent, "some of the answer is sent")
            assert len(client.read_response().body) == size
