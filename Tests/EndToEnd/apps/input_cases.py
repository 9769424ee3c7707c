"""Applications that read their body in every way; what they read is answered as JSON, as Latin-1."""

import hashlib
import json

import checkpoint
from routing import Routes, parameters, text

application = Routes()


@application.at("/script")
def script(environ, start_response):
    """Runs the calls named in the query, such as `read(5) readline() iterate`, and answers with their results."""
    source = environ["wsgi.input"]
    results = [call(source, step) for step in parameters(environ)["calls"].split(" ")]
    return text(start_response, json.dumps(results))


def call(source, step):
    if step == "iterate":
        return [line.decode("latin-1") for line in source]
    if step == "next":
        return next(iter(source)).decode("latin-1")
    name, _, argument = step.rstrip(")").partition("(")
    arguments = [None if one == "None" else int(one) for one in argument.split(",") if one]
    result = getattr(source, name)(*arguments)
    if isinstance(result, (int, bool)):
        return result
    if isinstance(result, list):
        return [line.decode("latin-1") for line in result]
    return result.decode("latin-1")


@application.at("/wait-then-read")
def wait_then_read(environ, start_response):
    """Reads 4 bytes, lets the test know, and reads 4 more."""
    name = parameters(environ)["checkpoint"]
    source = environ["wsgi.input"]
    first = source.read(4)
    checkpoint.reach(name, first.decode())
    return text(start_response, first + source.read(4))


@application.at("/line-by-line")
def line_by_line(environ, start_response):
    """Lets the test know of every line before it asks for the next; answers with them, and with `length` how long the body was."""
    lines = []
    for line in environ["wsgi.input"]:
        lines.append(line)
        checkpoint.reach(parameters(environ)["checkpoint"], line.decode())
    if "length" in parameters(environ):
        terminated = ", terminated" if environ["wsgi.input_terminated"] else ""
        lines.append(b"%s%s" % (str(environ.get("CONTENT_LENGTH")).encode(), terminated.encode()))
    return text(start_response, b"|".join(lines))


@application.at("/error-of-read")
def error_of_read(environ, start_response):
    """Tells the test what reading everything ended with."""
    name = parameters(environ)["checkpoint"]
    read = getattr(environ["wsgi.input"], parameters(environ).get("method", "read"))
    try:
        result = read()
    except OSError as error:
        checkpoint.tell(name, "OSError " + type(error).__name__)
        raise
    except BaseException as error:
        checkpoint.tell(name, "other error " + type(error).__name__)
        raise
    checkpoint.tell(name, "no error " + repr(result))
    return text(start_response, "read")


@application.at("/error-of-second-read")
def error_of_second_read(environ, start_response):
    """Reads 4 bytes, lets the test know, and tells it what reading the rest ended with."""
    name = parameters(environ)["checkpoint"]
    checkpoint.reach(name, environ["wsgi.input"].read(4).decode())
    return error_of_read(environ, start_response)


class OwnError(Exception):
    pass


@application.at("/lets-it-through")
def lets_it_through(environ, start_response):
    """Does with an error of a read what applications do with it. Before that it says that it reads."""
    query = parameters(environ)
    source = environ["wsgi.input"]
    start_response("200 OK", [])
    if query["how"] == "in the iteration":
        yield source.read()
    try:
        body = source.read() if query["how"] != "line by line" else list(source)
    except OSError as error:
        if query["how"] == "from":
            raise OwnError("the body is not readable") from error
        if query["how"] == "while handling":
            raise OwnError("the body is not readable")
        raise
    yield b"%d" % len(body)


@application.at("/fails-otherwise")
def fails_otherwise(environ, start_response):
    """Swallows the error of a read and has one of its own."""
    try:
        environ["wsgi.input"].read()
    except OSError:
        pass
    raise OwnError("of the application's own")


@application.at("/reads-all")
def reads_all(environ, start_response):
    return text(start_response, str(len(environ["wsgi.input"].read())))


@application.at("/reads-a-line")
def reads_a_line(environ, start_response):
    return text(start_response, str(len(environ["wsgi.input"].readline())))


@application.at("/late-read")
def late_read(environ, start_response):
    """Reads while the response is on its way."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    yield b"before "
    yield environ["wsgi.input"].read()
    yield b" after"


@application.at("/digest")
def digest(environ, start_response):
    total, sum_of_body = 0, hashlib.sha256()
    while True:
        block = environ["wsgi.input"].read(65536)
        if not block:
            break
        total += len(block)
        sum_of_body.update(block)
    return text(start_response, "%d %s" % (total, sum_of_body.hexdigest()))
