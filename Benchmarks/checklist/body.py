"""Lines 28 to 36: the iterable, `close()`, lengths, HEAD, HTTP/1.0 and errors on the way."""

from __future__ import annotations

import socket
import time
from typing import Any, Callable, Iterable, Iterator, List

from .check import MUST, SHOULD, Check, ensure
from .client import DEADLINE, Site
from .reply import argument, met, note, text
from .starting import PLAIN, whole


def yields(make: Callable[[], Any]) -> Any:
    """An application that gives what `make` makes, with no Content-Length."""

    def app(environ: Any, start_response: Any) -> Any:
        start_response("200 OK", PLAIN[:])
        return make()

    return app


class OldSequence:
    """Iterable by the protocol of `__getitem__` alone."""

    def __getitem__(self, index: int) -> bytes:
        return (b"one,", b"two")[index]


class OwnIterator:
    """An iterator with nothing but what PEP 3333 asks for."""

    def __init__(self, *blocks: bytes) -> None:
        self.blocks = iter(blocks)

    def __iter__(self) -> OwnIterator:
        return self

    def __next__(self) -> bytes:
        return next(self.blocks)


# 29


def step_by_step_app(environ: Any, start_response: Any) -> Iterator[bytes]:
    start_response("200 OK", PLAIN[:])
    yield b"first,"
    yield b"in time" if met(environ) else b"late"


def write_step_by_step_app(environ: Any, start_response: Any) -> Iterable[bytes]:
    write = start_response("200 OK", PLAIN[:])
    write(b"first,")
    return [b"in time" if met(environ) else b"late"]


def step_by_step_client(site: Site) -> None:
    """Says that the first block has come only when it has; the application gives up waiting and says so."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)
        listener.settimeout(DEADLINE)
        with site.connect() as connection:
            connection.send(site.request(path=f"{site.path}?meet={listener.getsockname()[1]}"))
            ensure(connection.until(b"first,"), f"the first block never came: {connection.received[:80]!r}")
            if b"late" not in connection.received:
                application, _ = listener.accept()
                with application:
                    application.sendall(b"go")
            response = connection.response()
    ensure(response.body == b"first,in time", "the next block was asked for before the first was sent")


PIECES = 5


def pieces(environ: Any) -> Iterator[bytes]:
    """Each is made when the client has the one before."""
    yield b"1"
    for number in range(2, PIECES + 1):
        yield b"%d" % number if met(environ) else b"-"


def known_app(environ: Any, start_response: Any) -> Iterable[bytes]:
    start_response("200 OK", [*PLAIN, ("Content-Length", str(PIECES))])
    return pieces(environ)


def known_write_app(environ: Any, start_response: Any) -> Iterable[bytes]:
    write = start_response("200 OK", [*PLAIN, ("Content-Length", str(PIECES))])
    for piece in pieces(environ):
        write(piece)
    return []


def known_client(site: Site) -> None:
    """As above, for an answer that says how long it is."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(PIECES)
        listener.settimeout(DEADLINE)
        with site.connect() as connection:
            connection.send(site.request(path=f"{site.path}?meet={listener.getsockname()[1]}"))
            for number in range(1, PIECES):
                came = connection.until(b"\r\n\r\n" + b"12345"[:number])
                ensure(came, f"piece {number} of {PIECES} did not come before the next was made")
                application, _ = listener.accept()
                with application:
                    application.sendall(b"go")
            response = connection.response()
    ensure(response.body == b"12345", f"the body is {response.body!r}")


# 30


class Watched:
    """An iterable that notes how often it is closed; `original` is not its own iterator."""

    def __init__(self, token: str, make: Callable[[], Iterator[bytes]], raises: bool = False) -> None:
        self.token = token
        self.make = make
        self.raises = raises

    def __iter__(self) -> Iterator[bytes]:
        return self.make()

    def close(self) -> None:
        note(self.token, "closed")
        if self.raises:
            raise RuntimeError("close() fails on purpose")


def broken() -> Iterator[bytes]:
    yield b"part"
    raise RuntimeError("the iteration fails on purpose")


def cannot_begin() -> Iterator[bytes]:
    raise RuntimeError("the iteration cannot begin, on purpose")


def watched(make: Callable[[], Iterator[bytes]], length: int | None = None, raises: bool = False) -> Any:
    def app(environ: Any, start_response: Any) -> Any:
        start_response("200 OK", [*PLAIN, *([("Content-Length", str(length))] if length is not None else [])])
        return Watched(argument(environ, "token"), make, raises)

    return app


def closed_once(method: str = "GET") -> Any:
    def client(site: Site) -> None:
        try:
            site.exchange(site.request(method), head_only=method == "HEAD")
        except (OSError, ValueError):
            pass
        site.eventually(bool)
        site.still_serves()
        count = len(site.journal())
        ensure(count == 1, f"close() was called {count} times")

    return client


