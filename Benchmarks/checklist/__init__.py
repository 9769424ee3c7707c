"""A checklist for WSGI servers, observed from inside an application and from the bytes on the wire.

`CHECKS` is the whole list. Serve `checklist.app:application` with **one** worker process and at least two threads, then

    for check in CHECKS:
        check.run(server)       # anything with .host and .port

`run` returns when the server did right, raises `CheckFailed` (an `AssertionError`) with what it did, or `NotOffered`
when the server lacks something that PEP 3333 leaves to its choice. One process, since the application keeps a journal
in it.
"""

from .body import BODY_CHECKS
from .calling import CALLING_CHECKS
from .check import Check, CheckFailed, NotOffered
from .files import FILE_CHECKS
from .reading import READING_CHECKS
from .resilience import RESILIENCE_CHECKS
from .starting import STARTING_CHECKS

__all__ = ["CHECKS", "Check", "CheckFailed", "NotOffered"]

CHECKS = [
    *CALLING_CHECKS,
    *READING_CHECKS,
    *STARTING_CHECKS,
    *BODY_CHECKS,
    *FILE_CHECKS,
    *RESILIENCE_CHECKS,
]
