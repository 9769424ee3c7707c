"""Upstreams that speak uwsgi, SCGI and FastCGI: real ones, and Martlet behind Martlet."""

import hashlib
import json
import os
from contextlib import ExitStack, contextmanager

import pytest
from cgipeers import SCRIPTS, fcgiwrap, flup, php_fpm, uwsgi
from memory import MB, Peak
from proxies import proxy
from rawclient import Connection, exchange
from server import martlet

PEERS = [
    f"{name} {protocol}{kind}"
    for name, protocols in (("uwsgi", ("uwsgi", "scgi", "fastcgi")), ("martlet", ("uwsgi", "scgi", "fastcgi")), ("flup", ("fastcgi",)))
    for protocol in protocols
    for kind in ("", " unix")
]
"""Each with the application `echo`."""


@contextmanager
def running(peer: str, folder):
    """The address of a peer."""
    name, *rest = peer.split()
    unix = "unix" in rest
    if name == "martlet":
        place = f"unix:{folder}/martlet.sock" if unix else "127.0.0.1:0"
        with martlet("echo:application", bind=[f"{rest[0]}://{place}"]) as server:
            host = server.address if unix else "{}:{}".format(*server.address)
            yield f"{rest[0]}://" + (f"unix:{host}" if unix else host)
            server.stop()
        return
    if name == "uwsgi":
        process, address = uwsgi(folder, rest[0], unix)
    else:
        process, address = flup(f"{folder}/flup.sock" if unix else None)
    try:
        yield address
    finally:
        process.stop()


@pytest.fixture(scope="module", params=PEERS)
def peer(request):
    return request.param


@pytest.fixture(scope="module")
def url(peer, tmp_path_factory):
    with running(peer, tmp_path_factory.mktemp("peer")) as address:
        yield address


@pytest.fixture(scope="module")
def echo(url):
    with proxy(url) as server:
        yield server


@pytest.fixture(scope="module")
def kept(url, peer):
    """With connections that are kept, which counts for FastCGI alone. uWSGI closes them, whatever it is asked."""
    with proxy(url, keepalive=0 if peer.startswith("uwsgi") else 4) as server:
        yield server


def asked(response) -> dict:
    assert response.status == 200, response
    return json.loads(response.body)


def test_what_an_application_is_told(echo):
    seen = asked(exchange(echo.address, "/a%20b/c%2Fd?q=%20&r", headers=[("X-Own", "1"), ("X-Own", "2"), ("Cookie", "a=b"), ("Proxy", "evil")]))
    environ = seen["environ"]
    expected = {
        "REQUEST_METHOD": "GET", "SCRIPT_NAME": "", "PATH_INFO": "/a b/c/d", "QUERY_STRING": "q=%20&r", "REMOTE_ADDR": "127.0.0.1",
        "SERVER_PROTOCOL": "HTTP/1.1", "HTTP_HOST": "martlet.test", "HTTP_X_OWN": "1,2", "HTTP_COOKIE": "a=b", "wsgi.url_scheme": "http",
        "HTTP_X_FORWARDED_FOR": "127.0.0.1", "HTTP_X_FORWARDED_PROTO": "http",
    }
    assert {name: environ.get(name) for name in expected} == expected
    assert "HTTP_PROXY" not in environ and "HTTP_CONNECTION" not in environ
    assert environ["HTTP_VIA"].startswith("1.1 martlet-")


def test_many_requests_over_one_connection(echo, kept):
    for server in (echo, kept):
        with Connection(server.address) as client:
            for number in range(30):
                body = bytes([number]) * number * 1000
                seen = asked(client.request(f"/{number}", method="POST", body=body, headers=[("Content-Type", "text/plain")]))
                assert seen["body"].encode("latin-1") == body
                assert seen["environ"]["CONTENT_TYPE"] == "text/plain"


