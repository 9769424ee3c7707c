"""wsgi.file_wrapper (PEP 3333, "Optional Platform-Specific File Handling")."""
import io
import sys


class FileWrapper:
    """A file as an iterable of blocks; where it is an open file of the system, the server sends it by itself."""

    def __init__(self, filelike, blksize=65536):
        self.filelike = filelike
        self.blksize = blksize

    def __iter__(self):
        return self

    def __next__(self):
        data = self.filelike.read(self.blksize)
        if data:
            return data
        raise StopIteration

    def close(self):
        close = getattr(self.filelike, "close", None)
        if close is not None:
            close()


def file_part(wrapper):
    """The descriptor and the position of a wrapper's file; None where only reading tells what its bytes are.

    A `fileno` is not enough: that of a gzip.GzipFile is the compressed file's. So `read` must be the very method of one of
    Python's own binary files. Objects that pass `read` on, such as Django's File, are as good as the file behind them.
    """
    filelike = wrapper.filelike
    tempfile = sys.modules.get("tempfile")
    if tempfile is not None and type(filelike) is getattr(tempfile, "_TemporaryFileWrapper", None):
        filelike = filelike.file
    read = getattr(filelike, "read", None)
    file = getattr(read, "__self__", None)
    if type(read) is not type(len) or read.__name__ != "read":
        return None
    try:
        if type(file) is io.BufferedRandom:
            file.flush()
        elif type(file) is not io.BufferedReader and type(file) is not io.FileIO:
            return None
        if not file.readable() or type(file) is not io.FileIO and type(file.raw) is not io.FileIO:
            return None
        # What a buffered file has read ahead the application has not seen: tell() leaves it out.
        return file.fileno(), file.tell()
    except (OSError, ValueError):
        return None
