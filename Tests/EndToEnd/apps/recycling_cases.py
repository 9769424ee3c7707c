"""An application whose worker is replaced: it says which process it is, and grows when it is told to."""

import os

from routing import Routes, text

application = Routes()
kept = []


@application.at("/pid")
def pid(environ, start_response):
    return text(start_response, str(os.getpid()))


@application.at("/grows")
def grows(environ, start_response):
    kept.append(bytearray(os.urandom(1 << 20)) * 32)
    return text(start_response, str(os.getpid()))
