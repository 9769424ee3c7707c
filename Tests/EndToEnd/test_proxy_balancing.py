"""Several upstreams: who gets a request, who fails, and who waits."""

import json
import subprocess
import threading

import waiting
from front import free_address
from program import built
from proxies import proxy
from rawclient import Connection, exchange
from scrape import local_address, scrape
from sites import Site
from upstream import OK, Peer, Upstream, answer_everything, answer_once


def named(name: str) -> Upstream:
    return Upstream(answer_everything(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(name), name.encode())))


def names(server, count, **request):
    return [exchange(server.address, **request).body.decode() for _ in range(count)]


def status_of(server):
    text = subprocess.run([built("martlet"), "status", "--json", "--pid", str(server.pid)], capture_output=True, check=True).stdout
    return json.loads(text)["applications"][0]["upstreams"]


def waiting_requests(server):
    """How many wait in the queue of the only route."""
    text = subprocess.run([built("martlet"), "status", "--json", "--pid", str(server.pid)], capture_output=True, check=True).stdout
    return json.loads(text)["applications"][0]["waiting"]


def test_in_turn_and_by_weight():
    with named("a") as a, named("b") as b, proxy(f"{a.url}", f"{b.url}") as server:
        assert sorted(names(server, 10)) == ["a"] * 5 + ["b"] * 5
    with named("a") as a, named("b") as b, proxy(f"{a.url} weight=4", f"{b.url}") as server:
        assert sorted(names(server, 10)) == ["a"] * 8 + ["b"] * 2


def test_the_same_for_the_same_header():
    with named("a") as a, named("b") as b, named("c") as c:
        with proxy(a.url, b.url, c.url, balance="hash:header:X-Tenant") as server:
            chosen = {tenant: set(names(server, 3, headers=[("X-Tenant", tenant)])) for tenant in map(str, range(30))}
            assert all(len(one) == 1 for one in chosen.values())
            assert set.union(*chosen.values()) == {"a", "b", "c"}


def test_the_same_for_the_same_cookie():
    with named("a") as a, named("b") as b, named("c") as c:
        with proxy(a.url, b.url, c.url, balance="hash:cookie:user") as server:
            chosen = {user: set(names(server, 3, headers=[("Cookie", f"x=1; user={user}")])) for user in map(str, range(30))}
            assert all(len(one) == 1 for one in chosen.values())
            assert set.union(*chosen.values()) == {"a", "b", "c"}
            # Without it, each in turn.
            assert sorted(names(server, 3)) == ["a", "b", "c"]


