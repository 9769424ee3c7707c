"""The log of a worker: standard error, in records as the server's own, for people or as JSON (JSONLogRecord.swift)."""
import io
import os
import time
import traceback

from martlet_worker.whole_lines import by_lines, write_whole_lines


def open_error_log():
    """A copy of descriptor 2, so that an application may close its own."""
    descriptor = os.dup(2)
    os.set_inheritable(descriptor, False)
    return io.TextIOWrapper(io.FileIO(descriptor, "w"), encoding="utf-8", errors="backslashreplace", line_buffering=True,
                            write_through=True)


errors = open_error_log()


def application_errors():
    """wsgi.errors. Where records are JSON, lines without an end are not to meet them."""
    return by_lines(errors.fileno()) if RecordFormat.encode else errors


class RecordFormat:
    """How records are written: `encode` is json.dumps where they are JSON."""

    encode = None


def write_json():
    """To be called before the application is imported, which may have a module `json` of its own."""
    from json import dumps
    RecordFormat.encode = dumps
    write_whole_lines()


def say(level, text, details="", request=None):
    """Writes a record: its time, its level, the text; then details as they are, such as a traceback. `request` is its id."""
    try:
        errors.write(json_record(level, text, details, request) if RecordFormat.encode else text_record(level, text, details))
        errors.flush()
    except OSError:
        pass  # nobody reads it
    except ValueError:
        if not errors.closed:
            raise  # not of this file: a signal has come, and its handler has raised it


def text_record(level, text, details):
    now = time.time()
    local = time.localtime(now)
    moment = "%s.%03d %s" % (time.strftime("%Y-%m-%d %H:%M:%S", local), now % 1 * 1000, time.strftime("%z", local))
    return "%s %-8s %s\n%s" % (moment, level, text, details)


def json_record(level, text, details, request):
    now = time.time()
    moment = "%s.%03dZ" % (time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)), now % 1 * 1000)
    # What is no text for UTF-8 is none for JSON.
    text, details = (part.encode("utf-8", "backslashreplace").decode() for part in (text, details))
    record = {"time": moment, "level": level, "source": "worker", "pid": os.getpid(), "message": text, "request_id": request,
              "trace_id": None, "details": details or None, "fields": {}}
    return RecordFormat.encode(record, ensure_ascii=False, separators=(",", ":")) + "\n"


def say_exception(text, error):
    say("error", text, "".join(traceback.format_exception(type(error), error, error.__traceback__)))
