"""What a worker process runs: it imports the application and lends its threads to Martlet.

Arguments: library, memory descriptor, control descriptor, lane descriptors (comma), lanes, places (two for each worker), this
one's place or "preload", threads, directory, application, whether
to watch its files. All of it happens in the user's own Python, with the stable parts of the language only.
"""
import importlib
import os
import sys


def close_all_but(kept):
    """Lets go of what the server had open and its sockets do not mark as close-on-exec: a worker that kept a client's
    connection would keep it open after the server has closed it."""
    for name in os.listdir("/proc/self/fd"):
        descriptor = int(name)
        if descriptor > 2 and descriptor not in kept:
            try:
                os.close(descriptor)
            except OSError:
                pass  # the one that listed the folder


def main():
    (library, memory, control, descriptors, lanes, places, index, threads, directory, name, watching) = sys.argv[1:12]
    sys.argv = [name]
    control = int(control)
    close_all_but([int(memory), control, *map(int, descriptors.split(","))])
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.reconfigure(line_buffering=True, errors="backslashreplace")
        except Exception:
            pass
    errors = error_log()
    os.chdir(directory)
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the whole terminal; the server says when to stop
    # Before the import: a file that is saved while it is imported has changed.
    seen = source_times(directory) if watching == "1" else None
    martlet = None
    if index != "preload":
        martlet = load_library(library)
        control = martlet.watch(control)
    try:
        application = load_application(name, directory)
        if index == "preload":
            control, index = fork_workers(control)
            martlet = load_library(library)
            control = martlet.watch(control)
    except Advice as advice:
        fail(control, advice.text, advice.__cause__, directory, seen)
    except BaseException as error:
        fail(control, "", error, directory, seen)

    import threading

    environ = {
        "REQUEST_METHOD": "GET", "SCRIPT_NAME": "", "PATH_INFO": "", "QUERY_STRING": "", "REQUEST_URI": "", "RAW_URI": "",
        "SERVER_NAME": "", "SERVER_PORT": "", "SERVER_PROTOCOL": "HTTP/1.1", "REMOTE_ADDR": "", "REMOTE_PORT": "",
        "SERVER_SOFTWARE": "martlet",
        "wsgi.version": (1, 0), "wsgi.url_scheme": "http", "wsgi.errors": errors,
        "wsgi.multithread": int(threads) > 1, "wsgi.multiprocess": int(places) > 2, "wsgi.run_once": False,
        "wsgi.input_terminated": True, "wsgi.file_wrapper": FileWrapper, "martlet.request_id": "",
        # For the library, which takes them out: how to send a file, and what stands for a connection.
        "martlet.file_part": file_part, "martlet.upgrade_socket": UpgradeSocket,
    }

    def log(kind, value, trace, request, identifier):
        import traceback

        head = "martlet: exception in the application, %s (request %s)\n" % (request, identifier)
        errors.write(head + "".join(traceback.format_exception(kind, value, trace)))
        errors.flush()

    martlet.start(int(memory), int(lanes), int(places), int(index), application, environ, log,
                  [int(descriptor) for descriptor in descriptors.split(",")])
    signal.signal(signal.SIGTERM, lambda number, frame: martlet.stop())
    os.register_at_fork(after_in_child=forget_signals)  # multiprocessing ends its children by SIGTERM
    pool = [threading.Thread(target=martlet.serve, args=(number,), name="martlet-%d" % number, daemon=True)
            for number in range(int(threads))]
    for thread in pool:
        thread.start()
    os.write(control, b"R")
    if seen is not None:
        threading.Thread(target=watch_files, args=(control, directory, seen), name="martlet-watch", daemon=True).start()
    while True:
        command = martlet.wait(control)
        if command is None or command == b"S":
            break
        obey(martlet, command.decode("latin-1").split(), pool, errors)
    martlet.stop()
    for thread in pool:
        thread.join()
    leave(pool)


def forget_signals():
    import signal

    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)


