"""What breaks a rule of RFC 9113 or RFC 7541, and what the server says to it: the sections that h2spec goes through.

A row is what is sent on a new connection after the preface and SETTINGS, and the error code; `connection` where it has to come with
GOAWAY and the end, `stream` where the stream is reset and the connection goes on.
"""

import hpack
import pytest

from http2client import (
    COMPRESSION_ERROR,
    FLOW_CONTROL_ERROR,
    FRAME_SIZE_ERROR,
    PREFACE,
    PROTOCOL_ERROR,
    REFUSED_STREAM,
    STREAM_CLOSED,
    Client,
    raw_frame,
    request_fields,
)

DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
PRIORITY_UPDATE = 16
END_STREAM, END_HEADERS, PADDED, PRIO, ACK = 1, 4, 8, 32, 1


def block(fields=None) -> bytes:
    """A header block that needs no dynamic table."""
    return hpack.Encoder().encode([hpack.NeverIndexedHeaderTuple(*field) for field in fields or request_fields()])


def get(stream=1, fields=None, flags=END_STREAM | END_HEADERS, more=()):
    return raw_frame(HEADERS, flags, stream, block((fields or request_fields()) + list(more)))


def post(stream=1, more=()):
    return get(stream, request_fields("/", "POST"), END_HEADERS, more)


def word(number) -> bytes:
    return number.to_bytes(4, "big")


def setting(key, value) -> bytes:
    return key.to_bytes(2, "big") + word(value)


def fields(*changed, without=()):
    """The fields of a request, with some changed or added."""
    known = dict(request_fields())
    known.update(changed)
    return [(name, value) for name, value in known.items() if name not in without]


