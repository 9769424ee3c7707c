"""Lines 18 to 27: `start_response`, `write` and the response's head."""

from __future__ import annotations

import sys
from typing import Any, Iterable, Iterator, List

from .check import MUST, SHOULD, Check, ensure
from .client import Closed, Site
from .reply import answer, argument, note, text

PLAIN = [("Content-Type", "text/plain")]


class Marker(Exception):
    """Raised by an application to be recognised when it comes back."""


def whole(body: bytes, status: int = 200) -> Any:
    """The client of an application whose answer must be exactly this."""

    def client(site: Site) -> None:
        response = site.get()
        ensure(
            response.status == status and response.body == body and response.complete,
            f"answered {response.status} {response.reason} {response.body[:80]!r}"
            + ("" if response.complete else ", and the answer does not end"),
        )

    return client


def journal_is(*wanted: Any) -> Any:
    """The client of an application whose answer does not matter, but what it noted."""

    def client(site: Site) -> None:
        try:
            site.get()
        except (OSError, ValueError):
            pass
        entries = site.eventually(lambda entries: len(entries) >= len(wanted))
        ensure(entries == list(wanted), f"the application saw: {', '.join(map(str, entries)) or 'nothing'}")

    return client


# 18


def held_back_app(environ: Any, start_response: Any) -> Iterator[bytes]:
    """Its head can be replaced as long as nothing but empty blocks has come."""
    start_response("200 OK", PLAIN[:])
    yield b""
    try:
        raise Marker
    except Marker:
        start_response("503 Replaced", PLAIN[:], sys.exc_info())
    yield b"replaced"


# 19


def lazy_app(environ: Any, start_response: Any) -> Iterator[bytes]:
    start_response("203 Lazy", [*PLAIN, ("X-Lazy", "yes")])
    yield b"lazy"


def lazy_client(site: Site) -> None:
    response = site.get()
    ensure(response.status == 203, f"the status is {response.status}")
    ensure(response.get("X-Lazy") == "yes", "the headers are lost")
    ensure(response.body == b"lazy", f"the body is {response.body!r}")


# 20


def never_started_app(environ: Any, start_response: Any) -> Iterable[bytes]:
    return [b"no status"]


# 21


def second_call_app(environ: Any, start_response: Any) -> Iterable[bytes]:
    start_response("200 OK", PLAIN[:])
    try:
        start_response("404 Not Found", PLAIN[:])
    except Exception:
        note(argument(environ, "token"), "raised")
        raise
    note(argument(environ, "token"), "accepted")
    return [b"second"]


def after_failed_call_app(environ: Any, start_response: Any) -> Iterable[bytes]:
    try:
        start_response("200 OK", [("X-Bad", "a\r\nb")])
    except Exception:
        pass
    try:
        start_response("404 Not Found", PLAIN[:])
    except Exception:
        note(argument(environ, "token"), "raised")
        raise
    note(argument(environ, "token"), "accepted")
    return [b"second"]


# 22


def replaced_app(environ: Any, start_response: Any) -> Iterable[bytes]:
    start_response("200 OK", [*PLAIN, ("X-First", "yes")])
    try:
        raise Marker
    except Marker:
        start_response("500 Replaced", [*PLAIN, ("X-Second", "yes")], sys.exc_info())
    return [b"replaced"]


def replaced_client(site: Site) -> None:
    response = site.get()
    ensure(
        response.status == 500 and response.body == b"replaced", f"answered {response.status} {response.body[:60]!r}"
    )
    ensure(response.get("X-First") is None, "a header of the first call is still there")
    ensure(response.get("X-Second") == "yes", "the headers of the second call are lost")


def too_late_app(environ: Any, start_response: Any) -> Iterator[bytes]:
    start_response("200 OK", PLAIN[:])
    yield b"sent" * 1000
    try:
        raise Marker
    except Marker:
        try:
            start_response("500 Too Late", PLAIN[:], sys.exc_info())
        except Exception as error:
            note(argument(environ, "token"), "the same exception" if isinstance(error, Marker) else "raised")
            raise
    note(argument(environ, "token"), "accepted")


