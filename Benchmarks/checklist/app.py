"""The one WSGI application of all checks: the first segment of the path names the check, or `/alive`, or `/journal`.

It is called by the server as `application(*arguments, **keywords)`, so that a check can see how.
"""

from __future__ import annotations

from typing import Any, Iterable

from . import CHECKS
from .calling import asterisk_app
from .reply import journal, text

APPS = {check.name: check.app for check in CHECKS}
APPS["journal"] = journal
# OPTIONS * has no path that could name a check.
APPS[""] = APPS["*"] = asterisk_app


def alive(environ: Any, start_response: Any) -> Iterable[bytes]:
    return text(start_response, b"alive")


APPS["alive"] = alive


def application(*arguments: Any, **keywords: Any) -> Iterable[bytes]:
    environ, start_response = [*arguments, *keywords.values()][:2]
    environ["checklist.call"] = (len(arguments), sorted(keywords))
    name = environ.get("PATH_INFO", "").lstrip("/").partition("/")[0]
    app = APPS.get(name)
    if app is None:
        return text(start_response, f"no check is called {name!r}".encode("utf-8"), "404 Not Found")
    return app(environ, start_response)
