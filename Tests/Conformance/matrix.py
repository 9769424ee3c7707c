"""What the matrix of listeners and applications asks for besides the conformance table; Tests/ConformanceApp/MatrixRoutes.swift is the
same. Run as a program, it is a CGI script."""

import json
import sys
from pathlib import Path
from urllib.parse import parse_qs

sys.path.insert(0, str(Path(__file__).resolve().parent))

import raw  # noqa: E402

BLOCK = b"0123456789abcdef" * 4096


def application(environ, start_response):
    handler = ROUTES.get(environ["PATH_INFO"])
    if handler is not None:
        return handler(environ, start_response)
    # The rest of the table is asked for below any mount.
    return raw.application(environ | {"SCRIPT_NAME": ""}, start_response)


def facts(environ, start_response):
    body = json.dumps({
        "method": environ["REQUEST_METHOD"], "mount": environ["SCRIPT_NAME"], "path": environ["PATH_INFO"],
        "query": environ.get("QUERY_STRING", ""), "scheme": environ["wsgi.url_scheme"], "address": environ.get("REMOTE_ADDR", ""),
        "server": environ["SERVER_NAME"], "port": environ["SERVER_PORT"],
        "forwarded": environ.get("HTTP_X_FORWARDED_FOR", ""),
    })
    return raw.text(start_response, "200 OK", body)


def redirect(environ, start_response):
    (to,) = parse_qs(environ["QUERY_STRING"])["to"]
    return raw.text(start_response, "302 Found", "", [("Location", to)])


def many(environ, start_response):
    own = [value for name, value in environ.items() if name.startswith("HTTP_X_IN_")]
    fields = [(f"X-Out-{number}", f"value {number}") for number in range(60)] + [("X-Long", "y" * 3000)]
    return raw.text(start_response, "200 OK", f"{len(own)} {len(environ.get('HTTP_X_LONG', ''))}", fields)


def large(environ, start_response):
    (blocks,) = parse_qs(environ["QUERY_STRING"])["blocks"]
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(int(blocks) * len(BLOCK)))])
    return (BLOCK for _ in range(int(blocks)))


ROUTES = {"/facts": facts, "/redirect": redirect, "/many": many, "/large": large}

if __name__ == "__main__":
    from wsgiref.handlers import CGIHandler

    CGIHandler().run(application)
