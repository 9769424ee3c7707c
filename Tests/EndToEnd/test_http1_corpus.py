"""The running server against every raw request of the corpus."""

import json
import re
from urllib.parse import unquote_to_bytes, urlsplit

import pytest
from corpus import ExpectedRequest, InvalidFile, ValidFile, invalid_files, valid_files
from rawclient import Connection, Response

VALID = valid_files()
INVALID = invalid_files()

BYTE_BY_BYTE = [
    "absolute-form-overrides-host",
    "empty-line-before-request",
    "field-with-spaces-and-tabs-around-value",
    "body-that-looks-like-a-request",
    "chunked-extensions",
    "chunked-trailers",
    "chunked-data-with-line-ends",
    "pipelined-after-content-length",
    "pipelined-after-trailers",
    "bare-lf-at-end-of-head",
    "two-crs-before-lf",
    "space-before-colon",
    "folded-field",
    "content-length-with-transfer-encoding",
    "transfer-encoding-gzip-chunked",
    "chunk-size-of-2-to-64-plus-5",
    "chunk-without-crlf-after-data",
    "chunk-end-by-bare-lf",
]
"""The files that are sent in one packet per byte too; the unit tests cut all of them in every way."""


def few(files):
    return [file for file in files if file.name.split("-", 1)[1] in BYTE_BY_BYTE]


@pytest.fixture(scope="module")
def server(start_for_file):
    return start_for_file("echo:application")


def named(file):
    return file.name


def test_the_corpus_is_complete():
    assert len(VALID) >= 40 and len(INVALID) >= 90
    assert len(few(VALID)) + len(few(INVALID)) == len(BYTE_BY_BYTE)


@pytest.mark.parametrize("file", VALID, ids=named)
def test_a_valid_request_reaches_the_application_as_it_was_meant(server, file: ValidFile):
    check_valid(server, file, piece=None)


@pytest.mark.parametrize("file", few(VALID), ids=named)
def test_a_valid_request_sent_byte_by_byte_is_the_same(server, file: ValidFile):
    check_valid(server, file, piece=1)


@pytest.mark.parametrize("file", INVALID, ids=named)
def test_an_invalid_request_is_refused_and_the_connection_closed(server, file: InvalidFile):
    check_invalid(server, file, piece=None)


@pytest.mark.parametrize("file", few(INVALID), ids=named)
def test_an_invalid_request_sent_byte_by_byte_is_refused_alike(server, file: InvalidFile):
    check_invalid(server, file, piece=1)


def check_valid(server, file: ValidFile, piece: int | None) -> None:
    with Connection(server.address) as connection:
        connection.send(file.sent, piece)
        for expected in file.requests:
            response = connection.read_response(expected.method)
            if response.status == 100:
                assert response.headers == []
                response = connection.read_response(expected.method)
            if expected.target == "*":
                # The server itself is asked, and no application (RFC 9110 section 9.3.7).
                assert response.status == 204
                continue
            assert response.status == 200
            assert response.header("X-Application") == "echo"
            if expected.method != "HEAD":
                check_environ(json.loads(response.body), expected)


def check_environ(seen: dict, expected: ExpectedRequest) -> None:
    environ = seen["environ"]
    path, query, authority = target_parts(expected.target)
    assert environ["REQUEST_METHOD"] == expected.method
    assert environ["SERVER_PROTOCOL"] == expected.version
    assert environ["SCRIPT_NAME"] + environ["PATH_INFO"] == path
    assert environ["QUERY_STRING"] == query
    assert seen["body"].encode("latin-1") == expected.body
    fields = environ_fields(expected.fields)
    if authority is not None:
        fields["HTTP_HOST"] = authority
    assert {name: one_spacing(environ.get(name, "(missing)")) for name in fields} == fields


def target_parts(target: str) -> tuple[str, str, str | None]:
    """PATH_INFO, QUERY_STRING and, in absolute form, the authority, which takes the place of Host."""
    if target == "*":
        return "", "", None
    authority = None
    if not target.startswith("/"):
        absolute = urlsplit(target)
        authority = absolute.netloc
        target = (absolute.path or "/") + ("?" + absolute.query if "?" in target else "")
    path, _, query = target.partition("?")
    return unquote_to_bytes(path).decode("latin-1"), query, authority


def environ_fields(fields: list[tuple[str, str]]) -> dict[str, str]:
    """The fields as environ has them; without those that are the server's own business or that it drops."""
    joined: dict[str, str] = {}
    for name, value in fields:
        name = name.upper()
        if name in ("CONNECTION", "TRANSFER-ENCODING", "TRAILER", "EXPECT") or not re.fullmatch("[A-Z0-9-]+", name):
            continue
        key = name.replace("-", "_")
        key = key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else "HTTP_" + key
        if key == "CONTENT_LENGTH":
            value = str(int(value))
        separator = "; " if name == "COOKIE" else ","
        joined[key] = joined[key] + separator + value if key in joined else value
    return {name: one_spacing(value) for name, value in joined.items()}


def one_spacing(value: str) -> str:
    """Whether joined values are separated by `,` or `, ` is the server's choice."""
    return re.sub(r"\s*,\s*", ",", value)


def check_invalid(server, file: InvalidFile, piece: int | None) -> None:
    with Connection(server.address) as connection:
        try:
            connection.send(file.sent, piece)
        except ConnectionError:
            pass  # The answer came before the last byte was sent.
        response: Response = connection.read_response()
        assert response.status == file.status, response.body
        assert response.header("X-Application") is None, "the application was called"
        assert response.header("Connection") == "close"
        connection.expect_end()
