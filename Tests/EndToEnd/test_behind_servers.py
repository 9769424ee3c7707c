"""Real nginx and Apache in front, over uwsgi and SCGI: what the application sees, and what the client gets, is what plain HTTP gives."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from urllib.parse import unquote

import pytest

import cgiclient
from apache import Apache
from needs import requires
from nginx import Nginx
from rawclient import Address, Connection, Response, exchange, request_bytes
from streaming_cases import blocks as pieces
from test_websocket import TEXT, UPGRADE, frame, read_frame

PARAMETERS = "include /etc/nginx/{name}_params; {name}_buffering off; client_max_body_size 0;"
"""As Debian ships them. Without buffering, what is streamed is seen when it is sent."""


@dataclass
class Door:
    """A way to the application through a server in front."""

    name: str
    address: Address
    mount: str = ""

    @property
    def is_nginx(self) -> bool:
        return self.name.startswith("nginx")

    def ask(self, target: str, method="GET", headers=(), body=None, **options) -> Response:
        return exchange(self.address, self.mount + target, method, headers, body, host=f"front.test:{self.address[1]}", **options)


def blocks(size: int) -> bytes:
    return b"".join(pieces(size))


def host_of(address: Address) -> str:
    return f"unix:{address}" if isinstance(address, str) else "{}:{}".format(*address)


@pytest.fixture(scope="module")
def behind(tmp_path_factory, start_for_file, checkpoints):
    """One server with a listener of each kind: http, then uwsgi and SCGI, over TCP and over a Unix socket."""
    requires("nginx", "/usr/sbin/apache2")
    folder = tmp_path_factory.mktemp("behind")
    for path in (folder, folder.parent):
        path.chmod(0o755)
    bind = ["http://127.0.0.1:0", "uwsgi://127.0.0.1:0", f"uwsgi://unix:{folder}/uwsgi", "scgi://127.0.0.1:0", f"scgi://unix:{folder}/scgi"]
    return start_for_file("front_cases:application", bind=bind, env=checkpoints.env)


@pytest.fixture(scope="module")
def doors(behind, tmp_path_factory) -> Iterator[dict[str, Door]]:
    _, uwsgi, uwsgi_unix, scgi, scgi_unix = behind.addresses
    with ExitStack() as running:

        def nginx(server: str) -> Address:
            front = Nginx(tmp_path_factory.mktemp("nginx"), behind.address, f"server_name front.test; {server}")
            running.callback(front.stop)
            return front.address

        def apache(server: str) -> Address:
            front = Apache(tmp_path_factory.mktemp("apache"), server)
            running.callback(front.stop)
            return front.address

        def passing(name: str, address: Address, more: str = "") -> str:
            return f"{PARAMETERS.format(name=name)} {more} {name}_pass {host_of(address)};"

        found: list[Door] = []
        for name, tcp, unix in (("uwsgi", uwsgi, uwsgi_unix), ("scgi", scgi, scgi_unix)):
            found += [
                Door(f"nginx {name}", nginx(f"location / {{ {passing(name, tcp)} }}")),
                Door(f"nginx {name} unix", nginx(f"location / {{ {passing(name, unix)} }}")),
                Door(
                    f"nginx {name} mounted",
                    nginx(f"location /app {{ {passing(name, tcp, f'{name}_param SCRIPT_NAME /app;')} }}"),
                    "/app",
                ),
                Door(f"apache {name}", apache(f"ProxyPass / {name}://{host_of(tcp)}/ flushpackets=on")),
                Door(f"apache {name} unix", apache(f"ProxyPass / unix:{unix}|{name}://localhost/ flushpackets=on")),
                Door(f"apache {name} mounted", apache(f"ProxyPass /app {name}://{host_of(tcp)}/ flushpackets=on"), "/app"),
            ]
        yield {door.name: door for door in found}


NAMES = [
    f"{front} {protocol}{kind}" for front in ("nginx", "apache") for protocol in ("uwsgi", "scgi") for kind in ("", " unix", " mounted")
]


@pytest.fixture(params=NAMES)
def door(request, doors) -> Door:
    return doors[request.param]


# What the application sees

REQUESTS = {
    "root": ("/", {}),
    "path": ("/a/b?x=1&y=%20", {}),
    "escapes": ("/a%20b/caf%C3%A9/%41?q=%2F", {}),
    "slash at the end": ("/a/", {}),
    "fields": ("/", {"headers": [("X-One", "1"), ("Cookie", "a=1; b=2"), ("User-Agent", "t/1"), ("Accept-Language", "de, en")]}),
    "several lines": ("/", {"headers": [("X-Many", "a"), ("X-Many", "b")]}),
    "httpoxy": ("/", {"headers": [("Proxy", "http://evil.test")]}),
    "post": ("/form", {"method": "POST", "headers": [("Content-Type", "application/x-www-form-urlencoded")], "body": b"a=1"}),
    "empty post": ("/form", {"method": "POST", "headers": [("Content-Length", "0")]}),
    "put": ("/x", {"method": "PUT", "body": bytes(range(256))}),
    "delete": ("/x", {"method": "DELETE"}),
    "http/1.0": ("/x", {"version": "1.0"}),
    "authorization": ("/x", {"headers": [("Authorization", "Basic YTpi")]}),
    "forwarded by nobody": ("/x", {"headers": [("X-Forwarded-Prefix", "/evil"), ("X-Forwarded-Host", "evil.test")]}),
}

OTHERWISE = {"REMOTE_PORT", "martlet.request_id", "SERVER_PORT", "SERVER_NAME", "HTTP_HOST", "HTTP_CONNECTION"}
"""Of the connection, which is another one; each has a test of its own below."""


def environ(response: Response) -> dict[str, str]:
    assert response.status == 200, response.body
    return json.loads(response.body)["environ"]


@pytest.mark.parametrize("row", REQUESTS)
def test_environ_is_that_of_plain_http(door, behind, row):
    target, options = REQUESTS[row]
    through = environ(door.ask(target, **options))
    direct = environ(exchange(behind.address, door.mount + target, host="front.test", **options))
    assert (through["SCRIPT_NAME"], through["PATH_INFO"]) == (door.mount, direct["PATH_INFO"][len(door.mount):])
    for seen in (through, direct):
        del seen["SCRIPT_NAME"], seen["PATH_INFO"]
        for name in OTHERWISE:
            seen.pop(name, None)
    # It may pass an empty body on as one of no bytes, or as none.
    if row == "several lines":
        # RFC 9110 section 5.3 leaves the space to who joins them.
        assert through.pop("HTTP_X_MANY").replace(" ", "") == direct.pop("HTTP_X_MANY")
    if row == "empty post":
        assert through.pop("CONTENT_LENGTH", "0") == direct.pop("CONTENT_LENGTH", "0") == "0"
    assert through == direct


def test_the_client_and_the_name_it_used_are_those_of_the_server_in_front(door):
    with Connection(door.address) as connection:
        address, port = connection.socket.getsockname()
        connection.send(request_bytes(door.mount + "/", host=f"front.test:{door.address[1]}"))
        seen = environ(connection.read_response())
    assert (seen["REMOTE_ADDR"], seen["REMOTE_PORT"]) == (address, str(port))
    assert (seen["SERVER_NAME"], seen["SERVER_PORT"]) == ("front.test", str(door.address[1]))
    # Debian's lists for nginx leave the port out.
    assert seen["HTTP_HOST"] == "front.test" if door.is_nginx else f"front.test:{door.address[1]}"
    assert seen["wsgi.url_scheme"] == "http" and "HTTPS" not in seen


@pytest.mark.parametrize("protocol", ["uwsgi", "scgi"])
def test_the_body_of_a_chunked_request_arrives(doors, protocol):
    door = doors[f"nginx {protocol}"]
    te = [("Transfer-Encoding", "chunked")]
    seen = json.loads(door.ask("/x", "POST", te, b"5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n").body)
    assert (seen["body"], seen["environ"]["CONTENT_LENGTH"]) == ("hello!", "6")
    assert "HTTP_TRANSFER_ENCODING" not in seen["environ"]


@pytest.mark.parametrize("protocol", ["uwsgi", "scgi"])
@pytest.mark.parametrize("target", ["/a//b", "/a/./b", "/x/../a/b", "/x/%2e%2e/a/b"])
def test_a_path_that_the_server_in_front_has_cleaned_is_the_clean_one(doors, protocol, target):
    """It has chosen by that path, so the application must not be able to see another."""
    for front in ("nginx", "apache"):
        seen = environ(doors[f"{front} {protocol}"].ask(target))
        assert (seen["SCRIPT_NAME"], seen["PATH_INFO"], seen["REQUEST_URI"]) == ("", "/a/b", target)


def test_the_root_of_a_mount(door):
    if not door.mount:
        return
    for target in ("", "/", "/x"):
        seen = environ(door.ask(target))
        # Apache is told to map /app to /.
        assert seen["SCRIPT_NAME"] == "/app" and seen["PATH_INFO"] == (target or ("" if door.is_nginx else "/"))


def test_https_is_that_of_the_server_in_front(behind, tmp_path):
    uwsgi = host_of(behind.addresses[1])
    front = Nginx(tmp_path, behind.address, f"location / {{ include /etc/nginx/uwsgi_params; uwsgi_param HTTPS on; uwsgi_pass {uwsgi}; }}")
    seen = environ(exchange(front.address, "/"))
    front.stop()
    assert (seen["wsgi.url_scheme"], seen["HTTPS"]) == ("https", "on")


# What the client gets

SIZE = 3_000_000


@pytest.mark.parametrize("name", [name for name in NAMES if not name.endswith("mounted")])
class TestAnswers:
    def test_a_file(self, doors, name):
        response = doors[name].ask(f"/file?size={SIZE}")
        assert response.status == 200 and response.body == blocks(SIZE)

    def test_a_stream(self, doors, name):
        response = doors[name].ask(f"/stream?size={SIZE}")
        assert response.status == 200 and response.body == blocks(SIZE)

    def test_head(self, doors, name):
        response = doors[name].ask("/file?size=1000", "HEAD")
        assert (response.status, response.body) == (200, b"") and response.header("Content-Length") in ("1000", None)

    @pytest.mark.parametrize("status", [201, 204, 302, 304, 404, 418, 500, 503])
    def test_a_status(self, doors, name, status):
        response = doors[name].ask(f"/status?code={status}")
        assert response.status == status and response.all("Set-Cookie") == ["a=1", "b=2"]
        if status == 302:
            assert response.header("Location") == "/elsewhere"

    def test_a_large_body(self, doors, name):
        body = blocks(SIZE)
        response = doors[name].ask("/digest", "POST", body=body)
        assert response.body.decode() == f"{len(body)} {hashlib.sha256(body).hexdigest()}"

    def test_what_is_not_read_of_a_body_does_no_harm(self, doors, name):
        response = doors[name].ask("/unread", "POST", body=blocks(200_000))
        assert (response.status, response.body) == (200, b"not read")


@pytest.mark.parametrize("name", ["nginx uwsgi", "nginx scgi", "apache uwsgi", "apache scgi"])
def test_an_answer_that_breaks_off_is_seen_as_one(doors, name):
    """Not over Unix sockets: an end looks the same there, whatever it means.

    Apache's mod_proxy_uwsgi takes a reset for an end now and then, depending on what it has read when that comes.
    """

    def breaks_off() -> bool:
        with Connection(doors[name].address) as connection:
            connection.send(request_bytes("/breaks", headers=[("Connection", "close")]))
            data = connection.read_to_end()
        assert b"one" in data
        return not data.endswith(b"0\r\n\r\n")

    assert any(breaks_off() for _ in range(200 if name.startswith("apache") else 1))


@pytest.mark.parametrize("name", ["nginx uwsgi", "nginx uwsgi unix", "nginx scgi"])
def test_a_websocket_through_nginx(behind, tmp_path, start, name):
    protocol = name.split()[1]
    unix = f"{protocol}://unix:{tmp_path}/socket"
    for path in (tmp_path, tmp_path.parent):
        path.chmod(0o755)
    server = start("websocket_cases:application", bind=[unix if "unix" in name else f"{protocol}://127.0.0.1:0"], threads=4)
    passing = f"{PARAMETERS.format(name=protocol)} {protocol}_pass {host_of(server.address)};"
    folder = tmp_path / "nginx"
    folder.mkdir()
    front = Nginx(folder, server.address, f"location / {{ {passing} }}")
    try:
        with Connection(front.address) as connection:
            connection.send(request_bytes("/echo", headers=UPGRADE))
            assert connection.read_head().status == 101
            connection.send(frame(TEXT, b"hello"))
            assert read_frame(connection) == (TEXT, b"hello")
    finally:
        front.stop()


# Both sides of a request that is odd

SMUGGLING = [
    b"POST / HTTP/1.1\r\nHost: front.test\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /evil HTTP/1.1\r\nHost: x\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: front.test\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
    b"POST / HTTP/1.1\r\nHost: front.test\r\nContent_Length: 40\r\nContent-Length: 3\r\n\r\nabc",
    b"POST / HTTP/1.1\r\nHost: front.test\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nContent-Length: 99\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: front.test\r\nX: a\rREQUEST_METHOD: POST\r\n\r\n",
    b"GET /%00SCGI%001 HTTP/1.1\r\nHost: front.test\r\n\r\n",
]


@pytest.mark.parametrize("sent", SMUGGLING, ids=range(len(SMUGGLING)))
def test_one_request_stays_one_or_is_refused(door, sent):
    with Connection(door.address) as connection:
        connection.send(sent.replace(b" /", b" " + door.mount.encode() + b"/", 1).replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1))
        data = connection.read_to_end()
    answers = data.split(b"HTTP/1.1 ")[1:]
    assert b"/evil" not in data and len(answers) <= 1, data
    if answers and answers[0].startswith(b"200"):
        seen = json.loads(data[data.index(b"{"): data.rindex(b"}") + 1])
        assert seen["body"] in ("", "abc") and seen["environ"]["REQUEST_METHOD"] == sent.split()[0].decode()
        assert seen["environ"]["PATH_INFO"] == unquote(sent.split()[1].decode())


# A peer that is not trusted

@pytest.mark.parametrize("protocol", ["uwsgi", "scgi"])
def test_a_peer_that_is_not_trusted_is_the_client_itself(start, protocol):
    server = start("front_cases:application", "--trusted-proxy", "none", bind=[f"{protocol}://127.0.0.1:0"])
    answer = cgiclient.ask(server.address, protocol, HTTPS="on", AUTH_TYPE="Basic", REMOTE_USER="ann", HTTP_X_FORWARDED_FOR="192.0.2.9")
    seen = json.loads(answer.body)["environ"]
    assert (seen["REMOTE_ADDR"], seen["wsgi.url_scheme"]) == ("127.0.0.1", "http")
    assert (seen["SERVER_NAME"], seen["SERVER_PORT"]) == ("127.0.0.1", str(server.address[1]))
    assert "HTTPS" not in seen and "REMOTE_USER" not in seen and "HTTP_X_FORWARDED_FOR" not in seen
    server.stderr.wait_for(r"REMOTE_ADDR from 127\.0\.0\.1 is removed.*--trusted-proxy 127\.0\.0\.1")


@pytest.mark.parametrize("protocol", ["uwsgi", "scgi"])
def test_a_chain_of_proxies_is_walked_on_from_the_client_that_the_peer_names(start, protocol):
    server = start("front_cases:application", "--trusted-proxy", "127.0.0.1,192.0.2.0/24", bind=[f"{protocol}://127.0.0.1:0"])

    def client(address: str, forwarded: str) -> str:
        answer = cgiclient.ask(server.address, protocol, REMOTE_ADDR=address, HTTP_X_FORWARDED_FOR=forwarded)
        return json.loads(answer.body)["environ"]["REMOTE_ADDR"]

    assert client("192.0.2.1", "203.0.113.9") == "203.0.113.9"
    assert client("198.51.100.1", "203.0.113.9") == "198.51.100.1"
    assert client("nonsense", "203.0.113.9") == "203.0.113.9"
    assert client("unix:", "203.0.113.9") == ""


@pytest.mark.parametrize("protocol", ["uwsgi", "scgi"])
def test_a_user_counts_where_the_server_in_front_has_checked_who_it_is(start, protocol):
    server = start("front_cases:application", bind=[f"{protocol}://127.0.0.1:0"])
    seen = [
        json.loads(cgiclient.ask(server.address, protocol, REMOTE_USER="ann", **more).body)["environ"].get("REMOTE_USER")
        for more in ({}, {"AUTH_TYPE": "Basic"})
    ]
    assert seen == [None, "ann"]
