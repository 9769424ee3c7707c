"""What a long test asks for: large and small bodies in both directions, errors, and responses that nobody reads to the end."""

import os

from routing import Routes, parameters, text

application = Routes()
BLOCK = bytes(65536)


@application.at("/hello")
def hello(environ, start_response):
    return text(start_response, "Hello World!")


@application.at("/pid")
def pid(environ, start_response):
    return text(start_response, str(os.getpid()))


@application.at("/upload")
def upload(environ, start_response):
    """Counts the bytes of the body."""
    count = 0
    while block := environ["wsgi.input"].read(65536):
        count += len(block)
    return text(start_response, str(count))


@application.at("/download")
def download(environ, start_response):
    """Generates so many bytes, with or without saying so in advance."""
    query = parameters(environ)
    blocks, rest = divmod(int(query["bytes"]), len(BLOCK))
    length = [("Content-Length", query["bytes"])] if query.get("length") == "yes" else []
    start_response("200 OK", [("Content-Type", "application/octet-stream"), *length])
    for _ in range(blocks):
        yield BLOCK
    if rest:
        yield BLOCK[:rest]


@application.at("/file")
def file(environ, start_response):
    path = parameters(environ)["path"]
    length = str(os.path.getsize(path))
    start_response("200 OK", [("Content-Type", "application/octet-stream"), ("Content-Length", length)])
    return environ["wsgi.file_wrapper"](open(path, "rb"))


@application.at("/stream")
def stream(environ, start_response):
    """A few small chunks."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    for number in range(5):
        yield b"line %d\n" % number


@application.at("/unread")
def unread(environ, start_response):
    return text(start_response, "your body does not interest me", "403 Forbidden")


@application.at("/raises")
def raises(environ, start_response):
    raise ValueError("as asked")


@application.at("/raises-inside")
def raises_inside(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    yield b"so far"
    raise ValueError("as asked")