STEPS = 2000


def endless_app(environ: Any, start_response: Any) -> Any:
    """128 MB, more than any server takes without a reader."""
    start_response("200 OK", PLAIN[:])
    token = argument(environ, "token")
    return Watched(token, lambda: counted(token, b"x" * 65536, STEPS))


def counted(token: str, block: bytes, steps: int) -> Iterator[bytes]:
    step = 0
    try:
        while step < steps:
            step += 1
            yield block
    finally:
        note(token, step)


def disconnect_client(site: Site) -> None:
    with site.connect() as connection:
        connection.send(site.request())
        connection.until(b"xxxx")
        connection.close(reset=True)
    entries = site.eventually(lambda entries: "closed" in entries)
    ensure(entries.count("closed") == 1, f"close() was called {entries.count('closed')} times after the client left")
    steps = [entry for entry in entries if isinstance(entry, int)]
    ensure(not steps or steps[0] < STEPS, "the iteration went on to its end after the client left")


def close_fails_client(site: Site) -> None:
    response = site.get()
    ensure(response.body == b"whole" and response.complete, f"answered {response.status} {response.body[:60]!r}")
    site.still_serves()


# 31


def declares(length: int, make: Callable[[], Any]) -> Any:
    def app(environ: Any, start_response: Any) -> Any:
        start_response("200 OK", [*PLAIN, ("Content-Length", str(length))])
        return make()

    return app


def too_long_client(site: Site) -> None:
    with site.connect() as connection:
        connection.send(site.request())
        response = connection.response()
        if response.status < 500:
            ensure(response.body == b"hello", f"the body is {response.body[:60]!r}")
        site.next_on(connection)


def too_short_client(site: Site) -> None:
    with site.connect() as connection:
        connection.send(site.request())
        response = connection.response()
        ensure(not response.stalled, f"{len(response.body)} of 10 bytes came, then nothing: the connection was kept")
        ensure(response.status >= 500 or not response.complete, f"a whole answer came: {response.body[:60]!r}")


