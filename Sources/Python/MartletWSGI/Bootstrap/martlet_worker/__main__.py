"""What a worker process does: it imports the application and serves it.

Its settings are words of the command line, which WorkerLaunch.swift writes. What else it needs, its place among the workers and the
descriptors of the shared memory and of the event loops, comes through the control socket when the application is there.
"""
import importlib.machinery
import os
import sys
from time import monotonic

from martlet_worker.advice import Advice
from martlet_worker.application import load_application
from martlet_worker.control import fail
from martlet_worker.error_log import errors, write_json
from martlet_worker.preload import fork_workers
from martlet_worker.serving import serve
from martlet_worker.settings import Settings
from martlet_worker.source_watch import source_times, watch_files
from martlet_worker.stacks import import_traceback
from martlet_worker.start_watch import StartWatch
from martlet_worker.terminal import Terminal
from martlet_worker.worker_signals import WorkerSignals


def main():
    begin = monotonic()
    settings = Settings(sys.argv[1:])
    name, directory, control = settings.application, settings.directory, settings.control
    sys.argv = [name]
    if settings.json_log:
        write_json()
    close_all_but(control)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.reconfigure(line_buffering=True, errors="backslashreplace")
        except Exception:
            pass
    terminal = Terminal(settings.terminal)
    signals = WorkerSignals(terminal)
    os.chdir(directory)
    # Before the import: a file that is saved while it is imported has changed.
    seen = source_times(directory) if settings.watch else None
    martlet = None
    if not settings.preload:
        martlet = load_library(settings.library)
        control = martlet.watch(control, settings.server)
    signals.descriptors = [control]

    def give_up(text, details):
        fail(control, text, details)
        if seen is not None:
            watch_files(control, directory, seen)
        os._exit(3)

    limit = settings.start_timeout
    watch = StartWatch(control, limit, lambda stack: give_up(
        "%s was still being imported after %g s; the stack above shows where it stood. If that is right for it, raise "
        "{start-timeout}." % (name, limit), "Stack (most recent call last):\n" + stack))
    try:
        try:
            application = load_application(name, directory)
        finally:
            watch.end()
        if settings.preload:
            control = fork_workers(control)
            signals.hear_interrupt()
            martlet = load_library(settings.library)
            control = martlet.watch(control, settings.server)
    except Advice as advice:
        give_up(advice.text, import_traceback(advice.__cause__) if advice.__cause__ is not None else "")
    except BaseException as error:
        give_up("The application raised %s while it was imported; the traceback above shows where." % type(error).__name__,
                import_traceback(error))
    serve(martlet, control, application, settings, terminal, signals, seen, monotonic() - begin)


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


def load_library(path):
    """The library is no module that an application can meet, which may have one of that name."""
    former = sys.modules.get("_martlet")
    loader = importlib.machinery.ExtensionFileLoader("_martlet", path)
    module = loader.create_module(importlib.machinery.ModuleSpec("_martlet", loader, origin=path))
    sys.modules.pop("_martlet", None)
    if former is not None:
        sys.modules["_martlet"] = former
    return module
