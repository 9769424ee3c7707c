"""Applications whose import does not end: the ways in which it can stand still, by the variable HANGS."""

import ctypes
import os
import threading
import time


def hangs_here():
    how = os.environ["HANGS"]
    if how == "sleep":
        time.sleep(3600)
    elif how == "loop":
        while True:
            pass
    elif how == "lock":
        lock = threading.Lock()
        lock.acquire()
        lock.acquire()
    elif how == "gil":
        ctypes.PyDLL(None).sleep(3600)
    elif how == "greenlet":
        import gevent.event

        gevent.spawn_later(3600, print)
        gevent.event.Event().wait()


hangs_here()
