"""Telling the server when a source file changes (`--reload`)."""
import os
import sys
from select import poll

from martlet_worker.control import tell


def watch_files(control, directory, former):
    """Tells the server when a file is not what it was in `former`: those of every module, and what else lies in the folder.
    Returns when the server has hung up."""
    server = poll()
    server.register(control, 0)  # a hang-up is always told
    while not server.poll(300):
        times = source_times(directory)
        modules = module_files()
        # A module that was imported since the last look is new here, but has not changed.
        if any(times.get(file) != when for file, when in former.items()) or any(
            file not in former and file not in modules for file in times
        ):
            tell(control, "files_changed")
        former = times


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
