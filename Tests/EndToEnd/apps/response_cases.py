"""Applications that call `start_response` in every right and wrong way.

Those that are expected to be stopped by an exception of `start_response` or `write` tell the test which one it was.
"""

import sys

import checkpoint
from routing import Routes, parameters, text

application = Routes()

PLAIN = [("Content-Type", "text/plain")]

kept = []


def attempt(environ, call, *arguments):
    """Makes the call and tells the test the name of what it raised, or `nothing`."""
    name = parameters(environ).get("checkpoint")
    try:
        result = call(*arguments)
    except BaseException as error:
        if name:
            checkpoint.tell(name, type(error).__name__ + ": " + str(error))
        raise
    if name:
        checkpoint.tell(name, "nothing")
    return result


# Order of calls


@application.at("/returns-write")
def returns_write(environ, start_response):
    write = start_response("200 OK", PLAIN)
    result = write(b"written ")
    return [("%s %s" % (callable(write), result)).encode()]


@application.at("/late")
def late(environ, start_response):
    """The call comes with the first step of the iteration."""
    start_response("201 Created", [("X-Late", "yes")])
    yield b"late"


@application.at("/later")
def later(environ, start_response):
    """The call comes after an empty block, before the first one that is not."""
    yield b""
    start_response("201 Created", [("X-Later", "yes")])
    yield b"later"


@application.at("/never")
def never(environ, start_response):
    return [b"body without a head"]


@application.at("/never-and-empty")
def never_and_empty(environ, start_response):
    return []


@application.at("/too-late")
def too_late(environ, start_response):
    yield b"body without a head"
    start_response("200 OK", PLAIN)


@application.at("/twice")
def twice(environ, start_response):
    start_response("200 OK", PLAIN)
    attempt(environ, start_response, "200 OK", PLAIN)
    return [b"answered"]


@application.at("/twice-after-refusal")
def twice_after_refusal(environ, start_response):
    try:
        start_response("bad status", PLAIN)
    except Exception:
        pass
    attempt(environ, start_response, "200 OK", PLAIN)
    return [b"answered"]


@application.at("/head-waits-for-body")
def head_waits_for_body(environ, start_response):
    start_response("200 OK", [("X-First", "yes")])
    yield b""
    checkpoint.reach(parameters(environ)["checkpoint"])
    yield b"body"


@application.at("/fails-after-start-response")
def fails_after_start_response(environ, start_response):
    start_response("200 OK", PLAIN)
    raise ValueError("after start_response, before the body")


@application.at("/fails-after-empty-blocks")
def fails_after_empty_blocks(environ, start_response):
    start_response("200 OK", PLAIN)
    yield b""
    yield b""
    raise ValueError("after empty blocks")


@application.at("/fails-after-the-first-block")
def fails_after_the_first_block(environ, start_response):
    start_response("200 OK", PLAIN)
    yield b"first block"
    raise ValueError("after the first block")


@application.at("/fails-after-write")
def fails_after_write(environ, start_response):
    start_response("200 OK", PLAIN)(b"written")
    raise ValueError("after write")


# exc_info


@application.at("/replaced")
def replaced(environ, start_response):
    start_response("200 OK", [("X-Old", "yes"), ("Content-Length", "100")])
    try:
        raise ValueError("replaced")
    except ValueError:
        start_response("503 Try Again", [("X-New", "yes")], sys.exc_info())
    return [b"replaced"]


@application.at("/replaced-in-the-iteration")
def replaced_in_the_iteration(environ, start_response):
    start_response("200 OK", [("X-Old", "yes")])
    yield b""
    try:
        raise ValueError("replaced")
    except ValueError:
        start_response("503 Try Again", [("X-New", "yes")], sys.exc_info())
    yield b"replaced"


@application.at("/exc-info-at-the-first-call")
def exc_info_at_the_first_call(environ, start_response):
    try:
        raise ValueError("first")
    except ValueError:
        start_response("500 Own Error Page", PLAIN, sys.exc_info())
    return [b"own error page"]


@application.at("/exc-info-none")
def exc_info_none(environ, start_response):
    start_response("200 OK", PLAIN, None)
    return [b"none"]


@application.at("/exc-info-by-name")
def exc_info_by_name(environ, start_response):
    start_response("200 OK", PLAIN, exc_info=None)
    return [b"by name"]


class OwnError(Exception):
    pass


@application.at("/too-late-to-replace")
def too_late_to_replace(environ, start_response):
    start_response("200 OK", PLAIN)
    yield b"sent"
    error = OwnError("the application's own")
    try:
        raise error
    except OwnError:
        try:
            start_response("500 Too Late", PLAIN, sys.exc_info())
        except BaseException as raised:
            frames, step = 0, raised.__traceback__
            while step:
                frames, step = frames + 1, step.tb_next
            checkpoint.tell(parameters(environ)["checkpoint"], "%s %s" % (raised is error, frames >= 2))
            raise
        checkpoint.tell(parameters(environ)["checkpoint"], "nothing raised")


# write()


@application.at("/write-then-iterate")
def write_then_iterate(environ, start_response):
    write = start_response("200 OK", PLAIN)
    write(b"one ")
    write(b"")
    write(b"two ")
    return [b"three ", b"four"]


@application.at("/write-only")
def write_only(environ, start_response):
    write = start_response("200 OK", PLAIN + [("Content-Length", "6")])
    write(b"abc")
    write(b"def")
    return []


@application.at("/write-in-iteration")
def write_in_iteration(environ, start_response):
    """Allowed for middleware that has old and new applications below it."""
    write = start_response("200 OK", PLAIN)
    yield b"one "
    write(b"two ")
    yield b"three"


