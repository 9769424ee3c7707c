"""Upstreams that have names: where they are looked up, and when again."""

import socket
import threading

import pytest
import waiting
from http2upstream import HTTP2Peer, http2_upstream
from nameserver import NameServer
from proxies import proxy
from rawclient import exchange
from sites import Site
from upstream import Upstream, answer_everything, answer_once


def named(name: str, host: str = "127.0.0.1", port: int = 0) -> Upstream:
    """Each request needs a new connection."""
    text = f"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {len(name)}\r\n\r\n{name}".encode()
    return Upstream(answer_once(text), host=host, port=port)


def answer(server) -> str:
    return exchange(server.address).body.decode()


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6])
def test_a_name_server_is_asked(family):
    with NameServer(family) as names, named("a") as a:
        names.records = [("alias.test.", 60, "CNAME", "web.test."), ("web.test.", 60, "A", "127.0.0.1")]
        with proxy(f"http://alias.test:{a.port}", resolver=names.address, one_loop=True) as server:
            assert [answer(server) for _ in range(5)] == ["a"] * 5
        assert names.count("alias.test") == 1


def test_an_address_that_changes_is_noticed_when_its_time_is_over():
    # Both at one port: the name alone tells them apart.
    with NameServer() as names, named("a") as a, named("b", "127.0.0.2", a.port):
        names.records = [("web.test.", 1, "A", "127.0.0.1")]
        with proxy(f"http://web.test:{a.port}", resolver=names.address) as server:
            assert answer(server) == "a"
            names.records = [("web.test.", 1, "A", "127.0.0.2")]
            waiting.until(lambda: answer(server) == "b", "the new address is used")
            assert names.count("web.test") >= 2


@pytest.mark.parametrize("scheme", ["http", "h2c"])
def test_kept_connections_to_a_former_address_get_no_requests(scheme):
    def upstream(name: str, host: str = "127.0.0.1", port: int = 0) -> Upstream:
        if scheme == "http":
            text = f"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n{name}".encode()
            return Upstream(answer_everything(text), host=host, port=port)

        def serve(peer: HTTP2Peer) -> None:
            while True:
                peer.answer(peer.request().stream, name.encode())

        return http2_upstream(serve, host=host, port=port)

    with NameServer() as names, upstream("a") as a, upstream("b", "127.0.0.2", a.port) as b:
        names.records = [("web.test.", 1, "A", "127.0.0.1")]
        with proxy(f"{scheme}://web.test:{a.port}", resolver=names.address, one_loop=True) as server:
            assert answer(server) == answer(server) == "a"
            assert a.connections == 1
            names.records = [("web.test.", 1, "A", "127.0.0.2")]
            # It is never idle for longer than a moment.
            waiting.until(lambda: answer(server) == "b", "the new address is used")
            assert (answer(server), b.connections) == ("b", 1)


def test_names_that_nobody_answers_for_hold_up_no_others(tmp_path):
    with NameServer() as names, NameServer() as silent, named("a") as a:
        names.records = [("web.test.", 60, "A", "127.0.0.1")]
        silent.rcode = None
        routes = {f"/dead{number}": (f"dead{number}.test", silent) for number in range(8)}
        routes |= {"/ok": ("web.test", names), "/local": ("localhost", silent)}
        site = Site(tmp_path)
        site.write(
            "martlet.toml",
            'bind = "127.0.0.1:0"\n'
            + "".join(f'[route."{path}"]\nproxy = "http://{host}:{a.port}"\nresolver = "{server.address}"\n' for path, (host, server) in routes.items()),
        )
        with site.serve() as server:
            dead = [threading.Thread(target=exchange, args=(server.address, path)) for path in routes if path.startswith("/dead")]
            for thread in dead:
                thread.start()
            waiting.until(lambda: len({name for name, _ in silent.asked}) == 8, "all of them are being looked up")
            assert [exchange(server.address, path).body for path in ("/ok", "/local")] == [b"a", b"a"]
            for thread in dead:
                thread.join(waiting.DEADLINE)
            server.stop()


def test_a_long_time_is_not_waited_for():
    with NameServer() as names, named("a") as a:
        names.records = [("web.test.", 86400, "A", "127.0.0.1")]
        with proxy(f"http://web.test:{a.port}", resolver=names.address, resolve_interval="1s") as server:
            waiting.until(lambda: answer(server) == "a" and names.count("web.test") >= 2, "it is looked up again")