def runs_on(*blocks: bytes) -> Any:
    """An application that has something to do when its last block is taken."""

    def app(environ: Any, start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", [*PLAIN, ("Content-Length", "5")])
        yield from blocks
        note(argument(environ, "token"), "after the last block")

    return app


def runs_on_client(site: Site) -> None:
    with site.connect() as connection:
        connection.send(site.request())
        response = connection.response()
        ensure(response.body == b"hello", f"the body is {response.body[:60]!r}")
        entries = site.eventually(bool)
        ensure(entries == ["after the last block"], "the code after the last block never ran")
        site.next_on(connection)


def silent_app(environ: Any, start_response: Any) -> Any:
    """Waits for news that never come, and yields meanwhile, as PEP 3333 lets it."""
    start_response("200 OK", PLAIN[:])
    return Watched(argument(environ, "token"), lambda: silence(b"first"))


def silence(first: bytes) -> Iterator[bytes]:
    yield first
    for _ in range(3000):
        time.sleep(0.01)
        yield b""


def silent_client(site: Site) -> None:
    with site.connect() as connection:
        connection.send(site.request())
        ensure(connection.until(b"first"), "the first block never came")
        connection.close(reset=True)
    entries = site.eventually(bool)
    ensure(entries == ["closed"], "the iteration goes on although nobody is there")


def stops_app(environ: Any, start_response: Any) -> Any:
    start_response("200 OK", [*PLAIN, ("Content-Length", "5")])
    return counted(argument(environ, "token"), b"hello", STEPS)


def stops_client(site: Site) -> None:
    # The connection stays open meanwhile: a client that has left is another reason to stop.
    with site.connect() as connection:
        connection.send(site.request())
        connection.response()
        entries = site.eventually(bool)
    ensure(entries and entries[0] < STEPS, f"the iteration went on after the declared length, {entries or 'to no end'}")


# 32


def write_and_one_app(environ: Any, start_response: Any) -> Iterable[bytes]:
    start_response("200 OK", PLAIN[:])(b"written,")
    return [b"returned"]


# 34


def with_body(status: str) -> Any:
    def app(environ: Any, start_response: Any) -> Iterable[bytes]:
        start_response(status, PLAIN[:])
        return [b"not allowed"]

    return app


def no_body(method: str, length: str | None) -> Any:
    """The answer ends with its head; `length` is the only Content-Length that may be there."""

    def client(site: Site) -> None:
        with site.connect() as connection:
            connection.send(site.request(method))
            response = connection.response(head_only=True)
            values = response.all("Content-Length")
            ensure(values in ([], [length]), f"Content-Length is {', '.join(values)}")
            ensure(not connection.received, f"bytes after the head: {connection.received[:60]!r}")
            site.next_on(connection)

    return client


def head_length_client(site: Site) -> None:
    response = site.exchange(site.request("HEAD"), head_only=True)
    ensure(response.get("Content-Length") == "5", f"Content-Length is {response.get('Content-Length')!r}")


def hello_app(environ: Any, start_response: Any) -> List[bytes]:
    return text(start_response, b"hello")


# 35


def old_stream_client(site: Site) -> None:
    response = site.get(version="1.0")
    ensure(response.get("Transfer-Encoding") is None, "chunked to an HTTP/1.0 client")
    ensure(response.body == b"one,two", f"the body is {response.body[:60]!r}")


def old_close_client(site: Site) -> None:
    with site.connect() as connection:
        connection.send(site.request(version="1.0"))
        ensure(connection.response().body == b"hello", "the body is wrong")
        ensure(connection.ends(), "the connection stays open though an HTTP/1.0 client did not ask for that")


# 36


def broken_client(site: Site) -> None:
    response = site.get()
    ensure(not response.complete or response.status >= 500, "the broken answer ends like a whole one")
    ensure(not response.stalled or response.status >= 500, "the connection stays open in the middle of the answer")


BLOCKS = (b"one,", b"two")

BODY_CHECKS = [
    Check("iterable-list", 28, MUST, yields(lambda: list(BLOCKS)), whole(b"one,two")),
    Check("iterable-tuple", 28, MUST, yields(lambda: BLOCKS), whole(b"one,two")),
    Check("iterable-generator", 28, MUST, yields(lambda: (block for block in BLOCKS)), whole(b"one,two")),
    Check("iterable-own-iterator", 28, MUST, yields(lambda: OwnIterator(*BLOCKS)), whole(b"one,two")),
    Check("iterable-old-sequence", 28, MUST, yields(OldSequence), whole(b"one,two")),
    Check("iterable-empty", 28, MUST, yields(list), whole(b"")),
    Check("empty-blocks", 28, MUST, yields(lambda: iter([b"one,", b"", b"two"])), whole(b"one,two")),
    Check("block-of-str", 28, MUST, yields(lambda: ["text"]), Site.fails),
    Check("blocks-sent-at-once", 29, MUST, step_by_step_app, step_by_step_client),
    Check("write-sent-at-once", 29, MUST, write_step_by_step_app, step_by_step_client),
    Check("known-length-sent-at-once", 29, MUST, known_app, known_client),
    Check("known-length-written-at-once", 29, MUST, known_write_app, known_client),
    Check("close-after-success", 30, MUST, watched(lambda: iter(BLOCKS)), closed_once()),
    Check("close-after-error", 30, MUST, watched(broken), closed_once()),
    Check("close-after-no-beginning", 30, MUST, watched(cannot_begin), closed_once()),
    Check("close-after-head", 30, MUST, watched(lambda: iter([b"hello"]), 5), closed_once("HEAD")),
    Check("close-after-disconnect", 30, MUST, endless_app, disconnect_client),
    Check("close-may-fail", 30, SHOULD, watched(lambda: iter([b"whole"]), 5, raises=True), close_fails_client),
    Check("longer-than-declared", 31, SHOULD, declares(5, lambda: [b"hel", b"lo wor", b"ld"]), too_long_client),
    Check("shorter-than-declared", 31, SHOULD, declares(10, lambda: [b"hello"]), too_short_client),
    Check("runs-on-after-the-last-block", 31, SHOULD, runs_on(b"hel", b"lo"), runs_on_client),
    Check("runs-on-after-one-block", 31, SHOULD, runs_on(b"hello"), runs_on_client),
    Check("runs-on-after-too-much", 31, SHOULD, runs_on(b"hello", b" world"), runs_on_client),
    Check("empty-blocks-to-nobody", 30, SHOULD, silent_app, silent_client),
    Check("stops-at-the-length", 31, SHOULD, stops_app, stops_client),
    Check("write-and-one-block", 32, MUST, write_and_one_app, whole(b"written,returned")),
    Check("bytes-as-body", 33, SHOULD, yields(lambda: b"bytes"), whole(b"bytes")),
    Check("head-without-body", 34, MUST, hello_app, no_body("HEAD", "5")),
    Check("head-keeps-length", 34, SHOULD, hello_app, head_length_client),
    Check("204-without-body", 34, MUST, with_body("204 No Content"), no_body("GET", None)),
    Check("304-without-body", 34, MUST, with_body("304 Not Modified"), no_body("GET", "11")),
    Check("http-1.0-stream", 35, MUST, yields(lambda: iter(BLOCKS)), old_stream_client),
    Check("http-1.0-closes", 35, MUST, hello_app, old_close_client),
    Check("error-breaks-off", 36, MUST, yields(broken), broken_client),
]
