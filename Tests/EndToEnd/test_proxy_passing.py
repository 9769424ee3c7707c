"""What an upstream gets of a request, and a client of its answer."""

import threading

import pytest
import waiting
from proxies import proxy
from rawclient import Connection, chunked, exchange
from upstream import OK, Peer, Upstream, answer_everything, answer_once


@pytest.fixture(scope="module")
def recorder():
    with Upstream() as upstream, proxy(upstream.url) as server:
        upstream.server = server
        yield upstream


def passed(upstream, **request):
    """What the upstream got of a request."""
    response = exchange(upstream.server.address, **request)
    assert (response.status, response.body) == (200, b"ok")
    return upstream.requests[-1]


def test_a_request_is_passed_on(recorder):
    request = passed(recorder, target="/a%20b/c?d=e&f", headers=[("X-Own", "1"), ("Cookie", "a=1; b=2")], host="site.example:8000")
    assert request.line == "GET /a%20b/c?d=e&f HTTP/1.1"
    assert request.fields[:3] == [("Host", "site.example:8000"), ("X-Own", "1"), ("Cookie", "a=1; b=2")]
    assert request.header("X-Forwarded-For") == "127.0.0.1"
    assert request.header("X-Forwarded-Proto") == "http"
    assert request.header("X-Forwarded-Host") == "site.example:8000"
    assert request.header("Forwarded") == 'for=127.0.0.1;host="site.example:8000";proto=http'
    assert request.header("Via").startswith("1.1 martlet-")
    assert request.header("Connection") is None and request.header("Content-Length") is None


def test_fields_about_the_connection_are_not(recorder):
    request = passed(
        recorder,
        headers=[
            ("Connection", "X-Own, keep-alive"), ("X-Own", "1"), ("Keep-Alive", "timeout=9"), ("Proxy-Connection", "x"),
            ("Proxy-Authorization", "Basic eA=="), ("TE", "gzip"), ("Upgrade", "h2c"), ("HTTP2-Settings", "AAMAAABk"),
        ],
    )
    names = {name.lower() for name, _ in request.fields}
    assert not names & {"connection", "x-own", "keep-alive", "proxy-connection", "proxy-authorization", "te", "upgrade"}


def test_the_path_that_the_url_has_stands_before_it():
    with Upstream() as upstream, proxy(upstream.url + "/base") as server:
        exchange(server.address, "/x?y")
        exchange(server.address, "/")
        assert [request.line for request in upstream.requests] == ["GET /base/x?y HTTP/1.1", "GET /base/ HTTP/1.1"]
        assert exchange(server.address, "/../x").status == 400
        assert len(upstream.requests) == 2


def test_the_host_of_the_upstream_or_another():
    with Upstream() as upstream:
        for setting, host in ("upstream", f"127.0.0.1:{upstream.port}"), ("inner.example", "inner.example"), ("client", "a.example"):
            with proxy(upstream.url, pass_host=setting) as server:
                exchange(server.address, host="a.example")
            assert upstream.requests[-1].header("Host") == host
            assert upstream.requests[-1].header("X-Forwarded-Host") == "a.example"


@pytest.mark.parametrize("body", [b"", b"a", b"hello" * 1000, b"x" * 65536, b"y" * 300_000])
def test_a_body_arrives_as_it_was_sent(recorder, body):
    request = passed(recorder, method="POST", body=body)
    assert request.body == body and request.header("Content-Length") == str(len(body))
    # In chunks, which were taken in: the upstream is told how long it is.
    sent = chunked(*[body[at : at + 7000] for at in range(0, len(body), 7000)])
    request = passed(recorder, method="PUT", body=sent, headers=[("Transfer-Encoding", "chunked")])
    assert request.body == body and request.header("Content-Length") == str(len(body))


def test_a_method_that_usually_has_a_body_says_that_it_has_none(recorder):
    assert passed(recorder, method="POST").header("Content-Length") == "0"
    assert passed(recorder, method="DELETE").header("Content-Length") is None


