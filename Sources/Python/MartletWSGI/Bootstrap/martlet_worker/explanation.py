"""What the page of development tells of an exception that no application has caught (ErrorPage+records.swift)."""
import linecache
import os
import sys
import traceback

from martlet_worker.advice import install_command

# A page is for reading, and has to fit into the memory that is shared with the server.
FRAMES = 12
LINES_BEFORE, LINES_AFTER = 3, 4
LONGEST_LINE = 200
LONGEST_MESSAGE = 2_000
LONGEST_TRACEBACK = 12_000


class Explanation:
    def __init__(self, folder):
        """`folder` is the application's, an absolute path."""
        self.folder = folder

    def __call__(self, kind, value, trace, environ):
        records = [("kind", kind.__name__), ("message", message_of(value)[:LONGEST_MESSAGE])]
        records += [("hint", hint) for hint in hints(value)]
        own = self.own_frames(trace)
        if own:
            records.append(("section", "Your code, the latest call first"))
            records += [self.frame_record(frame, line) for frame, line in reversed(own)]
        text = "".join(traceback.format_exception(kind, value, trace)).rstrip("\n")
        if len(text) > LONGEST_TRACEBACK:
            text = "...\n" + text[-LONGEST_TRACEBACK:]
        records += [("section", "Traceback, the latest call last"), ("text", text)]
        records += request_records(environ)
        text = "".join("\x1f".join(clean(field) for field in record) + "\x1e" for record in records)
        return text.encode("utf-8", "backslashreplace").decode()

    def own_frames(self, trace):
        """Frames with their lines. A generator expression is at the line that it is in, and shown once."""
        own = []
        for frame, line in traceback.walk_tb(trace):
            if own and own[-1][0].f_code.co_filename == frame.f_code.co_filename and own[-1][1] == line:
                continue
            if self.is_own(frame.f_code.co_filename):
                own.append((frame, line))
        return own[-FRAMES:]

    def is_own(self, filename):
        """Whether a file is of the application: below its folder, and in no environment of libraries."""
        parts = set(filename.split(os.sep))
        return filename.startswith(self.folder.rstrip(os.sep) + os.sep) and not {"site-packages", "dist-packages"} & parts

    def frame_record(self, frame, line):
        code = frame.f_code
        place = "%s:%d" % (code.co_filename[len(self.folder.rstrip(os.sep)) + 1:], line)
        linecache.checkcache(code.co_filename)
        first = max(1, line - LINES_BEFORE)
        lines = linecache.getlines(code.co_filename, frame.f_globals)[first - 1:line + LINES_AFTER]
        return ("frame", getattr(code, "co_qualname", code.co_name), place, "own", str(first), str(line),
                *(text.rstrip("\r\n")[:LONGEST_LINE] for text in lines))


def message_of(value):
    try:
        return str(value)
    except Exception as error:
        return "(its text cannot be made: %s)" % type(error).__name__


def hints(value):
    if isinstance(value, ModuleNotFoundError) and value.name:
        yield "If %s is a package, install it into the Python that runs the application: %s" % (
            value.name.partition(".")[0], install_command(value.name))


def request_records(environ):
    path = environ.get("REQUEST_URI", "")
    scheme, host = environ.get("wsgi.url_scheme", "http"), environ.get("HTTP_HOST", "")
    yield ("section", "Request")
    yield ("fact", "Method", environ.get("REQUEST_METHOD", ""))
    yield ("url", path if "://" in path else "%s://%s%s" % (scheme, host, path))
    if environ.get("SCRIPT_NAME"):
        yield ("fact", "Mounted at", environ["SCRIPT_NAME"])
    yield ("query", environ.get("QUERY_STRING", ""))
    yield ("section", "Headers")
    for name, value in list(environ.items()):
        if name in ("CONTENT_TYPE", "CONTENT_LENGTH") and value or name.startswith("HTTP_"):
            yield ("header", name.removeprefix("HTTP_").replace("_", "-").title(), value)


def clean(field):
    """A field in which no record and no field ends."""
    return field.replace("\x1e", " ").replace("\x1f", " ")
