"""Applications with every kind of body."""

import checkpoint
from routing import Routes, parameters, text

application = Routes()

PLAIN = [("Content-Type", "text/plain")]


def body(path, length=None):
    """Adds an application that answers 200 with what the function returns."""

    def add(function):
        @application.at(path)
        def answer(environ, start_response):
            start_response("200 OK", PLAIN + ([("Content-Length", str(length))] if length is not None else []))
            return function()

        return function

    return add


class Iterable:
    """Iterable by `__iter__` alone."""

    def __init__(self, blocks):
        self.blocks = blocks

    def __iter__(self):
        return iter(self.blocks)


class OldIterable:
    """Iterable by `__getitem__` alone."""

    def __init__(self, blocks):
        self.blocks = blocks

    def __getitem__(self, index):
        return self.blocks[index]


class LyingLength(Iterable):
    def __len__(self):
        return 1


class BadLength(Iterable):
    def __len__(self):
        raise RuntimeError("len() is none of the server's business")


class Block(bytes):
    pass


body("/list")(lambda: [b"one ", b"two"])
body("/tuple")(lambda: (b"one ", b"two"))
body("/generator")(lambda: (block for block in (b"one ", b"two")))
body("/iterable")(lambda: Iterable([b"one ", b"two"]))
body("/old-iterable")(lambda: OldIterable([b"one ", b"two"]))
body("/set")(lambda: {b"one two"})
body("/dict-keys")(lambda: {b"one two": None}.keys())
body("/iterator")(lambda: iter([b"one ", b"two"]))
body("/bytes")(lambda: b"one two")
body("/subclass-of-bytes")(lambda: [Block(b"one "), Block(b"two")])
body("/empty-blocks")(lambda: [b"", b"one ", b"", b"", b"two", b""])
body("/lying-len")(lambda: LyingLength([b"one ", b"two"]))
body("/bad-len")(lambda: BadLength([b"one ", b"two"]))

body("/empty-list")(lambda: [])
body("/empty-generator")(lambda: iter(()))
body("/empty-bytes")(lambda: b"")
body("/only-empty-blocks")(lambda: [b"", b""])

body("/one-block")(lambda: [b"one block"])
body("/text-block")(lambda: ["text"])
body("/int-block")(lambda: [1])
body("/none-block")(lambda: [None])
body("/bytearray-block")(lambda: [bytearray(b"bytearray")])
body("/text")(lambda: "text")
body("/none")(lambda: None)
body("/number")(lambda: 7)
body("/second-block-is-text")(lambda: iter([b"first", "second"]))

body("/exact-length", 7)(lambda: [b"one ", b"two"])
body("/too-long", 7)(lambda: [b"one ", b"two", b" three"])
body("/too-long-in-one-block", 7)(lambda: [b"one two three"])
body("/too-short", 100)(lambda: [b"one ", b"two"])
body("/short-and-empty", 100)(lambda: [])
body("/zero-length", 0)(lambda: [])
body("/zero-length-with-body", 0)(lambda: [b"too much"])
body("/large")(lambda: [b"x" * 3_000_000])
body("/many-small-blocks")(lambda: (b"%d\n" % number for number in range(20_000)))


@application.at("/endless-with-length")
def endless_with_length(environ, start_response):
    """Goes on for ever; only a server that stops at Content-Length ever closes it."""
    start_response("200 OK", [("Content-Length", "5")])
    try:
        while True:
            yield b"ab"
    finally:
        checkpoint.tell(parameters(environ)["checkpoint"])


@application.at("/long-write")
def long_write(environ, start_response):
    start_response("200 OK", [("Content-Length", "3")])(b"abcdef")
    return []


@application.at("/status")
def status(environ, start_response):
    """Answers with a body whatever the status is."""
    start_response(parameters(environ)["line"], PLAIN)
    return [b"a body that must not be sent"]


@application.at("/head")
def head(environ, start_response):
    """The same for GET and HEAD, and tells the test how far the iteration came."""
    name = parameters(environ)["checkpoint"]
    start_response("200 OK", [("Content-Length", "7")])
    try:
        yield b"one "
        yield b"two"
        checkpoint.tell(name, "whole")
    finally:
        checkpoint.tell(name, "closed")


@application.at("/next")
def next_request(environ, start_response):
    return text(start_response, "next")
