"""Lines 13 to 17: `wsgi.input`, `wsgi.errors` and `Expect: 100-continue`."""

from __future__ import annotations

import socket
from typing import Any, Callable, Iterable, Iterator, List

from .check import MUST, SHOULD, Check, CheckFailed, ensure
from .client import Closed, Site, no_problems
from .reply import answer, argument, note, text

BODY = b"one\ntwo\nthree"


def reads(name: str, read: Callable[[Any], Any], wanted: Any) -> Any:
    """An application that reads its input in one way and answers with what was wrong."""

    def app(environ: Any, start_response: Any) -> Iterable[bytes]:
        try:
            got = read(environ["wsgi.input"])
        except Exception as error:
            return answer(start_response, [f"{name} raised {type(error).__name__}: {error}"])
        return answer(start_response, [] if got == wanted else [f"{name} gave {got!r}"])

    return app


def posts(site: Site) -> None:
    problems = site.post(BODY).json()
    ensure(not problems, "; ".join(problems))


def mixed(source: Any) -> List[bytes]:
    return [source.readline(), source.read(2), source.readline(), source.read(3), source.read(100)]


# 14


def without_body(environ: Any, start_response: Any) -> Iterable[bytes]:
    got = environ["wsgi.input"].read()
    return answer(start_response, [] if got == b"" else [f"read() without a body gave {got!r}"])


def greedy_app(environ: Any, start_response: Any) -> Iterable[bytes]:
    return text(start_response, environ["wsgi.input"].read(100_000))


def pipelined_client(site: Site) -> None:
    with site.connect() as connection:
        connection.send(site.request("POST", body=b"hello") + site.request(path="/alive"))
        first = connection.response()
        ensure(first.body == b"hello", f"read(100000) gave {first.body[:80]!r}")
        try:
            second = connection.response()
        except (Closed, ConnectionError):
            ensure(first.ends_connection, "the next request was swallowed")
            return
        ensure(second.body == b"alive", f"the next request was answered with {second.body[:80]!r}")


def unread_app(environ: Any, start_response: Any) -> Iterable[bytes]:
    return text(start_response, b"not read")


def unread_client(site: Site) -> None:
    body = b"GET /journal HTTP/1.1\r\nHost: smuggled\r\n\r\n" * 2500
    with site.connect() as connection:
        try:
            connection.send(site.request("POST", body=body))
        except ConnectionError:
            pass  # Answered and closed before all of it was sent.
        response = connection.response()
        ensure(response.body == b"not read", f"answered with {response.status} {response.body[:60]!r}")
        site.next_on(connection)


LARGE = 6_000_000
"""More than the sockets between client and server hold."""


