"""Bodies with a `close()`, which tells the test each time that it is called."""

import checkpoint
from routing import Routes, parameters, text

application = Routes()


class Body:
    """Iterates over its blocks and tells of its `close()`. Its iterator has another, which is not to be called."""

    def __init__(self, name, blocks):
        self.name = name
        self.blocks = blocks

    def __iter__(self):
        return Iterator(self.name, self.blocks)

    def close(self):
        checkpoint.tell(self.name, "close of body")


class Iterator:
    def __init__(self, name, blocks):
        self.name = name
        self.blocks = iter(blocks)

    def __iter__(self):
        return self

    def __next__(self):
        block = next(self.blocks)
        if isinstance(block, Exception):
            raise block
        return block

    def close(self):
        checkpoint.tell(self.name, "close of iterator")


class FailingClose(Body):
    def close(self):
        super().close()
        raise ValueError("close() failed on purpose")


class NoIterator(Body):
    def __iter__(self):
        raise ValueError("no iterator on purpose")


CASES = {
    "success": lambda name: Body(name, [b"one ", b"two"]),
    "one-block": lambda name: Body(name, [b"one two"]),
    "empty": lambda name: Body(name, []),
    "error-at-first": lambda name: Body(name, [ValueError("at first")]),
    "error-later": lambda name: Body(name, [b"one ", ValueError("later")]),
    "text-block": lambda name: Body(name, ["text"]),
    "no-iterator": lambda name: NoIterator(name, []),
    "failing-close": lambda name: FailingClose(name, [b"one ", b"two"]),
    "too-long": lambda name: Body(name, [b"one ", b"two", b"three", b"four"]),
    "too-short": lambda name: Body(name, [b"one"]),
}


@application.at("/case")
def case(environ, start_response):
    query = parameters(environ)
    length = [("Content-Length", query["length"])] if "length" in query else []
    start_response(query.get("status", "200 OK"), length)
    return CASES[query["case"]](query["checkpoint"])


@application.at("/no-start-response")
def no_start_response(environ, start_response):
    return Body(parameters(environ)["checkpoint"], [b"body"])


@application.at("/generator")
def generator(environ, start_response):
    """The generator's own close(): its `finally` runs, once."""
    start_response("200 OK", [])
    try:
        yield b"one "
        yield b"two"
    finally:
        checkpoint.tell(parameters(environ)["checkpoint"], "close of body")


@application.at("/next")
def next_request(environ, start_response):
    return text(start_response, "next")
