"""PEP 3333, "The start_response() Callable"."""

import email.utils
from urllib.parse import quote

import pytest
from rawclient import Connection, Truncated, exchange, request_bytes


@pytest.fixture(scope="module")
def server(start_for_file, checkpoints):
    return start_for_file("response_cases:application", env=checkpoints.env)


@pytest.fixture(scope="module")
def headers_server(start_for_file):
    return start_for_file("header_cases:application", workers=1, threads=4)


@pytest.fixture
def connection(server):
    with Connection(server.address) as connection:
        yield connection


def get(server, target):
    return exchange(server.address, target)


# Order of calls


def test_start_response_returns_write(server):
    assert get(server, "/returns-write").body == b"written True None"


def test_start_response_may_come_with_the_first_step_of_the_iteration(server):
    response = get(server, "/late")
    assert (response.status, response.header("X-Late"), response.body) == (201, "yes", b"late")


def test_start_response_may_come_after_an_empty_block(server):
    response = get(server, "/later")
    assert (response.status, response.header("X-Later"), response.body) == (201, "yes", b"later")


@pytest.mark.parametrize("path", ["/never", "/never-and-empty", "/too-late"])
def test_a_body_without_start_response_is_an_error(server, path):
    response = get(server, path)
    assert response.status == 500
    assert b"without a head" not in response.body
    server.stderr.wait_for(r"start_response")


def test_a_second_call_is_an_error(server, checkpoints):
    name = checkpoints.new_name()
    assert get(server, f"/twice?checkpoint={name}").status == 500
    assert checkpoints.wait_for(name).text != "nothing"


def test_a_second_call_is_an_error_when_the_first_was_refused(server, checkpoints):
    name = checkpoints.new_name()
    assert get(server, f"/twice-after-refusal?checkpoint={name}").status == 500
    assert checkpoints.wait_for(name).text != "nothing"


def test_the_head_is_not_sent_before_the_first_block_that_is_not_empty(connection, checkpoints):
    name = checkpoints.new_name()
    connection.send(request_bytes(f"/head-waits-for-body?checkpoint={name}"))
    held = checkpoints.wait_for(name)
    assert connection.pending() == b""
    held.go()
    assert connection.read_response().body == b"body"


@pytest.mark.parametrize("path", ["/fails-after-start-response", "/fails-after-empty-blocks"])
def test_an_error_before_the_body_is_a_500(server, path):
    response = get(server, path)
    assert response.status == 500
    server.stderr.wait_for("ValueError: after " + ("start_response" if "start" in path else "empty blocks"))


@pytest.mark.parametrize(
    ("path", "sent"), [("/fails-after-the-first-block", b"first block"), ("/fails-after-write", b"written")]
)
def test_an_error_inside_the_body_cuts_it_off_so_that_the_client_can_tell(connection, path, sent):
    connection.send(request_bytes(path))
    with pytest.raises(Truncated) as end:
        connection.read_response()
    assert end.value.response.status == 200
    assert end.value.response.body == sent


# exc_info


@pytest.mark.parametrize("path", ["/replaced", "/replaced-in-the-iteration"])
def test_exc_info_replaces_status_and_headers_that_were_not_sent(server, path):
    response = get(server, path)
    assert (response.status, response.reason) == (503, "Try Again")
    assert response.header("X-New") == "yes" and response.header("X-Old") is None
    assert response.body == b"replaced"


def test_exc_info_may_be_given_with_the_first_call(server):
    response = get(server, "/exc-info-at-the-first-call")
    assert (response.status, response.reason, response.body) == (500, "Own Error Page", b"own error page")


@pytest.mark.parametrize("path", ["/exc-info-none", "/exc-info-by-name"])
def test_exc_info_may_be_none(server, path):
    assert get(server, path).status == 200


