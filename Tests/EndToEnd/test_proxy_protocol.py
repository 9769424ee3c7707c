"""The PROXY protocol: proxies that pass bytes on say first who their client is."""

import json
import socket
import struct

import pytest
from certificates import Authority
from haproxy import HAProxy
from http2client import PREFACE, Client, SettingsFrame
from needs import requires
from program import CORPUS, built
from rawclient import Connection, exchange, request_bytes
from server import Server, martlet_to_its_end
from tlsclient import SecureConnection

APP = "forwarded_cases:application"
LINE = b"PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\n"
SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
BINARY = SIGNATURE + b"\x21\x11" + struct.pack("!H4s4sHH", 12, bytes([192, 0, 2, 1]), bytes([198, 51, 100, 1]), 56324, 443)
LOCAL = SIGNATURE + b"\x20\x00\x00\x00"


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def server(start_for_file, authority, tmp_path_factory):
    """Its peers on 127.0.0.1 and on Unix sockets are proxies, those on ::1 are not."""
    path = tmp_path_factory.mktemp("proxied") / "s"
    return start_for_file(
        APP,
        *authority.pair().flags,
        *("--proxy-protocol", "127.0.0.1,10.0.0.0/8", "--proxy-protocol", "unix"),
        *("--redirect-to-https", "off", "--timeout-head", "1s"),
        bind=["http://127.0.0.1:0", "https://127.0.0.1:0", f"unix:{path}", "http://[::1]:0"],
    )


def addresses(response):
    assert response.status == 200, response
    environ = json.loads(response.body)
    return tuple(environ[name] for name in ("REMOTE_ADDR", "REMOTE_PORT", "SERVER_NAME", "SERVER_PORT"))


SAID = ("192.0.2.1", "56324", "198.51.100.1", "443")


@pytest.mark.parametrize("header", [LINE, BINARY])
@pytest.mark.parametrize("listener", [0, 2])
def test_the_application_sees_the_client_that_the_header_names(server, header, listener):
    with Connection(server.addresses[listener]) as connection:
        connection.send(header + request_bytes("/"))
        assert addresses(connection.read_response()) == SAID
        # Of the whole connection.
        assert addresses(connection.request("/")) == SAID


def test_a_header_in_pieces(server):
    with Connection(server.address) as connection:
        connection.send(BINARY + request_bytes("/"), piece=1)
        assert addresses(connection.read_response()) == SAID


@pytest.mark.parametrize("header", [LINE, BINARY])
def test_the_header_comes_before_tls(server, authority, header):
    with socket.create_connection(server.addresses[1]) as plain:
        plain.sendall(header)
        with authority.client().wrap_socket(plain, server_hostname="localhost") as secure:
            secure.sendall(request_bytes("/", headers=[("Connection", "close")]))
            answer = b"".join(iter(lambda: secure.recv(65536), b""))
    environ = json.loads(answer.split(b"\r\n\r\n", 1)[1])
    assert (environ["REMOTE_ADDR"], environ["wsgi.url_scheme"]) == ("192.0.2.1", "https")


def test_http2_with_prior_knowledge_behind_a_header(server):
    with Client(server.address, begin=False) as client:
        client.send(LINE, PREFACE, SettingsFrame(0))
        answer = client.answer(client.request("/"))
    assert json.loads(answer.body)["REMOTE_ADDR"] == "192.0.2.1"


@pytest.mark.parametrize("header", [LOCAL, b"PROXY UNKNOWN\r\n", b"PROXY UNKNOWN 192.0.2.1 192.0.2.2 1 2\r\n"])
def test_a_proxy_that_speaks_for_itself_is_the_client(server, header):
    """Its health checks."""
    with Connection(server.address) as connection:
        connection.send(header + request_bytes("/"))
        assert addresses(connection.read_response())[0] == "127.0.0.1"


def test_other_peers_are_served_without_a_header_and_not_with_one(server):
    assert addresses(exchange(server.addresses[3]))[0] == "::1"
    with Connection(server.addresses[3]) as connection:
        connection.send(LINE + request_bytes("/"))
        assert connection.read_response().status == 400


def test_the_client_of_a_header_is_not_trusted_about_another_one(server):
    """The proxy's address is one that is trusted; that of its client is not."""
    with Connection(server.address) as connection:
        connection.send(LINE + request_bytes("/", headers=[("X-Forwarded-For", "203.0.113.9")]))
        environ = json.loads(connection.read_response().body)
    assert environ["REMOTE_ADDR"] == "192.0.2.1"
    assert "HTTP_X_FORWARDED_FOR" not in environ