def test_backups_get_what_the_others_cannot_have():
    a = Upstream(answer_once(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\na"))
    with named("spare") as spare, proxy(a.url, f"{spare.url} backup", retries=1) as server:
        assert names(server, 6) == ["a"] * 6
        a.__exit__(None)
        assert names(server, 6) == ["spare"] * 6
        assert status_of(server)[1]["isBackup"]
    with named("a") as a, named("spare") as spare, proxy(f"{spare.url} backup", a.url, balance="hash:path") as server:
        assert names(server, 6) == ["a"] * 6


def test_a_cookie_keeps_a_client_with_its_upstream():
    with named("a") as a, named("b") as b, proxy(a.url, b.url, sticky="node") as server:
        first = exchange(server.address)
        cookie = first.header("Set-Cookie")
        assert cookie.startswith("node=") and cookie.endswith("; Path=/; HttpOnly; SameSite=Lax")
        again = [exchange(server.address, headers=[("Cookie", "x=1; " + cookie.split(";")[0])]) for _ in range(4)]
        assert {response.body for response in again} == {first.body}
        assert all(response.header("Set-Cookie") is None for response in again)
        assert exchange(server.address, headers=[("Cookie", "node=zzz")]).header("Set-Cookie")


def test_the_one_with_the_fewest_requests():
    def serve(peer: Peer) -> None:
        while peer.request():
            peer.upstream.go.wait()
            peer.send(OK)

    with Upstream(serve) as slow, named("b") as b, proxy(slow.url, b.url, balance="least-connections") as server:
        slow.go = threading.Event()
        with Connection(server.address) as held:
            # Whoever of the two has no request gets the first: hold one of the slow one.
            while not slow.requests:
                held.send(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
                waiting.until(lambda: slow.requests or held.pending(), "somebody has it")
                if not slow.requests:
                    held.read_response()
            assert names(server, 5) == ["b"] * 5
            slow.go.set()
            assert held.read_response().body == b"ok"


def test_one_that_fails_is_left_alone_and_comes_back():
    address = free_address()
    with named("a") as a, proxy(a.url, "http://{}:{}".format(*address), fail_time="1s") as server:
        assert names(server, 12) == ["a"] * 12
        server.stderr.wait_for("fails and gets no requests for now")
        assert {one["state"] for one in status_of(server)} == {"up", "failing"}
        late = Upstream.__new__(Upstream)
        with listening_at(late, address):
            waiting.until(lambda: "ok" in names(server, 2), "it is tried again")
            server.stderr.wait_for("is back")
            assert {one["state"] for one in status_of(server)} == {"up"}


def listening_at(upstream, address):
    import socket

    upstream._serve = answer_everything(OK)
    upstream.requests, upstream.failures, upstream.connections = [], [], 0
    upstream._listener = socket.socket()
    upstream._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    upstream._listener.bind(address)
    upstream._listener.listen(64)
    threading.Thread(target=upstream._accept, daemon=True).start()
    return upstream


def test_checks_take_out_and_bring_back():
    def serve(peer: Peer) -> None:
        while request := peer.request():
            if request.line.startswith("GET /health"):
                peer.send(OK if peer.upstream.is_well else b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n")
            else:
                peer.send(OK)

    with Upstream(serve) as upstream, named("b") as b:
        upstream.is_well = True
        with proxy(upstream.url, b.url, check="/health", check_interval="100ms") as server:
            assert set(names(server, 4)) == {"ok", "b"}
            upstream.is_well = False
            server.stderr.wait_for("fails and gets no requests for now")
            assert set(names(server, 6)) == {"b"}
            upstream.is_well = True
            server.stderr.wait_for("is back")
            assert set(names(server, 4)) == {"ok", "b"}


def test_where_all_are_busy_some_wait_and_the_rest_is_503():
    def serve(peer: Peer) -> None:
        while peer.request():
            peer.upstream.go.acquire()
            peer.send(OK)

    with Upstream(serve) as upstream, proxy(upstream.url, requests=1, queue=1) as server:
        upstream.go = threading.Semaphore(0)
        with Connection(server.address) as first, Connection(server.address) as second:
            first.send(b"GET /1 HTTP/1.1\r\nHost: h\r\n\r\n")
            waiting.until(lambda: upstream.requests, "the first is there")
            second.send(b"GET /2 HTTP/1.1\r\nHost: h\r\n\r\n")
            waiting.until(lambda: waiting_requests(server) == 1, "the second waits")
            assert exchange(server.address).status == 503
            assert len(upstream.requests) == 1
            upstream.go.release()
            assert first.read_response().body == b"ok"
            upstream.go.release()
            assert second.read_response().body == b"ok"
            assert [request.line.split()[1] for request in upstream.requests] == ["/1", "/2"]


def test_who_waits_for_too_long_is_told():
    def serve(peer: Peer) -> None:
        peer.request()
        peer.ends()

    with Upstream(serve) as upstream, proxy(upstream.url, requests=1, queue=5, queue_timeout="300ms") as server:
        with Connection(server.address) as first:
            first.send(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            waiting.until(lambda: upstream.requests, "the first is there")
            assert exchange(server.address).status == 503
            server.stderr.wait_for(r"No upstream was free for a request within 300 ms \(queue-timeout\)")


def test_the_status_shows_each_upstream():
    with named("a") as a, proxy(a.url, "http://{}:{}".format(*free_address())) as server:
        names(server, 5)
        up, down = status_of(server)
        assert (up["requests"], up["failures"], up["state"]) == (5, 0, "up")
        assert down["failures"] > 0
        assert (up["answers"], up["inFlight"], down["answers"], down["connections"]) == (5, 0, 0, 0)
        assert 0 < up["recentAnswerSeconds"] <= up["answerSeconds"] and "recentAnswerSeconds" not in down
        assert "lastFailure" not in up and "cannot be reached: Connection refused" in down["lastFailure"]["text"]
        text = subprocess.run([built("martlet"), "status", "--pid", str(server.pid)], capture_output=True, check=True, text=True).stdout
        assert a.url in text and "answers in" in text and " s ago: The upstream http://127.0.0.1:" in text


def test_the_status_page_shows_each_upstream(tmp_path):
    with named("a") as a:
        site = Site(tmp_path)
        dead = "http://{}:{}".format(*free_address())
        site.write("martlet.toml", f'bind = "127.0.0.1:0"\nstatus = "127.0.0.1:0"\n[route."/api"]\nproxy = ["{a.url}", "{dead} backup"]\n')
        server = site.serve()
        try:
            assert exchange(server.address, "/api/x").status == 200
            page = local_address(server, "Status")
            (told,) = json.loads(exchange(page, "/status.json", host="localhost").body)["upstreams"]
            assert (told["site"], told["route"], told["status"]["waiting"]) == ("", "/api", 0)
            first, backup = told["status"]["upstreams"]
            assert (first["url"], first["state"], first["requests"]) == (a.url, "up", 1)
            assert backup["isBackup"] and backup["requests"] == 0
            assert b'id="upstreams"' in exchange(page, "/", host="localhost").body
        finally:
            server.stop()


def test_the_metrics_show_each_upstream(tmp_path):
    with named("a") as a, named("b") as b:
        site = Site(tmp_path)
        site.write(
            "martlet.toml",
            f"""
            bind = "127.0.0.1:0"
            metrics = "127.0.0.1:0"
            [route."/api"]
            proxy = ["{a.url}", "{b.url}"]
            """,
        )
        server = site.serve()
        try:
            for _ in range(4):
                assert exchange(server.address, "/api/x").status == 200
            value = scrape(local_address(server, "Metrics"))
            labels = {"site": "", "route": "/api", "upstream": a.url}
            assert value("martlet_upstream_requests_total", **labels) == 2
            assert value("martlet_upstream_state", **labels, state="up") == 1
            assert value("martlet_upstream_answers_total", **labels) == 2
            assert value("martlet_upstream_answer_seconds_total", **labels) > 0
        finally:
            server.stop()
