"""One application behind wsgiref's validator, and behind Werkzeug's linter, which must have nothing to say."""

import warnings
from wsgiref.validate import WSGIWarning, validator

from werkzeug.middleware.lint import LintMiddleware, WSGIWarning as LintWarning

for category in (WSGIWarning, LintWarning):
    warnings.simplefilter("error", category)


def plain(environ, start_response):
    source = environ["wsgi.input"]
    body = b"".join(iter(lambda: source.read(7), b"")) if environ["REQUEST_METHOD"] not in ("GET", "HEAD") else b""
    path = environ["PATH_INFO"].rsplit("/", 1)[-1]
    if path == "error":
        try:
            raise KeyError("meant")
        except KeyError:
            import sys

            start_response("500 Meant", [("Content-Type", "text/plain")], sys.exc_info())
            return [b"failed as meant"]
    if path == "empty":
        start_response("204 No Content", [])
        return []
    if path == "stream":
        start_response("200 OK", [("Content-Type", "text/plain")])
        return (piece for piece in (b"one ", b"two ", body))
    answer = b"%s %d" % (environ["REQUEST_METHOD"].encode(), len(body))
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(answer)))])
    return [answer]  # for HEAD too: leaving the body out is the server's


validated = validator(plain)
linted = LintMiddleware(plain)


def application(environ, start_response):
    chosen = linted if environ["PATH_INFO"].startswith("/lint/") else validated
    return chosen(environ, start_response)
