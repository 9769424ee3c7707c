"""Upstreams with https: their certificates are looked at."""

import ssl

import certificates
import pytest
from proxies import proxy
from rawclient import exchange
from upstream import Peer, Upstream, answer_everything, OK


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return certificates.Authority(tmp_path_factory.mktemp("authority"))


def secure(pair):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.certificate, pair.key)
    seen = []
    context.sni_callback = lambda connection, name, _: seen.append(name)

    def serve(peer: Peer) -> None:
        try:
            peer.socket = context.wrap_socket(peer.socket, server_side=True)
        except (ssl.SSLError, OSError):
            return
        answer_everything(OK)(peer)

    upstream = Upstream(serve)
    upstream.names = seen
    upstream.url = upstream.url.replace("http:", "https:")
    return upstream


def test_a_certificate_that_somebody_vouches_for(authority):
    with secure(authority.pair()) as upstream, proxy(upstream.url, upstream_ca=authority.path) as server:
        for _ in range(3):
            assert exchange(server.address, method="POST", body=b"x").body == b"ok"
        assert upstream.requests[0].body == b"x"
        assert upstream.connections <= 3


def test_a_name_is_told_to_the_upstream(authority):
    with secure(authority.pair()) as upstream:
        with proxy(upstream.url.replace("127.0.0.1", "localhost"), upstream_ca=authority.path) as server:
            assert exchange(server.address).body == b"ok"
        assert upstream.names == ["localhost"]
        with proxy(upstream.url, upstream_ca=authority.path, upstream_name="localhost") as server:
            assert exchange(server.address).body == b"ok"
        assert upstream.names == ["localhost", "localhost"]


def test_a_certificate_that_nobody_vouches_for_is_502(authority):
    with secure(authority.pair()) as upstream, proxy(upstream.url, retries=0) as server:
        assert exchange(server.address).status == 502
        server.stderr.wait_for("no authority that is trusted vouches for its certificate; name its own with tls-ca")
        assert not upstream.requests


def test_a_certificate_for_another_name_is_502(authority):
    with secure(authority.pair("other", names=("other.test",))) as upstream:
        with proxy(upstream.url, upstream_ca=authority.path, retries=0) as server:
            assert exchange(server.address).status == 502
            server.stderr.wait_for("its certificate is not one for its name")
        assert not upstream.requests
        with proxy(upstream.url, upstream_ca=authority.path, upstream_name="other.test") as server:
            assert exchange(server.address).body == b"ok"
        with proxy(upstream.url, upstream_verify="off") as server:
            assert exchange(server.address).body == b"ok"


@pytest.mark.parametrize("names", [("*",), ("*", "other.test"), ("l*",)])
def test_an_asterisk_alone_is_no_name(authority, names):
    with secure(authority.pair("wild", names=names)) as upstream:
        with proxy(upstream.url.replace("127.0.0.1", "localhost"), upstream_ca=authority.path, retries=0) as server:
            assert exchange(server.address).status == 502
            server.stderr.wait_for("its certificate is not one for its name")
        assert not upstream.requests
    with secure(authority.pair("named", names=(*names, "LOCALHOST"))) as upstream:
        with proxy(upstream.url.replace("127.0.0.1", "localhost"), upstream_ca=authority.path) as server:
            assert exchange(server.address).body == b"ok"


def test_tls_with_an_upstream_that_has_none():
    with Upstream(lambda peer: peer.socket.recv(100)) as upstream:
        with proxy(upstream.url.replace("http:", "https:"), retries=0) as server:
            assert exchange(server.address).status == 502


def test_an_upstream_that_has_tls_where_none_is_asked_for(authority):
    with secure(authority.pair()) as upstream, proxy(upstream.url.replace("https:", "http:"), retries=0) as server:
        assert exchange(server.address).status == 502
