"""Plain http beside https."""

import json

import pytest
from certificates import Authority
from rawclient import Connection, exchange, request_bytes
from tlsclient import secure_exchange


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("tls"))


BOTH = ["https://127.0.0.1:0", "http://127.0.0.1:0"]


@pytest.fixture(scope="module")
def server(start_for_file, authority, tmp_path_factory):
    path = tmp_path_factory.mktemp("redirect") / "s"
    return start_for_file("echo:application", *authority.pair().flags, bind=[*BOTH, f"unix:{path}"])


@pytest.mark.parametrize(
    ("target", "host", "place"),
    [
        ("/a/b?c=d&e", "example.com", "https://example.com:{port}/a/b?c=d&e"),
        ("/%2e%20x", "Example.com:8080", "https://Example.com:{port}/%2e%20x"),
        ("/", "[::1]:80", "https://[::1]:{port}/"),
        ("http://other.test/x?y", "example.com", "https://other.test:{port}/x?y"),
        ("//evil.test/", "example.com", "https://example.com:{port}//evil.test/"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "HEAD"])
def test_plain_requests_are_sent_to_the_encrypted_port(server, target, host, place, method):
    (_, secure), (_, plain), _ = server.addresses
    with Connection(("127.0.0.1", plain)) as connection:
        response = connection.request(target, method, host=host)
        assert response.status == 308
        assert response.header("Location") == place.format(port=secure)
        assert connection.request("/").status == 308, "the connection is kept"


def test_a_request_without_a_host_is_sent_to_the_address(server):
    (_, secure), (_, plain), _ = server.addresses
    with Connection(("127.0.0.1", plain)) as connection:
        connection.send(b"GET /x HTTP/1.0\r\n\r\n")
        assert connection.read_response().header("Location") == f"https://127.0.0.1:{secure}/x"


def test_certificate_authorities_are_not_redirected(server):
    _, plain, _ = server.addresses
    assert exchange(plain, "/.well-known/acme-challenge/token").status == 200
    assert exchange(plain, "/.well-known/other").status == 308


def test_who_comes_through_a_proxy_that_encrypts_is_not_redirected(server):
    _, plain, path = server.addresses
    assert exchange(plain, "/", headers=[("X-Forwarded-Proto", "https")]).status == 200
    assert exchange(plain, "/", headers=[("X-Forwarded-Proto", "http")]).status == 308
    assert exchange(path, "/").status == 200


def test_https_itself_is_answered(server, authority):
    assert secure_exchange(server.address, authority.client()).status == 200


def test_the_redirect_can_be_turned_off(start, authority):
    server = start("echo:application", *authority.pair("off").flags, "--redirect-to-https", "off", bind=BOTH)
    assert json.loads(exchange(server.addresses[1], "/").body)["environ"]["wsgi.url_scheme"] == "http"


def test_without_an_encrypted_tcp_port_nothing_is_redirected(start, authority, tmp_path):
    bind = [f"https://unix:{tmp_path / 's'}", "http://127.0.0.1:0"]
    server = start("echo:application", *authority.pair("unix").flags, bind=bind)
    (plain,) = [address for address in server.addresses if not isinstance(address, str)]
    assert exchange(plain, "/").status == 200
