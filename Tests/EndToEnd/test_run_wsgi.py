"""A raw WSGI application, byte for byte what the standard library's own handler makes of it."""

import subprocess
from wsgiref.util import setup_testing_defaults

import echo
import pytest
from answers import answer_by_wsgiref, answer_on_the_wire
from load import run_requests
from needs import requires
from program import EXAMPLES, module_at
from rawclient import exchange, request_bytes


@pytest.fixture(scope="module")
def server(start_for_file):
    return start_for_file("hello", chdir=EXAMPLES / "wsgi", workers=2)


@pytest.fixture(scope="module")
def cases(start_for_file):
    return start_for_file("echo:application")


def by_wsgiref(application, path, method):
    environ = {"REQUEST_METHOD": method, "PATH_INFO": path}
    setup_testing_defaults(environ)
    return answer_by_wsgiref(application, environ)


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "OPTIONS"])
def test_the_articles_application_answers_as_under_wsgiref(server, method):
    expected = by_wsgiref(module_at(EXAMPLES / "wsgi" / "hello.py").application, "/", method)
    assert expected.body == b"Hello World!"
    assert answer_on_the_wire(exchange(server.address, "/", method), expected) == expected


def test_head_has_the_same_head(server):
    expected = by_wsgiref(module_at(EXAMPLES / "wsgi" / "hello.py").application, "/", "GET")
    response = exchange(server.address, "/", "HEAD")
    assert answer_on_the_wire(response, expected).headers == expected.headers
    assert response.body == b""


@pytest.mark.parametrize("path", ["/ignores-the-body", "/unknown-length"])
def test_other_applications_answer_as_under_wsgiref(cases, path):
    expected = by_wsgiref(echo.application, path, "GET")
    assert answer_on_the_wire(exchange(cases.address, path), expected) == expected


def test_the_articles_application_says_hello_ten_thousand_times(server):
    def check(response):
        assert (response.status, response.body) == (200, b"Hello World!")

    assert run_requests(server.address, request_bytes("/"), check) == {200: 10_000}
    assert "Traceback" not in server.stderr.text


def test_ten_thousand_requests_without_pipelining(server):
    def check(response):
        assert (response.status, response.body) == (200, b"Hello World!")

    assert run_requests(server.address, request_bytes("/"), check, pipeline=1) == {200: 10_000}


def test_curl_is_served(server):
    requires("curl")
    url = "http://{}:{}/".format(*server.address)
    twice = subprocess.run(["curl", "-sS", "--fail", "-i", url, url], capture_output=True, timeout=60)
    assert twice.returncode == 0, twice.stderr
    assert twice.stdout.count(b"HTTP/1.1 200 OK\r\n") == 2
    assert twice.stdout.count(b"Hello World!") == 2


def test_curl_uploads_with_expect_and_with_chunks(cases):
    requires("curl")
    url = "http://{}:{}/upload".format(*cases.address)
    for header in ("Expect: 100-continue", "Transfer-Encoding: chunked"):
        upload = subprocess.run(
            ["curl", "-sS", "--fail", "-H", header, "--data-binary", "@-", url],
            input=b"x" * 200_000,
            capture_output=True,
            timeout=60,
        )
        assert upload.returncode == 0, upload.stderr
        assert b'"body": "' + b"x" * 200_000 + b'"' in upload.stdout
