"""Applications for a response cache: they answer as their query says, and count how often they are called."""

import threading
from collections import Counter

import checkpoint
from flask import Flask, make_response, request
from routing import parameters

calls = Counter()
lock = threading.Lock()
broken = set()
held = set()


def count(key):
    with lock:
        calls[key] += 1
        return calls[key]


def app(environ, start_response):
    """`cc`: Cache-Control; other parameters are fields of the answer. The body says which call of this path it is."""
    path, wanted = environ["PATH_INFO"], parameters(environ)
    if path == "/calls":
        start_response("200 OK", [("Content-Type", "text/plain"), ("Cache-Control", "no-store")])
        return [str(calls[wanted["of"]]).encode()]
    if environ["REQUEST_METHOD"] == "POST":
        for name, names in (("broken", broken), ("held", held)):
            if name in wanted:
                (names.add if wanted[name] == "1" else names.discard)(path)
        start_response("204 No Content", [])
        return []
    number = count(path)
    if path in held:
        checkpoint.reach(path, str(number))
    if path in broken:
        start_response("503 Service Unavailable", [("Content-Type", "text/plain")])
        return [b"broken"]
    fields = [("Content-Type", "text/plain; charset=utf-8")]
    names = {"cc": "Cache-Control", "vary": "Vary", "etag": "ETag", "cookie": "Set-Cookie"}
    fields += [(names[name], value) for name, value in wanted.items() if name in names]
    if wanted.get("etag") and environ.get("HTTP_IF_NONE_MATCH") == wanted["etag"]:
        start_response("304 Not Modified", fields)
        return []
    start_response("200 OK", fields)
    if "size" in wanted:
        return stream(number, int(wanted["size"]))
    if "holds-inside" in wanted:
        return stream_held(path, number)
    language = environ.get("HTTP_ACCEPT_LANGUAGE", "")
    return [f"call {number} {language} {environ.get('REMOTE_USER', '')}".strip().encode()]


def stream(number, size):
    yield f"call {number} ".encode()
    piece = b"x" * 10_000
    for _ in range(size // len(piece)):
        yield piece


def stream_held(path, number):
    yield f"call {number}, ".encode()
    checkpoint.reach(path, "inside")
    yield b"and more"


flask = Flask(__name__)


@flask.get("/page")
def page():
    response = make_response(f"call {count('flask')} {request.args.get('q', '')} " + "word " * 1000)
    response.cache_control.public = True
    response.cache_control.max_age = 60
    response.add_etag()
    return response


@flask.get("/session")
def session():
    response = make_response(f"call {count('session')}")
    response.set_cookie("who", "anna")
    response.cache_control.max_age = 60
    return response
