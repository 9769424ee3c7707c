"""Lines 38 and 39: what is called too late, and exceptions that are no `Exception`."""

from __future__ import annotations

from typing import Any, Dict, Iterable

from .check import MUST, SHOULD, Check, ensure
from .client import Site
from .reply import answer, argument
from .starting import PLAIN

_kept: Dict[str, Any] = {}


def late_app(environ: Any, start_response: Any) -> Iterable[bytes]:
    """Keeps the first request's callables and calls them in the second."""
    token = argument(environ, "token")
    if token not in _kept:
        write = start_response("200 OK", [*PLAIN, ("Content-Length", "4")])
        _kept[token] = (start_response, write)
        return [b"kept"]
    outcomes = []
    for late_call in (lambda: _kept[token][0]("418 Late", PLAIN[:]), lambda: _kept[token][1](b"late")):
        try:
            late_call()
            outcomes.append(False)
        except Exception:
            outcomes.append(True)
    return answer(start_response, all(outcomes))


def late_client(site: Site) -> None:
    """The second answer must be its own. Repeated: what was freed may look right by chance."""
    for _ in range(20):
        again = Site(site.host, site.port, site.name)
        ensure(again.get().body == b"kept", "the first answer is wrong")
        response = again.get()
        right = response.status == 200 and response.body in (b"true", b"false")
        ensure(right, f"answered {response.status} {response.body[:60]!r}")
    site.still_serves()


def late_raises_client(site: Site) -> None:
    site.get()
    ensure(site.get().json() is True, "a late call did not raise")


class Unusual(BaseException):
    """No `Exception`, and nobody's."""


def raises(error: type) -> Any:
    def app(environ: Any, start_response: Any) -> Iterable[bytes]:
        raise error("raised on purpose")

    return app


def survives(site: Site) -> None:
    try:
        response = site.get()
        ensure(response.status >= 500, f"answered {response.status}")
    finally:
        site.still_serves()


RESILIENCE_CHECKS = [
    Check("late-calls-harmless", 38, MUST, late_app, late_client),
    Check("late-calls-raise", 38, SHOULD, late_app, late_raises_client),
    Check("exception", 39, MUST, raises(RuntimeError), survives),
    Check("system-exit", 39, SHOULD, raises(SystemExit), survives),
    Check("keyboard-interrupt", 39, SHOULD, raises(KeyboardInterrupt), survives),
    Check("base-exception", 39, SHOULD, raises(Unusual), survives),
]
