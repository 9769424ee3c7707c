"""What logs keep to themselves, what they leave out, and by what a request is found again."""

import json
import re

import pytest

import http2client
from rawclient import Connection, exchange, request_bytes
from server import martlet_to_its_end

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
PARENT = f"00-{TRACE}-{SPAN}-01"
SECRET = "s3cr3t"


@pytest.fixture(scope="module")
def server(start_for_file):
    return start_for_file("echo:application", "--access-log-format", "json")


@pytest.fixture(scope="module")
def entry(server):
    """The line of the access log that has a text."""

    def entry(text: str) -> dict:
        server.stdout.wait_for(re.escape(text))
        (line,) = [line for line in server.stdout.lines() if text in line]
        return json.loads(line)

    return entry


def environ(response) -> dict:
    assert response.status == 200
    return json.loads(response.body)["environ"]


@pytest.mark.parametrize("version", [1, 2])
def test_a_trace_context_goes_to_the_application_and_into_the_log(server, entry, version):
    fields = [("traceparent", PARENT), ("tracestate", "vendor=x")]
    target = f"/traced-{version}"
    if version == 1:
        seen = environ(exchange(server.address, target, headers=fields))
    else:
        with http2client.Client(server.address) as client:
            seen = environ(client.get(target, "GET", *fields))
    assert (seen["HTTP_TRACEPARENT"], seen["HTTP_TRACESTATE"]) == (PARENT, "vendor=x")
    line = entry(target)
    assert (line["trace_id"], line["span_id"]) == (TRACE, SPAN)
    # The same id in the application and in the log.
    assert line["request_id"] == seen["martlet.request_id"]


@pytest.mark.parametrize(
    "fields",
    [
        [("traceparent", "00-x-y-01")],
        [("traceparent", PARENT.upper())],
        [("traceparent", PARENT), ("traceparent", PARENT)],
        [("traceparent", f"ff-{TRACE}-{SPAN}-01")],
        [],
    ],
    ids=str,
)
def test_one_that_is_not_valid_is_removed_with_its_state(server, entry, fields):
    target = f"/untraced-{abs(hash(str(fields)))}"
    seen = environ(exchange(server.address, target, headers=[*fields, ("tracestate", "a=1")]))
    assert "HTTP_TRACEPARENT" not in seen and "HTTP_TRACESTATE" not in seen
    line = entry(target)
    assert (line["trace_id"], line["span_id"]) == (None, None)


def test_a_trace_is_begun_where_that_is_asked_for(start):
    server = start("echo:application", "--access-log-format", "json", "--trace-context", "create")
    parent = environ(exchange(server.address, "/new"))["HTTP_TRACEPARENT"]
    match = re.fullmatch(r"00-([0-9a-f]{32})-([0-9a-f]{16})-01", parent)
    assert match
    assert environ(exchange(server.address, "/old", headers=[("traceparent", PARENT)]))["HTTP_TRACEPARENT"] == PARENT
    server.stop()
    lines = [json.loads(line) for line in server.stdout.lines()]
    assert {line["target"]: line["trace_id"] for line in lines} == {"/new": match[1], "/old": TRACE}


def test_a_trace_is_dropped_where_that_is_asked_for(start):
    server = start("echo:application", "--trace-context", "drop")
    assert "HTTP_TRACEPARENT" not in environ(exchange(server.address, "/", headers=[("traceparent", PARENT)]))
    server.stop()


@pytest.mark.parametrize("log_format", ["json", "combined"])
def test_secrets_are_in_no_log(start, log_format):
    server = start("worker_cases:application", "--access-log-format", log_format)
    fields = [
        ("Authorization", f"Bearer {SECRET}"), ("Cookie", f"session={SECRET}"), ("Proxy-Authorization", SECRET),
        ("Referer", f"https://a.test/login?password={SECRET}&next=/"),
    ]
    exchange(server.address, f"/raises?a=1&access_token={SECRET}&%70assword={SECRET}", headers=fields)
    with http2client.Client(server.address) as client:
        client.get(f"/pid?key={SECRET}", "GET", *[(name.lower(), value) for name, value in fields[:2]])
    with Connection(server.address) as connection:
        connection.send(f"GET /?token={SECRET} HTTP/1.1\r\nbroken\r\n\r\n".encode()).read_to_end()
    server.stop()
    text = server.stdout.text + server.stderr.text
    assert SECRET not in text
    assert "/raises?a=1&access_token=[redacted]&%70assword=[redacted]" in server.stdout.text
    assert "https://a.test/login?password=[redacted]&next=/" in server.stdout.text
    assert "/raises?a=1&access_token=[redacted]" in server.stderr.text


def test_other_names_and_none(start):
    server = start("echo:application", "--redact", "code,default")
    exchange(server.address, "/?code=1&token=2&other=3")
    server.stop()
    assert "/?code=[redacted]&token=[redacted]&other=3 " in server.stdout.text
    server = start("echo:application", "--redact", "none")
    exchange(server.address, "/?token=2")
    server.stop()
    assert "/?token=2 " in server.stdout.text


def test_of_a_sample_of_requests_all_that_failed_are_there(start):
    server = start("worker_cases:application", "--access-log-sample", "0")
    with Connection(server.address) as connection:
        for target in ("/pid", "/raises", "/missing", "/raises"):
            connection.send(request_bytes(target)).read_response()
    server.stop()
    assert [line.split('"')[1] for line in server.stdout.lines()] == ["GET /raises HTTP/1.1"] * 2


def test_a_sample_is_about_as_large_as_asked_for(start):
    server = start("echo:application", "--access-log-sample", "0.5")
    with Connection(server.address) as connection:
        for _ in range(10):
            connection.send(request_bytes("/") * 100)
            for _ in range(100):
                connection.read_response()
    server.stop()
    assert 380 < len(server.stdout.lines()) < 620


@pytest.mark.parametrize(
    ("flag", "value", "message"),
    [
        ("--access-log-sample", "2", "a share is a number from 0 to 1, such as 0.1"),
        ("--access-log-sample", "10%", "a share is a number from 0 to 1, such as 0.1"),
        ("--redact", "a_b", "'a_b' is not a word of letters and digits, such as token or =code"),
        ("--trace-context", "creates", "did you mean 'create'?"),
    ],
)
def test_wrong_values(flag, value, message):
    ended = martlet_to_its_end("run", "echo:application", flag, value)
    assert ended.code == 64
    assert message in ended.stderr
