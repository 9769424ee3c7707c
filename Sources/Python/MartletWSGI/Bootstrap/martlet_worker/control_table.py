"""The messages of the control socket, and the settings of the command line.

Made of ControlMessage.swift and WorkerSetting.swift: change it there. A test compares, and shows what has to stand here.
"""

# The longest message in bytes.
TO_WORKER_LIMIT = 1024
TO_SERVER_LIMIT = 65536

# Each message: its letter, and its fields.
TO_WORKER = {
    # The first, with the descriptors, in as many parts as they need. Serve from this record of the shared memory, and
    # take so many requests: 0 for any number, -1 for none until `allow` comes.
    "order": ("O", (("place", int), ("requests", int))),
    # To a preload process: fork a worker, whose control socket comes with this.
    "fork": ("K", ()),
    # End after the requests that are being worked on.
    "stop": ("S", ()),
    # Take so many requests from now on, 0 for any number.
    "allow": ("M", (("requests", int),)),
    # Raise RequestTimeout in the thread, if it is still at it.
    "interrupt": ("T", (("thread", int), ("slot", int), ("use", int))),
    # Write the Python stack of a slow request to the log, and how long it has taken.
    "write_stack": ("D", (("thread", int), ("slot", int), ("use", int), ("seconds", int), ("id", str), ("line", str))),
}

# Each message: its letter, and its fields.
TO_SERVER = {
    # The first of a forked worker, whose process id the kernel says.
    "forked": ("P", ()),
    # The application has been imported. Said before the first request is taken.
    "ready": ("R", ()),
    # The application cannot be imported: what to do, and Python's own words. Settings stand in braces.
    "failed": ("F", (("advice", str), ("traceback", str))),
    # A source file is not what it was (`--reload`).
    "files_changed": ("C", ()),
    # The import has taken so long, and stands here; sent every ten seconds.
    "importing": ("I", (("seconds", int), ("stack", str))),
    # The limit on requests is near: start the next worker.
    "wants_successor": ("N", ()),
    # No more requests are taken.
    "reached_limit": ("L", ()),
    # A debugger has stopped a request: no time limit may end it.
    "debugged": ("B", ()),
    # Before `ready`: the application has this folder of files, below this path of its own or of the site (`from_root`).
    # Where it answers with them itself (`has_view`), it does so in the usual way. `max_age` in seconds.
    "static_folder": ("A", (("prefix", str), ("from_root", int), ("has_view", int), ("max_age", int), ("folder", str))),
    # Before `ready`: the application has said so of files whose name ends with a dot and this.
    "media_type": ("Y", (("suffix", str), ("type", str))),
    # Before `ready`: why not all of the application's folders can be told for certain.
    "keeps_static": ("E", (("reason", str),)),
}

SETTINGS = {
    # the descriptor of the control socket
    "control": int,
    # the server's process id: the worker ends with it
    "server": int,
    # the path of libMartletWorker.so
    "library": str,
    # how many event loops there are
    "lanes": int,
    # how many worker records are in the shared memory
    "places": int,
    # how many threads run the application
    "threads": int,
    # the application's folder
    "directory": str,
    # how long the import may take, in seconds; not given, for ever
    "start-timeout": float,
    # import the application and fork the workers
    "preload": bool,
    # development: end soon, whatever still runs, and explain errors
    "reload": bool,
    # tell when a source file changes
    "watch": bool,
    # standard input is a terminal where a debugger may be used
    "terminal": bool,
    # tell of the application's static folders
    "static": bool,
    # write records of the log as JSON
    "json-log": bool,
    # there is one request, as of a CGI program
    "once": bool,
}
