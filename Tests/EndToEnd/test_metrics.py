"""What Prometheus is told, after real requests over HTTP/1 and HTTP/2."""

import json
import os
import signal
import socket
import sys
import time

import pytest

import certificates
import http2client
import waiting
from program import APPS, ROOT
from rawclient import Connection, exchange, request_bytes
from scrape import local_address, scrape
from server import martlet_to_its_end
from sites import Site
from tlsclient import secure_exchange

SITE = """
    bind = ["127.0.0.1:0", "https://127.0.0.1:0"]
    metrics = "127.0.0.1:0"
    redirect-to-https = false
    tls = {{ certificate = "martlet.pem", key = "martlet.key" }}

    [site."shop.test"]
    [site."shop.test".route."/"]
    wsgi = "worker_cases:application"
    python = "{python}"
    directory = "{apps}"
    workers = 1
    threads = 2

    [site."shop.test".route."/static"]
    files = "static"

    [route."/hi"]
    respond = "hello"
"""


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return certificates.Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def server(tmp_path_factory, authority, checkpoints):
    site = Site(tmp_path_factory.mktemp("site"))
    pair = authority.pair("martlet", ["localhost", "127.0.0.1"])
    site.write("martlet.toml", SITE.format(apps=APPS, python=sys.executable))
    (site.folder / "martlet.pem").write_bytes(pair.certificate.read_bytes())
    (site.folder / "martlet.key").write_bytes(pair.key.read_bytes())
    site.write("static/a.txt", "0123456789")
    with site.serve(listeners=2, **checkpoints.env) as server:
        yield server
        server.stop()


@pytest.fixture(scope="module")
def metrics(server):
    address = local_address(server, "Metrics")
    return lambda **options: scrape(address, **options)


def test_requests_are_counted_by_site_route_method_and_class_of_status(server, metrics):
    before = metrics()
    for _ in range(3):
        assert exchange(server.address, "/static/a.txt", host="shop.test").body == b"0123456789"
    assert exchange(server.address, "/static/b.txt", host="shop.test").status == 404
    assert exchange(server.address, "/hi", method="BREW").status in (200, 405)
    assert exchange(server.address, "/nothing").status == 404
    after = metrics()

    def gained(name, **labels):
        return (after(name, **labels) or 0) - (before(name, **labels) or 0)

    files = {"site": "shop.test", "route": "/static"}
    assert gained("martlet_http_requests_total", **files, method="GET", status="2xx") == 3
    assert gained("martlet_http_requests_total", **files, method="GET", status="4xx") == 1
    assert gained("martlet_http_response_body_bytes_total", **files) >= 30
    assert gained("martlet_http_request_duration_seconds_count", **files) == 4
    assert gained("martlet_http_request_duration_seconds_bucket", **files, le="+Inf") == 4
    others = sum(gained("martlet_http_requests_total", site="", route="/hi", method="other", status=f"{n}xx") for n in (2, 4))
    assert others == 1
    assert gained("martlet_http_requests_total", site="", route="", method="GET", status="4xx") == 1


def test_what_a_client_sends_makes_no_series(server, metrics):
    exchange(server.address, "/hi")
    before = metrics().names
    for number in range(20):
        exchange(server.address, f"/{number}", method=f"M{number}", host=f"host{number}.test")
        with Connection(server.address) as connection:
            connection.send(f"GET /{number} HTTP/1.1\r\n\r\n".encode()).read_to_end()
    assert metrics().names == before


def test_http2_and_tls(server, metrics, authority):
    listener = "https://{}:{}".format(*server.addresses[1])
    before = metrics()
    with http2client.Client(server.address) as client:
        assert client.get("/static/a.txt", authority="shop.test").body == b"0123456789"
        plain = "http://{}:{}".format(*server.address)
        assert metrics()("martlet_connections", listener=plain, protocol="http/2") == 1
    assert secure_exchange(server.addresses[1], authority.client(), "/hi").status == 200
    with Connection(server.addresses[1]) as connection:
        connection.send(request_bytes("/hi"))
        assert b"400" in connection.read_to_end()

    def ended():
        after = metrics()
        return after if after("martlet_tls_handshakes_total", listener=listener, result="failed") else None

    after = waiting.until(ended, "a handshake that failed")
    assert after("martlet_tls_handshakes_total", listener=listener, result="done") == 1
    labels = {"site": "shop.test", "route": "/static", "method": "GET", "status": "2xx"}
    assert after("martlet_http_requests_total", **labels) == (before("martlet_http_requests_total", **labels) or 0) + 1
    assert after("martlet_connections_accepted_total", listener=listener) == 2
    assert after("martlet_certificate_not_after_seconds", site="") > time.time()


