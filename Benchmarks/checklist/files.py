"""Line 37: `wsgi.file_wrapper`, which PEP 3333 leaves to the server's choice."""

from __future__ import annotations

import io
import os
import tempfile
from typing import Any, Callable, Iterable

from .check import MUST, SHOULD, Check, ensure
from .client import Site
from .reply import argument, not_offered, note
from .starting import PLAIN

CONTENT = bytes(range(256)) * 400


def real_file(offset: int = 0) -> Any:
    file = tempfile.TemporaryFile()
    file.write(CONTENT)
    file.seek(offset)
    return file


def pipe() -> Any:
    """A descriptor that is no regular file: sendfile refuses it."""
    reader, writer = os.pipe()
    os.write(writer, CONTENT[:1000])
    os.close(writer)
    return os.fdopen(reader, "rb")


class Noted:
    """A file that notes its close()."""

    def __init__(self, file: Any, token: str) -> None:
        self.file = file
        self.token = token

    def __getattr__(self, name: str) -> Any:
        return getattr(self.file, name)

    def close(self) -> None:
        note(self.token, "closed")
        self.file.close()


def serves(
    make: Callable[[], Any], length: int | None = None, pass_on: Callable[[Any], Any] = lambda wrapper: wrapper
) -> Any:
    def app(environ: Any, start_response: Any) -> Iterable[bytes]:
        wrapper = environ.get("wsgi.file_wrapper")
        if wrapper is None:
            return not_offered(start_response, "wsgi.file_wrapper")
        start_response("200 OK", [*PLAIN, *([("Content-Length", str(length))] if length is not None else [])])
        return pass_on(wrapper(Noted(make(), argument(environ, "token")), 8192))

    return app


def body_is(content: bytes) -> Any:
    def client(site: Site) -> None:
        with site.connect() as connection:
            connection.send(site.request())
            response = site.offered(connection.response())
            ensure(response.status == 200, f"answered {response.status}")
            ensure(
                len(response.body) == len(content),
                f"the body has {len(response.body)} bytes in place of {len(content)}",
            )
            ensure(response.body == content, "the body has the right length and other bytes")
            ensure(response.complete, "the body does not end")
            if response.framing != "close":
                site.next_on(connection)

    return client


def closed_client(site: Site) -> None:
    site.offered(site.get())
    entries = site.eventually(bool)
    ensure(entries == ["closed"], f"close() was called {len(entries)} times")


FILE_CHECKS = [
    Check("file-whole", 37, MUST, serves(real_file), body_is(CONTENT)),
    Check("file-from-offset", 37, MUST, serves(lambda: real_file(1000)), body_is(CONTENT[1000:])),
    Check("file-shorter-length", 37, MUST, serves(real_file, 1000), body_is(CONTENT[:1000])),
    Check("file-without-descriptor", 37, MUST, serves(lambda: io.BytesIO(CONTENT)), body_is(CONTENT)),
    Check("file-is-a-pipe", 37, SHOULD, serves(pipe), body_is(CONTENT[:1000])),
    Check("file-closed", 37, MUST, serves(real_file), closed_client),
    Check("file-iterated", 37, MUST, serves(real_file, pass_on=lambda w: (block for block in w)), body_is(CONTENT)),
]
