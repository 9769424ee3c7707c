"""What the checks' applications share: answers, the query's arguments and the journal."""

from __future__ import annotations

import json
import socket
import threading
from typing import Any, Dict, List
from urllib.parse import parse_qs

RENDEZVOUS_SECONDS = 3

_journal: Dict[str, List[Any]] = {}
_lock = threading.Lock()


def answer(start_response: Any, value: Any, error: Any = None) -> List[bytes]:
    """A 200 with `value` as JSON; `error` is the `exc_info` that replaces an earlier answer."""
    body = json.dumps(value).encode("utf-8")
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    if error is None:
        start_response("200 OK", headers)
    else:
        start_response("200 OK", headers, error)
    return [body]


def text(start_response: Any, body: bytes, status: str = "200 OK") -> List[bytes]:
    start_response(status, [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]


def not_offered(start_response: Any, what: str) -> List[bytes]:
    start_response("501 Not Implemented", [("X-Not-Offered", what), ("Content-Length", "0")])
    return [b""]


def argument(environ: Any, name: str) -> str:
    return parse_qs(environ.get("QUERY_STRING", "")).get(name, [""])[0]


def note(token: str, entry: Any) -> None:
    """Adds an entry to the journal that the client reads at `/journal?token=…`."""
    with _lock:
        _journal.setdefault(token, []).append(entry)


def journal(environ: Any, start_response: Any) -> List[bytes]:
    with _lock:
        entries = list(_journal.get(argument(environ, "token"), []))
    return answer(start_response, entries)


def met(environ: Any) -> bool:
    """Waits until the client, who listens on the port in the query, says that it has what was sent so far."""
    try:
        with socket.create_connection(("127.0.0.1", int(argument(environ, "meet"))), RENDEZVOUS_SECONDS) as client:
            return client.recv(2) == b"go"
    except OSError:
        return False
