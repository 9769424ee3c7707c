"""What Martlet and Werkzeug read a form as, in the lines of `Tests/Corpus/forms`, and what encoders send."""

import io
import subprocess
import threading
import zlib
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from program import built
from werkzeug.exceptions import HTTPException
from werkzeug.formparser import FormDataParser
from werkzeug.http import parse_options_header

ESCAPES = {0x5C: "\\\\", 0x0D: "\\r", 0x0A: "\\n", 0x09: "\\t"}


def escaped(text: str | bytes) -> str:
    data = text.encode() if isinstance(text, str) else text
    return "".join(ESCAPES.get(byte) or (chr(byte) if 32 <= byte < 127 else f"\\x{byte:02x}") for byte in data)


def value(name: str, text: str) -> str:
    return "\t".join(["value", escaped(name), escaped(text)])


def file(name: str, file_name: str, content_type: str, content: bytes) -> str:
    shown = escaped(content) if len(content) <= 300 else f"{len(content)} bytes, Adler-32 {zlib.adler32(content)}"
    return "\t".join(["file", escaped(name), escaped(file_name), escaped(content_type), shown])


def ask_reader(what: str, *arguments: str, lines: list[str] | None = None) -> list[str]:
    """What `form-reader` prints."""
    given = "".join(line + "\n" for line in lines or [])
    done = subprocess.run(
        [built("form-reader"), what, *arguments], input=given.encode(), capture_output=True, timeout=60, check=True
    )
    return done.stdout.decode().split("\n")[:-1]


def read_by_martlet(paths: list[Path]) -> list[list[str]]:
    records: list[list[str]] = [[]]
    for line in ask_reader("forms", *map(str, paths)):
        if line == "----":
            records.append([])
        elif line:
            records[-1].append(line)
    return records[:-1]


def read_by_werkzeug(sent: bytes) -> list[str]:
    """Lines as Martlet's; for a form that is refused, the status and why."""
    head, _, body = sent.partition(b"\r\n\r\n")
    if sent.startswith(b"\r\n"):
        head, body = b"", sent[2:]
    media_type, options = parse_options_header(head.decode("latin-1").partition(": ")[2])
    parser = FormDataParser(
        stream_factory=lambda *_, **__: io.BytesIO(), max_form_memory_size=500_000, max_form_parts=1000, silent=False
    )
    try:
        _, form, files = parser.parse(io.BytesIO(body), media_type, len(body), options)
    except HTTPException as error:
        return [f"{error.code} {error}"]
    except ValueError as error:
        return [f"400 {error}"]
    lines = [
        file(name or "", sent.filename or "", sent.content_type or "", sent.stream.read())
        for name, sent in files.items(multi=True)
    ]
    return lines + [value(name or "", text) for name, text in form.items(multi=True)]


def is_refusal(lines: list[str]) -> bool:
    return bool(lines) and lines[0].startswith("4")


def same(ours: list[str], theirs: list[str]) -> bool:
    """Whether both refuse, or both read the same. Werkzeug puts the values of a name together."""
    if is_refusal(ours) or is_refusal(theirs):
        return is_refusal(ours) and is_refusal(theirs)
    return grouped(ours) == grouped(theirs)


def grouped(lines: list[str]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for line in lines:
        groups.setdefault("\t".join(line.split("\t")[:2]), []).append(line)
    return groups


@dataclass(frozen=True)
class Sent:
    """A form that came in."""

    content_type: str
    body: bytes

    def as_file(self) -> bytes:
        return f"Content-Type: {self.content_type}\r\n\r\n".encode() + self.body


class Catcher:
    """A server that keeps the forms which are sent to it, and answers GET with a page."""

    def __init__(self, page: str = "") -> None:
        self.sent: list[Sent] = []
        sent = self.sent

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.answer(page)

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                sent.append(Sent(self.headers["Content-Type"], body))
                self.answer("received")

            def answer(self, text: str) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/"
        self.thread = threading.Thread(target=self.server.serve_forever)

    def __enter__(self) -> "Catcher":
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()