CONNECTION = [
    # 4.1 to 4.3
    ("4.2 a frame above the limit", raw_frame(PING, 0, 0, bytes(16385)), FRAME_SIZE_ERROR),
    ("4.2 DATA above the limit", post() + raw_frame(DATA, 0, 1, bytes(16385)), FRAME_SIZE_ERROR),
    ("4.3 a block that cannot be decoded", raw_frame(HEADERS, 5, 1, b"\x80"), COMPRESSION_ERROR),
    ("4.3 another frame within a block", get(flags=END_STREAM) + raw_frame(PING, 0, 0, bytes(8)), PROTOCOL_ERROR),
    ("4.3 another stream within a block", get(flags=END_STREAM) + get(3), PROTOCOL_ERROR),
    # 5.1
    ("5.1 DATA on an idle stream", raw_frame(DATA, 1, 1, b"a"), PROTOCOL_ERROR),
    ("5.1 RST_STREAM on an idle stream", raw_frame(RST_STREAM, 0, 1, word(8)), PROTOCOL_ERROR),
    ("5.1 WINDOW_UPDATE on an idle stream", raw_frame(WINDOW_UPDATE, 0, 1, word(1)), PROTOCOL_ERROR),
    ("5.1 CONTINUATION on an idle stream", raw_frame(CONTINUATION, 4, 1, b""), PROTOCOL_ERROR),
    ("5.1.1 a stream of the server's", get(2), PROTOCOL_ERROR),
    ("5.1.1 a stream that is older", get(5) + get(3), PROTOCOL_ERROR),
    # 6.1
    ("6.1 DATA on stream 0", raw_frame(DATA, 1, 0, b"a"), PROTOCOL_ERROR),
    ("6.1 padding as long as the frame", post() + raw_frame(DATA, PADDED, 1, b"\x05aaaa"), PROTOCOL_ERROR),
    ("6.1 padding without its length", post() + raw_frame(DATA, PADDED, 1, b""), FRAME_SIZE_ERROR),
    # 6.2
    ("6.2 HEADERS on stream 0", get(0), PROTOCOL_ERROR),
    ("6.2 padding of HEADERS", raw_frame(HEADERS, 13, 1, b"\xff" + block()), PROTOCOL_ERROR),
    ("6.2 a priority that is cut off", raw_frame(HEADERS, 37, 1, b"abc"), FRAME_SIZE_ERROR),
    # 6.3
    ("6.3 PRIORITY on stream 0", raw_frame(PRIORITY, 0, 0, bytes(5)), PROTOCOL_ERROR),
    # 6.4
    ("6.4 RST_STREAM on stream 0", raw_frame(RST_STREAM, 0, 0, word(8)), PROTOCOL_ERROR),
    ("6.4 RST_STREAM of 3 bytes", post() + raw_frame(RST_STREAM, 0, 1, b"abc"), FRAME_SIZE_ERROR),
    # 6.5
    ("6.5 SETTINGS on a stream", raw_frame(SETTINGS, 0, 1), PROTOCOL_ERROR),
    ("6.5 an acknowledgement with something in it", raw_frame(SETTINGS, ACK, 0, setting(1, 1)), FRAME_SIZE_ERROR),
    ("6.5 SETTINGS of 3 bytes", raw_frame(SETTINGS, 0, 0, b"abc"), FRAME_SIZE_ERROR),
    ("6.5.2 ENABLE_PUSH of 2", raw_frame(SETTINGS, 0, 0, setting(2, 2)), PROTOCOL_ERROR),
    ("6.5.2 a window above 2^31 - 1", raw_frame(SETTINGS, 0, 0, setting(4, 1 << 31)), FLOW_CONTROL_ERROR),
    ("6.5.2 MAX_FRAME_SIZE too small", raw_frame(SETTINGS, 0, 0, setting(5, 16383)), PROTOCOL_ERROR),
    ("6.5.2 MAX_FRAME_SIZE too large", raw_frame(SETTINGS, 0, 0, setting(5, 1 << 24)), PROTOCOL_ERROR),
    # 6.6 to 6.8
    ("6.6 PUSH_PROMISE", post() + raw_frame(PUSH_PROMISE, 4, 1, word(2) + block()), PROTOCOL_ERROR),
    ("6.7 PING on a stream", raw_frame(PING, 0, 1, bytes(8)), PROTOCOL_ERROR),
    ("6.7 PING of 6 bytes", raw_frame(PING, 0, 0, bytes(6)), FRAME_SIZE_ERROR),
    ("6.8 GOAWAY on a stream", raw_frame(GOAWAY, 0, 1, bytes(8)), PROTOCOL_ERROR),
    ("6.8 GOAWAY of 7 bytes", raw_frame(GOAWAY, 0, 0, bytes(7)), FRAME_SIZE_ERROR),
    # 6.9
    ("6.9 WINDOW_UPDATE of 0", raw_frame(WINDOW_UPDATE, 0, 0, word(0)), PROTOCOL_ERROR),
    ("6.9 WINDOW_UPDATE of 3 bytes", raw_frame(WINDOW_UPDATE, 0, 0, b"abc"), FRAME_SIZE_ERROR),
    ("6.9.1 a connection's window above 2^31 - 1", raw_frame(WINDOW_UPDATE, 0, 0, word(2**31 - 1)), FLOW_CONTROL_ERROR),
    # 6.10
    ("6.10 CONTINUATION on another stream", get(flags=1) + raw_frame(CONTINUATION, 4, 3, b""), PROTOCOL_ERROR),
    ("6.10 CONTINUATION on stream 0", get(flags=1) + raw_frame(CONTINUATION, 4, 0, b""), PROTOCOL_ERROR),
    ("6.10 CONTINUATION after the end", get(flags=END_HEADERS) + raw_frame(CONTINUATION, 4, 1, b""), PROTOCOL_ERROR),
    ("6.10 DATA within a block", get(flags=0) + raw_frame(DATA, 1, 1, b"a"), PROTOCOL_ERROR),
    # RFC 7541
    ("HPACK 2.3.3 an index of 0", raw_frame(HEADERS, 5, 1, b"\x80"), COMPRESSION_ERROR),
    ("HPACK 2.3.3 an index that is not there", raw_frame(HEADERS, 5, 1, block() + b"\xbe"), COMPRESSION_ERROR),
    ("HPACK 4.2 a table size behind a field", raw_frame(HEADERS, 5, 1, block() + b"\x20"), COMPRESSION_ERROR),
    ("HPACK 4.2 three table sizes", raw_frame(HEADERS, 5, 1, b"\x20\x20\x20" + block()), COMPRESSION_ERROR),
    ("HPACK 5.1 an endless number", raw_frame(HEADERS, 5, 1, b"\xff" + b"\x80" * 20), COMPRESSION_ERROR),
    ("HPACK 5.1 a number that is cut off", raw_frame(HEADERS, 5, 1, block() + b"\xff\x80"), COMPRESSION_ERROR),
    ("HPACK 5.2 padding longer than 7 bits", raw_frame(HEADERS, 5, 1, block() + b"\x00\x85\xf2\xb2\x4a\x84\xff\x81a"), COMPRESSION_ERROR),
    ("HPACK 5.2 padding of zeros", raw_frame(HEADERS, 5, 1, block() + b"\x00\x83\xf2\xb2\x40\x01a"), COMPRESSION_ERROR),
    ("HPACK 5.2 the end of string in a string", raw_frame(HEADERS, 5, 1, block() + b"\x00\x84\xff\xff\xff\xff\x01a"), COMPRESSION_ERROR),
    ("HPACK 5.2 a string that is cut off", raw_frame(HEADERS, 5, 1, block() + b"\x00\x0aabc"), COMPRESSION_ERROR),
    ("HPACK 6.3 a table above the limit", raw_frame(HEADERS, 5, 1, b"\x3f\xe2\x1f" + block()), COMPRESSION_ERROR),
    # RFC 9218
    ("9218 7.1 PRIORITY_UPDATE on a stream", raw_frame(PRIORITY_UPDATE, 0, 1, word(1) + b"u=1"), PROTOCOL_ERROR),
    ("9218 7.1 PRIORITY_UPDATE for stream 0", raw_frame(PRIORITY_UPDATE, 0, 0, word(0) + b"u=1"), PROTOCOL_ERROR),
    ("9218 7.1 PRIORITY_UPDATE of 3 bytes", raw_frame(PRIORITY_UPDATE, 0, 0, b"abc"), FRAME_SIZE_ERROR),
]

