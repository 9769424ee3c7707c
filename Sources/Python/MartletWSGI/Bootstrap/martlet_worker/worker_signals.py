"""The signals of a worker. The server says when it ends; a terminal and systemd signal all processes at once."""
import os
import signal
import traceback
from _thread import get_ident
from signal import getsignal, signal as set_signal

from martlet_worker.error_log import say, say_exception


class WorkerSignals:
    def __init__(self, terminal):
        self.terminal = terminal
        self.stop = lambda: None
        self.bell = None
        # What the application wants at SIGTERM.
        self.former = signal.SIG_DFL
        self.was_called = False
        # Closed in children that the application forks: they belong to the server and this process.
        self.descriptors = []
        self.masks = {}
        os.register_at_fork(before=self.hold, after_in_parent=self.let_go, after_in_child=self.forget)
        self.hear_interrupt()

    def hear_interrupt(self):
        """Ctrl-C reaches the whole terminal, and the server stops the workers. A handler that does nothing, for a signal that is
        ignored would be ignored by every program that the application runs."""
        set_signal(signal.SIGINT, self.interrupt)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])

    def interrupt(self, number, frame):
        # The thread that listens to the server hears of it as well, for the main thread may be about to read from the terminal.
        self.terminal.end()

    def hear_terminate(self, stop, bell):
        """From now on SIGTERM ends the worker after the requests that it has, and calls what the application had set. `bell` is
        written to at every signal, unless the application has such a descriptor itself."""
        self.stop = stop
        self.bell = bell
        former = signal.set_wakeup_fd(bell, warn_on_full_buffer=False)
        if former != -1:
            signal.set_wakeup_fd(former)
        self.former = getsignal(signal.SIGTERM)
        set_signal(signal.SIGTERM, self.terminate)

    def terminate(self, number, frame):
        self.stop()
        self.call_former(number, frame)

    def call_former(self, number=signal.SIGTERM, frame=None):
        """Calls the application's own handler, once: at the signal, or when the server ends the worker."""
        current = getsignal(signal.SIGTERM)
        handler = self.former if current == self.terminate else current
        if self.was_called or not callable(handler) or handler is signal.default_int_handler:
            return
        self.was_called = True
        try:
            handler(number, frame)
        except SystemExit:
            pass  # it ends
        except BaseException as error:
            say_exception("exception in the application's handler of SIGTERM", error)

    def shield(self, step):
        """Runs what waits on the main thread to its end, whatever leaves a signal handler of the application meanwhile."""
        while True:
            try:
                try:
                    return step()
                except BaseException as error:
                    self.left(type(error), error, error.__traceback__)
            except BaseException as error:
                # Of another signal, which came meanwhile.
                self.left(type(error), error, error.__traceback__)

    def left(self, kind, error, trace):
        """An exception has left a signal handler: it is none of the request's that runs next. To exit is to be told to end."""
        if issubclass(kind, SystemExit):
            self.stop()
        else:
            say("error", "exception in a signal handler of the application",
                "".join(traceback.format_exception(kind, error, trace)))

    def hold(self):
        """Before a fork: a signal that the child gets before it has handlers of its own waits for them."""
        self.masks[get_ident()] = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM, signal.SIGINT])

    def let_go(self):
        mask = self.masks.pop(get_ident(), None)
        if mask is not None:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)

    def forget(self):
        """In a child that the application forked: multiprocessing ends its children by SIGTERM."""
        if getsignal(signal.SIGTERM) == self.terminate:
            set_signal(signal.SIGTERM, self.former if self.former is not None else signal.SIG_DFL)
        if getsignal(signal.SIGINT) == self.interrupt:
            set_signal(signal.SIGINT, signal.default_int_handler)
        bell = signal.set_wakeup_fd(-1)
        if bell not in (-1, self.bell):
            signal.set_wakeup_fd(bell)
        for descriptor in self.descriptors:
            try:
                os.close(descriptor)
            except OSError:
                pass
        self.descriptors = []
        self.let_go()
