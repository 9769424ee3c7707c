"""Notes every request, and shows what it was given. `/seen` tells what was noted since it was last asked."""

import json
from urllib.parse import parse_qsl

from routing import Routes, text

SEEN = []


def note(environ, start_response):
    SEEN.append(f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}")
    return routes(environ, start_response)


application = Routes(default=note)


def echo(environ, start_response):
    body = environ["wsgi.input"].read()
    given = {name: value for name, value in environ.items() if isinstance(value, str)}
    return text(start_response, json.dumps({"environ": given, "body": body.decode("latin-1")}))


routes = Routes(default=echo)


@application.at("/seen")
def seen(environ, start_response):
    answer = json.dumps(SEEN)
    SEEN.clear()
    return text(start_response, answer)


@routes.at("/answer")
def answer(environ, start_response):
    """Sends a field or a status as the query has them."""
    query = dict(parse_qsl(environ["QUERY_STRING"], encoding="latin-1"))
    field = [(query["name"], query["value"])] if "name" in query else []
    start_response(query.get("status", "200 OK"), [*field, ("Content-Length", "6")])
    return [b"answer"]


@routes.at("/length")
def length(environ, start_response):
    return text(start_response, f"{len(environ['wsgi.input'].read())} bytes")


@routes.at("/ignores")
def ignores(environ, start_response):
    return text(start_response, "not read")
