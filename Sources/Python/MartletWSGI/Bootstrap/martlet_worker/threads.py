"""The threads that run the application."""
import threading
from _thread import allocate_lock, get_ident, start_new_thread


def has_own_threads():
    """Whether `threading` means threads of the system; gevent and eventlet put greenlets in their place."""
    return threading.get_ident is get_ident


def start_threads(serve, count):
    """Starts them. They are no daemons: what a request starts is a daemon only if the application says so."""
    return [ServingThread(serve, number) for number in range(count)]


class ServingThread:
    def __init__(self, serve, number):
        self.serve = serve
        self.number = number
        self.ident = None
        self.has_ended = allocate_lock()
        self.has_ended.acquire()
        if has_own_threads():
            threading.Thread(target=self.run, name="martlet-%d" % number, daemon=False).start()
        else:
            start_new_thread(self.run_unknown, ())

    def run(self):
        self.ident = get_ident()
        try:
            self.serve(self.number)
        finally:
            self.has_ended.release()

    def run_unknown(self):
        """A thread that `threading` has not made: it believes that such threads are daemons."""
        try:
            own = threading.current_thread()
            own._daemonic = False
            own._name = "martlet-%d" % self.number
        except Exception:
            pass
        self.run()

    def join(self):
        with self.has_ended:
            pass


class MainThread:
    """The only thread of `--threads 1`: the application runs where it was imported."""

    def __init__(self):
        self.ident = get_ident()
