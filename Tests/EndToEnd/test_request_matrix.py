"""wsgiref's validator and Werkzeug's linter are silent over every kind of request and answer."""

import itertools

import pytest
from rawclient import Connection, chunked, request_bytes

METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"]
BODIES = {"none": None, "empty": b"", "small": b"hello", "large": b"x" * 100_000}
CODINGS = ["length", "chunked"]
ANSWERS = ["plain", "stream", "error", "empty"]
STATUS = {"plain": 200, "stream": 200, "error": 500, "empty": 204}


@pytest.fixture(scope="module")
def server(start_for_file):
    server = start_for_file("linted:application", workers=1, threads=2)
    yield server
    assert "Traceback" not in server.stderr.text, "a checker had something to say"


def cases():
    for method, body, coding, version in itertools.product(METHODS, BODIES, CODINGS, ["1.0", "1.1"]):
        if coding == "chunked" and (body == "none" or version == "1.0"):
            continue
        if method in ("GET", "HEAD") and body not in ("none", "empty"):
            continue
        yield method, body, coding, version


@pytest.mark.parametrize("checker", ["validate", "lint"])
@pytest.mark.parametrize("answer", ANSWERS)
def test_the_checkers_are_silent(server, checker, answer):
    for method, body, coding, version in cases():
        payload, headers = BODIES[body], []
        if coding == "chunked":
            headers, payload = [("Transfer-Encoding", "chunked")], chunked(*([payload] if payload else []))
        with Connection(server.address) as connection:
            connection.send(request_bytes(f"/{checker}/{answer}", method, headers, payload, version=version))
            response = connection.read_response(method)
        assert response.status == STATUS[answer], (method, body, coding, version, response)
        if method == "HEAD" or answer == "empty":
            assert response.body == b""
