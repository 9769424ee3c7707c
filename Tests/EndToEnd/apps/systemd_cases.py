"""An application that tells which variables of the service manager it has inherited."""

import os

from routing import Routes, text

application = Routes()

VARIABLES = ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID")


@application.at("/")
def root(environ, start_response):
    return text(start_response, "served")


@application.at("/variables")
def variables(environ, start_response):
    return text(start_response, str([name for name in VARIABLES if name in os.environ]))
