"""The log of a worker: standard error, in records as the server's own."""
import io
import os
import time
import traceback


def open_error_log():
    """What wsgi.errors writes to as well: a copy of descriptor 2, so that an application may close its own."""
    descriptor = os.dup(2)
    os.set_inheritable(descriptor, False)
    return io.TextIOWrapper(io.FileIO(descriptor, "w"), encoding="utf-8", errors="backslashreplace", line_buffering=True,
                            write_through=True)


errors = open_error_log()


def say(level, text, details=""):
    """Writes a record: its time, its level, the text; then details as they are, such as a traceback."""
    now = time.time()
    local = time.localtime(now)
    moment = "%s.%03d %s" % (time.strftime("%Y-%m-%d %H:%M:%S", local), now % 1 * 1000, time.strftime("%z", local))
    try:
        errors.write("%s %-8s %s\n%s" % (moment, level, text, details))
        errors.flush()
    except OSError:
        pass  # nobody reads it
    except ValueError:
        if not errors.closed:
            raise  # not of this file: a signal has come, and its handler has raised it


def say_exception(text, error):
    say("error", text, "".join(traceback.format_exception(type(error), error, error.__traceback__)))
