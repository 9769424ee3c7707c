"""Conditions and ranges of requests for files that a Python application returns."""

import http.client

import pytest
import waiting

CONTENT = bytes(range(256)) * 1000


@pytest.fixture(scope="module", params=[600, 10_000, 65_536, 65_537, len(CONTENT)])
def file(request, tmp_path_factory):
    """Workers send small ones, and the server large ones; a client cannot tell which."""
    path = tmp_path_factory.mktemp("app") / "file.bin"
    path.write_bytes(CONTENT[: request.param])
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
    content = file.read_bytes()
    whole, body = ask(server, f"/tagged?{file}")
    assert (whole.status, whole.headers["Accept-Ranges"], body) == (200, "bytes", content)
    part, body = ask(server, f"/tagged?{file}", Range="bytes=100-299")
    assert (part.status, body) == (206, content[100:300])
    assert part.headers["Content-Range"] == f"bytes 100-299/{len(content)}"
    parts, body = ask(server, f"/tagged?{file}", Range="bytes=0-9,500-509")
    assert parts.status == 206 and parts.headers["Content-Type"].startswith("multipart/byteranges")
    assert content[0:10] in body and content[500:510] in body
    assert len(body) == int(parts.headers["Content-Length"])
    behind, _ = ask(server, f"/tagged?{file}", Range="bytes=999999999-")
    assert (behind.status, behind.headers["Content-Range"]) == (416, f"bytes */{len(content)}")


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_conditions(server, file, method):
    same, body = ask(server, f"/tagged?{file}", method, If_None_Match='"one"')
    assert (same.status, body, same.headers["ETag"]) == (304, b"", '"one"')
    assert ask(server, f"/tagged?{file}", method, If_Match='"two"')[0].status == 412
    other, body = ask(server, f"/tagged?{file}", method, Range="bytes=0-1", If_Range='"two"')
    assert (other.status, other.headers["Content-Length"]) == (200, str(file.stat().st_size))
    assert body == (file.read_bytes() if method == "GET" else b"")


def test_without_a_validator_the_answer_is_whole(server, file):
    answer, body = ask(server, f"/plain?{file}", Range="bytes=0-1")
    assert (answer.status, body, answer.headers["Accept-Ranges"]) == (200, file.read_bytes(), None)
