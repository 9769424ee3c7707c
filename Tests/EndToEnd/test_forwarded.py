"""Who the client is, where proxies tell: believed from trusted peers, removed when it comes from others."""

import json
import socket

import pytest

from needs import requires
from nginx import Nginx
from rawclient import Connection, exchange, request_bytes

APP = "forwarded_cases:application"
EVERY_FIELD = ("--forwarded-fields", "for,proto,host,port,prefix")

SPOOFS = [
    ("X-Forwarded-For", "192.0.2.1"),
    ("x-forwarded-proto", "https"),
    ("X-FORWARDED-HOST", "evil.test"),
    ("X-Forwarded-Port", "443"),
    ("X-Forwarded-Prefix", "/evil"),
    ("X-Forwarded-Ssl", "on"),
    ("X-Forwarded-Anything", "x"),
    ("X-Real-IP", "192.0.2.1"),
    ("X-Client-IP", "192.0.2.1"),
    ("X-Scheme", "https"),
    ("Front-End-Https", "on"),
    ("Forwarded-For", "192.0.2.1"),
    ("X-Original-URL", "/evil"),
    ("X-Rewrite-Url", "/evil"),
    ("X-Original-Host", "evil.test"),
    ("Forwarded", "for=192.0.2.1;proto=https;host=evil.test"),
]


@pytest.fixture(scope="module")
def trusting(start_for_file):
    """Trusts this machine, as by default, and a network, in everything."""
    networks = "127.0.0.1,::1,10.0.0.0/8,2001:db8:1::/48"
    return start_for_file(APP, "--trusted-proxy", networks, "--trusted-proxy", "unix", *EVERY_FIELD)


@pytest.fixture(scope="module")
def usual(start_for_file):
    """With default settings, which trust this machine."""
    return start_for_file(APP)


@pytest.fixture(scope="module")
def wary(start_for_file):
    return start_for_file(APP, "--trusted-proxy", "none", "--allow-underscores")


def seen(server, *headers, target="/", address=None, **request):
    response = exchange(address or server.address, target, headers=list(headers), **request)
    assert response.status == 200
    return json.loads(response.body)


def client_of(server, *headers, **request):
    return seen(server, *headers, **request)["REMOTE_ADDR"]


# From peers that are not trusted


@pytest.mark.parametrize("spoof", SPOOFS, ids=lambda spoof: spoof[0])
def test_a_spoofed_field_is_removed(wary, spoof):
    facts = seen(wary, ("X-Kept", "1"), spoof, ("X-Forward", "kept"))
    assert facts["fields"] == {}
    assert (facts["REMOTE_ADDR"], facts["wsgi.url_scheme"], facts["HTTP_HOST"]) == ("127.0.0.1", "http", "martlet.test")
    assert (facts["SCRIPT_NAME"], facts["SERVER_NAME"], facts["SERVER_PORT"]) == ("", "127.0.0.1", str(wary.address[1]))


def test_all_spoofed_fields_at_once_are_removed_on_every_request_of_a_connection(wary):
    with Connection(wary.address) as connection:
        for headers in (SPOOFS, [], SPOOFS, [("X-Kept", "1")]):
            facts = json.loads(connection.request(headers=headers).body)
            assert facts["fields"] == {} and facts["REMOTE_ADDR"] == "127.0.0.1"


@pytest.mark.parametrize("server", ["wary", "usual with underscores"])
@pytest.mark.parametrize("spoof", SPOOFS, ids=lambda spoof: spoof[0])
def test_a_field_that_is_spelled_with_underscores_is_removed_whoever_sends_it(start, request, server, spoof):
    """environ could not tell it from the one that a proxy sets or clears."""
    server = request.getfixturevalue("wary") if server == "wary" else start(APP, "--allow-underscores")
    name, value = spoof
    for spelled in {name.replace("-", "_"), name.replace("-", "_", 1), name[::-1].replace("-", "_", 1)[::-1]} - {name}:
        facts = seen(server, (spelled, value), ("X_Kept", "1"))
        assert facts["fields"] == {}, spelled
        assert (facts["REMOTE_ADDR"], facts["HTTP_HOST"]) == ("127.0.0.1", "martlet.test")


