"""The access log as JSON: one object a line, whatever clients send."""

import json
import re

import pytest

from rawclient import Connection, exchange

NAMES = [
    "time", "client", "method", "target", "protocol", "status", "bytes", "duration_ms", "referer", "user_agent", "request_id",
    "host", "trace_id", "span_id",
]


@pytest.fixture
def server(start):
    return start("forwarded_cases:application", "--access-log-format", "json")


def entries(server, count):
    """The first lines of the log, each read as JSON."""
    server.stdout.wait_for(r"\n", count)
    return [json.loads(line) for line in server.stdout.lines()[:count]]


def test_a_line_has_all_names(server):
    headers = [("User-Agent", "test/1.0"), ("Referer", "http://x.test/"), ("X-Forwarded-For", "192.0.2.7")]
    body = exchange(server.address, "/a?b=%22", headers=headers, host="shop.test").body
    [entry] = entries(server, 1)
    assert list(entry) == NAMES
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", entry.pop("time"))
    assert entry.pop("duration_ms") >= 0
    assert re.fullmatch(r"[0-9a-z]+-1", entry.pop("request_id"))
    assert entry == {
        "client": "192.0.2.7",
        "method": "GET",
        "target": "/a?b=%22",
        "protocol": "HTTP/1.1",
        "status": 200,
        "bytes": len(body),
        "referer": "http://x.test/",
        "user_agent": "test/1.0",
        "host": "shop.test",
        "trace_id": None,
        "span_id": None,
    }


def test_whatever_a_client_sends_is_text(server):
    agents = [b'"quoted" \\back', "ü €".encode(), b"latin-1 \xfc", b"\xc2\x9b31m \x80 tab\there", b"", b"\xe2\x82" * 2000]
    with Connection(server.address) as connection:
        for agent in agents:
            connection.send(b"GET / HTTP/1.1\r\nHost: a\r\nUser-Agent: " + agent + b"\r\n\r\n")
            assert connection.read_response().status == 200
    seen = [entry["user_agent"] for entry in entries(server, len(agents))]
    assert seen[:5] == ['"quoted" \\back', "ü €", "latin-1 \ufffd", "\x9b31m \ufffd tab\there", ""]
    # Of a long text the first 2 KB are written, without the character that would be cut.
    assert seen[5] == "\ufffd" * 1023
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]", server.stdout.text)


def test_a_request_that_cannot_be_read_has_what_was_read_and_nulls(server):
    with Connection(server.address) as connection:
        connection.send(b"GET /a HTTP/9.9\r\nHost: a\r\n\r\n")
        assert connection.read_response().status == 505
    [entry] = entries(server, 1)
    assert (entry["status"], entry["client"]) == (505, "127.0.0.1")
    assert (entry["method"], entry["target"]) == ("GET", "/a")
    assert {name for name in NAMES if entry[name] is None} == {
        "protocol", "duration_ms", "referer", "user_agent", "host", "trace_id", "span_id",
    }
