"""The application of the conformance table as raw WSGI (PEP 3333).

The table is ConformanceCase.table in Sources/Testing/MartletTesting; flask_app.py and ReferenceApp.swift are the same.
"""

import http
import json

HEADERS = ("x-one", "x-many", "user-agent", "content-type", "cookie")


class Failure(Exception):
    pass


def application(environ, start_response):
    path = environ["SCRIPT_NAME"] + environ["PATH_INFO"]
    if path.startswith("/status/"):
        return status(path[len("/status/"):], start_response)
    if path == "/headers" or path.startswith("/headers/"):
        return headers(path, environ, start_response)
    methods, handler = ROUTES.get(path, ((), None))
    if handler is None:
        return text(start_response, "404 Not Found", "Not Found\n")
    if environ["REQUEST_METHOD"] not in methods:
        allow = [("Allow", ", ".join(methods))]
        return text(start_response, "405 Method Not Allowed", "Method Not Allowed\n", allow)
    return handler(environ, start_response)


def text(start_response, status, body, more=()):
    data = body.encode()
    fields = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(data)))]
    start_response(status, fields + list(more))
    return [data]


def hello(environ, start_response):
    return text(start_response, "200 OK", "Hello World!")


def echo(environ, start_response):
    data = environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Type", "application/octet-stream"), ("Content-Length", str(len(data)))])
    return [data]


def status(code, start_response):
    try:
        phrase = http.HTTPStatus(int(code)).phrase
    except ValueError:
        return text(start_response, "404 Not Found", "Not Found\n")
    # 204 and 304 get a body, too: it is the server that must not send it.
    start_response(f"{code} {phrase}", [("Content-Type", "text/plain")])
    return [f"status {code}".encode()]


def headers(path, environ, start_response):
    seen = {}
    for name in HEADERS:
        key = name.upper().replace("-", "_")
        value = environ.get(key if key == "CONTENT_TYPE" else "HTTP_" + key)
        if value:
            seen[name] = value
    body = json.dumps({
        "method": environ["REQUEST_METHOD"],
        # PEP 3333: text in environ holds bytes, one to a character.
        "path": path.encode("latin-1").decode("utf-8", "replace"),
        "query": environ.get("QUERY_STRING", ""),
        "length": environ.get("CONTENT_LENGTH", ""),
        "headers": seen,
    })
    return text(start_response, "200 OK", body)


def head(environ, start_response):
    return text(start_response, "200 OK", "head", [("X-Method", environ["REQUEST_METHOD"])])


def cookies(environ, start_response):
    return text(start_response, "200 OK", "", [("Set-Cookie", "a=1; Path=/"), ("Set-Cookie", "b=2; Path=/")])


def bad_header(environ, start_response):
    return text(start_response, "200 OK", "", [("X-Text", "a\r\nX-Injected: b")])


def stream(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    yield b"one\n"
    yield b"two\n"
    yield b"three\n"


def short(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "10")])
    return iter([b"short"])


def error(environ, start_response):
    raise Failure("secret")


def error_late(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    yield b"one\n"
    raise Failure("secret")


ROUTES = {
    "/hello": (("GET", "HEAD"), hello),
    "/echo": (("POST",), echo),
    "/head": (("GET", "HEAD"), head),
    "/cookies": (("GET", "HEAD"), cookies),
    "/bad-header": (("GET", "HEAD"), bad_header),
    "/stream": (("GET", "HEAD"), stream),
    "/short": (("GET", "HEAD"), short),
    "/error": (("GET", "HEAD"), error),
    "/error-late": (("GET", "HEAD"), error_late),
}
