"""An application whose process takes for ever to end."""

import atexit
import threading

from worker_cases import application  # noqa: F401: it is what is served

atexit.register(threading.Event().wait)
