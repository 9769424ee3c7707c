"""A worker's life from the import of the application to its end."""
import os
import traceback
from _thread import allocate_lock, start_new_thread

from martlet_worker.commands import obey
from martlet_worker.control import decode, receive, tell
from martlet_worker.django_folders import with_files_of_debug_mode
from martlet_worker.ending import leave
from martlet_worker.error_log import application_errors, say
from martlet_worker.explanation import Explanation
from martlet_worker.file_wrapper import FileWrapper, file_part
from martlet_worker.source_watch import watch_files
from martlet_worker.static_folders import tell_static_folders
from martlet_worker.threads import MainThread, start_threads
from martlet_worker.upgrade_socket import UpgradeSocket


def serve(martlet, control, application, settings, terminal, signals, seen, seconds):
    """Serves until the server ends this worker, which does not return then. The start has taken so many seconds."""
    threads = settings.threads
    order, memory, lanes = receive_order(control, settings.lanes)

    def log(kind, value, trace, request, identifier):
        say("error", "exception in the application, %s (request %s)" % (request, identifier),
            "".join(traceback.format_exception(kind, value, trace)), request=identifier)

    def note(level, text, request, identifier):
        shown = (request or "?")[:500].encode("ascii", "replace").decode()
        say(level, "%s: %s (request %s)" % (text, shown, identifier), request=identifier)

    own = martlet.start(
        memory=memory, descriptors=lanes, lanes=settings.lanes, places=settings.places, place=order.place, control=control,
        requests=order.requests, start_nanoseconds=int(seconds * 1e9),
        application=with_files_of_debug_mode(application), environ=make_environ(threads, settings.places, settings.once),
        log=log, note=note, left=signals.left,
        explain=Explanation(settings.directory) if settings.reload else None,
        file_wrapper=FileWrapper, file_part=file_part, upgrade_socket=UpgradeSocket,
    )
    signals.descriptors = [control, *own]
    signals.hear_terminate(martlet.stop, bell=own[0])

    def listen():
        """Does what the server says until it says that this worker ends."""
        while True:
            message = martlet.wait(control)
            if message is None:
                terminal.end()
                break
            if not message:  # SIGINT
                terminal.end()
                continue
            command = decode(message)
            if command.name == "stop":
                break
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
        start_new_thread(watch_files, (control, settings.directory, seen))
    if settings.static:
        tell_static_folders(control, application)

    def work():
        # Before the first request is taken: a worker that has said nothing has none that could be lost with it.
        tell(control, "ready")
        if threads == 1:
            martlet.serve(0, 1)
        else:
            while gates:
                gates.pop().release()  # this is begun again where something has left a signal handler
            listen()
            for thread in pool:
                thread.join()
        leave(signals, is_short=settings.reload)

    signals.shield(work)


def receive_order(control, lanes):
    """The server's order, the descriptor of the shared memory, and those of the lanes: a pipe to wake each, then a socket to each."""
    order, descriptors = receive(control)
    more = order
    while more is not None and len(descriptors) < 1 + 2 * lanes:
        more, others = receive(control)
        descriptors += others
    if order is None or len(descriptors) < 1 + 2 * lanes:
        os._exit(1)  # the server is stopping, or gone
    return order, descriptors[0], descriptors[1:]


def make_environ(threads, places, is_once):
    """What every environ begins as a copy of (PEP 3333 "environ Variables")."""
    return {
        "REQUEST_METHOD": "GET", "SCRIPT_NAME": "", "PATH_INFO": "", "QUERY_STRING": "", "REQUEST_URI": "", "RAW_URI": "",
        "SERVER_NAME": "", "SERVER_PORT": "", "SERVER_PROTOCOL": "HTTP/1.1", "REMOTE_ADDR": "", "REMOTE_PORT": "",
        "SERVER_SOFTWARE": "martlet",
        "wsgi.version": (1, 0), "wsgi.url_scheme": "http", "wsgi.errors": application_errors(),
        "wsgi.multithread": threads > 1, "wsgi.multiprocess": is_once or places > 2, "wsgi.run_once": is_once,
        "wsgi.input_terminated": True, "wsgi.file_wrapper": FileWrapper, "martlet.request_id": "",
    }
