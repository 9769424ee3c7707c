"""Applications that look at how they are called, and one that checks the server with `wsgiref.validate`."""

import json
import warnings
from wsgiref.validate import validator

from routing import Routes, parameters, text

calls = []
"""The environs of `/kept`, so that a later request finds those of earlier ones."""


def application(*arguments, **keywords):
    environ, start_response = arguments
    if environ["PATH_INFO"] == "/arguments":
        return text(start_response, json.dumps([len(arguments), sorted(keywords), callable(start_response)]))
    return routes(environ, start_response)


def everything(environ, start_response):
    """All of environ: each key with its type's name and, for strings, its value."""
    seen = {
        key: [type(value).__name__, value if isinstance(value, str) else repr(value)] for key, value in environ.items()
    }
    return text(start_response, json.dumps(seen))


routes = Routes(default=everything)


@routes.at("/type-of-environ")
def type_of_environ(environ, start_response):
    keys = sorted({type(key).__name__ for key in environ})
    return text(start_response, json.dumps([type(environ) is dict, keys, type(environ["wsgi.version"]) is tuple]))


@routes.at("/kept")
def kept(environ, start_response):
    fresh = all(environ is not earlier for earlier in calls)
    clean = "test.mark" not in environ and environ["wsgi.url_scheme"] == "http"
    environ["test.mark"] = "left behind"
    environ["wsgi.url_scheme"] = None
    del environ["REQUEST_METHOD"]
    calls.append(environ)
    return text(start_response, json.dumps([fresh, clean]))


@routes.at("/errors")
def errors(environ, start_response):
    stream = environ["wsgi.errors"]
    name = parameters(environ)["name"]
    stream.write("write " + name + "\n")
    stream.writelines(["writelines ", name, "\n"])
    stream.write("unicode \N{SNOWMAN} \N{BIRD} \ud800 " + name + "\n")
    stream.flush()
    print("print", name, file=stream)
    stream.flush()
    return text(start_response, "written")


@routes.at("/read-all")
def read_all(environ, start_response):
    return text(start_response, environ["wsgi.input"].read())


@routes.at("/early-errors")
def early_errors(environ, start_response):
    environ["wsgi.errors"].write("unfinished " + parameters(environ)["name"])
    return text(start_response, "written")


def plain(environ, start_response):
    """Reads its body in the ways that the validator allows and answers with it."""
    source = environ["wsgi.input"]
    body = source.readline() + source.read(5) + b"".join(source.readlines(10)) + b"".join(source)
    environ["wsgi.errors"].write("validated\n")
    environ["wsgi.errors"].flush()
    path = environ["PATH_INFO"]
    if path == "/written":
        write = start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
        write(body)
        return []
    if path == "/streamed":
        start_response("200 OK", [("Content-Type", "text/plain")])
        return (body[at : at + 7] for at in range(0, len(body), 7))
    if path == "/failed":
        raise ValueError("as asked")
    if path == "/nothing":
        start_response("204 No Content", [])
        return [b""]
    return text(start_response, body)


def validated(environ, start_response):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return validator(plain)(environ, start_response)