STREAM = [
    ("5.1 HEADERS after the end of the request", get() + get(), STREAM_CLOSED),
    ("5.3.1 HEADERS that depends on itself", raw_frame(HEADERS, 37, 1, word(1) + b"\x10" + block()), PROTOCOL_ERROR),
    ("5.3.1 PRIORITY that depends on itself", post() + raw_frame(PRIORITY, 0, 1, word(1) + b"\x10"), PROTOCOL_ERROR),
    ("6.3 PRIORITY of 4 bytes", post() + raw_frame(PRIORITY, 0, 1, bytes(4)), FRAME_SIZE_ERROR),
    ("6.9 WINDOW_UPDATE of 0", post() + raw_frame(WINDOW_UPDATE, 0, 1, word(0)), PROTOCOL_ERROR),
    ("6.9.1 a window above 2^31 - 1", post() + raw_frame(WINDOW_UPDATE, 0, 1, word(2**31 - 1)), FLOW_CONTROL_ERROR),
    ("8.1 fields behind a body without the end", post() + raw_frame(HEADERS, 4, 1, block([("x-a", "1")])), PROTOCOL_ERROR),
    ("8.1 a pseudo-field behind a body", post() + raw_frame(HEADERS, 5, 1, block([(":method", "GET")])), PROTOCOL_ERROR),
    ("8.1.1 Content-Length above DATA", post(more=[("content-length", "2")]) + raw_frame(DATA, 1, 1, b"a"), PROTOCOL_ERROR),
    ("8.1.1 Content-Length below DATA", post(more=[("content-length", "2")]) + raw_frame(DATA, 0, 1, b"abc"), PROTOCOL_ERROR),
    ("8.1.1 Content-Length without DATA", get(more=[("content-length", "2")]), PROTOCOL_ERROR),
    ("8.1.1 Content-Length twice", post(more=[("content-length", "2"), ("content-length", "2")]), PROTOCOL_ERROR),
    ("8.1.1 Content-Length that is no number", post(more=[("content-length", "+2")]), PROTOCOL_ERROR),
    ("8.2 upper case", get(more=[("X-Upper", "1")]), PROTOCOL_ERROR),
    ("8.2.1 an empty name", get(more=[("", "1")]), PROTOCOL_ERROR),
    ("8.2.1 a space in a name", get(more=[("a b", "1")]), PROTOCOL_ERROR),
    ("8.2.1 a line end in a value", get(more=[("x-a", "a\r\nb: c")]), PROTOCOL_ERROR),
    ("8.2.1 NUL in a value", get(more=[("x-a", "a\0b")]), PROTOCOL_ERROR),
    ("8.2.1 a space before a value", get(more=[("x-a", " a")]), PROTOCOL_ERROR),
    ("8.2.1 a line end in the path", get(fields=fields((":path", "/a\r\nx: y"))), PROTOCOL_ERROR),
    ("8.2.1 a line end in the authority", get(fields=fields((":authority", "a\r\nx: y"))), PROTOCOL_ERROR),
    ("8.2.1 a space in the method", get(fields=fields((":method", "GET /"))), PROTOCOL_ERROR),
    ("8.2.2 Connection", get(more=[("connection", "keep-alive")]), PROTOCOL_ERROR),
    ("8.2.2 Transfer-Encoding", post(more=[("transfer-encoding", "chunked")]), PROTOCOL_ERROR),
    ("8.2.2 Upgrade", get(more=[("upgrade", "h2c")]), PROTOCOL_ERROR),
    ("8.2.2 Keep-Alive", get(more=[("keep-alive", "1")]), PROTOCOL_ERROR),
    ("8.2.2 Proxy-Connection", get(more=[("proxy-connection", "close")]), PROTOCOL_ERROR),
    ("8.2.2 TE other than trailers", get(more=[("te", "gzip")]), PROTOCOL_ERROR),
    ("8.3 a pseudo-field behind a field", get(fields=[("x-a", "1"), *request_fields()]), PROTOCOL_ERROR),
    ("8.3 an unknown pseudo-field", get(more=[(":other", "1")]), PROTOCOL_ERROR),
    ("8.3 a pseudo-field of answers", get(fields=[*request_fields(), (":status", "200")]), PROTOCOL_ERROR),
    ("8.3.1 no method", get(fields=fields(without=[":method"])), PROTOCOL_ERROR),
    ("8.3.1 no scheme", get(fields=fields(without=[":scheme"])), PROTOCOL_ERROR),
    ("8.3.1 no path", get(fields=fields(without=[":path"])), PROTOCOL_ERROR),
    ("8.3.1 an empty path", get(fields=fields((":path", ""))), PROTOCOL_ERROR),
    ("8.3.1 two methods", get(fields=[(":method", "GET"), *request_fields()]), PROTOCOL_ERROR),
    ("8.3.1 two paths", get(fields=[(":path", "/"), *request_fields()]), PROTOCOL_ERROR),
    ("8.3.1 another host", get(more=[("host", "other.test")]), PROTOCOL_ERROR),
    ("8.5 CONNECT with a path", get(fields=fields((":method", "CONNECT"))), PROTOCOL_ERROR),
    ("8441 4 :protocol without CONNECT", get(fields=[(":protocol", "websocket"), *request_fields()]), PROTOCOL_ERROR),
]

