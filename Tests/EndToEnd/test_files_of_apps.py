"""Conditions and ranges of requests for files that a Python application returns."""

import http.client

import pytest
import waiting

CONTENT = bytes(range(256)) * 1000


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("app") / "file.bin"
    path.write_bytes(CONTENT)
    return path


@pytest.fixture(scope="module")
def server(start_for_file):
    return start_for_file("conditional_cases:app")


def ask(server, path, method="GET", **fields):
    connection = http.client.HTTPConnection(*server.address, timeout=waiting.DEADLINE)
    connection.request(method, path, headers={name.replace("_", "-"): value for name, value in fields.items()})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer, body


def test_ranges(server, file):
    whole, body = ask(server, f"/tagged?{file}")
    assert (whole.status, whole.headers["Accept-Ranges"], body) == (200, "bytes", CONTENT)
    part, body = ask(server, f"/tagged?{file}", Range="bytes=100-299")
    assert (part.status, body) == (206, CONTENT[100:300])
    assert part.headers["Content-Range"] == f"bytes 100-299/{len(CONTENT)}"
    parts, body = ask(server, f"/tagged?{file}", Range="bytes=0-9,200000-200009")
    assert parts.status == 206 and parts.headers["Content-Type"].startswith("multipart/byteranges")
    assert CONTENT[0:10] in body and CONTENT[200000:200010] in body
    assert len(body) == int(parts.headers["Content-Length"])
    behind, _ = ask(server, f"/tagged?{file}", Range="bytes=999999999-")
    assert (behind.status, behind.headers["Content-Range"]) == (416, f"bytes */{len(CONTENT)}")


def test_conditions(server, file):
    same, body = ask(server, f"/tagged?{file}", If_None_Match='"one"')
    assert (same.status, body, same.headers["ETag"]) == (304, b"", '"one"')
    assert ask(server, f"/tagged?{file}", If_Match='"two"')[0].status == 412
    assert ask(server, f"/tagged?{file}", Range="bytes=0-1", If_Range='"two"')[1] == CONTENT


def test_without_a_validator_the_answer_is_whole(server, file):
    answer, body = ask(server, f"/plain?{file}", Range="bytes=0-1")
    assert (answer.status, body, answer.headers["Accept-Ranges"]) == (200, CONTENT, None)
