"""Bodies by their size, and files."""

import hashlib

from routing import Routes, text

application = Routes()


@application.at("/bytes")
def zeros(environ, start_response):
    size = int(environ["QUERY_STRING"])
    start_response("200 OK", [("Content-Type", "application/octet-stream"), ("Content-Length", str(size))])
    return [bytes(size)]


@application.at("/digest")
def digest(environ, start_response):
    digest = hashlib.sha256()
    while block := environ["wsgi.input"].read(1 << 20):
        digest.update(block)
    return text(start_response, digest.hexdigest())


@application.at("/file")
def file(environ, start_response):
    start_response("200 OK", [("Content-Type", "application/octet-stream")])
    return environ["wsgi.file_wrapper"](open(environ["QUERY_STRING"], "rb"))
