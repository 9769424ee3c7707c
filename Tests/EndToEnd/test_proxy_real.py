"""Real servers behind the proxy."""

import os
import sys

import pytest
from front import Front, free_address
from memory import MB, Peak
from needs import requires
from nginx import Nginx
from program import APPS
from proxies import proxy
from rawclient import Connection, exchange

LARGE = 1 << 30


def url(address):
    return "http://{}:{}".format(*address)


@pytest.fixture(scope="module")
def nginx(tmp_path_factory):
    requires("nginx")
    folder = tmp_path_factory.mktemp("nginx")
    with open(folder / "large.bin", "wb") as file:
        file.truncate(LARGE)
    (folder / "small.txt").write_text("small")
    for path in [folder, *folder.parents][:3]:
        os.chmod(path, 0o755)
    server = f"""
        client_max_body_size 0;
        location / {{ root {folder}; }}
        location /facts {{ return 200 "$request_method $request_uri $http_host $http_x_forwarded_for $http_connection"; }}
    """
    nginx = Nginx(folder, ("127.0.0.1", 9), server)
    yield nginx
    nginx.stop()


def test_nginx(nginx):
    with proxy(url(nginx.address)) as server:
        with Connection(server.address) as client:
            for _ in range(20):
                assert client.request("/facts?a=b").body == b"GET /facts?a=b martlet.test 127.0.0.1 "
            assert client.request("/small.txt", headers=[("Range", "bytes=1-2")]).body == b"ma"
            head = client.request("/small.txt", method="HEAD")
            assert (head.status, head.header("Content-Length")) == (200, "5")
            tag = client.request("/small.txt").header("ETag")
            assert client.request("/small.txt", headers=[("If-None-Match", tag)]).status == 304
            assert client.request("/missing").status == 404
        assert exchange(server.address, version="1.0", target="/facts").status == 200


def test_a_gigabyte_comes_back_with_flat_memory(nginx):
    with proxy(url(nginx.address)) as server:
        exchange(server.address, "/small.txt")
        with Peak(lambda: [server.pid]) as peak:
            with Connection(server.address) as client:
                client.send(b"GET /large.bin HTTP/1.1\r\nHost: h\r\n\r\n")
                assert client.read_head().header("Content-Length") == str(LARGE)
                rest = LARGE
                while rest:
                    rest -= len(client.read_exactly(min(rest, MB)))
        assert peak.growth < 48 * MB


@pytest.mark.parametrize("buffering", ["on", "off"])
def test_a_gigabyte_goes_there_with_flat_memory(tmp_path_factory, buffering):
    from upstream import OK, Peer, Upstream

    def serve(peer: Peer) -> None:
        while peer.request(body=False):
            rest = LARGE - len(peer._buffer)
            peer._buffer = b""
            while rest:
                rest -= len(peer.socket.recv(min(rest, MB)))
            peer.send(OK)

    with Upstream(serve) as upstream, proxy(upstream.url, request_buffering=buffering, limit_body="2GB") as server:
        with Peak(lambda: [server.pid]) as peak, Connection(server.address) as client:
            client.send(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n" % LARGE)
            for _ in range(LARGE // MB):
                client.send(bytes(MB))
            assert client.read_response().body == b"ok"
        assert peak.growth < 48 * MB


def test_caddy(tmp_path):
    requires("caddy")
    address = free_address()
    file = tmp_path / "Caddyfile"
    file.write_text(
        f"{{\n  admin off\n  auto_https off\n}}\nhttp://127.0.0.1:{address[1]} {{\n  bind 127.0.0.1\n"
        '  respond /facts "{method} {uri} {http.request.host} {http.request.header.X-Forwarded-Host}"\n}\n'
    )
    environment = {**os.environ, "HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    caddy = Front("caddy", ["env", *[f"{name}={environment[name]}" for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME")],
                            "caddy", "run", "--config", str(file), "--adapter", "caddyfile"], address)
    try:
        with proxy(url(address), pass_host="upstream") as server:
            for _ in range(10):
                assert exchange(server.address, "/facts").body == b"GET /facts 127.0.0.1 martlet.test"
    finally:
        caddy.stop()


@pytest.mark.parametrize("program", ["gunicorn", "hypercorn"])
def test_servers_of_python(program):
    address = free_address()
    bind = "{}:{}".format(*address)
    command = {
        "gunicorn": ["gunicorn", "--bind", bind, "--keep-alive", "1", "echo:application"],
        "hypercorn": ["hypercorn", "--bind", bind, "wsgi:echo:application"],
    }[program]
    upstream = Front(program, ["env", "-C", str(APPS), sys.executable, "-m", *command], address)
    try:
        with proxy(url(address)) as server:
            body = os.urandom(300_000)
            for _ in range(10):
                assert exchange(server.address, "/a?b", headers=[("X-Own", "1")]).status == 200
                response = exchange(server.address, "/", method="POST", body=body)
                assert response.status == 200 and len(response.body) > len(body)
    finally:
        upstream.stop()
