"""Long, slow and large bodies in both directions."""

import hashlib
import os
import time

import checkpoint
from routing import Routes, parameters, text

application = Routes()

BLOCK = 65536

given = {}
"""How many bytes each `/flood` has given so far, by name."""


def blocks(size, seed=b"martlet"):
    """Deterministic bytes that no compression or repetition could stand in for."""
    block = hashlib.shake_256(seed).digest(BLOCK)
    for number in range(-(-size // BLOCK)):
        yield (number.to_bytes(8, "big") + block[8:])[: size - number * BLOCK]


@application.at("/step-by-step")
def step_by_step(environ, start_response):
    """Gives a block only when the test has let it go on."""
    query = parameters(environ)
    start_response("200 OK", [("Content-Type", query.get("type", "text/plain"))])
    for number in range(int(query["blocks"])):
        checkpoint.reach(query["checkpoint"], str(number))
        yield b"block %d\n" % number


@application.at("/events")
def events(environ, start_response):
    """Server-sent events, one for each time that the test lets it go on."""
    start_response("200 OK", [("Content-Type", "text/event-stream"), ("Cache-Control", "no-cache")])
    for number in range(3):
        yield b"id: %d\ndata: event\n\n" % number
        checkpoint.reach(parameters(environ)["checkpoint"])


@application.at("/download")
def download(environ, start_response):
    query = parameters(environ)
    size = int(query["size"])
    length = [("Content-Length", str(size))] if "known" in query else []
    start_response("200 OK", [("Content-Type", "application/octet-stream"), *length])
    return blocks(size)


@application.at("/whole")
def whole(environ, start_response):
    """All of it in one block."""
    return text(start_response, b"x" * int(parameters(environ)["size"]))


@application.at("/breaks")
def breaks(environ, start_response):
    """Fails behind its first block."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    yield b"begun"
    raise RuntimeError("broken on purpose")


@application.at("/file")
def file(environ, start_response):
    start_response("200 OK", [])
    return environ["wsgi.file_wrapper"](open(parameters(environ)["path"], "rb"))


@application.at("/upload")
def upload(environ, start_response):
    total, digest = 0, hashlib.sha256()
    for block in iter(lambda: environ["wsgi.input"].read(BLOCK), b""):
        total += len(block)
        digest.update(block)
    return text(start_response, "%d %s" % (total, digest.hexdigest()))


@application.at("/both-ways")
def both_ways(environ, start_response):
    """Sends back what it reads while it is still being sent."""
    start_response("200 OK", [("Content-Type", "application/octet-stream")])
    for block in iter(lambda: environ["wsgi.input"].read(1000), b""):
        yield block


@application.at("/answer-then-read")
def answer_then_read(environ, start_response):
    """Sends an answer of `size` bytes and only then reads its body, whose digest ends the answer."""
    query = parameters(environ)
    length = [("Content-Length", str(int(query["size"]) + 64))] if "known" in query else []
    write = start_response("200 OK", [("Content-Type", "application/octet-stream"), *length])
    if "write" in query:
        for block in blocks(int(query["size"])):
            write(block)
    else:
        yield from blocks(int(query["size"]))
    digest = hashlib.sha256()
    for block in iter(lambda: environ["wsgi.input"].read(BLOCK), b""):
        digest.update(block)
    yield digest.hexdigest().encode()


@application.at("/flood")
def flood(environ, start_response):
    """Gives blocks as fast as they are taken, counts them, and tells the test when it is closed."""
    query = parameters(environ)
    start_response("200 OK", [("Content-Type", "application/octet-stream")])
    try:
        given[query["name"]] = 0
        for block in blocks(int(query["size"])):
            given[query["name"]] += len(block)
            yield block
    finally:
        checkpoint.tell(query["name"], "closed")


@application.at("/given")
def count(environ, start_response):
    return text(start_response, str(given.get(parameters(environ)["name"], 0)))


@application.at("/ticks")
def ticks(environ, start_response):
    """Gives a block each time that the test lets it go on, and tells the test when it is closed."""
    name = parameters(environ)["checkpoint"]
    start_response("200 OK", [("Content-Type", "text/plain")])
    try:
        while True:
            yield b"tick\n".ljust(int(parameters(environ).get("size", 0)))
            checkpoint.reach(name)
    finally:
        checkpoint.tell(name + "-closed", "closed")


@application.at("/heartbeat")
def heartbeat(environ, start_response):
    """Gives blocks without bytes until it is closed, behind `first`."""
    query = parameters(environ)
    start_response("200 OK", [("Content-Type", "text/plain")])
    try:
        if query.get("first"):
            yield query["first"].encode()
        checkpoint.tell(query["checkpoint"], "begun")
        while True:
            time.sleep(0.01)
            yield b""
    finally:
        checkpoint.tell(query["checkpoint"], "closed")


@application.at("/writes-nothing")
def writes_nothing(environ, start_response):
    """As `/heartbeat`, by `write`."""
    name = parameters(environ)["checkpoint"]
    write = start_response("200 OK", [("Content-Type", "text/plain")])
    write(b"first")
    checkpoint.tell(name, "begun")
    try:
        while True:
            time.sleep(0.01)
            write(b"")
    finally:
        checkpoint.tell(name, "closed")


@application.at("/hold")
def hold(environ, start_response):
    checkpoint.reach(parameters(environ)["checkpoint"])
    return text(start_response, "let go")


@application.at("/tells")
def tells(environ, start_response):
    checkpoint.tell(parameters(environ)["name"])
    return text(start_response, "told")


@application.at("/pid")
def pid(environ, start_response):
    return text(start_response, str(os.getpid()))