def too_late_client(site: Site) -> None:
    try:
        site.get()
    except (OSError, ValueError):
        pass
    entries = site.eventually(bool)
    ensure(entries in (["raised"], ["the same exception"]), f"the application saw: {', '.join(entries) or 'nothing'}")


# 23


def write_app(environ: Any, start_response: Any) -> Iterable[bytes]:
    write = start_response("200 OK", PLAIN[:])
    if not callable(write):
        note(argument(environ, "token"), f"start_response returned {write!r}")
        return [b""]
    write(b"one,")
    write(b"two,")
    return [b"three"]


# 24


def refuses(status: Any, headers: Any) -> Any:
    """An application that says whether `start_response` raised at once."""

    def app(environ: Any, start_response: Any) -> Iterable[bytes]:
        try:
            start_response(status, headers)
        except Exception:
            return answer(start_response, True, sys.exc_info())
        return [b"accepted"]

    return app


def refused_at_once(site: Site) -> None:
    try:
        response = site.get()
    except OSError as error:
        raise ValueError(f"accepted by start_response, then {error}") from None
    ensure(
        response.status == 200 and response.body == b"true",
        f"accepted by start_response, then answered {response.status} {response.reason}",
    )


def connection_app(name: str, value: str) -> Any:
    """An application that sets what is the server's to say."""

    def app(environ: Any, start_response: Any) -> Iterable[bytes]:
        start_response("200 OK", [*PLAIN, ("Content-Length", "4"), (name, value)])
        return [b"body"]

    return app


def left_out(name: str) -> Any:
    """The client of an application whose answer must be whole, without this header of its own."""

    def client(site: Site) -> None:
        with site.connect() as connection:
            connection.send(site.request())
            response = connection.response()
            ensure(
                response.status == 200 and response.body == b"body",
                f"answered {response.status} {response.body[:60]!r}",
            )
            values = [value.lower() for value in response.all(name)]
            # The server has a word of its own to say there.
            ensure(len(values) <= (name == "Connection"), f"{name} is {', '.join(values)}")
            site.next_on(connection)

    return client


def closes_client(site: Site) -> None:
    with site.connect() as connection:
        connection.send(site.request())
        response = connection.response()
        ensure(response.body == b"body", f"answered {response.status} {response.body[:60]!r}")
        ensure(response.ends_connection, "the answer does not say that the connection ends")
        ensure(connection.ends(), "the connection stays open")


# 23, as PEP 3333 does not ask for it but applications do it


def by_name_app(environ: Any, start_response: Any) -> Iterable[bytes]:
    start_response(status="200 OK", headers=[*PLAIN, ("Content-Length", "7")])
    return [b"by name"]


def pairs_app(environ: Any, start_response: Any) -> Iterable[bytes]:
    start_response("200 OK", [["Content-Type", "text/plain"], ["Content-Length", "5"]])
    return [b"pairs"]


def injection_app(environ: Any, start_response: Any) -> Iterable[bytes]:
    start_response("200 OK", [*PLAIN, ("X-Bad", "value\r\nX-Injected: yes")])
    return [b"body"]


def injection_client(site: Site) -> None:
    try:
        response = site.get()
    except Closed:
        return
    ensure(response.get("X-Injected") is None, "the injected header is on the wire")


def reason_client(site: Site) -> None:
    response = site.get()
    ensure(
        (response.status, response.reason) == (299, "Custom Words"),
        f"the status line has {response.status} {response.reason!r}",
    )


def reason_app(environ: Any, start_response: Any) -> Iterable[bytes]:
    return text(start_response, b"custom", "299 Custom Words")


# 26, 27


def plain_app(environ: Any, start_response: Any) -> Iterable[bytes]:
    return text(start_response, b"plain")


def with_headers(*headers: "tuple[str, str]") -> Any:
    def app(environ: Any, start_response: Any) -> Iterable[bytes]:
        start_response("200 OK", [*headers])
        return [b"plain"]

    return app


def has_one(name: str, wanted: str | None = None) -> Any:
    def client(site: Site) -> None:
        values: List[str] = site.get().all(name)
        ensure(len(values) == 1, f"{len(values)} {name} headers: {values}")
        ensure(wanted is None or values == [wanted], f"{name} is {values}")

    return client


