"""The threads that run the application."""


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


class RequestTimeout(BaseException):
    """The request took longer than its limit; the client has been answered with 504."""


def obey(martlet, control, command, pool, terminal):
    """T: raise an exception in a thread that takes too long. D: write its stack to the log. M: take so many requests more."""
    kind, *words = command.decode("latin-1").split()
    if kind == "M":
        martlet.more(int(words[0]))
        return
    number, slot, generation = (int(word) for word in words[:3])
    ident = pool[number].ident
    frame = sys._current_frames().get(ident)
    if kind == "T" and terminal.is_debugging(frame) and martlet.working(number, slot, generation):
        tell(control, b"B")
    elif kind == "T":
        martlet.interrupt(number, ident, slot, generation, RequestTimeout)
    elif kind == "D" and frame is not None and martlet.working(number, slot, generation):
        say("warning", "slow request, %s s so far, %s (request %s); its stack now:" % (words[3], " ".join(words[5:]), words[4]),
            stack_text(frame))
