"""The end of a worker, as Python ends: threads and executors first, then what is registered with `atexit`."""
import atexit
import os
import sys
import threading
from _thread import start_new_thread
from time import sleep

from martlet_worker.error_log import say, say_exception
from martlet_worker.whole_lines import finish_lines


def leave(signals, is_short):
    """Ends the process. How long that may take is for the server to say, which kills it then; `is_short` is for development."""
    signals.call_former()
    start_new_thread(watch_end, (is_short,))
    try:
        # Waits for the jobs of executors and for all threads that are no daemons.
        threading._shutdown()
    except BaseException as error:
        say_exception("exception while threads ended", error)
    try:
        atexit._run_exitfuncs()
    except BaseException:
        pass  # it has written what was raised
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:
            pass
    finish_lines()
    os._exit(0)


def watch_end(is_short):
    """Says whom the end waits for. A server that runs with --reload has no time for those."""
    sleep(2 if is_short else 5)
    names = [thread.name for thread in threading.enumerate() if not thread.daemon and thread is not threading.main_thread()]
    if names:
        say("warning", "this worker (pid %d) has served its last request and waits for threads of the application: %s. Let them end, "
            "or start them with daemon=True." % (os.getpid(), ", ".join(names)))
    if is_short:
        os._exit(0)