def test_a_name_server_that_goes_away_takes_no_site_down():
    with named("a") as a:
        with NameServer() as names, proxy(f"http://web.test:{a.port}", resolver=names.address) as server:
            names.records = [("web.test.", 1, "A", "127.0.0.1")]
            assert answer(server) == "a"
            names.records, names.rcode = [], 2
            waiting.until(lambda: answer(server) == "a" and names.count("web.test") >= 3, "it is looked up again, without success")
            assert answer(server) == "a"


def test_an_answer_that_is_too_long_for_udp():
    with NameServer() as names, named("a") as a:
        names.truncates = True
        names.records = [("web.test.", 60, "A", f"127.0.0.{number}") for number in range(1, 200)]
        with proxy(f"http://web.test:{a.port}", resolver=names.address) as server:
            # Only one of the addresses has a server; the others refuse at once.
            assert answer(server) == "a"


def test_a_dead_name_does_not_keep_it_from_starting():
    with NameServer() as names, named("a") as a:
        with proxy(f"http://gone.test:{a.port}", resolver=names.address, retries=0) as server:
            assert exchange(server.address).status == 502
            server.stderr.wait_for("the name gone.test has no address: DNS does not have it")
            names.records = [("gone.test.", 60, "A", "127.0.0.1")]
            waiting.until(lambda: exchange(server.address).status == 200, "it is there now")


def test_what_dns_does_not_have_is_the_systems_to_find():
    with NameServer() as names, named("a") as a:
        with proxy(f"http://localhost:{a.port}", resolver=names.address) as server:
            assert answer(server) == "a"
        # /etc/hosts goes before.
        assert names.count("localhost") == 0


def test_a_name_server_that_says_nothing(tmp_path):
    with NameServer() as names, named("a") as a:
        names.rcode = None
        with proxy(f"http://web.test:{a.port}", f"http://127.0.0.1:{a.port}", resolver=names.address, connect_timeout="500ms", retries=1) as server:
            assert [answer(server) for _ in range(3)] == ["a"] * 3


# Services


def test_the_servers_of_a_service():
    with NameServer() as names, named("a") as a, named("b") as b, named("last") as last:
        names.records = [
            ("_web._tcp.test.", 60, "SRV", f"1 1 {a.port} one.test."), ("_web._tcp.test.", 60, "SRV", f"1 1 {b.port} one.test."),
            ("_web._tcp.test.", 60, "SRV", f"2 9 {last.port} one.test."), ("one.test.", 60, "A", "127.0.0.1"),
        ]
        with proxy("srv+http://_web._tcp.test", resolver=names.address, pass_host="upstream") as server:
            assert {answer(server) for _ in range(40)} == {"a", "b"}
            assert a.requests[0].header("Host") == "_web._tcp.test"


def test_servers_of_a_service_that_are_gone_are_passed_over():
    with NameServer() as names, named("last") as last:
        dead = socket.socket()
        dead.bind(("127.0.0.1", 0))
        names.records = [
            ("_web._tcp.test.", 1, "SRV", f"1 1 {dead.getsockname()[1]} one.test."), ("_web._tcp.test.", 1, "SRV", "1 1 80 missing.test."),
            ("_web._tcp.test.", 1, "SRV", f"2 9 {last.port} one.test."), ("one.test.", 60, "A", "127.0.0.1"),
        ]
        with proxy("srv+http://_web._tcp.test", resolver=names.address) as server:
            assert [answer(server) for _ in range(5)] == ["last"] * 5
            with named("new") as new:
                names.records = [("_web._tcp.test.", 1, "SRV", f"1 1 {new.port} one.test."), ("one.test.", 60, "A", "127.0.0.1")]
                waiting.until(lambda: answer(server) == "new", "the new server is used")
        dead.close()


def test_a_service_that_is_not_there():
    with NameServer() as names, proxy("srv+http://_web._tcp.test", resolver=names.address, retries=0) as server:
        assert exchange(server.address).status == 502
        server.stderr.wait_for("the name _web._tcp.test has no address: DNS does not have it")
        names.records = [("_web._tcp.test.", 1, "SRV", "0 0 0 .")]
        assert exchange(server.address).status == 502
        server.stderr.wait_for("the name _web._tcp.test has no address: there is no such service")
