"""Requests that take too long, in the ways in which Python can be stuck."""

import ctypes
import time

import checkpoint
from routing import Routes, parameters, text

application = Routes()


def loops_here():
    """Runs Python for ever; its name is looked for in the log's stack."""
    while True:
        pass


@application.at("/loops")
def loops(environ, start_response):
    """Tells the test which exception came, and that `finally` ran."""
    name = parameters(environ)["checkpoint"]
    checkpoint.tell(name + "-begun")
    try:
        loops_here()
    except BaseException as error:
        checkpoint.tell(name + "-raised", type(error).__name__)
        raise
    finally:
        checkpoint.tell(name + "-finally")


@application.at("/swallows")
def swallows(environ, start_response):
    """Goes on after the exception, and answers when nobody waits any more."""
    name = parameters(environ)["checkpoint"]
    try:
        loops_here()
    except BaseException as error:
        checkpoint.tell(name, type(error).__name__)
    return text(start_response, "too late")


@application.at("/sleeps")
def sleeps(environ, start_response):
    """A call of C that no exception reaches; it lets go of the GIL."""
    checkpoint.tell(parameters(environ)["checkpoint"])
    time.sleep(3600)


@application.at("/holds-the-gil")
def holds_the_gil(environ, start_response):
    """A call of C that keeps the whole process."""
    checkpoint.tell(parameters(environ)["checkpoint"])
    ctypes.PyDLL(None).sleep(3600)


@application.at("/streams")
def streams(environ, start_response):
    """Begins at once, and goes on for much longer than any limit of the tests when the test wants that."""
    name = parameters(environ)["checkpoint"]
    start_response("200 OK", [("Content-Type", "text/plain")])
    yield b"first, "
    checkpoint.reach(name)
    yield b"second"