def test_the_pool_and_what_is_in_flight(server, metrics, checkpoints):
    labels = {"site": "shop.test", "route": "/"}
    assert metrics()("martlet_pool_workers", **labels, state="ready") == 1
    assert metrics()("martlet_pool_threads", **labels) == 2
    names = [checkpoints.new_name() for _ in range(3)]
    connections = [Connection(server.address) for _ in names]
    for name, connection in zip(names, connections, strict=True):
        connection.send(request_bytes(f"/hold?checkpoint={name}", host="shop.test"))
    waiting.until(lambda: metrics()("martlet_pool_busy_threads", **labels) == 2, "two busy threads")
    waiting.until(lambda: metrics()("martlet_pool_queue_requests", **labels) == 1, "one that waits")
    assert metrics()("martlet_http_requests_in_flight", **labels) == 3
    checkpoints.release(names)
    for connection in connections:
        assert connection.read_response().status == 200
        connection.close()
    waiting.until(lambda: metrics()("martlet_http_requests_in_flight", **labels) == 0, "nothing in flight")


def test_a_client_that_goes_away_leaves_nothing_in_flight(server, metrics, checkpoints):
    labels = {"site": "shop.test", "route": "/"}
    before = metrics()("martlet_http_requests_total", **labels, method="GET", status="4xx") or 0
    name = checkpoints.new_name()
    with Connection(server.address) as connection:
        connection.send(request_bytes(f"/hold?checkpoint={name}", host="shop.test"))
        arrival = checkpoints.wait_for(name)
        assert metrics()("martlet_http_requests_in_flight", **labels) == 1
        connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    waiting.until(lambda: metrics()("martlet_http_requests_in_flight", **labels) == 0, "nothing in flight")
    # As 499, the status of the access log.
    assert metrics()("martlet_http_requests_total", **labels, method="GET", status="4xx") == before + 1
    arrival.go()


def test_connections_without_room_are_counted(start, checkpoints):
    options = ("--metrics", "127.0.0.1:0", "--limit-connections", "2")
    server = start("worker_cases:application", *options, env=checkpoints.env)
    address = local_address(server, "Metrics")
    names = [checkpoints.new_name() for _ in range(2)]
    busy = [Connection(server.address).send(request_bytes(f"/hold?checkpoint={name}")) for name in names]
    arrivals = [checkpoints.wait_for(name) for name in names]
    with Connection(server.address) as third:
        assert third.read_to_end() == b""
    listener = "http://{}:{}".format(*server.address)
    assert scrape(address)("martlet_connections_refused_total", listener=listener) == 1
    for arrival, connection in zip(arrivals, busy, strict=True):
        arrival.go()
        assert connection.read_response().status == 200
        connection.close()
    server.stop()


def test_a_reload_keeps_what_was_counted(tmp_path):
    site = Site(tmp_path)
    text = 'bind = "127.0.0.1:0"\nmetrics = "127.0.0.1:0"\n[route."/{}"]\nrespond = "hello"\n'
    site.write("martlet.toml", text.format("a"))
    with site.serve() as server:
        address = local_address(server, "Metrics")
        assert exchange(server.address, "/a").status == 200
        site.write("martlet.toml", text.format("b"))
        server.send_signal(signal.SIGHUP)
        waiting.until(lambda: exchange(server.address, "/b").status == 200, "the new route")
        labels = {"site": "", "method": "GET", "status": "2xx"}
        now = scrape(address)
        assert now("martlet_http_requests_total", route="/a", **labels) == 1
        assert now("martlet_http_requests_total", route="/b", **labels) == 1
        server.stop()


