"""What a check is: a WSGI application, a client that talks to it, and the rule that both are about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Iterable

MUST = "must"
SHOULD = "should"


class CheckFailed(AssertionError):
    """The server broke the rule; the text says what it did."""


class NotOffered(Exception):
    """The server does not have what is checked, and PEP 3333 lets it."""


@dataclass(frozen=True)
class Check:
    """One rule. The application answers under `/NAME`; the client is given a `Site` for that path."""

    name: str
    line: int
    """Its line in the project's checklist, which follows the order of PEP 3333."""
    level: str
    app: Callable[..., Iterable[bytes]]
    client: Callable[[Any], None]

    def run(self, server: Any) -> None:
        """Raises `CheckFailed` or `NotOffered`; `server` has a `host` and a `port`."""
        from .client import Site

        try:
            self.client(Site(server.host, server.port, self.name))
        except (OSError, ValueError) as error:
            # No answer, or one that does not parse, is an answer too.
            raise CheckFailed(str(error) or type(error).__name__) from error


def ensure(condition: object, message: str) -> None:
    if not condition:
        raise CheckFailed(message)
