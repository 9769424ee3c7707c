"""The status page, in a browser."""

import json
import re
import time

import pytest

import browser
import certificates
import waiting
from program import APPS
from rawclient import exchange, request_bytes
from scrape import local_address, scrape
from server import martlet_to_its_end
from tlsclient import SecureConnection, secure_exchange

HOSTILE = "/hold?checkpoint={}&x=<img/src=x/onerror=document.title=1>&token=s3cr3t"


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return certificates.Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def server(start_for_file, authority, checkpoints):
    server = start_for_file(
        "worker_cases:application", "--status", "127.0.0.1:0", *authority.pair().flags, env=checkpoints.env, workers=2,
        bind=("https://127.0.0.1:0", "http://127.0.0.1:0"),
    )  # fmt: skip
    for _ in range(20):
        assert secure_exchange(server.address, authority.client(), "/pid").status == 200
    assert secure_exchange(server.address, authority.client(), "/raises").status == 500
    return server


@pytest.fixture(scope="module")
def page(server):
    return local_address(server, "Status")


@pytest.fixture(scope="module")
def status(page):
    def status(query: str = "") -> dict:
        response = exchange(page, f"/status.json{query}", host="localhost")
        assert response.status == 200
        return json.loads(response.body)

    return status


@pytest.fixture
def held(server, checkpoints, authority):
    """A request that a worker is busy with."""
    name = checkpoints.new_name()
    with SecureConnection(server.address, authority.client()) as connection:
        connection.send(request_bytes(HOSTILE.format(name), host="localhost"))
        arrival = checkpoints.wait_for(name)
        yield name
        arrival.go()
        connection.read_response()


def test_what_it_is_told(server, status, held):
    def points():
        return len(status()["points"]) > 2

    waiting.until(points, "some seconds of history")
    told = status()
    assert told["total"]["requests"] >= 21 and told["total"]["errors"] >= 1
    (route,) = [route for route in told["routes"] if route["route"] == "/"]
    assert route["inFlight"] == 1
    (pool,) = told["pools"]
    assert (pool["site"], pool["route"]) == ("", "/")
    (request,) = [request for worker in pool["pool"]["workers"] for request in worker["requests"]]
    assert request["line"].startswith(f"GET /hold?checkpoint={held}")
    (certificate,) = told["certificates"]
    assert "localhost" in certificate["names"] and certificate["notAfter"] > time.time()
    assert {listener["isSecure"] for listener in told["listeners"]} == {True, False}
    assert told["points"][-1]["inFlight"] == 1
    last = told["points"][-1]["time"]
    assert all(point["time"] > last for point in status(f"?since={last}")["points"])
    assert "s3cr3t" not in json.dumps(told)


def test_a_browser_shows_it(page, held, tmp_path):
    dom = browser.dump("http://{}:{}/".format(*page), tmp_path)
    text = re.sub(r"<(script|style).*?</\1>", "", dom, flags=re.DOTALL)
    assert '<span id="ready" class="badge good">ready</span>' in text
    assert "Workers of worker_cases:application at /: 2 ready" in text
    # What a client sends is text.
    assert f"GET /hold?checkpoint={held}&amp;x=&lt;img/src=x/onerror=document.title=1&gt;&amp;token=[redacted]" in text
    assert "<title>Martlet status</title>" in text
    assert '<path class="curve blue"' in text
    assert "127.0.0.1, localhost" in text or "localhost, 127.0.0.1" in text
    assert 'class="lost"' not in text


@pytest.mark.parametrize("dark", [False, True])
def test_it_has_a_picture_by_day_and_by_night(page, tmp_path, dark):
    path = tmp_path / "status.png"
    browser.screenshot("http://{}:{}/".format(*page), path, tmp_path, dark)
    assert path.read_bytes().startswith(b"\x89PNG") and path.stat().st_size > 20_000


def test_nothing_else_may_run_in_it(page):
    first, second = (exchange(page, "/", host="127.0.0.1") for _ in range(2))
    policy = first.header("Content-Security-Policy")
    assert policy.startswith("default-src 'none'; script-src 'nonce-") and "unsafe" not in policy
    assert policy != second.header("Content-Security-Policy")
    assert "frame-ancestors 'none'" in policy
    assert (first.header("X-Content-Type-Options"), first.header("Cache-Control")) == ("nosniff", "no-store")
    # No third party's anything.
    assert not re.search(rb"(?:src|href)=\"(?:https?:)?//", first.body)
    assert b"http://www.w3.org/2000/svg" in first.body and first.body.count(b"http") == 1


@pytest.mark.parametrize("target", ["/", "/status.json", "/metrics", "/healthz"])
def test_pages_of_other_sites_are_kept_out(page, target):
    assert exchange(page, target, host="evil.test").status == 421
    assert exchange(page, target, host="127.0.0.1", headers=[("Origin", "http://evil.test")]).status == 403
    assert exchange(page, target, host="127.0.0.1").status == 200


def test_the_metrics_are_there_too(page):
    assert scrape(page)("martlet_ready") == 1


def test_an_address_for_everybody_has_to_be_asked_for(start):
    ended = martlet_to_its_end("run", "echo:application", "--status", "0.0.0.0:0", "--chdir", str(APPS))
    assert ended.code == 1
    assert (
        "The address of 'status' cannot be used. 0.0.0.0:0 can be reached from other machines, and the status page shows what "
        "clients ask for. Use 127.0.0.1 or a Unix socket, or say 'status-remote = true' (--status-remote on)." in ended.stderr
    )
    server = start("echo:application", "--status", "0.0.0.0:0", "--status-remote", "on")
    assert exchange(("127.0.0.1", local_address(server, "Status")[1]), "/", host="monitor.test").status == 200
    server.stop()


def test_one_address_for_both(start, tmp_path):
    path = str(tmp_path / "own.sock")
    server = start("echo:application", "--status", f"unix:{path}", "--metrics", f"unix:{path}")
    assert exchange(path, "/").status == 200
    assert scrape(path)("martlet_ready") == 1
    server.stop()


def test_port_0_is_another_one_for_the_metrics(start):
    server = start("echo:application", "--metrics", "127.0.0.1:0", "--status", "127.0.0.1:0")
    metrics, status = (local_address(server, title) for title in ("Metrics", "Status"))
    assert metrics != status
    assert exchange(metrics, "/metrics", host="localhost").status == 200
    assert exchange(status, "/", host="localhost").status == 200
    server.stop()


def test_without_the_setting_there_is_none(start):
    server = start("echo:application", "--metrics", "127.0.0.1:0")
    address = local_address(server, "Metrics")
    for target in ("/", "/status.json"):
        assert exchange(address, target, host="localhost").status == 404
    server.stop()
