"""Whether a server is ready, as load balancers ask it."""

import os
import signal

import pytest

import certificates
import http2client
import waiting
from rawclient import Connection, exchange, request_bytes
from scrape import local_address, scrape
from server import martlet_to_its_end
from tlsclient import SecureConnection


@pytest.fixture(scope="module")
def server(start_for_file):
    return start_for_file("echo:application", "--health", "/healthz", "--metrics", "127.0.0.1:0")


def test_it_answers_under_every_name_in_both_versions_of_http(server):
    for host in ("a.test", "127.0.0.1", "xn--nobody.test"):
        response = exchange(server.address, "/healthz", host=host)
        assert (response.status, response.body, response.header("Cache-Control")) == (200, b"ready\n", "no-store")
    assert exchange(server.address, "/healthz?deep=1").status == 200
    assert exchange(server.address, "/healthz", method="HEAD").status == 200
    assert exchange(server.address, "/healthz", method="POST").status == 405
    assert exchange(server.address, "/healthz/").body != b"ready\n"
    with http2client.Client(server.address) as client:
        assert (client.get("/healthz").status, client.get("/healthz").body) == (200, b"ready\n")


def test_it_is_not_in_the_access_log(server):
    exchange(server.address, "/healthz")
    exchange(server.address, "/marker")
    server.stdout.wait_for("/marker")
    assert "/healthz " not in server.stdout.text.replace("/healthz/ ", "")


def test_the_local_address_says_it_too(server):
    response = exchange(local_address(server, "Metrics"), "/healthz", host="localhost")
    assert (response.status, response.body) == (200, b"ready\n")


def test_without_the_setting_the_path_is_the_applications(start):
    server = start("echo:application")
    assert exchange(server.address, "/healthz").body != b"ready\n"
    server.stop()


def test_it_goes_before_the_redirect_to_https(start, tmp_path):
    authority = certificates.Authority(tmp_path)
    pair = authority.pair()
    server = start(
        "echo:application", "--health", "/healthz", *pair.flags, bind=("http://127.0.0.1:0", "https://127.0.0.1:0")
    )
    assert exchange(server.addresses[0], "/healthz").status == 200
    assert exchange(server.addresses[0], "/other").status == 308
    with SecureConnection(server.addresses[1], authority.client()) as connection:
        connection.send(request_bytes("/healthz", host="other.test"))
        assert connection.read_response().status == 200


HELD = """
import os, time

while os.path.exists("hold"):
    time.sleep(0.01)


def application(environ, start_response):
    start_response("200 OK", [])
    return []
"""


def test_without_a_worker_it_is_not_ready(start, tmp_path):
    (tmp_path / "held.py").write_text(HELD)
    server = start("held:application", "--health", "/ready", "--metrics", "127.0.0.1:0", chdir=tmp_path)
    local = local_address(server, "Metrics")
    (tmp_path / "hold").touch()
    (worker,) = server.workers()
    os.kill(worker, signal.SIGKILL)
    waiting.until(lambda: exchange(server.address, "/ready").status == 503, "503")
    assert exchange(server.address, "/ready").body == b"not ready\n"
    response = exchange(local, "/healthz", host="localhost")
    assert (response.status, response.body) == (503, b"not ready: no worker of held:application is ready, at /\n")
    assert scrape(local)("martlet_ready") == 0
    (tmp_path / "hold").unlink()
    waiting.until(lambda: exchange(server.address, "/ready").status == 200, "200 again")
    server.stop(same_workers=False)


def test_a_server_that_stops_says_so_and_serves_on_for_a_while(start):
    server = start("echo:application", "--health", "/healthz", "--metrics", "127.0.0.1:0", "--shutdown-delay", "1h")
    local = local_address(server, "Metrics")
    assert exchange(server.address, "/healthz").status == 200
    with http2client.Client(server.address) as client, Connection(server.address) as connection:
        assert client.get("/healthz").status == 200
        server.send_signal(signal.SIGTERM)
        waiting.until(lambda: exchange(server.address, "/healthz").status == 503, "503")
        assert exchange(server.address, "/healthz").body == b"not ready\n"
        assert exchange(local, "/healthz", host="localhost").body == b"not ready: the server is stopping\n"
        # New connections, and those that are open.
        assert exchange(server.address, "/anything").status in (200, 404)
        assert client.get("/healthz").status == 503
        assert connection.request("/healthz").status == 503
    server.send_signal(signal.SIGTERM)
    assert server.wait() == 0


@pytest.mark.parametrize("path", ["healthz", "/a b", "/a?b", ""])
def test_a_wrong_path_is_refused(path):
    ended = martlet_to_its_end("run", "echo:application", "--health", path)
    assert ended.code == 64
    assert "a path begins with a slash and has no query, such as /healthz" in ended.stderr