ACCEPTED = [
    ("4.1 an unknown frame", raw_frame(0xAB, 0xFF, 0, b"abc")),
    ("4.1 unknown flags", raw_frame(PING, 0xFE, 0, bytes(8))),
    ("4.1 the reserved bit", raw_frame(PING, 0, 1 << 31, bytes(8))),
    ("5.1 PRIORITY on an idle stream", raw_frame(PRIORITY, 0, 7, bytes(5))),
    ("5.5 an unknown setting", raw_frame(SETTINGS, 0, 0, setting(0xABCD, 1))),
    ("6.3 HEADERS with a priority", raw_frame(HEADERS, 37, 1, word(0) + b"\x10" + block())),
    ("6.2 HEADERS with padding", raw_frame(HEADERS, 13, 1, b"\x03" + block() + bytes(3))),
    ("6.10 a block in three frames", raw_frame(HEADERS, 1, 1, block()[:3]) + raw_frame(CONTINUATION, 0, 1, block()[3:5]) + raw_frame(CONTINUATION, 4, 1, block()[5:])),
    ("6.8 GOAWAY with data", b""),
    ("HPACK 4.2 two table sizes", raw_frame(HEADERS, 5, 1, b"\x20\x3f\xe1\x1f" + block())),
    ("8.2.2 TE: trailers", get(more=[("te", "trailers")])),
    ("8.3.1 OPTIONS *", get(fields=fields((":method", "OPTIONS"), (":path", "*")))),
    ("5.1 DATA after the server's reset", post(more=[("content-length", "x")]) + raw_frame(DATA, 0, 1, b"abc") + raw_frame(DATA, 1, 1, b"abc")),
    ("5.1 RST_STREAM twice", post() + raw_frame(RST_STREAM, 0, 1, word(8)) * 2),
    ("9218 7.1 PRIORITY_UPDATE before the request", raw_frame(PRIORITY_UPDATE, 0, 0, word(9) + b"u=1")),
]


