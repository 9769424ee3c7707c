"""What is useful inside an application that Martlet serves. All of it works, and says so, under any other server as well."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ._version import __version__

__all__ = ["__version__", "early_hints", "request_id", "runs_under_martlet"]


def runs_under_martlet(environ: Mapping[str, Any]) -> bool:
    """Whether it is Martlet that serves the request of this WSGI environ, such as Flask's `request.environ`."""
    return "martlet.request_id" in environ


def request_id(environ: Mapping[str, Any]) -> str | None:
    """The id of the request as it stands in Martlet's logs, such as `4f-2`; None under another server."""
    identifier = environ.get("martlet.request_id")
    return identifier if isinstance(identifier, str) else None


def early_hints(environ: Mapping[str, Any], headers: Sequence[tuple[str, str]]) -> bool:
    """Sends 103 Early Hints (RFC 8297) at once, such as `[("Link", "</app.css>; rel=preload; as=style")]`, while the answer is still
    being made. False, and nothing is sent, where this request cannot have any: over HTTP/1.0, or under a server that has none.

    Raises what `environ["wsgi.early_hints"]` raises: a TypeError or ValueError for headers that may not be sent, a RuntimeError after
    the request is over.
    """
    send = environ.get("wsgi.early_hints")
    if send is None:
        return False
    send(list(headers))
    return True
