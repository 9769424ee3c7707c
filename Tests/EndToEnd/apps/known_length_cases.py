"""Answers that announce their length and are made slowly, or are not as long as they say, or go on after their end."""

import checkpoint
from routing import Routes, parameters, text

application = Routes()


def announced(start_response, length):
    return start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(length))])


@application.at("/pieces")
def pieces(environ, start_response):
    """Five blocks; each is made when the test lets it."""
    name = parameters(environ)["checkpoint"]
    announced(start_response, 5)
    for number in range(5):
        checkpoint.reach(name, str(number))
        yield b"%d" % number


@application.at("/written-pieces")
def written_pieces(environ, start_response):
    """The same by `write`."""
    name = parameters(environ)["checkpoint"]
    write = announced(start_response, 5)
    for number in range(5):
        checkpoint.reach(name, str(number))
        write(b"%d" % number)
    return []


class Pieces:
    """An iterator with nothing but what PEP 3333 asks for."""

    def __init__(self, name):
        self.name = name
        self.number = 0

    def __iter__(self):
        return self

    def __next__(self):
        if self.number == 5:
            raise StopIteration
        checkpoint.reach(self.name, str(self.number))
        self.number += 1
        return b"%d" % (self.number - 1)


@application.at("/iterated-pieces")
def iterated_pieces(environ, start_response):
    announced(start_response, 5)
    return Pieces(parameters(environ)["checkpoint"])


@application.at("/after")
def after(environ, start_response):
    """Runs on after its last block, and tells the test so. `blocks` are their sizes, `length` what was announced."""
    query = parameters(environ)
    announced(start_response, int(query["length"]))
    try:
        for size in query["blocks"].split(","):
            yield b"x" * int(size)
        checkpoint.tell(query["checkpoint"], "after the last block")
    finally:
        checkpoint.tell(query["checkpoint"], "finally")


@application.at("/no-body")
def no_body(environ, start_response):
    """Gives blocks where its status has no body, and tells the test when it has come to its end."""
    query = parameters(environ)
    start_response(query["status"], [("Content-Type", "text/plain")])
    for block in (b"one", b"", b"two"):
        yield block
    checkpoint.tell(query["checkpoint"], "after the last block")


@application.at("/held-after")
def held_after(environ, start_response):
    """Its answer is whole before it goes on."""
    announced(start_response, int(parameters(environ).get("length", 5)))
    yield b"whole"
    checkpoint.reach(parameters(environ)["checkpoint"])


@application.at("/fails-after")
def fails_after(environ, start_response):
    announced(start_response, 5)
    yield b"whole"
    raise ValueError("after the last block, on purpose")


@application.at("/reads-after")
def reads_after(environ, start_response):
    """Reads its input when its answer is whole."""
    announced(start_response, 5)
    yield b"whole"
    checkpoint.tell(parameters(environ)["checkpoint"], environ["wsgi.input"].read().decode())


@application.at("/too-long-list")
def too_long_list(environ, start_response):
    announced(start_response, 5)
    return [b"who", b"le and", b" more"]


@application.at("/next")
def next_request(environ, start_response):
    return text(start_response, "next")
