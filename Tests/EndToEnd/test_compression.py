"""Compressed answers, read with the codings' own libraries."""

import gzip
import json
import zlib

import brotli
import pytest
import zstandard

from rawclient import Connection, exchange
from sites import Site

APP = '''
import json
import time

PAGE = json.dumps([{"name": f"item {n}", "price": n * 7 % 100} for n in range(500)]).encode()


def app(environ, start_response):
    path = environ["PATH_INFO"]
    fields = [("Content-Type", "application/json")]
    if path == "/tagged":
        fields += [("ETag", '"v1"')]
    if path == "/encoded":
        fields += [("Content-Encoding", "identity-of-my-own")]
    if path == "/image":
        fields = [("Content-Type", "image/png")]
    if path == "/no-transform":
        fields += [("Cache-Control", "public, no-transform")]
    if path == "/small":
        start_response("200 OK", fields)
        return [b"{}"]
    if path == "/pieces":
        start_response("200 OK", [("Content-Type", "text/event-stream")])
        return pieces(environ)
    start_response("200 OK", fields)
    return [PAGE]


def pieces(environ):
    yield b"data: first\\n\\n" * 50
    # The client says when it has read that: by the second half of its body.
    environ["wsgi.input"].read()
    yield b"data: second\\n\\n" * 50
'''

FILE = """
bind = "127.0.0.1:0"
compress = true

[route."/"]
wsgi = "shop:app"
workers = 1
request-buffering = false
response-buffering = false

[route."/files"]
files = "pub"

[route."/gzip-alone"]
wsgi = "shop:app"
workers = 1
compress = { codings = ["gzip"], minimum = "1B", types = ["text/*"] }

[route."/never"]
wsgi = "shop:app"
workers = 1
compress = false
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    site = Site(tmp_path_factory.mktemp("compression"))
    site.write("shop.py", APP)
    site.write("pub/page.html", "<p>words and words</p>\n" * 2000)
    site.write("martlet.toml", FILE)
    with site.serve() as server:
        yield server
        server.stop()


def ask(server, target, accept, method="GET", **fields):
    named = [(name.replace("_", "-"), value) for name, value in fields.items()]
    accepted = [] if accept is None else [("Accept-Encoding", accept)]
    return exchange(server.address, target, method, [*named, *accepted])


def decoded(response) -> bytes:
    match response.header("content-encoding"):
        case None:
            return response.body
        case "gzip":
            return gzip.decompress(response.body)
        case "br":
            return brotli.decompress(response.body)
        case "zstd":
            return zstandard.ZstdDecompressor().decompressobj().decompress(response.body)
        case other:
            raise AssertionError(other)


@pytest.mark.parametrize("target", ["/", "/tagged", "/files/page.html"])
@pytest.mark.parametrize("coding", ["gzip", "br", "zstd"])
def test_each_coding_can_be_read(server, coding, target):
    plain = ask(server, target, None)
    small = ask(server, target, coding)
    assert plain.header("content-encoding") is None and plain.header("vary") == "Accept-Encoding"
    assert small.header("content-encoding") == coding and small.header("vary") == "Accept-Encoding"
    assert decoded(small) == plain.body and len(small.body) < len(plain.body) / 2


# RFC 9110 section 12.5.3.
CHOICES = [
    ("gzip, deflate, br, zstd", "zstd"),
    ("gzip, deflate, br", "br"),
    ("gzip;q=1.0, br;q=0.5", "gzip"),
    ("gzip;q=0", None),
    ("gzip;q=0, *", "zstd"),
    ("*;q=0, gzip;q=0.1", "gzip"),
    ("x-gzip", "gzip"),
    ("GZIP", "gzip"),
    ("identity", None),
    ("identity;q=1, gzip;q=0.5", None),
    ("deflate", None),
    ("", None),
    (None, None),
]


@pytest.mark.parametrize("accept, coding", CHOICES)
def test_the_client_chooses(server, accept, coding):
    response = ask(server, "/", accept)
    assert response.header("content-encoding") == coding
    assert json.loads(decoded(response))[1]["name"] == "item 1"


@pytest.mark.parametrize("target", ["/small", "/image", "/no-transform", "/never", "/gzip-alone"])
def test_what_does_not_shrink_or_must_not_is_left_alone(server, target):
    response = ask(server, target, "gzip, br, zstd")
    assert response.header("content-encoding") is None


def test_what_has_a_coding_keeps_it(server):
    assert ask(server, "/encoded", "gzip").header("content-encoding") == "identity-of-my-own"


def test_tags_become_weak_and_still_match(server):
    assert ask(server, "/tagged", "gzip").header("etag") == 'W/"v1"'
    page = ask(server, "/files/page.html", "br")
    assert page.header("etag").startswith('W/"') and page.header("accept-ranges") is None
    again = ask(server, "/files/page.html", "br", If_None_Match=page.header("etag"))
    assert again.status == 304 and again.body == b"" and again.header("vary") == "Accept-Encoding"


def test_a_part_is_of_the_file_itself(server):
    part = ask(server, "/files/page.html", "gzip", Range="bytes=3-9")
    assert (part.status, part.header("content-encoding"), part.body) == (206, None, b"words a")


def test_head_tells_of_the_same_coding(server):
    head = ask(server, "/files/page.html", "gzip", method="HEAD")
    assert head.header("content-encoding") == "gzip" and head.body == b""


def test_a_piece_can_be_read_when_it_was_made(server):
    with Connection(server.address) as connection:
        head = "POST /pieces HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\nContent-Length: 4\r\n\r\n"
        connection.send(head.encode())
        connection.read_until(b"\r\n\r\n")
        stream = zlib.decompressobj(31)
        text = b""
        while len(text) < len(b"data: first\n\n" * 50):
            text += stream.decompress(connection.read_chunk())
        assert text == b"data: first\n\n" * 50
        connection.send(b"last")
        while chunk := connection.read_chunk():
            text += stream.decompress(chunk)
        assert text.endswith(b"data: second\n\n" * 50) and stream.eof
