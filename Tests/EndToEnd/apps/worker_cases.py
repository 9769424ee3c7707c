"""An application that says which process it is, and waits where it is told to."""

import os
import signal
import sys

import checkpoint
from routing import Routes, parameters, text

application = Routes()


@application.at("/pid")
def pid(environ, start_response):
    return text(start_response, str(os.getpid()))


@application.at("/hold")
def hold(environ, start_response):
    """Is held at a checkpoint before it answers."""
    checkpoint.reach(parameters(environ)["checkpoint"])
    return text(start_response, "held and let go")


@application.at("/hold-inside")
def hold_inside(environ, start_response):
    """Is held at a checkpoint in the middle of its body."""
    known = [("Content-Length", "23")] if "known" in parameters(environ) else []
    start_response("200 OK", [("Content-Type", "text/plain"), *known])
    yield b"first half, "
    checkpoint.reach(parameters(environ)["checkpoint"])
    yield b"second half"


@application.at("/hold-then-read")
def hold_then_read(environ, start_response):
    """Is held at a checkpoint before it reads its body."""
    checkpoint.reach(parameters(environ)["checkpoint"])
    return text(start_response, environ["wsgi.input"].read())


@application.at("/raises")
def raises(environ, start_response):
    raise ValueError(parameters(environ)["text"])


@application.at("/unfinished")
def unfinished(environ, start_response):
    """Lines without an end, each in another way."""
    print("printed", end="", flush=True)
    sys.stderr.write("to standard error")
    sys.stderr.flush()
    environ["wsgi.errors"].write("to wsgi.errors")
    environ["wsgi.errors"].flush()
    raise ValueError("unfinished")


@application.at("/kills-itself")
def kills_itself(environ, start_response):
    os.kill(os.getpid(), signal.SIGKILL)