def rows(table):
    return [pytest.param(*row[1:], id=row[0]) for row in table]


@pytest.fixture(scope="module")
def server(start_for_file):
    return start_for_file("echo:application")


@pytest.fixture
def client(server):
    with Client(server.address) as client:
        yield client


@pytest.mark.parametrize(("sent", "code"), rows(CONNECTION))
def test_faults_of_the_connection(client, sent, code):
    client.send(sent)
    assert client.end() == code


@pytest.mark.parametrize(("sent", "code"), rows(STREAM))
def test_faults_of_a_stream(client, sent, code):
    client.send(sent)
    client.until(lambda: (answer := client.answers.get(1)) and (answer.reset is not None or answer.has_ended))
    if code != STREAM_CLOSED:
        assert client.answers[1].reset == code
        client.next_stream = 3
        assert client.get("/").status == 200, "the connection goes on"
    elif client.answers[1].reset is None:
        # The answer was quicker.
        assert client.end() == code


@pytest.mark.parametrize("sent", rows(ACCEPTED))
def test_what_is_allowed(client, sent):
    client.send(sent)
    client.next_stream = 21
    assert client.get("/").status == 200


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        pytest.param(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + raw_frame(PING, 0, 0, bytes(8)), PROTOCOL_ERROR, id="no SETTINGS"),
        pytest.param(PREFACE + raw_frame(SETTINGS, ACK, 0), PROTOCOL_ERROR, id="an acknowledgement first"),
    ],
)
def test_the_preface(server, sent, code):
    with Client(server.address, begin=False) as client:
        client.send(sent)
        assert client.end() == code


def test_what_only_begins_like_a_preface_is_http1(server):
    with Client(server.address, begin=False) as client:
        client.send(b"PRI * HTTP/2.0\r\n\r\nSX\r\n\r\n")
        assert client.socket.recv(100).startswith(b"HTTP/1.1 505")


def test_too_many_streams_are_refused(start, checkpoints):
    server = start("echo:application", "--limit-streams", "3", env=checkpoints.env)
    names = [checkpoints.new_name() for _ in range(3)]
    with Client(server.address) as client:
        streams = [client.request(f"/waits-before-reading?checkpoint={name}") for name in names]
        waiting = [checkpoints.wait_for(name) for name in names]
        assert client.answer(client.request("/")).reset == REFUSED_STREAM
        for request in waiting:
            request.go()
        assert [client.answer(stream).status for stream in streams] == [200] * 3
        assert client.get("/").status == 200


def test_more_data_than_the_window(start):
    server = start("echo:application", threads=1)
    with Client(server.address) as client:
        client.send(post())
        # The body is taken in as it comes, so the windows are given back: only a stream that is read by nobody fills them.
        client.send(*[raw_frame(DATA, 0, 1, bytes(16384)) for _ in range(10)], raw_frame(DATA, 1, 1, b""))
        client.replenishes = True
        assert client.answer(1).status == 200
