"""Answers with what the application was given, as JSON, and shows the cases of framing."""

import json

import checkpoint
from routing import Routes, parameters, text


def echo(environ, start_response):
    body = environ["wsgi.input"].read()
    seen = {name: value for name, value in environ.items() if isinstance(value, str)}
    answer = json.dumps({"environ": seen, "body": body.decode("latin-1")})
    return text(start_response, answer, headers=[("X-Application", "echo")])


application = Routes(default=echo)


@application.at("/ignores-the-body")
def ignores_the_body(environ, start_response):
    return text(start_response, "not read")


@application.at("/reads-three-bytes")
def reads_three_bytes(environ, start_response):
    return text(start_response, environ["wsgi.input"].read(3))


@application.at("/waits-before-reading")
def waits_before_reading(environ, start_response):
    checkpoint.reach(parameters(environ)["checkpoint"])
    return text(start_response, environ["wsgi.input"].read())


@application.at("/reads-twice")
def reads_twice(environ, start_response):
    first = environ["wsgi.input"].read(2)
    checkpoint.reach(parameters(environ)["checkpoint"], first.decode())
    return text(start_response, first + environ["wsgi.input"].read())


@application.at("/unknown-length")
def unknown_length(environ, start_response):
    """Waits after the first block, so that the server cannot know how much there is."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    yield b"one"
    if "checkpoint" in parameters(environ):
        checkpoint.reach(parameters(environ)["checkpoint"])
    yield b"two"
    yield b"three"


@application.at("/no-content")
def no_content(environ, start_response):
    start_response("204 No Content", [])
    return []


@application.at("/not-modified")
def not_modified(environ, start_response):
    start_response("304 Not Modified", [("ETag", '"1"')])
    return []
