"""Threads of an application that use what belongs to a request: during it, and when it has ended."""

import pytest
from bodies import assert_bodies_are_their_own
from rawclient import Connection, exchange, request_bytes


@pytest.fixture(scope="module")
def server(start_for_file, checkpoints):
    # One worker thread: the next request has the same place in the shared memory as the last one. Without buffering: a thread that
    # writes more than its client takes has to wait.
    options = ("--limit-body", "100MB", "--response-buffering", "off")
    return start_for_file("thread_cases:application", *options, workers=1, threads=1, env=checkpoints.env)


def test_a_thread_that_still_writes_when_its_request_ends_is_sent_away(server, checkpoints):
    for _ in range(3):
        name = checkpoints.new_name()
        with Connection(server.address, receive_buffer=4096) as connection:
            connection.send(request_bytes(f"/leaves-a-writer?checkpoint={name}"))
            assert connection.read_head().status == 200
            assert set(connection.read_chunk()) == {ord("w")}
            checkpoints.wait_for(name).go()
            # The client does not read on: the answer waits for it, and the thread must not.
            assert checkpoints.wait_for(name + "-written").text in ("raised ClientGone", "raised RuntimeError")
            assert_bodies_are_their_own(server, 2)
    assert_bodies_are_their_own(server)


@pytest.mark.parametrize("by", ["read", "readline", "write", "start_response", "hints"])
def test_what_an_ended_request_has_left_is_an_error_in_another_thread(server, by):
    for _ in range(3):
        assert exchange(server.address, "/keep", "POST", body=b"x" * 10).body == b"kept"
        response = exchange(server.address, f"/use-kept?by={by}", "POST", body=b"not its own")
        assert (response.status, response.body.partition(b" ")[0]) == (200, b"raised")


def test_two_threads_may_share_a_body(server):
    body = bytes(range(256)) * 8000
    with Connection(server.address) as connection:
        connection.send(request_bytes("/read-by-two", "POST", [("Content-Length", str(len(body)))]))
        connection.send(body, piece=50_000)
        assert connection.read_response().body.decode() == f"{len(body)} {sum(body)}"


def test_two_threads_may_write_one_answer(server):
    assert exchange(server.address, "/written-by-two").body == b"x" * (2 * 50 * 65536)


def test_a_list_that_another_thread_changes_is_sent_as_it_is_found(server):
    """Its items are gone the moment that they are replaced."""
    for _ in range(3):
        with Connection(server.address, receive_buffer=4096) as connection:
            connection.send(request_bytes("/changing-list?blocks=200"))
            response = connection.read_response()
            assert (response.framing, len(response.body)) == ("length", 200 * 65536)
            for start in range(0, len(response.body), 65536):
                letter = response.body[start] | 0x20
                assert letter == 97 + start // 65536 % 26
            assert connection.request("/sent").body == b"noted"


def test_a_list_that_another_thread_empties_is_an_answer_that_breaks_off(server, checkpoints):
    name = checkpoints.new_name()
    with Connection(server.address, receive_buffer=4096) as connection:
        connection.send(request_bytes(f"/emptied-list?blocks=500&checkpoint={name}"))
        assert connection.read_head().header("Content-Length") == str(500 * 65536)
        checkpoints.wait_for(name).go()
        checkpoints.wait_for(name + "-done")
        with pytest.raises((EOFError, ConnectionError)):
            connection.read_exactly(500 * 65536)
    server.stderr.wait_for("IndexError")
    assert_bodies_are_their_own(server, 2)
