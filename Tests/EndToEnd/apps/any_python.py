"""An application that runs on every Python that Martlet supports and needs no package."""

import json
import platform
import sys


def application(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/raises":
        raise ValueError("raised by " + platform.python_version())
    if path == "/echo":
        body = environ["wsgi.input"].read()
        start_response("200 OK", [("Content-Length", str(len(body)))])
        return [body]
    if path == "/reads-again":
        source = environ["wsgi.input"]
        facts = [len(source.read()), source.seek(0), sum(map(len, source)), source.tell(), source.seekable()]
        answer = json.dumps(facts).encode()
        start_response("200 OK", [("Content-Length", str(len(answer)))])
        return [answer]
    if path == "/stream":
        start_response("200 OK", [("Content-Type", "text/plain")])
        return (b"%d\n" % number for number in range(1000))
    if path == "/write":
        write = start_response("200 OK", [("Content-Type", "text/plain")])
        write(b"written")
        return []
    answer = json.dumps([platform.python_version(), sys.executable, platform.python_implementation()]).encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(answer)))])
    return [answer]