def test_the_log_says_once_for_each_peer_that_its_fields_are_removed(start):
    server = start(APP, "--trusted-proxy", "192.0.2.0/24")
    for spoof in [*SPOOFS, ("X-Kept", "1"), *SPOOFS]:
        seen(server, spoof)
    said = [line for line in server.stderr.lines() if "is removed" in line]
    assert len(said) == 1, said
    assert "X-Forwarded-For from 127.0.0.1 is removed" in said[0] and "--trusted-proxy 127.0.0.1" in said[0]
    assert " notice " in said[0]


def test_a_peer_on_a_unix_socket_is_named_as_that(start, tmp_path):
    server = start(APP, "--trusted-proxy", "none", bind=(f"unix:{tmp_path / 's'}",))
    seen(server, ("Forwarded", "for=192.0.2.1"))
    line = server.stderr.wait_for("Forwarded from a Unix socket is removed.*")[0][0]
    assert line.endswith("--trusted-proxy unix")


def test_many_peers_do_not_fill_the_log(start):
    """All of 127.0.0.0/8 is this machine, so each has an address of its own."""
    server = start(APP, "--trusted-proxy", "none")
    for number in range(1, 131):
        with socket.create_connection(server.address, 30, (f"127.0.1.{number}", 0)) as client:
            client.sendall(request_bytes("/", headers=[("X-Forwarded-For", "192.0.2.1"), ("Connection", "close")]))
            with client.makefile("rb") as answer:
                assert b'"REMOTE_ADDR": "127.0.1.%d"' % number in answer.read()
    server.stop()
    said = [line for line in server.stderr.lines() if "removed" in line]
    assert len(said) == 101
    assert "removed in silence" in said[-1]


def test_peers_without_such_fields_are_not_spoken_of(start):
    server = start(APP, "--trusted-proxy", "none")
    seen(server, ("X-Kept", "1"), ("X-Forward", "1"))
    server.stop()
    assert "removed" not in server.stderr.text


def test_only_the_named_networks_are_trusted(start):
    server = start(APP, "--trusted-proxy", "192.0.2.0/24", "--trusted-proxy", "unix")
    assert client_of(server, ("X-Forwarded-For", "192.0.2.1")) == "127.0.0.1"


# From trusted peers


def test_this_machine_is_trusted_by_default(start, tmp_path):
    path = str(tmp_path / "s.sock")
    server = start(APP, bind=("127.0.0.1:0", f"unix:{path}"))
    assert client_of(server, ("X-Forwarded-For", "192.0.2.1")) == "192.0.2.1"
    assert client_of(server, ("X-Forwarded-For", "192.0.2.1"), address=path) == "192.0.2.1"
    assert client_of(server, address=path) == ""


def test_a_unix_peer_is_believed_only_where_that_is_said(start, tmp_path):
    path = str(tmp_path / "s.sock")
    server = start(APP, "--trusted-proxy", "127.0.0.1", bind=(f"unix:{path}",))
    facts = seen(server, ("X-Forwarded-For", "192.0.2.1"))
    assert (facts["REMOTE_ADDR"], facts["fields"]) == ("", {})


UNTOLD = [
    ("X-Forwarded-Host", "evil.test"),
    ("X-Forwarded-Port", "8443"),
    ("X-Forwarded-Prefix", "/evil"),
    ("Forwarded", "host=evil.test"),
    ("Forwarded", "for=192.0.2.1;host=evil.test"),
]


@pytest.mark.parametrize("field", UNTOLD, ids=lambda field: ": ".join(field))
def test_by_default_a_local_proxy_cannot_say_host_port_and_prefix(usual, field):
    """The usual block of nginx sets For and Proto, and passes the others on as a client made them."""
    facts = seen(usual, field)
    assert (facts["HTTP_HOST"], facts["SCRIPT_NAME"], facts["url"]) == ("martlet.test", "", "http://martlet.test/")
    assert facts["SERVER_PORT"] == str(usual.address[1])
    # An application that was told to read them itself still can.
    assert list(facts["fields"].values()) == [field[1]]


