"""A start that takes long is never silent: every ten seconds the server hears where it stands, and at its limit it ends."""
import faulthandler
import gc
import os
import signal
import sys
from _thread import allocate_lock, get_ident, start_new_thread
from select import poll
from time import monotonic

from martlet_worker.application import load_application
from martlet_worker.control import tell
from martlet_worker.error_log import errors
from martlet_worker.stacks import stack_text


class StartWatch:
    """A thread beside the import of the application. It is one of the system's, whatever the application makes of `threading`."""

    interval = 10

    def __init__(self, control, limit, give_up):
        """`limit` in seconds, or None; `give_up(stack)` does not return."""
        self.control = control
        self.limit = limit
        self.give_up = give_up
        self.importer = get_ident()
        self.is_over = allocate_lock()
        self.is_over.acquire()
        self.has_ended = allocate_lock()
        self.has_ended.acquire()
        # For an import that never lets go of the GIL: the server sends this signal before it kills, and C writes the stacks.
        faulthandler.register(signal.SIGXCPU, file=errors, all_threads=True)
        start_new_thread(self.watch, ())

    def end(self):
        """The application has been imported. Returns when the thread is gone."""
        self.is_over.release()
        self.has_ended.acquire()
        faulthandler.unregister(signal.SIGXCPU)

    def watch(self):
        try:
            begin = monotonic()
            told = begin
            server = poll()
            server.register(self.control, 0)  # a hang-up is always told
            while not self.is_over.acquire(True, 1):
                if server.poll(0):
                    os._exit(1)  # the server is stopping, or gone
                now = monotonic()
                if self.limit is not None and now - begin >= self.limit:
                    self.give_up(self.stack())
                if now - told >= self.interval:
                    told = now
                    tell(self.control, "importing", seconds=int(now - begin), stack=self.stack())
        finally:
            self.has_ended.release()

    def stack(self):
        return stack_text(self.frame())

    def frame(self):
        """Where the import stands: the thread's frame, or that of a greenlet that waits for another one."""
        frame = sys._current_frames().get(self.importer)
        greenlets = sys.modules.get("greenlet")
        if greenlets is None or self.is_importing(frame):
            return frame
        for thing in gc.get_objects():
            try:
                if isinstance(thing, greenlets.greenlet) and self.is_importing(thing.gr_frame):
                    return thing.gr_frame
            except Exception:
                pass  # objects of others may do anything when they are asked for their class
        return frame

    @staticmethod
    def is_importing(frame):
        while frame is not None:
            if frame.f_code is load_application.__code__:
                return True
            frame = frame.f_back
        return False
