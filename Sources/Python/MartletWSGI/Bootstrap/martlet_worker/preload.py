"""Forking the workers of an application that has been imported once (`--preload`)."""
import gc
import os
import sys
import threading
import warnings
from _thread import get_ident
from os import fork, waitpid
from time import monotonic, sleep

from martlet_worker.advice import Advice
from martlet_worker.control import receive, tell
from martlet_worker.error_log import say


def fork_workers(control):
    """Forks a worker whenever the server asks for one. Returns in the workers, with the control descriptor of each."""
    refuse_threads()
    leads_group = os.getpgrp() == os.getpid()
    gc.collect()
    gc.freeze()  # the collector leaves the pages of what is here alone, so that they stay shared
    tell(control, "ready")
    while True:
        command, descriptors = receive(control)
        if command is None or command.name != "fork" or not descriptors:
            os._exit(0)
        middle = quiet_fork()
        if middle:
            os.close(descriptors[0])
            waitpid(middle, 0)
        elif quiet_fork():
            os._exit(0)  # the worker is the server's child now
        else:
            if leads_group:
                os.setpgid(0, 0)  # what hangs on the way to a worker is ended with the group of the first process
            tell(descriptors[0], "forked")
            gevent = sys.modules.get("gevent")
            if gevent is not None:
                gevent.reinit()  # its event loop is the parent's still
            return descriptors[0]


def quiet_fork():
    """Python warns of every thread; those that matter have been looked at."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return fork()


def refuse_threads():
    """A thread of Python does not survive a fork, and what it holds stays locked for ever. Those of libraries in C, such as NumPy's,
    know that they may be forked, or are made again when they are needed."""
    end = monotonic() + 0.25
    count = 2
    while count > 1 and monotonic() < end:
        others = [thread for thread in sys._current_frames() if thread != get_ident()]
        if others:
            names = [thread.name for thread in threading.enumerate() if thread.ident in others] or ["without a name"]
            raise Advice("The application starts threads while it is imported (%s), and a process with threads cannot be forked "
                         "safely. Run it without {preload}, or start the threads with the first request." % ", ".join(names))
        try:
            count = len(os.listdir("/proc/self/task"))
        except OSError:
            return
        # That of the start may not be quite gone, and one that has just been started shows as Python's when it runs.
        sleep(0.002)
    if count > 1:
        say("warning", "a library of the application has started %d threads of its own while it was imported; the workers that are "
            "forked from here do not have them. If they hang, run without preload." % (count - 1))
