"""Flask: the article's app and one with every kind of answer, byte for byte what Werkzeug's test client gets."""

import flask_cases
import pytest
from answers import answer, answer_on_the_wire
from load import run_requests
from program import EXAMPLES, module_at
from rawclient import chunked, exchange, request_bytes
from werkzeug.test import Client

HOST = "martlet.test"

FORM = "application/x-www-form-urlencoded"
PARTS = (
    b'--b\r\nContent-Disposition: form-data; name="field"\r\n\r\nvalue\r\n'
    b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\nContent-Type: x/y\r\n\r\n'
    b"\x00\r\n\xff\r\n--b--\r\n"
)

CASES = [
    ("GET", "/json", [], None),
    ("GET", "/everything/plain", [], None),
    (
        "GET",
        "/everything/a%20b/caf%C3%A9//c?x=1&x=2&y=%26&empty=",
        [("User-Agent", "test/1"), ("Accept-Language", "de")],
        None,
    ),
    ("GET", "/everything/cookies", [("Cookie", "a=1; b=zwei"), ("Authorization", "Basic dXNlcjpwYXNz")], None),
    ("POST", "/everything/form", [("Content-Type", FORM)], b"a=1&b=%C3%BC&a=2"),
    ("POST", "/everything/parts", [("Content-Type", "multipart/form-data; boundary=b")], PARTS),
    ("PUT", "/everything/raw", [("Content-Type", "application/octet-stream")], bytes(range(256))),
    ("PATCH", "/everything/empty", [], None),
    ("DELETE", "/everything/delete", [], None),
    ("GET", "/cookies", [], None),
    ("GET", "/session", [], None),
    ("GET", "/redirect", [], None),
    ("GET", "/stream?q=7", [], None),
    ("GET", "/empty", [], None),
    ("GET", "/file", [], None),
    ("GET", "/etag", [], None),
    ("GET", "/etag", [("If-None-Match", '"v1"')], None),
    ("GET", "/teapot", [], None),
    ("GET", "/own-headers", [], None),
    ("GET", "/large", [], None),
    ("GET", "/missing", [], None),
    ("POST", "/json", [], b"not allowed"),
    ("OPTIONS", "/json", [], None),
    ("HEAD", "/json", [], None),
    ("HEAD", "/stream", [], None),
    ("HEAD", "/large", [], None),
]


@pytest.fixture(scope="module")
def hello(start_for_file):
    return start_for_file("hello:app", chdir=EXAMPLES / "flask", workers=2)


@pytest.fixture(scope="module")
def server(start_for_file):
    return start_for_file("flask_cases:app")


def answer_by_werkzeug(app, method, target, headers, body):
    response = Client(app, use_cookies=False).open(
        target, method=method, headers=headers, data=body, base_url=f"http://{HOST}"
    )
    return answer(response.status, response.headers.to_wsgi_list(), response.data)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0] + " " + case[1].split("?")[0])
def test_a_flask_app_answers_as_under_its_own_test_client(server, case):
    method, target, headers, body = case
    expected = answer_by_werkzeug(flask_cases.app, method, target, headers, body)
    response = exchange(server.address, target, method, headers, body, host=HOST)
    assert answer_on_the_wire(response, expected) == expected


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST"])
@pytest.mark.parametrize("path", ["/hello", "/", "/missing"])
def test_the_articles_flask_app_answers_as_under_its_own_test_client(hello, method, path):
    expected = answer_by_werkzeug(module_at(EXAMPLES / "flask" / "hello.py").app, method, path, [], None)
    assert answer_on_the_wire(exchange(hello.address, path, method, host=HOST), expected) == expected


def test_the_articles_flask_app_says_hello_ten_thousand_times(hello):
    def check(response):
        assert (response.status, response.body) == (200, b"Hello World!")

    assert run_requests(hello.address, request_bytes("/hello"), check) == {200: 10_000}
    assert "Traceback" not in hello.stderr.text


def test_a_chunked_upload_is_seen_by_flask(server):
    """Frameworks look for CONTENT_LENGTH or `wsgi.input_terminated`; without either they read nothing."""
    headers = [("Transfer-Encoding", "chunked"), ("Content-Type", FORM)]
    response = exchange(server.address, "/everything/form", "POST", headers, chunked(b"a=1&", b"b=2"))
    assert b'"form":{"a":["1"],"b":["2"]}' in response.body.replace(b" ", b"").replace(b"\n", b"")


def test_an_error_in_a_view_is_flasks_500_and_flasks_traceback_is_in_the_log(server):
    response = exchange(server.address, "/fails")
    assert response.status == 500
    assert b"Internal Server Error" in response.body
    server.stderr.wait_for("ValueError: a view failed on purpose")