def test_the_access_log_has_the_client(server):
    with Connection(server.address) as connection:
        connection.send(BINARY.replace(bytes([192, 0, 2, 1]), bytes([192, 0, 2, 77])) + request_bytes("/logged"))
        assert connection.read_response().status == 200
    server.stdout.wait_for(r'(?m)^192\.0\.2\.77 .*"GET /logged HTTP/1\.1" 200')


FAULTS = [path for path in sorted((CORPUS / "proxy-protocol").glob("*.bytes")) if "fault" in path.with_suffix(".expect").read_text()]


@pytest.mark.parametrize("path", FAULTS, ids=lambda path: path.stem)
@pytest.mark.parametrize("listener", [0, 1], ids=["http", "https"])
def test_a_connection_without_a_right_header_is_closed(server, path, listener):
    with Connection(server.addresses[listener]) as connection:
        connection.send(path.read_bytes())
        connection.expect_end()


@pytest.mark.parametrize("listener", [0, 1], ids=["http", "https"])
@pytest.mark.parametrize("part", [b"", LINE[:20], BINARY[:20]], ids=["nothing", "line", "binary"])
def test_a_header_that_does_not_come_is_waited_for_no_longer_than_a_head(server, part, listener):
    with Connection(server.addresses[listener]) as connection:
        connection.send(part)
        connection.expect_end()


def test_half_a_header_and_half_a_close(server):
    with Connection(server.address) as connection:
        connection.send(LINE[:20])
        connection.half_close()
        connection.expect_end()


def test_a_half_close_behind_the_request(server):
    with Connection(server.address) as connection:
        connection.send(LINE + request_bytes("/"))
        connection.half_close()
        assert addresses(connection.read_response()) == SAID


def test_the_log_says_so_once(start):
    own = start(APP, "--proxy-protocol", "127.0.0.1", "--limit-connections", "1000")
    for _ in range(20):
        with Connection(own.address) as connection:
            connection.send(request_bytes("/"))
            connection.expect_end()
    own.stderr.wait_for(
        r"A connection from 127\.0\.0\.1 is closed: proxy-protocol names that peer, and it does not begin with a PROXY header\. "
        r"Have it send one \(send-proxy-v2 in HAProxy"
    )
    # Once for each event loop.
    assert own.stderr.text.count("names that peer") <= 2


def test_a_reload_changes_who_has_to_send_it(tmp_path):
    site = tmp_path / "martlet.toml"
    base = '[route."/"]\nrespond = "yes"\n'
    site.write_text('bind = "127.0.0.1:0"\n' + base)
    with Server([built("martlet"), "serve", str(site)], env={"XDG_RUNTIME_DIR": str(tmp_path)}) as own:
        assert exchange(own.address).status == 200
        site.write_text('bind = "127.0.0.1:0"\nproxy-protocol = ["127.0.0.1"]\n' + base)
        assert martlet_to_its_end("reload", env={"XDG_RUNTIME_DIR": str(tmp_path)}).code == 0
        with Connection(own.address) as connection:
            connection.send(LINE + request_bytes("/"))
            assert connection.read_response().status == 200
        own.stop()


@pytest.fixture(scope="module")
def haproxy(server, tmp_path_factory):
    requires("haproxy")
    plain, secure, path, _ = server.addresses
    haproxy = HAProxy(
        tmp_path_factory.mktemp("haproxy"),
        (plain, "send-proxy"),
        (plain, "send-proxy-v2"),
        (path, "send-proxy-v2 proxy-v2-options crc32c,unique-id"),
        (secure, "send-proxy-v2"),
    )
    yield haproxy
    haproxy.stop()


def own_port(connection) -> str:
    return str(connection.socket.getsockname()[1])


@pytest.mark.parametrize("way", [0, 1, 2], ids=["v1", "v2", "v2 with a checksum"])
def test_behind_a_real_haproxy(haproxy, way):
    with Connection(haproxy.addresses[way]) as connection:
        expected = ("127.0.0.1", own_port(connection), "127.0.0.1", str(haproxy.addresses[way][1]))
        assert addresses(connection.request("/")) == expected


def test_behind_a_real_haproxy_that_does_not_see_into_tls(haproxy, authority):
    with SecureConnection(haproxy.addresses[3], authority.client()) as connection:
        port = own_port(connection)
        assert addresses(connection.send(request_bytes("/", host="localhost")).read_response())[1] == port


def test_checks_of_a_real_haproxy_are_answered(server, tmp_path):
    requires("haproxy")
    haproxy = HAProxy(tmp_path, (server.address, "send-proxy-v2 check check-send-proxy inter 100ms fall 1 rise 1"))
    try:
        for _ in range(3):
            assert exchange(haproxy.addresses[0]).status == 200
    finally:
        haproxy.stop()
