"""Requests of the tests of `martlet cgi`."""

import itertools
import json
import os


def application(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/echo":
        body = environ["wsgi.input"].read()
    elif path == "/flags":
        body = json.dumps({name: environ[name] for name in ("wsgi.run_once", "wsgi.multithread", "wsgi.multiprocess")}).encode()
    elif path == "/variables":
        body = json.dumps(dict(os.environ)).encode()
    elif path == "/print":
        print("printed by a view", flush=True)
        body = b"answered"
    elif path == "/endless":
        start_response("200 OK", [("Content-Type", "text/plain")])
        return itertools.repeat(b"0123456789abcdef" * 64)
    else:
        body = b"nothing"
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]