def test_exc_info_after_the_head_raises_that_exception_with_its_traceback(connection, checkpoints, server):
    name = checkpoints.new_name()
    connection.send(request_bytes(f"/too-late-to-replace?checkpoint={name}"))
    with pytest.raises(Truncated) as end:
        connection.read_response()
    assert end.value.response.body == b"sent"
    assert checkpoints.wait_for(name).text == "True True"
    server.stderr.wait_for("OwnError: the application's own")


# write()


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/write-then-iterate", b"one two three four"),
        ("/write-only", b"abcdef"),
        ("/write-in-iteration", b"one two three"),
    ],
)
def test_what_was_written_comes_before_what_is_iterated(connection, path, body):
    for _ in range(2):
        assert connection.request(path).body == body


def test_write_sends_before_it_returns(connection, checkpoints):
    name = checkpoints.new_name()
    connection.send(request_bytes(f"/write-streams?checkpoint={name}"))
    assert connection.read_head().status == 200
    assert connection.read_chunk() == b"first"
    checkpoints.wait_for(name).go()
    assert connection.read_chunk() == b"second"
    assert connection.read_chunk() == b""


def test_write_takes_bytes_only(server, checkpoints):
    name = checkpoints.new_name()
    assert get(server, f"/write-text?checkpoint={name}").status == 500
    assert checkpoints.wait_for(name).text.startswith("TypeError")


# What is given


@pytest.mark.parametrize(
    ("case", "status", "reason"),
    [("custom", 299, "As You Like It: (really)"), ("no-reason-but-space", 200, ""), ("latin-1", 200, "Ol\xe9")],
)
def test_status_and_reason_reach_the_client(server, case, status, reason):
    response = get(server, f"/status?case={case}")
    assert (response.status, response.reason, response.body) == (status, reason, b"answered")


@pytest.mark.parametrize(
    "case",
    [
        "int",
        "bytes",
        "none",
        "letters",
        "two-digits",
        "four-digits",
        "informational",
        "newline",
        "line-feed",
        "nul",
        "snowman",
        "sign",
        "empty",
    ],
)
def test_a_bad_status_is_refused_at_the_call(server, checkpoints, case):
    name = checkpoints.new_name()
    response = get(server, f"/status?case={case}&checkpoint={name}")
    assert response.status == 500
    assert response.header("X-Injected") is None
    assert checkpoints.wait_for(name).text != "nothing"


BAD_HEADERS = [
    "none",
    "tuple-of-headers",
    "dict",
    "three-items",
    "one-item",
    "string",
    "bytes-name",
    "bytes-value",
    "int-value",
    "none-value",
    "empty-name",
    "space-in-name",
    "colon-in-name",
    "newline-in-name",
    "non-ascii-name",
    "newline-in-value",
    "line-feed-in-value",
    "carriage-return-in-value",
    "nul-in-value",
    "control-in-value",
    "beyond-latin-1",
    "surrogate",
    "negative-length",
    "word-length",
    "two-lengths",
]

@pytest.mark.parametrize("case", BAD_HEADERS)
def test_bad_headers_are_refused_at_the_call(server, checkpoints, case):
    name = checkpoints.new_name()
    response = get(server, f"/headers?case={case}&checkpoint={name}")
    assert response.status == 500
    assert response.header("X-Injected") is None
    assert checkpoints.wait_for(name).text != "nothing"


def test_headers_keep_their_order_their_case_and_their_duplicates(server):
    response = get(server, "/many-headers")
    own = [field for field in response.headers if field[0].lower().startswith(("x-", "set-"))]
    assert own == [
        ("Set-Cookie", "a=1"),
        ("x-lower", "kept"),
        ("X-Latin", "Andr\xe9 \xa0\xff"),
        ("Set-Cookie", "b=2"),
        ("X-Empty", ""),
        ("SET-COOKIE", "c=3"),
        ("X-Subclass", "kept"),
    ]


def test_date_and_server_are_added(server):
    response = get(server, "/late")
    assert email.utils.parsedate_to_datetime(response.header("Date")).tzname() == "UTC"
    assert response.header("Server").lower().startswith("martlet")


