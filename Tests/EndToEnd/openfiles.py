"""The temporary files that a server and its workers have open, which have no names."""

import contextlib
import os

import waiting


def open_files(server, folder, pids=None):
    """The descriptors of files in the folder that the server and its workers have."""
    links = []
    for pid in pids or [server.pid, *server.workers()]:
        for name in os.listdir(f"/proc/{pid}/fd"):
            with contextlib.suppress(FileNotFoundError):
                links.append(os.readlink(f"/proc/{pid}/fd/{name}"))
    return [link for link in links if link.startswith(str(folder))]


def assert_nothing_is_left(server, folder):
    waiting.until(lambda: open_files(server, folder) == [], "every file of a body to be gone")
    assert os.listdir(folder) == []
