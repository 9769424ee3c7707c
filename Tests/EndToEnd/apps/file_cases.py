"""Applications that answer with `wsgi.file_wrapper`: one for each kind of file and each way to use it.

The query says which file and how: `path`, `skip` (bytes that are read before), `length` (the Content-Length), `block`.
"""

import gzip
import io
import os
import tempfile

import checkpoint
from routing import Routes, parameters, text

application = Routes()


class Counted:
    """Passes everything on to a file and tells the test of `close` and of the sizes that are asked for."""

    def __init__(self, file, name):
        self.file = file
        self.name = name

    @property
    def read(self):
        return self.file.read

    def close(self):
        if isinstance(self.file, io.IOBase):
            self.file.close()
        if self.name:
            checkpoint.tell(self.name, "closed")


def respond(environ, start_response, file, status="200 OK"):
    """Wraps the file as the query says."""
    query = parameters(environ)
    headers = [("Content-Type", "application/octet-stream")]
    if "length" in query:
        headers.append(("Content-Length", query["length"]))
    start_response(query.get("status", status), headers)
    arguments = [int(query["block"])] if "block" in query else []
    return environ["wsgi.file_wrapper"](Counted(file, query.get("checkpoint")), *arguments)


@application.at("/buffered")
def buffered(environ, start_response):
    """open(): what is skipped is read through the buffer, which reads ahead."""
    query = parameters(environ)
    file = open(query["path"], "rb")
    file.read(int(query.get("skip", 0)))
    return respond(environ, start_response, file)


@application.at("/plain")
def plain(environ, start_response):
    """The file itself, without anything around it."""
    file = open(parameters(environ)["path"], "rb")
    start_response("200 OK", [])
    return environ["wsgi.file_wrapper"](file)


@application.at("/unbuffered")
def unbuffered(environ, start_response):
    query = parameters(environ)
    file = open(query["path"], "rb", buffering=0)
    file.seek(int(query.get("skip", 0)))
    return respond(environ, start_response, file)


@application.at("/temporary")
def temporary(environ, start_response):
    """A named temporary file with bytes that have not been flushed."""
    query = parameters(environ)
    file = tempfile.NamedTemporaryFile()
    file.write(b"x" * 5 + b"temporary" * int(query["times"]))
    file.seek(0)
    file.read(5)
    start_response("200 OK", [])
    return environ["wsgi.file_wrapper"](file)


@application.at("/unflushed")
def unflushed(environ, start_response):
    file = open(parameters(environ)["path"], "r+b")
    file.seek(10)
    file.write(b"written")
    return respond(environ, start_response, file)


@application.at("/memory")
def memory(environ, start_response):
    return respond(environ, start_response, io.BytesIO(b"memory" * 50000))


@application.at("/gzip")
def compressed(environ, start_response):
    """Has a fileno(), but that is the compressed file's."""
    return respond(environ, start_response, gzip.open(parameters(environ)["path"], "rb"))


@application.at("/text")
def text_mode(environ, start_response):
    return respond(environ, start_response, open(parameters(environ)["path"], encoding="latin-1"))


@application.at("/pipe")
def pipe(environ, start_response):
    reading, writing = os.pipe()
    os.write(writing, b"from a pipe")
    os.close(writing)
    return respond(environ, start_response, open(reading, "rb"))


@application.at("/write-only")
def write_only(environ, start_response):
    return respond(environ, start_response, open(parameters(environ)["path"], "ab"))


@application.at("/closed")
def closed(environ, start_response):
    file = open(parameters(environ)["path"], "rb")
    file.close()
    return respond(environ, start_response, file)


@application.at("/blocks")
def blocks(environ, start_response):
    """Answers with the sizes that the wrapper asks for, one a block."""

    class Sizes:
        left = 3

        def read(self, size):
            self.left -= 1
            return b"%d " % size if self.left >= 0 else b""

    return respond(environ, start_response, Sizes())


@application.at("/failing")
def failing(environ, start_response):
    class Failing:
        def __init__(self, blocks):
            self.blocks = blocks

        def read(self, size):
            self.blocks -= 1
            if self.blocks < 0:
                raise OSError("the disk is on fire")
            return b"block"

    return respond(environ, start_response, Failing(int(parameters(environ)["blocks"])))


@application.at("/iterated")
def iterated(environ, start_response):
    """Middleware that looks at every block."""
    wrapper = buffered(environ, start_response)
    try:
        for block in wrapper:
            yield block.swapcase()
    finally:
        wrapper.close()


@application.at("/listed")
def listed(environ, start_response):
    """Middleware that takes all blocks at once."""
    wrapper = buffered(environ, start_response)
    blocks = list(wrapper)
    wrapper.close()
    return blocks


@application.at("/own-read")
def own_read(environ, start_response):
    """Has the descriptor and the position of a file, and a `read` of its own."""

    class Upper:
        def __init__(self, file):
            self.file = file
            self.fileno, self.tell, self.close = file.fileno, file.tell, file.close

        def read(self, size=-1):
            return self.file.read(size).swapcase()

    start_response("200 OK", [])
    return environ["wsgi.file_wrapper"](Upper(open(parameters(environ)["path"], "rb")))


@application.at("/wrapped")
def wrapped(environ, start_response):
    """Middleware that returns an object of its own around the wrapper."""

    class Around:
        def __init__(self, inner):
            self.inner = inner
            self.close = inner.close

        def __iter__(self):
            return iter(self.inner)

    return Around(buffered(environ, start_response))


@application.at("/after-write")
def after_write(environ, start_response):
    write = start_response("200 OK", [])
    write(b"written first, ")
    return environ["wsgi.file_wrapper"](open(parameters(environ)["path"], "rb"))


@application.at("/without-start")
def without_start(environ, start_response):
    return environ["wsgi.file_wrapper"](open(parameters(environ)["path"], "rb"))


@application.at("/hello")
def hello(environ, start_response):
    return text(start_response, "hello")
