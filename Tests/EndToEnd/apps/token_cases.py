"""Every request carries a token, and every answer is made of it: an answer of somebody else's request shows."""

import hashlib
import os
import time

from routing import Routes, parameters, text

application = Routes()
_served = os.open(
    os.path.join(os.environ["TOKENS"], str(os.getpid())), os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600
)


def token(environ):
    """Notes that the request was run: one that is run twice shows as well."""
    value = parameters(environ)["token"]
    os.write(_served, value.encode() + b"\n")
    return value.encode()


@application.at("/pid")
def pid(environ, start_response):
    return text(start_response, str(os.getpid()))


@application.at("/echo")
def echo(environ, start_response):
    return text(start_response, token(environ))


@application.at("/upload")
def upload(environ, start_response):
    own = token(environ)
    digest, count = hashlib.sha256(), 0
    for block in iter(lambda: environ["wsgi.input"].read(16384), b""):
        digest.update(block)
        count += len(block)
    return text(start_response, own + b" %d %s" % (count, digest.hexdigest().encode()))


@application.at("/large")
def large(environ, start_response):
    own = token(environ)
    count = int(parameters(environ)["count"])
    start_response("200 OK", [("Content-Length", str(count * len(own)))])
    return [own * count]


@application.at("/stream")
def stream(environ, start_response):
    own = token(environ)
    start_response("200 OK", [("Content-Type", "text/plain")])
    for _ in range(int(parameters(environ)["count"])):
        yield own
        time.sleep(0.001)


@application.at("/both")
def both(environ, start_response):
    """Answers with the body as it reads it."""
    own = token(environ)
    start_response("200 OK", [("Content-Type", "application/octet-stream")])
    yield own
    for block in iter(lambda: environ["wsgi.input"].read(8192), b""):
        yield block


@application.at("/unread")
def unread(environ, start_response):
    return text(start_response, token(environ))
