"""What of Python's own library a worker uses: all of it is imported here, before the application's folder can be searched.

An application may have a `types.py` or a `signal.py`, and it may replace functions of the library (gevent and eventlet do): what is
named here is Python's own, whatever happens later.
"""
import os
import sys

# A program of `python -c` has the current folder first on its path; PYTHONPATH comes before the library as well.
search_path = [entry for entry in sys.path if entry]
library_folder = os.path.dirname(os.__file__)
sys.path[:] = sorted(search_path, key=lambda entry: not entry.startswith(library_folder) or "-packages" in entry)

import _socket
import _thread
import ast
import atexit
import difflib
import faulthandler
import functools
import gc
import importlib
import importlib.machinery
import importlib.util
import io
import linecache
import select
import signal
import socket
import threading
import time
import tokenize
import traceback
import types
import warnings
from _thread import allocate_lock, get_ident, start_new_thread
from os import fork, waitpid, write
from select import poll
from signal import getsignal, pthread_kill, signal as set_signal
from time import monotonic, sleep

sys.path[:] = search_path


def has_own_threads():
    """Whether `threading` means threads of the system; gevent and eventlet put greenlets in their place."""
    return threading.get_ident is get_ident