def test_a_body_is_passed_on_while_it_comes():
    def serve(peer: Peer) -> None:
        request = peer.request(body=False)
        assert request.header("Transfer-Encoding") == "chunked"
        for part in b"one", b"two":
            assert int(peer.line(), 16) == 3 and peer.read(3) == part and peer.read(2) == b"\r\n"
            peer.upstream.parts.append(part)
        assert peer.line() == b"0" and peer.line() == b""
        peer.send(OK)

    with Upstream(serve) as upstream, proxy(upstream.url, request_buffering="off") as server:
        upstream.parts = []
        with Connection(server.address) as client:
            client.send(b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n")
            for count, part in enumerate([b"one", b"two"], 1):
                client.send(b"3\r\n%s\r\n" % part)
                waiting.until(lambda count=count: len(upstream.parts) == count, "the upstream has a part")
            client.send(b"0\r\n\r\n")
            assert client.read_response().body == b"ok"


def test_100_continue_is_the_servers(recorder):
    with Connection(recorder.server.address) as client:
        client.send(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
        assert client.read_response().status == 100
        client.send(b"hi")
        assert client.read_response().body == b"ok"
    assert recorder.requests[-1].body == b"hi" and recorder.requests[-1].header("Expect") is None


def test_connections_are_kept_and_used_again(recorder):
    before = recorder.connections
    for _ in range(20):
        passed(recorder)
    assert recorder.connections - before <= 4  # One for each event loop.


def test_what_a_stranger_says_of_its_client_is_gone():
    with Upstream() as upstream, proxy(upstream.url, trusted_proxy="none") as server:
        exchange(
            server.address,
            headers=[
                ("X-Forwarded-For", "6.6.6.6"), ("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "evil.example"),
                ("Forwarded", "for=6.6.6.6"), ("X-Real-IP", "6.6.6.6"), ("X_Forwarded_For", "6.6.6.6"), ("X-Forwarded-Prefix", "/evil"),
            ],
        )
        request = upstream.requests[0]
        assert request.header("X-Forwarded-For") == "127.0.0.1"
        assert request.header("X-Real-IP") == "127.0.0.1"
        assert not any("6.6.6.6" in value or "evil" in value for _, value in request.fields)


def test_what_a_trusted_proxy_says_is_passed_on(recorder):
    request = passed(recorder, headers=[("X-Forwarded-For", "203.0.113.9, 192.0.2.7"), ("X-Forwarded-Proto", "https")])
    assert request.header("X-Forwarded-For") == "192.0.2.7"
    assert request.header("X-Forwarded-Proto") == "https"
    assert passed(recorder, headers=[("X-Forwarded-For", "192.0.2.7"), ("X-Real-IP", "6.6.6.6")]).all("X-Real-IP") == ["192.0.2.7"]
    assert request.header("Forwarded") == 'for=192.0.2.7;host="martlet.test";proto=https'


def test_names_with_an_underscore_are_not_passed_on():
    fields = [("Content_Length", "5"), ("X_Own", "1"), ("X-Own", "2"), ("_", "3")]
    with Upstream() as upstream:
        with proxy(upstream.url) as server:
            assert exchange(server.address, headers=fields).status == 200
            assert not [name for name, _ in upstream.requests[-1].fields if "_" in name]
            assert upstream.requests[-1].all("X-Own") == ["2"]
        with proxy(upstream.url, allow_underscores="on") as server:
            assert exchange(server.address, headers=fields).status == 200
            assert upstream.requests[-1].header("X_Own") == "1"
            # What feigns a proxy is never believed.
            exchange(server.address, headers=[("X_Real_IP", "6.6.6.6")])
            assert upstream.requests[-1].header("X_Real_IP") is None


@pytest.mark.parametrize("method, sent, passed_on", [("OPTIONS", "5", "4"), ("TRACE", "1", "0"), ("GET", "0", "0"), ("OPTIONS", "x", "x")])
def test_max_forwards_is_counted_down(recorder, method, sent, passed_on):
    assert passed(recorder, method=method, headers=[("Max-Forwards", sent)]).header("Max-Forwards") == passed_on


def test_max_forwards_of_none_is_answered_here(recorder):
    before = len(recorder.requests)
    assert exchange(recorder.server.address, method="OPTIONS", headers=[("Max-Forwards", "0")]).status == 204
    trace = exchange(recorder.server.address, "/a?b", method="TRACE", headers=[("Max-Forwards", "0"), ("Cookie", "secret"), ("Via", "1.1 x")])
    assert (trace.status, trace.header("Content-Type")) == (200, "message/http")
    assert trace.body == b"TRACE /a?b HTTP/1.1\r\nHost: martlet.test\r\nMax-Forwards: 0\r\nVia: 1.1 x\r\n\r\n"
    assert len(recorder.requests) == before


TRAILED = b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n4\r\ndata\r\n0\r\n"
TRAILER = b"X-Sum: 1\r\nContent-Length: 9\r\nX-Forwarded-For: 6.6.6.6\r\nX_Real_IP: 6\r\nCookie: a\r\nTE: x\r\nHost: b\r\nX-Late: 2\r\n\r\n"


@pytest.mark.parametrize("pieces", [1, 2])
@pytest.mark.parametrize("buffering", ["on", "off"])
def test_trailers_of_a_request(pieces, buffering):
    """Those that belong into a head are not passed on."""
    seen = []

    def serve(peer: Peer) -> None:
        while head := peer.head():
            assert b"Transfer-Encoding: chunked" in head and b"Content-Length" not in head
            body = b""
            while size := int(peer.line(), 16):
                body += peer.read(size)
                assert peer.read(2) == b"\r\n"
            lines = []
            while line := peer.line():
                lines.append(line)
            seen.append((body, lines))
            peer.send(OK)

    with Upstream(serve) as upstream, proxy(upstream.url, request_buffering=buffering) as server, Connection(server.address) as client:
        for _ in range(2):
            client.send(TRAILED if pieces == 2 else TRAILED + TRAILER)
            if pieces == 2:
                waiting.until(lambda: upstream.connections or buffering == "on", "the upstream is asked")
                client.send(TRAILER)
            assert client.read_response().body == b"ok"
        assert seen == [(b"data", [b"X-Sum: 1", b"X-Late: 2"])] * 2, seen


def test_a_request_that_comes_back_is_refused():
    # The upstream sends what it gets to where it came from.
    with Upstream() as upstream, proxy(upstream.url) as server:

        def serve(peer: Peer) -> None:
            if peer.request():
                with Connection(server.address) as back:
                    back.send(upstream.requests[-1].raw + b"\r\n\r\n")
                    answer = back.read_response()
                peer.send(b"HTTP/1.1 %d x\r\nContent-Length: 0\r\n\r\n" % answer.status)

        upstream._serve = serve
        assert exchange(server.address).status == 508
        assert len(upstream.requests) == 1


# Answers


def answered(*parts, **settings):
    with Upstream(answer_once(*parts)) as upstream, proxy(upstream.url, **settings) as server:
        return exchange(server.address)


def test_fields_of_an_answer():
    response = answered(
        b"HTTP/1.1 201 Made It\r\nServer: other\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n"
        b"Connection: X-Own, close\r\nX-Own: 1\r\nKeep-Alive: timeout=5\r\nProxy-Authenticate: Basic\r\nUpgrade: h2\r\n"
        b"Content-Length: 2\r\n\r\nhi"
    )
    assert (response.status, response.reason, response.body) == (201, "Made It", b"hi")
    assert response.all("Set-Cookie") == ["a=1", "b=2"]
    assert response.header("Server") == "other" and response.header("Date") == "Thu, 01 Jan 1970 00:00:00 GMT"
    assert not {name.lower() for name, _ in response.headers} & {"x-own", "keep-alive", "proxy-authenticate", "upgrade"}


@pytest.mark.parametrize("size", [0, 1, 65_536, 65_537, 3_000_000])
def test_bodies_of_answers(size):
    body = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    head = b"HTTP/1.1 200 OK\r\n"
    assert answered(head + b"Content-Length: %d\r\n\r\n" % size, body).body == body
    assert answered(head + b"\r\n", body).body == body
    if size:
        assert answered(head + b"Transfer-Encoding: chunked\r\n\r\n", b"%x\r\n" % size, body, b"\r\n0\r\n\r\n").body == body


def test_an_answer_is_passed_on_while_it_comes():
    def serve(peer: Peer) -> None:
        if peer.request():
            peer.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
            for event in b"data: 1\n\n", b"data: 2\n\n":
                peer.send(event)
                peer.upstream.next.acquire()

    with Upstream(serve) as upstream, proxy(upstream.url) as server:
        upstream.next = threading.Semaphore(0)
        with Connection(server.address) as client:
            client.send(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            assert client.read_head().header("Transfer-Encoding") == "chunked"
            assert client.read_chunk() == b"data: 1\n\n"
            upstream.next.release()
            assert client.read_chunk() == b"data: 2\n\n"
            upstream.next.release()
            assert client.read_chunk() == b""


def test_head_and_answers_without_a_body():
    with Upstream(answer_everything(b"HTTP/1.1 200 OK\r\nContent-Length: 12345\r\nX-Own: 1\r\n\r\n")) as upstream:
        with proxy(upstream.url) as server, Connection(server.address) as client:
            for _ in range(2):
                response = client.request(method="HEAD")
                assert (response.status, response.header("Content-Length"), response.header("X-Own")) == (200, "12345", "1")
    for status in 204, 304:
        with Upstream(answer_everything(b"HTTP/1.1 %d X\r\nETag: \"a\"\r\n\r\n" % status)) as upstream:
            with proxy(upstream.url) as server, Connection(server.address) as client:
                for _ in range(2):
                    response = client.request()
                    assert (response.status, response.header("ETag")) == (status, '"a"')


def test_early_hints_pass():
    with Upstream(answer_everything(b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n" + OK)) as upstream:
        with proxy(upstream.url) as server, Connection(server.address) as client:
            hints = client.request()
            assert (hints.status, hints.header("Link")) == (103, "</a.css>; rel=preload")
            assert client.read_response().body == b"ok"


def test_over_a_unix_socket(tmp_path):
    with Upstream(path=str(tmp_path / "app.sock")) as upstream, proxy(upstream.url) as server:
        assert exchange(server.address, host="").status == 400
        assert exchange(server.address).body == b"ok"
        assert upstream.requests[0].header("Host") == "martlet.test"


def test_http10_clients_are_asked_for_by_http11(recorder):
    response = exchange(recorder.server.address, version="1.0")
    assert response.body == b"ok"
    assert recorder.requests[-1].line == "GET / HTTP/1.1"
    assert recorder.requests[-1].header("Via").startswith("1.0 martlet-")
