"""What a worker process runs: it imports the application and lends its threads to Martlet.

Arguments: NAME=VALUE words, which WorkerLaunch.swift makes, and the application. What else it needs, its place among the workers
and the descriptors of the shared memory and of the event loops, comes through the control socket when the application is there. All
of it happens in the user's own Python, with the stable parts of the language only.
"""


def close_all_but(control):
    """Lets go of the text of this program, and of what a program that starts Python, such as a shim, has left open."""
    os.set_inheritable(control, False)
    try:
        names = os.listdir("/proc/self/fd")
    except OSError:
        os.closerange(3, control)
        return
    for descriptor in map(int, names):
        if descriptor > 2 and descriptor != control and descriptor != errors.fileno():
            try:
                os.close(descriptor)
            except OSError:
                pass  # the one that listed the folder


def main():
    begin = monotonic()
    *words, name = sys.argv[1:]
    settings = dict(word.split("=", 1) for word in words)
    sys.argv = [name]
    control = int(settings["control"])
    close_all_but(control)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.reconfigure(line_buffering=True, errors="backslashreplace")
        except Exception:
            pass
    terminal = Terminal("terminal" in settings)
    signals = WorkerSignals(terminal)
    directory = settings["directory"]
    os.chdir(directory)
    # Before the import: a file that is saved while it is imported has changed.
    seen = source_times(directory) if "watch" in settings else None
    martlet = None
    if "preload" not in settings:
        martlet = load_library(settings["library"])
        control = martlet.watch(control, int(settings["server"]))
    signals.descriptors = [control]

    def give_up(text, details):
        fail(control, text, details)
        if seen is not None:
            watch_files(control, directory, seen)
        os._exit(3)

    limit = float(settings["start-timeout"]) if "start-timeout" in settings else None
    watch = StartWatch(control, limit, lambda stack: give_up(
        "%s was still being imported after %g s; the stack above shows where it stood. If that is right for it, raise "
        "{start-timeout}." % (name, limit), "Stack (most recent call last):\n" + stack))
    try:
        try:
            application = load_application(name, directory)
        finally:
            watch.end()
        if "preload" in settings:
            control = fork_workers(control)
            signals.hear_interrupt()
            martlet = load_library(settings["library"])
            control = martlet.watch(control, int(settings["server"]))
    except Advice as advice:
        give_up(advice.text, import_traceback(advice.__cause__) if advice.__cause__ is not None else "")
    except BaseException as error:
        give_up("The application raised %s while it was imported; the traceback above shows where." % type(error).__name__,
                import_traceback(error))
    serve(martlet, control, application, settings, terminal, signals, seen, monotonic() - begin)


def serve(martlet, control, application, settings, terminal, signals, seen, seconds):
    threads, lanes = int(settings["threads"]), int(settings["lanes"])
    order, descriptors = receive(control)
    while order and len(descriptors) < 1 + 2 * lanes:
        more, others = receive(control)
        if not more:
            break
        descriptors += others
    if len(descriptors) < 1 + 2 * lanes:
        os._exit(1)  # the server is stopping, or gone
    place, limit = (int(word) for word in order.split())
    environ = {
        "REQUEST_METHOD": "GET", "SCRIPT_NAME": "", "PATH_INFO": "", "QUERY_STRING": "", "REQUEST_URI": "", "RAW_URI": "",
        "SERVER_NAME": "", "SERVER_PORT": "", "SERVER_PROTOCOL": "HTTP/1.1", "REMOTE_ADDR": "", "REMOTE_PORT": "",
        "SERVER_SOFTWARE": "martlet",
        "wsgi.version": (1, 0), "wsgi.url_scheme": "http", "wsgi.errors": errors,
        "wsgi.multithread": threads > 1, "wsgi.multiprocess": int(settings["places"]) > 2, "wsgi.run_once": False,
        "wsgi.input_terminated": True, "wsgi.file_wrapper": FileWrapper, "martlet.request_id": "",
        # For the library, which takes them out: how to send a file, and what stands for a connection.
        "martlet.file_part": file_part, "martlet.upgrade_socket": UpgradeSocket,
    }

    def log(kind, value, trace, request, identifier):
        say("error", "exception in the application, %s (request %s)" % (request, identifier),
            "".join(traceback.format_exception(kind, value, trace)))

    own = martlet.start(descriptors[0], lanes, int(settings["places"]), place, application, environ, log, descriptors[1:],
                        control, limit, int(seconds * 1e9), signals.left)
    signals.descriptors = [control, *own]
    signals.hear_terminate(martlet.stop, bell=own[0])

    def listen():
        """Does what the server says until it says that this worker ends."""
        while True:
            command = martlet.wait(control)
            if command is None:
                terminal.end()
                break
            if command == b"S":
                break
            if command == b"I":
                terminal.end()
                continue
            obey(martlet, control, command, pool, terminal)
        martlet.stop()

    gates = []
    if threads == 1:
        pool = [MainThread()]
        start_new_thread(signals.shield, (listen,))
    else:
        may_begin = allocate_lock()
        may_begin.acquire()
        gates.append(may_begin)

        def take_requests(number):
            with may_begin:
                pass
            martlet.serve(number, 0)

        pool = start_threads(take_requests, threads)
    if terminal.is_there:
        start_new_thread(terminal.watch, (control, pool))
    if seen is not None:
        start_new_thread(watch_files, (control, settings["directory"], seen))

    def work():
        # Before the first request is taken: a worker that has said nothing has none that could be lost with it.
        tell(control, b"R")
        if threads == 1:
            martlet.serve(0, 1)
        else:
            while gates:
                gates.pop().release()  # this is begun again where something has left a signal handler
            listen()
            for thread in pool:
                thread.join()
        leave(signals, is_short="reload" in settings)

    signals.shield(work)


def load_library(path):
    loader = importlib.machinery.ExtensionFileLoader("_martlet", path)
    return loader.create_module(importlib.machinery.ModuleSpec("_martlet", loader, origin=path))


main()