def test_what_is_not_believed_does_not_stand_in_the_way_of_forwarded(usual):
    facts = seen(usual, ("X-Forwarded-Host", "evil.test"), ("Forwarded", "for=192.0.2.1;proto=https"))
    assert (facts["REMOTE_ADDR"], facts["url"]) == ("192.0.2.1", "https://martlet.test/")


@pytest.mark.parametrize(
    "fields, expected",
    [
        ("host", ("127.0.0.1", "http://shop.test/")),
        ("proto", ("127.0.0.1", "https://martlet.test/")),
        ("for,prefix", ("192.0.2.1", "http://martlet.test/shop/")),
        ("Host, port", ("127.0.0.1", "http://shop.test:8443/")),
    ],
)
def test_only_the_named_fields_are_believed(start, fields, expected):
    server = start(APP, "--forwarded-fields", fields)
    facts = seen(
        server,
        ("X-Forwarded-For", "192.0.2.1"),
        ("X-Forwarded-Proto", "https"),
        ("X-Forwarded-Host", "shop.test"),
        ("X-Forwarded-Port", "8443"),
        ("X-Forwarded-Prefix", "/shop"),
    )
    assert (facts["REMOTE_ADDR"], facts["url"]) == expected


@pytest.mark.parametrize(
    "fields, scheme",
    [
        ([("X-Forwarded-Ssl", "on")], "https"),
        ([("X-FORWARDED-SSL", "ON")], "https"),
        ([("X-Forwarded-Ssl", "off")], "http"),
        ([("X-Forwarded-Ssl", "maybe")], "http"),
        ([("X-Forwarded-Protocol", "ssl")], "https"),
        ([("X-Forwarded-Protocol", "https")], "https"),
        ([("X-Forwarded-Protocol", "http"), ("X-Forwarded-Ssl", "on")], "http"),
        # What the proxy says in the usual field counts, not what a client adds to it.
        ([("X-Forwarded-Proto", "http"), ("X-Forwarded-Ssl", "on")], "http"),
        ([("X-Forwarded-Proto", "https"), ("X-Forwarded-Ssl", "off")], "https"),
    ],
)
def test_the_scheme_as_older_proxies_tell_it(usual, fields, scheme):
    assert seen(usual, *fields)["wsgi.url_scheme"] == scheme


def test_the_facts_change_and_the_fields_stay(trusting):
    sent = {
        "X-Forwarded-For": "192.0.2.1",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "shop.test:8443",
        "X-Forwarded-Prefix": "/shop",
        "X-Real-IP": "192.0.2.1",
    }
    facts = seen(trusting, *sent.items(), target="/a%20b?c=d")
    assert facts["fields"] == {"HTTP_" + name.upper().replace("-", "_"): value for name, value in sent.items()}
    del facts["fields"]
    assert facts == {
        "REMOTE_ADDR": "192.0.2.1",
        "REMOTE_PORT": "",
        "wsgi.url_scheme": "https",
        "HTTP_HOST": "shop.test:8443",
        "SERVER_NAME": "shop.test",
        "SERVER_PORT": "8443",
        "SCRIPT_NAME": "/shop",
        "PATH_INFO": "/a b",
        "url": "https://shop.test:8443/shop/a%20b?c=d",
    }


def test_hops_are_counted_from_the_right(trusting):
    hops = "6.6.6.6, 192.0.2.1, 10.0.0.1"
    facts = seen(
        trusting,
        ("X-Forwarded-For", hops),
        ("X-Forwarded-For", "10.0.0.2"),
        ("X-Forwarded-Proto", "http, https, http, http"),
        ("X-Forwarded-Host", "evil.test, shop.test, b.test, c.test"),
    )
    assert (facts["REMOTE_ADDR"], facts["wsgi.url_scheme"], facts["HTTP_HOST"]) == ("192.0.2.1", "https", "shop.test")
    assert (facts["SERVER_NAME"], facts["SERVER_PORT"]) == ("shop.test", "443")


