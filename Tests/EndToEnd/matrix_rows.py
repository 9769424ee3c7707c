"""What every pair of listener and application of the matrix is asked, and what must come back.

The rows are those of ConformanceCase.table (Sources/Testing/MartletTesting) that make sense through a server in front, and others about
what servers tell each other. `Tests/Conformance/matrix.py` and `Tests/ConformanceApp` answer them; a folder of files has rows of its own.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass

from rawclient import Connection, Response, Truncated, request_bytes

CLIENT = "127.0.0.7"
"""Where requests come from: another address than that of every server on the way."""

LARGE = b"0123456789abcdef\n" * (3_000_000 // 17)
BLOCK = 65_536


@dataclass(frozen=True)
class Pair:
    """A way to an application: who stands in front, and what is known of both."""

    listener: str
    application: str
    address: tuple[str, int]
    host: str
    scheme: str = "http"
    cuts: bool = True
    """Whether an answer that breaks off can be told from a whole one: not where its end is that of a program's output."""
    is_ours: bool = True
    """Whether a server of ours has the application: others send what they like."""
    mount: str | None = "/app"
    """Below which path it is mounted too, and is told so; nil where there is nobody to tell."""
    speaks_http: bool = False
    """Whether it is told of the client in X-Forwarded-For alone."""

    @property
    def name(self) -> str:
        return f"{self.listener} × {self.application}"

    def connect(self) -> Connection:
        return Connection(self.address, source=CLIENT)

    def ask(self, target: str, method: str = "GET", headers=(), body: bytes | None = None, pieces: list[bytes] | None = None) -> Response:
        """One request over a connection of its own."""
        headers = [("Connection", "close"), *headers]
        if pieces is not None:
            headers.append(("Transfer-Encoding", "chunked"))
            body = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
        with self.connect() as connection:
            connection.send(request_bytes(target, method, headers, body, host=self.host))
            response = connection.read_response(method)
            while response.status == 100:
                response = connection.read_response(method)
            return response

    def json(self, *arguments, **named) -> dict:
        response = self.ask(*arguments, **named)
        assert response.status == 200, (response.status, response.body[:300])
        return json.loads(response.body)


Row = Callable[[Pair], None]
ROWS: dict[str, Row] = {}
FILE_ROWS: dict[str, Row] = {}


def row(table: dict[str, Row] = ROWS) -> Callable[[Row], Row]:
    def add(function: Row) -> Row:
        table[function.__name__.replace("_", " ")] = function
        return function

    return add


def status_is(response: Response, status: int) -> None:
    assert response.status == status, (response.status, response.body[:300])


# What comes back


@row()
def hello(pair):
    response = pair.ask("/hello")
    status_is(response, 200)
    assert response.body == b"Hello World!"
    # Apache believes no length of a program (since 2.4.59, `ap_trust_cgilike_cl`).
    # Apache leaves it out of a CGI program's answer, or not, as it reads the end of it in time.
    assert response.header("Content-Length") in ((None, "12") if pair.listener == "cgi" else ("12",))


@row()
def HEAD_has_no_body(pair):
    response = pair.ask("/hello", "HEAD")
    status_is(response, 200)
    assert response.header("Content-Length") in ("12", None)
    response = pair.ask("/head", "HEAD")
    assert (response.status, response.header("X-Method")) == (200, "HEAD")
    status_is(pair.ask("/stream", "HEAD"), 200)


@row()
def not_found_and_not_allowed(pair):
    status_is(pair.ask("/nothing"), 404)
    status_is(pair.ask("/hello", "DELETE"), 405)


@row()
def statuses(pair):
    for code in (500, 418):
        response = pair.ask(f"/status/{code}")
        assert (response.status, response.body) == (code, b"status %d" % code)


@row()
def no_body_with_204_and_304(pair):
    for code in (204, 304):
        response = pair.ask(f"/status/{code}")
        assert (response.status, response.body, response.header("Transfer-Encoding")) == (code, b"", None)


@row()
def redirects(pair):
    for to in ("/elsewhere?a=b", "https://elsewhere.test/x"):
        response = pair.ask("/redirect?to=" + to.replace("?", "%3F").replace("=", "%3D"))
        assert (response.status, response.header("Location")) == (302, to)


