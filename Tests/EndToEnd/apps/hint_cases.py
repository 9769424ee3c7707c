"""Applications that send early hints."""

import json

import checkpoint
from routing import Routes, parameters, text

application = Routes()
LINK = ("Link", "</style.css>; rel=preload; as=style")


@application.at("/hint")
def hint(environ, start_response):
    """Waits, where a checkpoint is named, so that the test sees the hint before the answer."""
    environ["wsgi.early_hints"]([LINK, ("X-Latin", "\xe9")])
    if "checkpoint" in parameters(environ):
        checkpoint.reach(parameters(environ)["checkpoint"])
    return text(start_response, "answer", headers=[LINK])


@application.at("/several")
def several(environ, start_response):
    for number in range(3):
        environ["wsgi.early_hints"]([("Link", "</%d>; rel=preload" % number)])
    return text(start_response, "answer")


@application.at("/none")
def none(environ, start_response):
    environ["wsgi.early_hints"]([])
    return text(start_response, "answer")


@application.at("/too-late")
def too_late(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    yield b"first "
    environ["wsgi.early_hints"]([LINK])
    yield b"second"


@application.at("/flood")
def flood(environ, start_response):
    for _ in range(5000):
        environ["wsgi.early_hints"]([("Link", "x" * 1000)])
    return text(start_response, "answer")


REFUSED = {
    "line-break": [("Link", "a\r\nSet-Cookie: b")],
    "name": [("Li nk", "a")],
    "connection": [("Connection", "close")],
    "bytes": [(b"Link", b"a")],
    "pairs": [("Link",)],
    "list": (LINK,),
    "large": [("Link", "x" * 17000)],
    "not-latin": [("Link", "\u20ac")],
}


@application.at("/refused")
def refused(environ, start_response):
    try:
        environ["wsgi.early_hints"](REFUSED[parameters(environ)["case"]])
    except (TypeError, ValueError) as error:
        return text(start_response, type(error).__name__ + ": " + str(error))
    return text(start_response, "accepted")


kept = []


@application.at("/keep")
def keep(environ, start_response):
    kept.append(environ["wsgi.early_hints"])
    return text(start_response, "kept")


@application.at("/call-kept")
def call_kept(environ, start_response):
    try:
        kept[0]([LINK])
    except RuntimeError as error:
        return text(start_response, str(error))
    return text(start_response, "accepted")


@application.at("/offered")
def offered(environ, start_response):
    return text(start_response, json.dumps([name for name in ("wsgi.early_hints", "werkzeug.socket") if name in environ]))
