"""Bodies made by `wsgi.file_wrapper`."""

import io
import os
import tempfile

import checkpoint
from routing import Routes, parameters, text

application = Routes()

CONTENT = bytes(range(256)) * 1000


class Told:
    """Passes everything on to a file and tells the test of its `close()`."""

    def __init__(self, file, name):
        self.file = file
        self.name = name

    def read(self, *size):
        return self.file.read(*size)

    def close(self):
        self.file.close()
        checkpoint.tell(self.name, "closed")


class ToldFile(Told):
    """The same with a descriptor."""

    def fileno(self):
        return self.file.fileno()

    def tell(self):
        return self.file.tell()


def regular_file():
    file = tempfile.TemporaryFile()
    file.write(CONTENT)
    file.flush()
    file.seek(0)
    return file


def pipe():
    reader, writer = os.pipe()
    os.write(writer, b"through a pipe")
    os.close(writer)
    return os.fdopen(reader, "rb")


FILES = {
    "regular": regular_file,
    "memory": lambda: io.BytesIO(CONTENT),
    "pipe": pipe,
    "text": lambda: io.StringIO("text"),
}


@application.at("/file")
def file(environ, start_response):
    query = parameters(environ)
    file = FILES[query["kind"]]()
    if "offset" in query:
        file.seek(int(query["offset"]))
    if "read" in query:
        file.read(int(query["read"]))
    told = (ToldFile if query["kind"] in ("regular", "pipe") else Told)(file, query["checkpoint"])
    length = [("Content-Length", query["length"])] if "length" in query else []
    start_response(query.get("status", "200 OK"), length)
    body = environ["wsgi.file_wrapper"](told, *([int(query["block"])] if "block" in query else []))
    if query.get("middleware") == "iterates":
        return (block for block in body)
    if query.get("middleware") == "lists":
        blocks = list(body)
        body.close()
        return blocks
    return body


@application.at("/next")
def next_request(environ, start_response):
    return text(start_response, "next")
