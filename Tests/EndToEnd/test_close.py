"""PEP 3333: `close()` of what an application returned is called exactly once, whatever happens."""

from urllib.parse import quote

import pytest
from rawclient import Connection, Truncated, exchange, request_bytes


@pytest.fixture(scope="module")
def server(start_for_file, checkpoints):
    # One thread: when a later request is answered, everything of an earlier one is over.
    return start_for_file("close_cases:application", workers=1, threads=1, env=checkpoints.env)


def assert_closed_once(server, checkpoints, name) -> None:
    checkpoints.wait_for(name)
    assert exchange(server.address, "/next").body == b"next"
    assert [arrival.text for arrival in checkpoints.arrived(name)] == ["close of body"]


@pytest.mark.parametrize("version", ["1.0", "1.1"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("case", ["success", "one-block", "empty", "failing-close"])
def test_close_is_called_once_after_the_body(server, checkpoints, case, method, version):
    name = checkpoints.new_name()
    response = exchange(server.address, f"/case?case={case}&checkpoint={name}", method, version=version)
    assert response.status == 200
    assert_closed_once(server, checkpoints, name)


@pytest.mark.parametrize("case", ["error-at-first", "text-block", "no-iterator"])
def test_close_is_called_once_after_an_error_before_the_first_block(server, checkpoints, case):
    name = checkpoints.new_name()
    assert exchange(server.address, f"/case?case={case}&checkpoint={name}").status == 500
    assert_closed_once(server, checkpoints, name)


def test_close_is_called_once_after_an_error_inside_the_body(server, checkpoints):
    name = checkpoints.new_name()
    with pytest.raises(Truncated):
        exchange(server.address, f"/case?case=error-later&checkpoint={name}")
    assert_closed_once(server, checkpoints, name)


def test_close_is_called_once_without_start_response(server, checkpoints):
    name = checkpoints.new_name()
    assert exchange(server.address, f"/no-start-response?checkpoint={name}").status == 500
    assert_closed_once(server, checkpoints, name)


@pytest.mark.parametrize("status", ["204 No Content", "304 Not Modified"])
def test_close_is_called_once_for_a_status_without_a_body(server, checkpoints, status):
    name = checkpoints.new_name()
    exchange(server.address, f"/case?case=success&checkpoint={name}&status={quote(status)}")
    assert_closed_once(server, checkpoints, name)


def test_close_is_called_once_when_the_body_is_longer_than_announced(server, checkpoints):
    name = checkpoints.new_name()
    assert exchange(server.address, f"/case?case=too-long&checkpoint={name}&length=7").body == b"one two"
    assert_closed_once(server, checkpoints, name)


def test_close_is_called_once_when_the_body_is_shorter_than_announced(server, checkpoints):
    name = checkpoints.new_name()
    with pytest.raises(Truncated):
        exchange(server.address, f"/case?case=too-short&checkpoint={name}&length=7")
    assert_closed_once(server, checkpoints, name)


def test_a_generator_is_closed_once(server, checkpoints):
    for method in ("GET", "HEAD"):
        name = checkpoints.new_name()
        exchange(server.address, f"/generator?checkpoint={name}", method)
        assert_closed_once(server, checkpoints, name)


def test_close_is_called_once_when_the_client_has_gone_before_the_answer(server, checkpoints):
    name = checkpoints.new_name()
    connection = Connection(server.address)
    connection.send(request_bytes(f"/case?case=success&checkpoint={name}"))
    connection.reset()
    # The request may have been dropped before the application saw it; if it saw it, the body was closed once.
    assert exchange(server.address, "/next").body == b"next"
    assert len(checkpoints.arrived(name)) <= 1


def test_an_error_of_close_is_logged_and_changes_nothing_for_the_client(server, checkpoints):
    name = checkpoints.new_name()
    with Connection(server.address) as connection:
        assert connection.request(f"/case?case=failing-close&checkpoint={name}").body == b"one two"
        server.stderr.wait_for("ValueError: close\\(\\) failed on purpose")
        assert connection.request("/next").body == b"next"