def answers_first_app(environ: Any, start_response: Any) -> Iterator[bytes]:
    """Has sent a large part of its answer when it begins to read."""
    start_response("200 OK", [("Content-Type", "application/octet-stream")])
    for _ in range(LARGE // 60_000):
        yield b"x" * 60_000
    received = 0
    while received < LARGE:
        block = environ["wsgi.input"].read(min(60_000, LARGE - received))
        if not block:
            break
        received += len(block)
    yield b"%d" % received


def sends_first_client(site: Site) -> None:
    """Reads nothing of the answer before it has sent everything, as most clients do."""
    with site.connect() as connection:
        try:
            connection.send(site.request("POST", body=b"y" * LARGE))
        except socket.timeout:
            raise CheckFailed("client and server wait for each other") from None
        response = connection.response()
        whole = response.body.endswith(b"x%d" % LARGE)
        ensure(whole, f"{len(response.body)} bytes came, and they end with {response.body[-10:]!r}")


# 15


def disconnect_app(environ: Any, start_response: Any) -> Iterable[bytes]:
    token = argument(environ, "token")
    note(token, "called")
    received = 0
    try:
        while received < 1000:
            data = environ["wsgi.input"].read(1000 - received)
            if not data:
                note(token, f"end of input after {received} bytes")
                break
            received += len(data)
    except OSError:
        note(token, "OSError")
    except Exception as error:
        note(token, f"{type(error).__name__}: {error}")
    return text(start_response, b"")


def disconnect_client(site: Site) -> None:
    with site.connect() as connection:
        connection.send(site.request("POST", headers=[("Content-Length", "1000")]) + b"0123456789")
        site.eventually(lambda entries: bool(entries), deadline=0.5)
    entries = site.eventually(lambda entries: len(entries) > 1, deadline=2)
    # A server that takes in the whole body first never calls the application, which is right too.
    ensure(
        entries in ([], ["called", "OSError"]),
        f"the application's read got: {entries[1:] or 'nothing, it still waits'}",
    )


# 16


def errors_app(environ: Any, start_response: Any) -> Iterable[bytes]:
    problems = []
    try:
        environ["wsgi.errors"].write("checklist: caf\xe9 \u2603 \U0001d11e\n")
        environ["wsgi.errors"].writelines(["checklist: one\n", "checklist: two\n"])
        environ["wsgi.errors"].flush()
    except Exception as error:
        problems.append(f"{type(error).__name__}: {error}")
    return answer(start_response, problems)


def surrogate_app(environ: Any, start_response: Any) -> Iterable[bytes]:
    try:
        environ["wsgi.errors"].write("checklist: \udc80\n")
        environ["wsgi.errors"].flush()
    except Exception as error:
        return answer(start_response, [f"{type(error).__name__}: {error}"])
    return answer(start_response, [])


# 17

EXPECT = ("Expect", "100-continue")


def read_twice_app(environ: Any, start_response: Any) -> Iterable[bytes]:
    return text(start_response, environ["wsgi.input"].read(2) + environ["wsgi.input"].read(3))


def expect_client(site: Site) -> None:
    with site.connect() as connection:
        connection.send(site.request("POST", headers=[EXPECT, ("Content-Length", "5")]))
        ensure(connection.until(b"\r\n\r\n"), "no 100 Continue came")
        ensure(connection.received.startswith(b"HTTP/1.1 100"), f"this came first: {connection.received[:60]!r}")
        connection.send(b"hello")
        response = connection.response()
        ensure(response.interim == [100], f"interim answers: {response.interim}")
        ensure(response.body == b"hello", f"the answer is {response.status} {response.body[:60]!r}")


def expect_unread_client(site: Site) -> None:
    with site.connect() as connection:
        connection.send(site.request("POST", headers=[EXPECT, ("Content-Length", "5")]))
        connection.until(b"\r\n\r\n")
        ensure(not connection.received.startswith(b"HTTP/1.1 100"), "100 Continue was sent although nobody reads")
        response = connection.response()
        ensure(response.body == b"not read", f"answered with {response.status}")


def expect_without_body_client(site: Site) -> None:
    response = site.get(headers=[EXPECT])
    ensure(response.status == 200, f"answered with {response.status}")


def expect_old_client(site: Site) -> None:
    response = site.exchange(site.request("POST", headers=[EXPECT], body=b"hello", version="1.0"))
    ensure(response.interim == [], f"interim answers to HTTP/1.0: {response.interim}")
    ensure(response.body == b"hello", f"the answer is {response.status} {response.body[:60]!r}")


READING_CHECKS = [
    Check("answers-before-it-reads", 14, SHOULD, answers_first_app, sends_first_client),
    Check("read-size", 13, MUST, reads("read(4)", lambda i: [i.read(4), i.read(3)], [b"one\n", b"two"]), posts),
    Check(
        "readline", 13, MUST, reads("readline()", lambda i: [i.readline(), i.readline()], [b"one\n", b"two\n"]), posts
    ),
    Check("readlines", 13, MUST, reads("readlines()", lambda i: i.readlines(), [b"one\n", b"two\n", b"three"]), posts),
    Check("readlines-hint", 13, MUST, reads("readlines(2)", lambda i: i.readlines(2)[:1], [b"one\n"]), posts),
    Check("iteration", 13, MUST, reads("iteration", list, [b"one\n", b"two\n", b"three"]), posts),
    Check("read-all", 13, SHOULD, reads("read()", lambda i: i.read(), BODY), posts),
    Check("read-minus-one", 13, SHOULD, reads("read(-1)", lambda i: i.read(-1), BODY), posts),
    Check("read-none", 13, SHOULD, reads("read(None)", lambda i: i.read(None), BODY), posts),
    Check(
        "readline-size",
        13,
        SHOULD,
        reads("readline(2)", lambda i: [i.readline(2), i.readline(9)], [b"on", b"e\n"]),
        posts,
    ),
    Check(
        "read-to-the-end",
        14,
        MUST,
        reads(
            "read(1000) and on", lambda i: [i.read(1000), i.read(1), i.readline(), i.read(10)], [BODY, b"", b"", b""]
        ),
        posts,
    ),
    Check("read-mixed", 14, MUST, reads("readline and read", mixed, [b"one\n", b"tw", b"o\n", b"thr", b"ee"]), posts),
    Check("read-without-body", 14, MUST, without_body, no_problems),
    Check("read-not-past-the-request", 14, MUST, greedy_app, pipelined_client),
    Check("unread-body", 14, MUST, unread_app, unread_client),
    Check("disconnect-in-body", 15, SHOULD, disconnect_app, disconnect_client),
    Check("errors-stream", 16, MUST, errors_app, no_problems),
    Check("errors-lone-surrogate", 16, SHOULD, surrogate_app, no_problems),
    Check("expect-continue", 17, MUST, read_twice_app, expect_client),
    Check("expect-continue-only-when-read", 17, SHOULD, unread_app, expect_unread_client),
    Check("expect-continue-without-body", 17, MUST, unread_app, expect_without_body_client),
    Check("expect-continue-http-1.0", 17, MUST, read_twice_app, expect_old_client),
]
