"""`wsgi.early_hints`: 103 before the answer (RFC 8297)."""

import json

import pytest

from rawclient import Connection, exchange, request_bytes


@pytest.fixture(scope="module")
def server(start_for_file, checkpoints):
    return start_for_file("hint_cases:application", env=checkpoints.env)


@pytest.fixture
def connection(server):
    with Connection(server.address) as connection:
        yield connection


def test_a_hint_is_sent_before_the_answer_is_made(connection, checkpoints):
    name = checkpoints.new_name()
    connection.send(request_bytes(f"/hint?checkpoint={name}"))
    hint = connection.read_response()
    assert (hint.status, hint.reason) == (103, "Early Hints")
    assert hint.headers == [("Link", "</style.css>; rel=preload; as=style"), ("X-Latin", "\xe9")]
    checkpoints.wait_for(name).go()
    answer = connection.read_response()
    assert (answer.status, answer.body) == (200, b"answer")


def test_several_hints_keep_their_order(connection):
    connection.send(request_bytes("/several"))
    assert [connection.read_response().header("Link") for _ in range(3)] == [f"</{n}>; rel=preload" for n in range(3)]
    assert connection.read_response().body == b"answer"


def test_pipelined_requests_have_each_their_own_hint(connection):
    connection.send(request_bytes("/hint") * 3)
    assert [connection.read_response().status for _ in range(6)] == [103, 200] * 3


def test_head_has_hints_as_well(connection):
    connection.send(request_bytes("/hint", "HEAD"))
    assert [connection.read_response("HEAD").status for _ in range(2)] == [103, 200]


@pytest.mark.parametrize("path", ["/none", "/too-late"])
def test_no_headers_and_late_ones_are_not_sent(connection, path):
    assert connection.request(path).status == 200
    assert connection.request("/offered").status == 200


def test_a_flood_of_hints_is_cut_and_costs_nothing_but_hints(connection):
    connection.send(request_bytes("/flood"))
    while (response := connection.read_response()).status == 103:
        pass
    assert response.body == b"answer"


def test_http_1_0_is_not_offered_any(server):
    assert json.loads(exchange(server.address, "/offered").body) == ["wsgi.early_hints"]
    assert json.loads(exchange(server.address, "/offered", version="1.0").body) == []


@pytest.mark.parametrize("case", ["line-break", "name", "connection", "bytes", "pairs", "list", "large", "not-latin"])
def test_what_may_not_be_sent_is_refused(connection, case):
    response = connection.request("/refused?case=" + case)
    assert response.status == 200
    assert b"Error: " in response.body


def test_a_hint_after_its_request_is_an_error(connection):
    connection.request("/keep")
    assert b"after its request was over" in connection.request("/call-kept").body