def order_client(site: Site) -> None:
    names = [name.lower() for name, _ in site.get().headers if name.lower().startswith("x-order")]
    ensure(names == ["x-order-b", "x-order-a", "x-order-c"], f"the order is {names}")


def cookies_client(site: Site) -> None:
    cookies = site.get().all("Set-Cookie")
    ensure(cookies == ["b=1", "a=2"], f"Set-Cookie is {cookies}")


LENGTH = ("Content-Length", "5")
DATE = "Mon, 01 Jan 2001 00:00:00 GMT"

STARTING_CHECKS = [
    Check("head-held-back", 18, MUST, held_back_app, whole(b"replaced", 503)),
    Check("started-in-iteration", 19, MUST, lazy_app, lazy_client),
    Check("never-started", 20, MUST, never_started_app, Site.fails),
    Check("second-call", 21, MUST, second_call_app, journal_is("raised")),
    Check("second-call-after-a-failed-one", 21, MUST, after_failed_call_app, journal_is("raised")),
    Check("exc-info-replaces", 22, MUST, replaced_app, replaced_client),
    Check("exc-info-too-late", 22, MUST, too_late_app, too_late_client),
    Check("exc-info-too-late-same-exception", 22, SHOULD, too_late_app, journal_is("the same exception")),
    Check("write", 23, MUST, write_app, whole(b"one,two,three")),
    Check("arguments-by-name", 23, SHOULD, by_name_app, whole(b"by name")),
    Check("pairs-as-lists", 24, SHOULD, pairs_app, whole(b"pairs")),
    Check("header-list-is-a-list", 24, SHOULD, refuses("200 OK", tuple(PLAIN)), refused_at_once),
    Check("header-name-token", 24, SHOULD, refuses("200 OK", [("X Bad", "value")]), refused_at_once),
    Check("header-value-control", 24, SHOULD, refuses("200 OK", [("X-Bad", "a\r\nb")]), refused_at_once),
    Check("header-value-string", 24, SHOULD, refuses("200 OK", [("X-Bad", 5)]), refused_at_once),
    Check("header-value-latin-1", 24, SHOULD, refuses("200 OK", [("X-Bad", "\u2603")]), refused_at_once),
    Check("header-not-injected", 24, MUST, injection_app, injection_client),
    Check("status-form", 24, SHOULD, refuses("fine", PLAIN[:]), refused_at_once),
    Check("status-control", 24, SHOULD, refuses("200 OK\r\nX-Bad: yes", PLAIN[:]), refused_at_once),
    Check("reason-phrase", 24, SHOULD, reason_app, reason_client),
    Check("hop-by-hop-keep-alive", 25, SHOULD, connection_app("Connection", "keep-alive"), left_out("Connection")),
    Check("hop-by-hop-coding", 25, SHOULD, connection_app("Transfer-Encoding", "chunked"), left_out("Transfer-Encoding")),
    Check("hop-by-hop-parameters", 25, SHOULD, connection_app("Keep-Alive", "timeout=5"), left_out("Keep-Alive")),
    Check("close-is-honoured", 25, SHOULD, connection_app("Connection", "close"), closes_client),
    Check("date-added", 26, MUST, plain_app, has_one("Date")),
    Check("server-added", 26, SHOULD, plain_app, has_one("Server")),
    Check("own-date-kept", 26, SHOULD, with_headers(LENGTH, ("Date", DATE)), has_one("Date", DATE)),
    Check("own-server-kept", 26, SHOULD, with_headers(LENGTH, ("Server", "own")), has_one("Server", "own")),
    Check("headers-any-case", 27, MUST, with_headers(("content-length", "5")), has_one("Content-Length", "5")),
    Check(
        "headers-in-order",
        27,
        SHOULD,
        with_headers(LENGTH, ("X-Order-B", "1"), ("X-Order-A", "2"), ("X-Order-C", "3")),
        order_client,
    ),
    Check(
        "set-cookie-kept", 27, MUST, with_headers(LENGTH, ("Set-Cookie", "b=1"), ("Set-Cookie", "a=2")), cookies_client
    ),
]
