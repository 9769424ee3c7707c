"""Standard output and standard error by whole lines, where records of other processes go to the same place.

What an application has written without a line end, and flushed, would stand in front of the next record of the server: a line that is
no JSON any more.
"""
import io
import os
import sys
import threading


class WholeLines(io.RawIOBase):
    """Passes whole lines on at once, and keeps what has no end until it has one; or until it is longer than a line of a log."""

    longest = 8192
    kept_by = []

    def __init__(self, descriptor):
        self.descriptor = descriptor
        self.kept = b""
        self.renew_lock()
        self.kept_by.append(self)

    def renew_lock(self):
        # A handler of a signal may write while its thread does.
        self.lock = threading.RLock()

    def writable(self):
        return True

    def fileno(self):
        return self.descriptor

    def isatty(self):
        return os.isatty(self.descriptor)

    def write(self, data):
        data = bytes(data)
        with self.lock:
            whole, end, rest = (self.kept + data).rpartition(b"\n")
            if len(rest) > self.longest:
                whole, end, rest = whole + end + rest, b"\n", b""
            # First, so that what cannot be written is not written twice.
            self.kept = rest
            self.pass_on(whole + end)
        return len(data)

    def pass_on(self, data):
        while data:
            data = data[os.write(self.descriptor, data):]

    def finish(self):
        """Ends the line that is open."""
        if self.kept:
            self.write(b"\n")


def by_lines(descriptor, errors="backslashreplace"):
    return io.TextIOWrapper(io.BufferedWriter(WholeLines(descriptor)), encoding="utf-8", errors=errors, line_buffering=True)


def write_whole_lines():
    """For what is printed, from now on."""
    for name, descriptor in (("stdout", 1), ("stderr", 2)):
        former = getattr(sys, name)
        if former is not None:
            former.flush()
            stream = by_lines(descriptor)
            setattr(sys, name, stream)
            setattr(sys, "__%s__" % name, stream)
    os.register_at_fork(after_in_child=start_anew)


def start_anew():
    """In a child: the lines that are open are its parent's."""
    for lines in WholeLines.kept_by:
        lines.kept = b""
        lines.renew_lock()


def finish_lines():
    for lines in WholeLines.kept_by:
        try:
            lines.finish()
        except OSError:
            pass  # nobody reads it