def test_a_chunked_body_has_a_length(echo):
    with Connection(echo.address) as client:
        client.send(b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
        client.send(b"4\r\ndefg\r\n0\r\n\r\n")
        seen = asked(client.read_response())
    assert seen["body"] == "abcdefg" and seen["environ"]["CONTENT_LENGTH"] == "7"
    assert "HTTP_TRANSFER_ENCODING" not in seen["environ"]


def test_a_body_that_is_passed_on_while_it_comes(url):
    with proxy(url, request_buffering="off") as server, Connection(server.address) as client:
        client.send(b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")
        assert asked(client.read_response())["body"] == "abc"
        client.send(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 200000\r\n\r\n")
        for _ in range(4):
            client.send(bytes(50_000))
        assert len(asked(client.read_response())["body"]) == 200_000


def test_a_head_has_no_body(echo, kept):
    for server in (echo, kept):
        with Connection(server.address) as client:
            assert client.request("/", method="HEAD").status == 200
            assert asked(client.request("/after"))["environ"]["PATH_INFO"] == "/after"


def test_a_path_in_the_address_takes_the_place_of_the_route(url):
    with proxy(url + (":/v2" if "unix:" in url else "/v2")) as server:
        environ = asked(exchange(server.address, "/x/y"))["environ"]
        assert (environ["SCRIPT_NAME"], environ["PATH_INFO"]) == ("/v2", "/x/y")


def test_a_large_head(echo):
    seen = asked(exchange(echo.address, headers=[("X-Large", "x" * 20_000)]))
    assert seen["environ"]["HTTP_X_LARGE"] == "x" * 20_000


def test_nobody_is_there(tmp_path):
    for scheme in ("uwsgi", "scgi", "fastcgi"):
        with proxy(f"{scheme}://unix:{tmp_path}/nobody.sock") as server:
            assert exchange(server.address).status == 502
            server.stderr.wait_for(f"The upstream {scheme}://unix:.* cannot be reached: No such file or directory")


# PHP


@pytest.fixture(scope="module", params=["tcp", "unix", "kept"])
def php(request, tmp_path_factory):
    process, address = php_fpm(tmp_path_factory.mktemp("php"), request.param == "unix")
    settings = {"keepalive": 1} if request.param == "kept" else {}
    try:
        with proxy(address, script_root=SCRIPTS, script_fallback="index.php", **settings) as server:
            yield server
    finally:
        process.stop()


def test_what_php_is_told(php):
    seen = asked(exchange(php.address, "/server.php/in%2Fo/x?a=b&c[]=d", headers=[("Cookie", "k=v"), ("Authorization", "Basic dTpw")]))
    server = seen["server"]
    expected = {
        "SCRIPT_NAME": "/server.php", "PATH_INFO": "/in/o/x", "PHP_SELF": "/server.php/in/o/x", "SCRIPT_FILENAME": f"{SCRIPTS}/server.php",
        "DOCUMENT_ROOT": str(SCRIPTS), "REQUEST_URI": "/server.php/in%2Fo/x?a=b&c[]=d", "QUERY_STRING": "a=b&c[]=d",
        "REQUEST_METHOD": "GET", "HTTP_HOST": "martlet.test", "REMOTE_ADDR": "127.0.0.1", "GATEWAY_INTERFACE": "CGI/1.1",
        "PHP_AUTH_USER": "u", "PHP_AUTH_PW": "p", "SERVER_PROTOCOL": "HTTP/1.1", "PATH_TRANSLATED": f"{SCRIPTS}/in/o/x",
    }
    assert {name: server.get(name) for name in expected} == expected
    assert seen["get"] == {"a": "b", "c": ["d"]} and seen["cookies"] == {"k": "v"}


def test_forms_and_uploads(php):
    form = [("Content-Type", "application/x-www-form-urlencoded")]
    assert asked(exchange(php.address, "/server.php", method="POST", headers=form, body=b"a=1&b=%C3%A9"))["post"] == {"a": "1", "b": "é"}
    data = os.urandom(3_000_000)
    body = (b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n\r\n' + data
            + b'\r\n--x\r\nContent-Disposition: form-data; name="text"\r\n\r\nhello\r\n--x--\r\n')
    seen = asked(exchange(php.address, "/upload.php", method="POST", body=body, headers=[("Content-Type", "multipart/form-data; boundary=x")]))
    assert seen == {"files": {"file": ["a.bin", len(data), hashlib.sha256(data).hexdigest()]}, "post": {"text": "hello"}}


def test_sessions(php):
    first = exchange(php.address, "/session.php")
    assert first.body == b"1"
    cookie = first.header("Set-Cookie").split(";")[0]
    for count in (b"2", b"3"):
        assert exchange(php.address, "/session.php", headers=[("Cookie", cookie)]).body == count


def test_streaming(php, tmp_path):
    until = tmp_path / "until"
    with Connection(php.address) as client:
        client.send(f"GET /stream.php?until={until} HTTP/1.1\r\nHost: h\r\n\r\n".encode())
        assert client.read_head().header("Content-Type").startswith("text/event-stream")
        client.read_until(b"first\n\n\r\n")
        until.touch()
        client.read_until(b"second\n\n\r\n")
        client.read_until(b"0\r\n\r\n")
        assert client.request("/server.php").status == 200


def test_a_large_answer_with_flat_memory(php):
    exchange(php.address, "/server.php")
    with Peak(lambda: [php.pid]) as peak:
        response = exchange(php.address, "/large.php?megabytes=200")
        assert response.body == b"0123456789abcdef" * (200 * 65536)
    assert peak.growth < 48 * MB


def test_statuses_fields_and_redirects(php):
    response = exchange(php.address, "/status.php?code=404")
    assert (response.status, response.body, response.all("Set-Cookie")) == (404, b"body", ["a=1", "b=2"])
    assert exchange(php.address, "/status.php?location=/elsewhere").status == 302
    assert exchange(php.address, "/status.php", method="HEAD").body == b""
    with Connection(php.address) as client:
        assert client.request("/status.php?code=204").status == 204
        assert client.request("/status.php?code=304").status == 304
        assert client.request("/server.php").status == 200


def test_which_script(php):
    assert exchange(php.address, "/").body == b"index of / as /index.php"
    assert exchange(php.address, "/nice/path?x").body == b"index of /nice/path?x as /index.php"
    assert exchange(php.address, "/blog").header("Location") == "./blog/"
    assert exchange(php.address, "/blog/").body == b"blog -"
    assert exchange(php.address, "/blog/index.php/info").body == b"blog /info"
    css = exchange(php.address, "/style.css")
    assert (css.status, css.header("Content-Type")) == (200, "text/css; charset=utf-8") and b"color" in css.body
    # What is not there is not asked of PHP, nor is a file run that is no script.
    for path in ("/missing.php", "/missing.php/x", "/style.css/x.php", "/.hidden.php"):
        response = exchange(php.address, path)
        assert (response.status, b"There is no such file" in response.body) == (404, True), path


def test_errors_are_for_the_log(php):
    assert exchange(php.address, "/errors.php").body == b"answered"
    php.stderr.wait_for("what is wrong")
    assert "\x1b[31m" not in php.stderr.text
    assert exchange(php.address, "/errors.php?more=300").body == b"answered"
    php.stderr.wait_for("which is not logged")


def test_an_answer_that_breaks_the_rules(php):
    assert exchange(php.address, "/status.php?length=1000").status == 502
    php.stderr.wait_for("ended 996 bytes before the end of the body of 1000 bytes that it announced")
    assert exchange(php.address, "/status.php?length=2").status == 502
    php.stderr.wait_for("wrote a longer body than its Content-Length of 2 bytes")
    assert exchange(php.address, "/server.php").status == 200


def test_a_child_that_dies(php):
    with Connection(php.address) as client:
        client.send(b"GET /status.php?die HTTP/1.1\r\nHost: h\r\n\r\n")
        head = client.read_head()
        assert head.status == 200
        with pytest.raises((EOFError, ConnectionError)):
            client.read_until(b"0\r\n\r\n")
    php.stderr.wait_for("The answer breaks off")
    assert exchange(php.address, "/server.php").status == 200


def test_more_requests_than_children(php):
    """Kept connections leave no child idle for nobody."""
    with ExitStack() as stack:
        clients = [stack.enter_context(Connection(php.address)) for _ in range(20)]
        for _ in range(3):
            for client in clients:
                client.send(b"GET /server.php HTTP/1.1\r\nHost: h\r\n\r\n")
            for client in clients:
                assert client.read_response().status == 200


def test_checks_of_php(tmp_path):
    process, address = php_fpm(tmp_path, unix=True)
    try:
        with proxy(address, script_root=SCRIPTS, check="/ping", check_interval="100ms", max_fails="1") as server:
            for _ in range(5):
                assert exchange(server.address, "/server.php").status == 200
            assert "gets no requests" not in server.stderr.text
    finally:
        process.stop()


def test_scripts_of_cgi_behind_fcgiwrap(tmp_path):
    scripts = tmp_path / "scripts"
    scripts.mkdir()
    for name, text in {
        "hello.cgi": 'echo "Content-Type: text/plain"; echo; echo "hello $PATH_INFO $(head -c ${CONTENT_LENGTH:-0})"',
        "there.cgi": 'echo "Location: /hello.cgi/local"; echo',
        "again.cgi": 'echo "Location: /again.cgi"; echo',
    }.items():
        file = scripts / name
        file.write_text(f"#!/bin/sh\n{text}\n")
        file.chmod(0o755)
    process, address = fcgiwrap(tmp_path)
    try:
        with proxy(address, script_root=scripts, script_split=".cgi") as server:
            for _ in range(10):
                assert exchange(server.address, "/hello.cgi/a", method="POST", body=b"body").body == b"hello /a body\n"
            assert exchange(server.address, "/there.cgi").body == b"hello /local \n"
            assert exchange(server.address, "/again.cgi").status == 502
            server.stderr.wait_for("again and again")
    finally:
        process.stop()