@row()
def cookies_keep_a_line_each(pair):
    assert pair.ask("/cookies").all("Set-Cookie") == ["a=1; Path=/", "b=2; Path=/"]


@row()
def a_stream(pair):
    response = pair.ask("/stream")
    assert (response.status, response.body) == (200, b"one\ntwo\nthree\n")


@row()
def large_answers(pair):
    response = pair.ask("/large?blocks=48")
    status_is(response, 200)
    assert len(response.body) == 48 * BLOCK and hashlib.sha256(response.body).digest() == hashlib.sha256(b"0123456789abcdef" * (48 * BLOCK // 16)).digest()


@row()
def many_and_long_fields(pair):
    headers = [(f"X-In-{number}", f"value {number}") for number in range(60)] + [("X-Long", "y" * 3000)]
    response = pair.ask("/many", headers=headers)
    assert (response.status, response.body) == (200, b"60 3000")
    assert [response.header(f"X-Out-{number}") for number in range(60)] == [f"value {number}" for number in range(60)]
    assert response.header("X-Long") == "y" * 3000


# What the application sees


@row()
def methods_pass(pair):
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
        assert pair.json("/facts", method)["method"] == method


@row()
def the_query_stays_encoded(pair):
    for query in ("a=1&b=two%20words&c", "", "x", "a=%zz&=&&b[]=1|2", "q=%2F%3F%23"):
        assert pair.json("/facts" + ("?" + query if query else ""))["query"] == query


@row()
def the_path_is_decoded_once(pair):
    for target, path in (
        ("/headers/a%20b/100%2525", "/headers/a b/100%25"),
        ("/headers/gr%C3%BC%C3%9Fe", "/headers/grüße"),
        ("/headers/a+b;c=d,e:@!$&'()*~", "/headers/a+b;c=d,e:@!$&'()*~"),
        ("/headers/%41%7e", "/headers/A~"),
    ):
        assert pair.json(target)["path"] == path


@row()
def fields_pass(pair):
    seen = pair.json("/headers", headers=[("X-One", "a b"), ("User-Agent", "table"), ("X-Many", "a"), ("X-Many", "b")])["headers"]
    assert (seen["x-one"], seen["user-agent"], seen["x-many"].replace(" ", "")) == ("a b", "table", "a,b")
    seen = pair.json("/headers", headers=[("Cookie", "a=1"), ("Cookie", "b=2")])["headers"]
    # Two lines stay two over HTTP/1. Apache and gunicorn join them like those of any other field.
    others = "a=1, b=2" if pair.listener == "cgi" else "a=1,b=2" if pair.speaks_http else "a=1; b=2"
    assert seen["cookie"] == others


@row()
def the_client_and_the_name_it_used(pair):
    seen = pair.json("/facts")
    if pair.speaks_http:
        assert CLIENT in seen["forwarded"]
        return
    assert (seen["address"], seen["scheme"], seen["server"]) == (CLIENT, pair.scheme, pair.host.split(":")[0])


@row()
def the_mount_and_the_path_below_it(pair):
    seen = pair.json("/facts")
    assert (seen["mount"], seen["path"]) == ("", "/facts")
    if pair.mount is not None:
        seen = pair.json(f"{pair.mount}/facts?x")
        assert (seen["mount"], seen["path"], seen["query"]) == (pair.mount, "/facts", "x")


# Bodies of requests


@row()
def bodies(pair):
    assert pair.ask("/echo", "POST", body=b"abc").body == b"abc"
    assert pair.ask("/echo", "POST", [("Content-Length", "0")]).body == b""
    seen = pair.json("/headers", "POST", [("Content-Type", "text/plain")], b"12345")
    assert (seen["length"], seen["headers"]["content-type"]) == ("5", "text/plain")


@row()
def large_bodies(pair):
    response = pair.ask("/echo", "POST", body=LARGE)
    status_is(response, 200)
    assert response.body == LARGE


@row()
def bodies_in_pieces(pair):
    assert pair.ask("/echo", "POST", pieces=[b"one ", b"two ", b"three"]).body == b"one two three"
    pieces = [LARGE[start : start + 70_000] for start in range(0, 700_000, 70_000)]
    assert pair.ask("/echo", "POST", pieces=pieces).body == LARGE[:700_000]


@row()
def a_body_that_nobody_reads(pair):
    response = pair.ask("/status/200", "POST", body=LARGE[:20_000])
    assert (response.status, response.body) == (200, b"status 200")


# What goes wrong


@row()
def an_error_says_nothing(pair):
    response = pair.ask("/error")
    # uWSGI says nothing at all of an application that raises, which is a bad answer of an upstream.
    assert response.status in (500, 502), (response.status, response.body[:200])
    assert b"secret" not in response.body


@row()
def an_answer_that_breaks_off(pair):
    for target, begins in (("/error-late", b"one\n"), ("/short", b"short")):
        try:
            response = pair.ask(target)
            # Who takes an answer in before it passes it on may say so with another one.
            assert not pair.cuts or response.status == 502, f"{target} ended as if it were whole: {response}"
        except Truncated as cut:
            # The server in front may give up before it has sent anything.
            assert cut.response is None or begins.startswith(bytes(cut.response.body)[: len(begins)])
            continue
        assert response.status == 502 or response.body.startswith(begins)


@row()
def a_line_break_in_a_field(pair):
    response = pair.ask("/bad-header")
    if pair.is_ours:
        status_is(response, 500)
        assert response.all("X-Injected") == []


@row()
def clients_that_go_away(pair):
    with pair.connect() as connection:
        connection.send(request_bytes("/large?blocks=400", host=pair.host))
        assert connection.read_head().status == 200
    with pair.connect() as connection:
        connection.send(request_bytes("/echo", "POST", [("Content-Length", "1000000")], host=pair.host) + b"x" * 100_000)
    assert pair.ask("/hello").body == b"Hello World!"


# A folder of files


@row(FILE_ROWS)
def files(pair):
    response = pair.ask("/hello.txt")
    assert (response.status, response.body) == (200, b"Hello World!")
    assert response.header("Content-Type").startswith("text/plain")
    assert pair.ask("/large.bin").body == LARGE


@row(FILE_ROWS)
def HEAD_of_a_file(pair):
    response = pair.ask("/hello.txt", "HEAD")
    assert (response.status, response.body) == (200, b"") and response.header("Content-Length") in ("12", None)


@row(FILE_ROWS)
def conditions(pair):
    first = pair.ask("/hello.txt")
    assert pair.ask("/hello.txt", headers=[("If-None-Match", first.header("ETag"))]).status == 304
    assert pair.ask("/hello.txt", headers=[("If-Modified-Since", first.header("Last-Modified"))]).status == 304
    assert pair.ask("/hello.txt", headers=[("If-Match", '"other"')]).status == 412


@row(FILE_ROWS)
def ranges(pair):
    response = pair.ask("/hello.txt", headers=[("Range", "bytes=6-10")])
    assert (response.status, response.body, response.header("Content-Range")) == (206, b"World", "bytes 6-10/12")
    assert pair.ask("/hello.txt", headers=[("Range", "bytes=99-")]).status == 416


@row(FILE_ROWS)
def names(pair):
    for target in ("/a%20b.txt", "/gr%C3%BC%C3%9Fe.txt", "/100%25.txt", "/%68ello.txt", "/hello.txt?x=y"):
        status_is(pair.ask(target), 200)
    for target in ("/nothing", "/..%2fsecret", "/.hidden"):
        assert pair.ask(target).status in (400, 403, 404), target


@row(FILE_ROWS)
def folders(pair):
    response = pair.ask("/folder")
    assert response.status in (301, 308) and response.header("Location").endswith("/folder/")
    assert pair.ask("/folder/").body == b"the index"


@row(FILE_ROWS)
def methods_of_files(pair):
    status_is(pair.ask("/hello.txt", "POST", body=b"x"), 405)


@row(FILE_ROWS)
def clients_that_leave_files(pair):
    with pair.connect() as connection:
        connection.send(request_bytes("/large.bin", host=pair.host))
        assert connection.read_head().status == 200
    assert pair.ask("/hello.txt").body == b"Hello World!"
