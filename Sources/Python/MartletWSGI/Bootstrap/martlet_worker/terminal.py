"""The terminal that the server was started in."""
import os
import signal
import sys
from _thread import get_ident
from signal import pthread_kill
from time import sleep

from martlet_worker.control import tell


class Terminal:
    """The terminal that the server was started in, where there is one: a debugger in the application can be used there."""

    def __init__(self, is_there):
        self.is_there = is_there

    def end(self):
        """Lets whoever reads from the terminal read the end of it: a debugger quits, and its request ends."""
        if not self.is_there:
            return
        self.is_there = False
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        # Who reads already has to begin again.
        for thread in list(sys._current_frames()):
            if thread != get_ident():
                try:
                    pthread_kill(thread, signal.SIGINT)
                except OSError:
                    pass  # it has just ended

    def watch(self, control, pool):
        """Tells the server that a debugger has stopped a request, so that no time limit ends it."""
        while self.is_there:
            frames = sys._current_frames()
            if any(self.is_debugging(frames.get(thread.ident)) for thread in pool):
                tell(control, "debugged")
                break
            sleep(0.5)

    def is_debugging(self, frame):
        """Whether the code of a debugger is on the stack: all of them are made with `bdb`."""
        while self.is_there and frame is not None:
            if frame.f_globals.get("__name__") in ("bdb", "pdb"):
                return True
            frame = frame.f_back
        return False
