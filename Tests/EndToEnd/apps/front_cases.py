"""What servers in front are tested with: environ and body as JSON, and answers of each kind."""

import hashlib
import json
import tempfile

from routing import Routes, parameters, text
from streaming_cases import blocks


def everything(environ, start_response):
    body = environ["wsgi.input"].read()
    seen = {name: value for name, value in environ.items() if isinstance(value, str)}
    return text(start_response, json.dumps({"environ": seen, "body": body.decode("latin-1")}))


application = Routes(default=everything)


@application.at("/file")
def file(environ, start_response):
    size = int(parameters(environ)["size"])
    stored = tempfile.TemporaryFile()
    stored.writelines(blocks(size))
    stored.seek(0)
    start_response("200 OK", [("Content-Type", "application/octet-stream"), ("Content-Length", str(size))])
    return environ["wsgi.file_wrapper"](stored)


@application.at("/stream")
def stream(environ, start_response):
    size = int(parameters(environ)["size"])
    start_response("200 OK", [("Content-Type", "application/octet-stream")])
    return blocks(size)


@application.at("/status")
def status(environ, start_response):
    code = parameters(environ)["code"]
    headers = [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")]
    if code == "302":
        headers.append(("Location", "/elsewhere"))
    if code not in ("204", "304"):
        headers.append(("Content-Type", "text/plain"))
    start_response(f"{code} As Asked", headers)
    return [] if code in ("204", "304") else [b"as asked"]


@application.at("/digest")
def digest(environ, start_response):
    size, sha = 0, hashlib.sha256()
    while piece := environ["wsgi.input"].read(65_536):
        size += len(piece)
        sha.update(piece)
    return text(start_response, f"{size} {sha.hexdigest()}")


@application.at("/breaks")
def breaks(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])

    def body():
        yield b"one" * 10_000
        raise RuntimeError("as asked")

    return body()


@application.at("/unread")
def unread(environ, start_response):
    return text(start_response, "not read")
