"""Applications that send what is about the connection, or call `start_response` in ways that other servers take."""

import json

from routing import Routes, parameters, text

application = Routes()

BODY = b"answered"


@application.at("/headers")
def headers(environ, start_response):
    """Sends the headers of the query, which are JSON, as they are."""
    fields = json.loads(parameters(environ)["headers"])
    start_response("200 OK", [("X-First", "1"), *map(tuple, fields), ("Content-Length", "8"), ("X-Last", "2")])
    return [BODY]


@application.at("/stream")
def stream(environ, start_response):
    """Server-sent events as most recipes write them."""
    start_response("200 OK", [("Content-Type", "text/event-stream"), ("Connection", "keep-alive")])
    yield b"data: one\n\n"
    yield b"data: two\n\n"


@application.at("/lists")
def lists(environ, start_response):
    start_response("200 OK", [["Content-Type", "text/plain"], ["Content-Length", "8"], ("X-Pair", "tuple")])
    return [BODY]


class Fields(list):
    pass


class Field(tuple):
    pass


@application.at("/subclasses")
def subclasses(environ, start_response):
    start_response("200 OK", Fields([Field(("Content-Length", "8")), Fields(["X-Pair", "list"])]))
    return [BODY]


FIELDS = [("Content-Length", "8")]
CALLS = {
    "status": lambda call: call(status="200 OK", headers=FIELDS),
    "headers": lambda call: call("200 OK", headers=FIELDS),
    "response_headers": lambda call: call(status="200 OK", response_headers=FIELDS),
    "all": lambda call: call(status="200 OK", headers=FIELDS, exc_info=None),
    "order": lambda call: call(exc_info=None, response_headers=FIELDS, status="200 OK"),
    "by position": lambda call: call("200 OK", FIELDS, None),
    "nothing": lambda call: call(),
    "no headers": lambda call: call(status="200 OK"),
    "unknown": lambda call: call("200 OK", FIELDS, reason="OK"),
    "twice": lambda call: call("200 OK", FIELDS, status="200 OK"),
    "four": lambda call: call("200 OK", FIELDS, None, None),
}


@application.at("/called")
def called(environ, start_response):
    try:
        CALLS[parameters(environ)["by"]](start_response)
    except TypeError as error:
        # A call that is refused has not begun the answer.
        return text(start_response, "TypeError: " + str(error))
    return [BODY]


@application.at("/reason")
def reason(environ, start_response):
    """A status with a reason of `size` letters, and a token that must not come back to another."""
    query = parameters(environ)
    start_response("200 " + query.get("letter", "Z") * int(query["size"]), [])
    return [query["token"].encode()]


@application.at("/echo")
def echo(environ, start_response):
    return text(start_response, parameters(environ)["token"])