@pytest.mark.parametrize("openmetrics", [False, True])
def test_the_process(server, metrics, openmetrics):
    now = metrics(openmetrics=openmetrics)
    assert now("martlet_build_info", version="0.1.0") == 1
    assert 0 < now("process_start_time_seconds") <= time.time() + 1
    assert now("process_resident_memory_bytes") > 1_000_000
    assert now("process_open_fds") > 5
    assert now("process_cpu_seconds_total") >= 0


def test_pages_of_other_sites_are_kept_out(server):
    address = local_address(server, "Metrics")
    assert exchange(address, "/metrics", host="evil.test").status == 421
    assert exchange(address, "/metrics", host="127.0.0.1.evil.test").status == 421
    assert exchange(address, "/metrics", headers=[("Origin", "https://evil.test")], host="127.0.0.1").status == 403
    assert exchange(address, "/metrics", headers=[("Origin", "http://localhost:80")], host="localhost:1").status == 200
    assert exchange(address, "/metrics", method="POST", host="127.0.0.1").status == 405
    assert exchange(address, "/etc/passwd", host="127.0.0.1").status == 404


def test_a_socket_and_an_address_in_use(start, tmp_path, server):
    path = str(tmp_path / "metrics.sock")
    own = start("raw:application", "--metrics", f"unix:{path}", chdir=ROOT / "Benchmarks" / "apps")
    assert scrape(path)("martlet_build_info", version="0.1.0") == 1
    own.stop()
    assert not os.path.exists(path)
    host, port = local_address(server, "Metrics")
    ended = martlet_to_its_end("run", "echo:application", "--bind", "127.0.0.1:0", "--metrics", f"{host}:{port}")
    assert ended.code == 1
    assert f"The address of 'metrics' cannot be used. {host}:{port} is in use by process" in ended.stderr, ended.stderr


CACHES = """
    bind = "127.0.0.1:0"
    status = "127.0.0.1:0"

    [route."/"]
    wsgi = "cache_cases:app"
    python = "{python}"
    directory = "{apps}"
    workers = 1
    response-cache = {{ memory = "8MB", max-object = "1MB", stale-while-revalidate = "1h" }}

    [site."shop.test"]
    response-cache = true

    [site."shop.test".route."/"]
    wsgi = "cache_cases:app"
    python = "{python}"
    directory = "{apps}"
    workers = 1
"""


def test_what_response_caches_do(tmp_path, checkpoints):
    site = Site(tmp_path)
    site.write("martlet.toml", CACHES.format(apps=APPS, python=sys.executable))
    with site.serve(**checkpoints.env) as server:
        address = local_address(server, "Status")
        kept = scrape(address)
        assert kept("martlet_cache_requests_total", site="", route="/", result="hit") == 0
        for _ in range(3):
            assert exchange(server.address, "/kept?cc=max-age%3D60").status == 200
        for number in range(20):
            assert len(exchange(server.address, f"/large-{number}?cc=max-age%3D60&size=900000").body) > 900_000
        for _ in range(2):
            assert exchange(server.address, "/kept?cc=max-age%3D60", host="shop.test").status == 200
        for openmetrics in (False, True):
            now = scrape(address, openmetrics=openmetrics)
            own, shop = {"site": "", "route": "/"}, {"site": "shop.test", "route": ""}
            assert now("martlet_cache_requests_total", **own, result="hit") == 2
            assert now("martlet_cache_requests_total", **own, result="miss") == 21
            assert now("martlet_cache_requests_total", **own, result="stale") == 0
            assert now("martlet_cache_fills_total", **own) == now("martlet_cache_answers", **own) + now(
                "martlet_cache_evictions_total", **own
            )
            assert now("martlet_cache_evictions_total", **own) > 0
            assert 0 < now("martlet_cache_bytes", **own, place="memory") <= 8 << 20
            assert now("martlet_cache_bytes", **own, place="disk") == 0
            assert now("martlet_cache_requests_total", **shop, result="hit") == 1
            assert (now("martlet_cache_fills_total", **shop), now("martlet_cache_answers", **shop)) == (1, 1)
        shown = json.loads(exchange(address, "/status.json", host="127.0.0.1").body)["caches"]
        assert [(part["site"], part["route"], part["cache"]["hits"]) for part in shown] == [("shop.test", "", 1), ("", "/", 2)]
        server.stop()
