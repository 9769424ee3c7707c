"""Imports the package martlet_worker out of memory, so that a worker needs no files but the user's own.

Python runs this as a program (see WorkerProgram.swift), with the sources of the package as a dictionary behind it. What is imported
here is the worker's own: it is taken out of `sys.modules` before the application is imported, which may have modules of any name.
"""
import os
import sys

# What `traceback` imports itself when it has to show something.
LATER = ["linecache", "tokenize"]


class MemoryImporter:
    """Finds and loads the modules of a dictionary, from their names to their sources (`importlib.abc.InspectLoader`)."""

    def __init__(self, sources):
        self.sources = sources
        self.package = min(sources, key=len)
        # They live as long as this: nothing else has to name them.
        self.modules = {}

    def import_entry(self):
        """The package's `__main__`, imported with all that it needs; `sys.modules` and `sys.path` are as before."""
        search_path = sys.path[:]
        sys.path[:] = library_first(search_path)
        sys.meta_path.insert(0, self)
        try:
            from importlib import import_module
            for name in LATER:
                import_module(name)
            return import_module(self.package + ".__main__")
        except ModuleNotFoundError as error:
            sys.exit("martlet: this Python (%s) has no module '%s', which is a part of Python's own library. On Debian "
                     "'apt-get install python3' adds it to python3-minimal." % (sys.executable, error.name))
        finally:
            sys.meta_path.remove(self)
            self.modules = {name: sys.modules.pop(name) for name in self.sources if name in sys.modules}
            # A program of `python -c` has the current folder first on its path.
            sys.path[:] = [entry for entry in search_path if entry]

    def find_spec(self, name, path=None, target=None):
        if name not in self.sources:
            return None
        from importlib.machinery import ModuleSpec
        spec = ModuleSpec(name, self, origin=self.get_filename(name), is_package=self.is_package(name))
        spec.has_location = True
        return spec

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        exec(self.get_code(module.__name__), module.__dict__)

    def get_code(self, name):
        return compile(self.sources[name], self.get_filename(name), "exec", dont_inherit=True)

    def get_source(self, name):
        """For tracebacks and debuggers, which show lines."""
        return self.sources[name]

    def get_filename(self, name):
        file = "__init__" if self.is_package(name) else name.rpartition(".")[2]
        return "<%s>/%s.py" % (self.package, file)

    def is_package(self, name):
        return name == self.package


def library_first(entries):
    """PYTHONPATH comes before Python's own library, and a folder in it may have a `types.py` or a `signal.py`: what the worker uses is
    Python's own, and imported before the application's folder can be searched."""
    library = os.path.dirname(os.__file__)
    present = [entry for entry in entries if entry]
    return sorted(present, key=lambda entry: not entry.startswith(library) or "-packages" in entry)
