"""A worker process of Martlet: it imports the application and lends its threads to the library, which answers requests.

It runs in the user's own Python, 3.9 or newer, with the stable parts of the language only, out of memory (memory_importer.py). Modules
of Python's library are imported, and functions that gevent and eventlet replace are taken by name, when this package is: before the
application, which may have modules alike.

    __main__        the order of events: start, import, serve
    settings        the words of the command line
    control         messages of the control socket; control_table is their table
    application     finding and importing the application; wsgi_callable says whether it is one
    start_watch     an import that takes long
    preload         forking workers of an application that has been imported
    static_folders  what the server may answer with itself; flask_folders and django_folders find it, a static_folder each
    serving         a worker's life from the import to its end
    threads         the threads that run the application; commands about their requests
    worker_signals  SIGTERM and SIGINT; terminal: a debugger at the terminal
    source_watch    files that change, for --reload
    ending          threads, executors, atexit
    file_wrapper    wsgi.file_wrapper; upgrade_socket: werkzeug.socket
    error_log       records on standard error; stacks: what they show of Python's; whole_lines: what stands beside records of JSON
"""