@application.at("/write-streams")
def write_streams(environ, start_response):
    write = start_response("200 OK", PLAIN)
    write(b"first")
    checkpoint.reach(parameters(environ)["checkpoint"])
    write(b"second")
    return []


@application.at("/write-text")
def write_text(environ, start_response):
    attempt(environ, start_response("200 OK", PLAIN), "text")
    return [b"answered"]


# What is given


STATUSES = {
    "custom": "299 As You Like It: (really)",
    "no-reason-but-space": "200 ",
    "latin-1": "200 Ol\xe9",
    "int": 200,
    "bytes": b"200 OK",
    "none": None,
    "letters": "abc OK",
    "two-digits": "20 OK",
    "four-digits": "2000 OK",
    "informational": "100 Continue",
    "newline": "200 OK\r\nX-Injected: yes",
    "line-feed": "200 O\nK",
    "nul": "200 O\x00K",
    "snowman": "200 \N{SNOWMAN}",
    "sign": "+20 OK",
    "empty": "",
}


@application.at("/status")
def status(environ, start_response):
    attempt(environ, start_response, STATUSES[parameters(environ)["case"]], PLAIN)
    return [b"answered"]


class Text(str):
    pass


HEADERS = {
    "none": None,
    "tuple-of-headers": (("X-A", "1"),),
    "dict": {"X-A": "1"},
    "list-in-list": [["X-A", "1"]],
    "three-items": [("X-A", "1", "2")],
    "one-item": [("X-A",)],
    "string": ["X-A: 1"],
    "bytes-name": [(b"X-A", "1")],
    "bytes-value": [("X-A", b"1")],
    "int-value": [("X-A", 1)],
    "none-value": [("X-A", None)],
    "empty-name": [("", "1")],
    "space-in-name": [("X A", "1")],
    "colon-in-name": [("X-A:", "1")],
    "newline-in-name": [("X-A\r\nX-B", "1")],
    "non-ascii-name": [("X-\xc4", "1")],
    "newline-in-value": [("X-A", "1\r\nX-Injected: yes")],
    "line-feed-in-value": [("X-A", "1\n2")],
    "carriage-return-in-value": [("X-A", "1\r2")],
    "nul-in-value": [("X-A", "1\x002")],
    "control-in-value": [("X-A", "1\x012")],
    "beyond-latin-1": [("X-A", "\N{SNOWMAN}")],
    "surrogate": [("X-A", "\udc80")],
    "connection": [("Connection", "close")],
    "keep-alive": [("Keep-Alive", "timeout=5")],
    "transfer-encoding": [("transfer-encoding", "chunked")],
    "upgrade": [("Upgrade", "websocket")],
    "te": [("TE", "trailers")],
    "proxy-authenticate": [("Proxy-Authenticate", "Basic")],
    "negative-length": [("Content-Length", "-1")],
    "word-length": [("Content-Length", "eight")],
    "two-lengths": [("Content-Length", "8"), ("Content-Length", "9")],
}


@application.at("/headers")
def headers(environ, start_response):
    attempt(environ, start_response, "200 OK", HEADERS[parameters(environ)["case"]])
    return [b"answered"]


@application.at("/many-headers")
def many_headers(environ, start_response):
    start_response(
        "200 OK",
        [
            ("Set-Cookie", "a=1"),
            ("x-lower", "kept"),
            ("X-Latin", "Andr\xe9 \xa0\xff"),
            ("Set-Cookie", "b=2"),
            ("X-Empty", ""),
            ("SET-COOKIE", "c=3"),
            (Text("X-Subclass"), Text("kept")),
        ],
    )
    return [b"answered"]


@application.at("/own-date-and-server")
def own_date_and_server(environ, start_response):
    start_response(
        "200 OK", [("date", "Thu, 01 Jan 1970 00:00:00 GMT"), ("SERVER", "own/1.0"), ("Content-length", "2")]
    )
    return [b"ok"]


@application.at("/changes-its-list")
def changes_its_list(environ, start_response):
    """The list belongs to the server once it is handed over, but an application may still hold it."""
    fields = [("X-A", "1")]
    start_response("200 OK", fields)
    fields.append(("Bad\r\nName", "1"))
    fields[0] = None
    return [b"answered"]


# Afterwards


@application.at("/keeps-it")
def keeps_it(environ, start_response):
    kept.append((start_response, start_response("200 OK", PLAIN), environ["wsgi.input"], environ["wsgi.errors"]))
    return [b"kept"]


@application.at("/uses-the-kept")
def uses_the_kept(environ, start_response):
    """What an earlier request's callables do now: raise, return, but never reach the client of that request."""
    old_start_response, old_write, old_input, old_errors = kept[-1]
    results = []
    for call in (
        lambda: old_start_response("500 Old", PLAIN),
        lambda: old_write(b"old"),
        lambda: old_input.read(),
        lambda: old_errors.write("old errors\n"),
    ):
        try:
            results.append("returned %r" % (call(),))
        except Exception as error:
            results.append("raised %s" % type(error).__name__)
    return text(start_response, "\n".join(results))


# Exceptions of every kind

ERRORS = {
    "exception": ValueError,
    "system-exit": SystemExit,
    "keyboard-interrupt": KeyboardInterrupt,
    "generator-exit": GeneratorExit,
    "base-exception": BaseException,
    "stop-iteration": StopIteration,
    "memory-error": MemoryError,
}


@application.at("/raises")
def raises(environ, start_response):
    case = parameters(environ)["case"]
    raise ERRORS[case](case + " on purpose")


@application.at("/raises-in-iteration")
def raises_in_iteration(environ, start_response):
    start_response("200 OK", PLAIN)

    class Body:
        def __iter__(self):
            return self

        def __next__(self):
            raise ERRORS[parameters(environ)["case"]]("in iteration")

    return Body()