def test_a_client_cannot_pretend_to_be_a_hop(trusting):
    assert client_of(trusting, ("X-Forwarded-For", "6.6.6.6, 10.0.0.9, 192.0.2.1")) == "192.0.2.1"


def test_forwarded_of_rfc_7239(trusting):
    field = 'for=6.6.6.6, for="[2001:db8::7]:4711";proto=https;host="shop.test";by=_proxy, For="[2001:db8:1::5]"'
    facts = seen(trusting, ("Forwarded", field), ("Forwarded", "for=10.0.0.1"))
    assert (facts["REMOTE_ADDR"], facts["REMOTE_PORT"]) == ("2001:db8::7", "4711")
    assert facts["url"] == "https://shop.test/"
    assert facts["fields"] == {"HTTP_FORWARDED": field + ",for=10.0.0.1"}


def test_beside_x_forwarded_the_other_field_is_not_believed_and_goes(trusting):
    facts = seen(trusting, ("Forwarded", "for=6.6.6.6;host=evil.test"), ("X-Forwarded-For", "192.0.2.1"))
    assert (facts["REMOTE_ADDR"], facts["HTTP_HOST"]) == ("192.0.2.1", "martlet.test")
    assert facts["fields"] == {"HTTP_X_FORWARDED_FOR": "192.0.2.1"}


@pytest.mark.parametrize(
    "name, value",
    [
        ("X-Forwarded-For", "unknown"),
        ("X-Forwarded-For", "1.2.3.4.5, [::1, ]:["),
        ("X-Forwarded-For", "\xff" * 4000),
        ("X-Forwarded-For", "," * 8000),
        ("X-Forwarded-Proto", "javascript"),
        ("X-Forwarded-Host", "a b"),
        ("X-Forwarded-Host", "evil.test/\x7e@x"),
        ("X-Forwarded-Port", "99999999999999999999"),
        ("X-Forwarded-Port", "-1"),
        ("X-Forwarded-Prefix", "//evil.test"),
        ("X-Forwarded-Prefix", "/a/../b"),
        ("X-Forwarded-Prefix", "/a%2f..%2f"),
        ("Forwarded", "for=;"),
        ("Forwarded", 'for="' + "\\," * 7000),
        ("Forwarded", '"' * 8000),
    ],
)
def test_malformed_values_are_ignored(trusting, name, value):
    facts = seen(trusting, (name, value))
    assert (facts["REMOTE_ADDR"], facts["SCRIPT_NAME"]) == ("127.0.0.1", "")
    assert (facts["SERVER_NAME"], facts["url"]) == ("127.0.0.1", "http://martlet.test/")


def test_the_port_goes_into_the_host_unless_it_is_the_standard_one(trusting):
    proto = ("X-Forwarded-Proto", "https")
    assert seen(trusting, proto, ("X-Forwarded-Port", "8443"), host="shop.test")["url"] == "https://shop.test:8443/"
    assert seen(trusting, proto, ("X-Forwarded-Port", "443"), host="shop.test:8000")["url"] == "https://shop.test/"


def test_a_forwarded_host_takes_the_place_of_an_absolute_target_and_of_a_missing_host(trusting):
    facts = seen(trusting, ("X-Forwarded-Host", "shop.test"), target="http://inner.test/a")
    assert facts["url"] == "http://shop.test/a"
    with Connection(trusting.address) as connection:
        connection.send(b"GET / HTTP/1.0\r\nX-Forwarded-Host: shop.test\r\n\r\n")
        assert json.loads(connection.read_response().body)["HTTP_HOST"] == "shop.test"


def test_requests_of_one_connection_have_clients_of_their_own(trusting):
    with Connection(trusting.address) as connection:
        for address in ("192.0.2.1", None, "2001:db8::1", "192.0.2.2", None):
            headers = [("X-Forwarded-For", address)] if address else []
            facts = json.loads(connection.request(headers=headers).body)
            assert facts["REMOTE_ADDR"] == (address or "127.0.0.1")


def test_the_access_log_tells_the_client(start):
    server = start(APP)
    seen(server, ("X-Forwarded-For", "192.0.2.7"), target="/from-afar")
    assert server.stdout.wait_for(r"^(\S+) - - .*GET /from-afar HTTP")[0][1] == "192.0.2.7"