def fork_workers(control):
    """The application is here: forks a worker whenever the server asks for one. Returns in the workers, with the control
    descriptor and the place of each."""
    import gc
    import socket

    if len(os.listdir("/proc/self/task")) > 1:
        raise Advice("The application starts threads while it is imported, and a process with threads cannot be forked "
                     "safely. Run it without --preload, or start the threads with the first request.")
    gc.collect()
    gc.freeze()  # the collector leaves the pages of what is here alone, so that they stay shared
    channel = socket.socket(fileno=control)
    channel.send(b"R")
    while True:
        place, descriptors, _, _ = socket.recv_fds(channel, 64, 1)
        if not place or not descriptors:
            os._exit(0)
        middle = os.fork()
        if middle:
            os.close(descriptors[0])
            os.waitpid(middle, 0)
        elif os.fork():
            os._exit(0)  # the worker is the server's child now
        else:
            channel.close()
            os.setpgid(0, 0)
            os.write(descriptors[0], b"%d" % os.getpid())
            return descriptors[0], place.decode()


def obey(martlet, command, pool, errors):
    """T: raise an exception in a thread that takes too long. D: write its stack to the log."""
    number, slot, generation = (int(word) for word in command[1:4])
    ident = pool[number].ident
    if command[0] == "T":
        martlet.interrupt(number, ident, slot, generation, RequestTimeout)
    elif command[0] == "D":
        import traceback

        frame = sys._current_frames().get(ident)
        if frame is not None and martlet.working(number, slot, generation):
            stack = "".join(line for line in traceback.format_stack(frame) if '"<martlet>"' not in line)
            errors.write("martlet: slow request, %s s so far, %s (request %s); its stack now:\n%s" % (
                command[4], " ".join(command[6:]), command[5], stack))


class RequestTimeout(BaseException):
    """The request took longer than its limit; the client has been answered with 504."""


def leave(pool):
    """Ends the process as Python would, but for waiting for ever on threads that the application left running."""
    import atexit
    import threading
    import time

    end = time.monotonic() + 5
    for thread in threading.enumerate():
        if thread is not threading.main_thread() and not thread.daemon:
            thread.join(max(0, end - time.monotonic()))
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:
            pass
    os._exit(0)


def error_log():
    """The log that wsgi.errors writes to: a copy of descriptor 2, so that an application may close its own."""
    import io

    descriptor = os.dup(2)
    os.set_inheritable(descriptor, False)
    return io.TextIOWrapper(io.FileIO(descriptor, "w"), encoding="utf-8", errors="backslashreplace", line_buffering=True,
                            write_through=True)


def load_library(path):
    from importlib.machinery import ExtensionFileLoader, ModuleSpec

    loader = ExtensionFileLoader("_martlet", path)
    return loader.create_module(ModuleSpec("_martlet", loader, origin=path))


class Advice(Exception):
    """What to do about an application that cannot be loaded."""

    def __init__(self, text):
        super().__init__(text)
        self.text = text


def load_application(name, directory):
    target, _, attribute = name.partition(":")
    if target.endswith(".py") or os.sep in target:
        module, where = import_file(target, directory)
    else:
        sys.path[0:1] = [directory] if sys.path[:1] == [""] else [directory] + sys.path[:1]
        module, where = import_module(target, directory), target
    if attribute.endswith(")"):
        return call_factory(module, attribute, where)
    if attribute:
        return find_attribute(module, attribute, where)
    for attribute in ("application", "app"):
        if hasattr(module, attribute):
            return check_callable(getattr(module, attribute), attribute, where)
    found = [key for key, value in vars(module).items() if is_application(value)]
    hint = " Did you mean %s:%s?" % (name, found[0]) if found else ""
    raise Advice("%s has neither an 'application' nor an 'app'; name the callable: %s:NAME.%s" % (where, name, hint))


def import_file(path, directory):
    import importlib.util

    path = os.path.join(directory, path)
    if not os.path.exists(path):
        folder, wanted = os.path.split(path)
        raise Advice("There is no file %s.%s" % (path, close(wanted, os.listdir(folder) if os.path.isdir(folder) else [])))
    sys.path[0:1] = [os.path.dirname(path)]
    name = os.path.splitext(os.path.basename(path))[0]
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module, os.path.basename(path)