def test_date_and_server_of_the_application_are_kept_alone(server):
    response = get(server, "/own-date-and-server")
    assert response.header("Date") == "Thu, 01 Jan 1970 00:00:00 GMT"
    assert response.header("Server") == "own/1.0"
    assert response.header("Content-Length") == "2"


def test_headers_are_taken_at_the_call(server):
    response = get(server, "/changes-its-list")
    assert response.status == 200
    assert response.header("X-A") == "1"


@pytest.mark.parametrize("path", ["/lists", "/subclasses"])
def test_header_pairs_may_be_lists_and_of_own_types(headers_server, path):
    response = get(headers_server, path)
    assert (response.status, response.body, response.framing) == (200, b"answered", "length")
    assert response.header("X-Pair") in ("tuple", "list")


@pytest.mark.parametrize("by", ["status", "headers", "response_headers", "all", "order", "by position"])
def test_the_arguments_may_come_by_name(headers_server, by):
    assert get(headers_server, "/called?by=" + quote(by)).body == b"answered"


@pytest.mark.parametrize("by", ["nothing", "no headers", "unknown", "twice", "four"])
def test_wrong_arguments_are_refused_at_the_call(headers_server, by):
    body = get(headers_server, "/called?by=" + quote(by)).body
    assert body.startswith(b"TypeError: start_response() takes status, headers")


def test_the_reason_of_a_refusal_says_what_a_pair_is(server, checkpoints):
    name = checkpoints.new_name()
    get(server, f"/headers?case=three-items&checkpoint={name}")
    assert "(name, value)" in checkpoints.wait_for(name).text


@pytest.mark.parametrize("size", [8192, 8193, 65_535, 131_071, 131_072, 191_072, 5_000_000])
def test_a_reason_out_of_proportion_reaches_nobody(headers_server, size):
    """The bytes behind those of one request are another's."""
    with Connection(headers_server.address) as connection:
        others = [Connection(headers_server.address) for _ in range(8)]
        try:
            for turn in range(5):
                for number, other in enumerate(others):
                    other.send(request_bytes(f"/echo?token={turn}-{number}"))
                response = connection.request(f"/reason?size={size}&token=own")
                assert response.status == (200 if size <= 8192 else 500)
                assert response.reason == ("Z" * size if size <= 8192 else "Internal Server Error")
                for number, other in enumerate(others):
                    assert other.read_response().body.decode() == f"{turn}-{number}"
        finally:
            for other in others:
                other.close()
    if size > 8192:
        headers_server.stderr.wait_for("ValueError: the reason in the status .* is larger than 8 KB")


# Afterwards


def test_what_belongs_to_an_ended_request_does_no_harm(server):
    with Connection(server.address) as connection:
        assert connection.request("/keeps-it").body == b"kept"
        results = connection.request("/uses-the-kept").body.decode().split("\n")
        assert results[0].startswith("raised"), "start_response of an ended request"
        assert results[1].startswith("raised"), "write of an ended request"
        assert connection.request("/late").status == 201


# Exceptions of every kind


ERRORS = ["exception", "system-exit", "keyboard-interrupt", "generator-exit", "base-exception", "memory-error"]


@pytest.mark.parametrize("case", [*ERRORS, "stop-iteration"])
def test_whatever_the_application_raises_is_a_500_with_a_traceback_in_the_log(server, case):
    assert get(server, f"/raises?case={case}").status == 500
    server.stderr.wait_for(rf"Traceback \(most recent call last\):\n(.*\n)+?.*: {case} on purpose")
    assert get(server, "/late").status == 201


@pytest.mark.parametrize("case", ERRORS)
def test_whatever_the_iteration_raises_before_the_first_block_is_a_500(server, case):
    assert get(server, f"/raises-in-iteration?case={case}").status == 500
    assert get(server, "/late").status == 201


def test_the_client_is_not_shown_the_traceback(server):
    response = get(server, "/raises?case=exception")
    assert b"Traceback" not in response.body and b"on purpose" not in response.body