def test_a_bad_network_is_explained():
    from server import martlet_to_its_end

    ended = martlet_to_its_end("run", APP, "--trusted-proxy", "10.0.0.1/8")
    assert ended.code == 64
    assert "did you mean 10.0.0.0/8?" in ended.stderr


@pytest.mark.parametrize("fields", ["", "for,", "hots", "x-forwarded-host", "for proto", "none"])
def test_bad_names_of_fields_are_explained(fields):
    from server import martlet_to_its_end

    ended = martlet_to_its_end("run", APP, "--forwarded-fields", fields)
    assert ended.code == 64
    assert "Write some of for, proto, host, port, prefix, with commas between" in ended.stderr.replace("\n", " ")


# Behind nginx

USUAL = """
    location / {{
        proxy_pass http://behind;
        proxy_set_header Host $host;
        proxy_set_header X-Real-IP $remote_addr;
        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        proxy_set_header X-Forwarded-Proto $scheme;
    }}
"""


def test_behind_the_usual_block_of_nginx_a_client_chooses_neither_host_nor_prefix(start, tmp_path):
    requires("nginx")
    front = Nginx(tmp_path, start(APP, "--allow-underscores").address, USUAL.format())
    try:
        for spoof in [*SPOOFS, ("X_Forwarded_Host", "evil.test"), ("X_Forwarded_Prefix", "/evil")]:
            facts = seen(None, spoof, address=front.address)
            assert (facts["url"], facts["SCRIPT_NAME"]) == ("http://martlet.test/", ""), spoof
    finally:
        front.stop()


PASS = """
    location {path} {{
        proxy_pass http://behind{to};
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_set_header Host $host;
        proxy_set_header X-Forwarded-For {client};
        proxy_set_header X-Forwarded-Proto https;
        proxy_set_header X-Forwarded-Host shop.test:8443;
        proxy_set_header X-Forwarded-Port "";
        proxy_set_header X-Forwarded-Prefix {prefix};
        proxy_set_header Forwarded "";
    }}
"""


@pytest.fixture
def behind_nginx(start, tmp_path):
    requires("nginx")
    running = []

    def run(app, bind="127.0.0.1:0"):
        server = start(app, *EVERY_FIELD, bind=(bind,))
        locations = PASS.format(path="/", to="", client="$proxy_add_x_forwarded_for", prefix='""')
        locations += PASS.format(path="/shop/", to="/", client="$remote_addr", prefix="/shop")
        front = Nginx(tmp_path, server.address, locations)
        running.append(front)
        return front

    yield run
    for front in running:
        front.stop()


@pytest.mark.parametrize("app", ["forwarded_cases:application", "forwarded_cases:fixed"], ids=["alone", "with ProxyFix"])
@pytest.mark.parametrize("bind", ["tcp", "unix"])
def test_behind_nginx(behind_nginx, tmp_path, app, bind):
    front = behind_nginx(app, "127.0.0.1:0" if bind == "tcp" else f"unix:{tmp_path}/s.sock")
    facts = seen(None, *SPOOFS, address=front.address, target="/shop/cart?a=b")
    assert facts["url"] == "https://shop.test:8443/shop/cart?a=b"
    assert (facts["REMOTE_ADDR"], facts["SCRIPT_NAME"], facts["PATH_INFO"]) == ("127.0.0.1", "/shop", "/cart")
    assert (facts["SERVER_NAME"], facts["SERVER_PORT"]) == ("shop.test", "8443")
    # The client's own line is before the one that nginx adds.
    facts = seen(None, ("X-Forwarded-For", "192.0.2.1, 198.51.100.1"), address=front.address)
    assert facts["fields"]["HTTP_X_FORWARDED_FOR"] == "192.0.2.1, 198.51.100.1, 127.0.0.1"
    # nginx itself is trusted, and its client too: both are this machine.
    assert facts["REMOTE_ADDR"] == ("198.51.100.1" if app == APP else "127.0.0.1")