def import_module(name, directory):
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        missing = error.name or ""
        if missing == name or name.startswith(missing + "."):
            names = [entry[:-3] if entry.endswith(".py") else entry for entry in os.listdir(directory)
                     if entry.endswith(".py") or os.path.isdir(os.path.join(directory, entry))]
            raise Advice("There is no module '%s' in %s or among the installed packages; start Martlet in the folder of the "
                         "application or name the folder with --chdir.%s" % (missing, directory, close(missing, names))) from error
        raise Advice("The application imports '%s', which this Python (%s) does not have; install it there, for instance with "
                     "'%s -m pip install %s', or choose another Python with --python."
                     % (missing, sys.executable, sys.executable, missing.split(".")[0])) from error


def find_attribute(module, path, where):
    value = module
    for part in path.split("."):
        try:
            value = getattr(value, part)
        except AttributeError as error:
            raise Advice("%s has no '%s'.%s" % (where, path, close(part, dir(value)))) from error
    return check_callable(value, path, where)


def call_factory(module, text, where):
    import ast

    try:
        call = ast.parse(text, mode="eval").body
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
            raise ValueError
        arguments = [ast.literal_eval(argument) for argument in call.args]
        keywords = {keyword.arg: ast.literal_eval(keyword.value) for keyword in call.keywords}
    except (SyntaxError, ValueError):
        raise Advice("A factory is written as NAME() with literal arguments, such as 'create_app()' or 'create_app(\"test\")'; "
                     "'%s' is not." % text) from None
    factory = find_attribute(module, call.func.id, where)
    return check_callable(factory(*arguments, **keywords), text, where)


def check_callable(value, name, where):
    if not callable(value):
        raise Advice("'%s' in %s is a %s, not a WSGI application: it cannot be called." % (name, where, type(value).__name__))
    return value


def is_application(value):
    return callable(value) and type(value).__module__.split(".")[0] in ("flask", "django", "bottle", "falcon", "pyramid")


def close(wanted, names):
    import difflib

    found = difflib.get_close_matches(wanted, [name for name in names if not name.startswith("_")], 1)
    return " Did you mean '%s'?" % found[0] if found else ""


def fail(control, text, error, directory, seen):
    """Tells the server what to advise, and the traceback without the frames of this file. The server shows it once."""
    import traceback

    lines = ""
    if error is not None:
        trace = error.__traceback__
        while trace is not None and is_own(trace.tb_frame.f_code.co_filename):
            trace = trace.tb_next
        error.__cause__ = error.__context__ = None
        lines = "".join(traceback.format_exception(type(error), error, trace))
    if not text:
        text = "The application raised %s while it was imported; the traceback above shows where." % type(error).__name__
    message = "F" + text[:4000] + "\0" + lines[-60000:]
    try:
        os.write(control, message.encode("utf-8", "backslashreplace"))
    except OSError:
        pass  # the server knows already, from another worker
    if seen is not None:
        watch_files(control, directory, seen)
    os._exit(3)


def watch_files(control, directory, former):
    """Tells the server when a source file is not what it was in `former`: those of every module, and what else lies in the folder."""
    import time

    while True:
        times = source_times(directory)
        modules = module_files()
        # A module that was imported since the last look is new here, but has not changed.
        if any(times.get(file) != when for file, when in former.items()) or any(
            file not in former and file not in modules for file in times
        ):
            os.write(control, b"C")
        former = times
        time.sleep(0.3)


def module_files():
    return {getattr(module, "__file__", None) for module in list(sys.modules.values())}


def source_times(directory):
    """When the files of every module, and the sources in the folder, were changed."""
    files = module_files()
    for folder, folders, names in os.walk(directory):
        folders[:] = [name for name in folders if not name.startswith((".", "__")) and name not in ("node_modules", "venv")]
        files.update(os.path.join(folder, name) for name in names if name.endswith(".py"))
    times = {}
    for file in files:
        try:
            times[file] = os.stat(file).st_mtime_ns
        except (OSError, TypeError, ValueError):
            pass
    return times


def is_own(filename):
    return filename.startswith("<martlet") or filename.startswith("<frozen importlib")


main()
