"""The application's half of `checkpoints.py`: tell the test something, or wait until it says "go on"."""

import json
import os
import socket


def tell(name, text=""):
    """Returns once the test has noted `name` and `text`."""
    _send(name, text, waits=False)


def reach(name, text=""):
    """Returns once the test lets this place go on."""
    _send(name, text, waits=True)


def _send(name, text, waits):
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.connect(os.environ["MARTLET_TEST_CHECKPOINTS"])
        message = {"name": name, "text": text, "waits": waits, "pid": os.getpid()}
        connection.sendall(json.dumps(message).encode() + b"\n")
        if connection.recv(16) != b"go\n":
            raise RuntimeError("the test left checkpoint " + name)
