"""How HTTP/2 connections end: a stop in two steps, deadlines, clients that leave."""

import signal

import pytest
from hyperframe.frame import DataFrame, GoAwayFrame, HeadersFrame

from http2client import NO_ERROR, PREFACE, Client, raw_frame, request_fields


@pytest.fixture
def server(start, checkpoints):
    return start("echo:application", "--timeout-head", "1s", "--timeout-idle", "2s", env=checkpoints.env)


def test_a_stop_serves_what_is_on_its_way(server, checkpoints):
    name = checkpoints.new_name()
    with Client(server.address) as client:
        stream = client.request(f"/waits-before-reading?checkpoint={name}")
        waiting_request = checkpoints.wait_for(name)
        server.send_signal(signal.SIGTERM)
        client.until(lambda: client.goaway)
        assert (client.goaway.last_stream_id, client.goaway.error_code) == (2**31 - 1, NO_ERROR)
        # Sent before the client knew: it is served.
        other = client.request("/other")
        client.until(lambda: client.goaway.last_stream_id < 2**31 - 1)
        assert client.goaway.last_stream_id in (stream, other)
        waiting_request.go()
        assert client.answer(stream).status == 200
        assert client.end() == NO_ERROR
    server.stop()


def test_a_stop_with_an_idle_client(server):
    with Client(server.address) as client:
        assert client.get("/").status == 200
        server.send_signal(signal.SIGTERM)
        assert client.end() == NO_ERROR
    server.stop()


def test_a_request_after_the_last_one_gets_no_answer(server, checkpoints):
    name = checkpoints.new_name()
    with Client(server.address) as client:
        stream = client.request(f"/waits-before-reading?checkpoint={name}")
        waiting_request = checkpoints.wait_for(name)
        server.send_signal(signal.SIGTERM)
        client.until(lambda: client.goaway and client.goaway.last_stream_id == stream)
        late = client.request("/late")
        client.ping()
        waiting_request.go()
        assert client.answer(stream).status == 200
        assert client.end() == NO_ERROR
        assert late not in client.answers
    server.stop()


def test_an_idle_connection_is_said_goodbye_to(server):
    with Client(server.address) as client:
        assert client.get("/").status == 200
        assert client.end() == NO_ERROR
        assert client.goaway.last_stream_id == 1


def test_a_head_that_does_not_end(server):
    with Client(server.address) as client:
        client.ping()
        client.send(HeadersFrame(1, client.encoder.encode(request_fields()), flags=["END_STREAM"]))
        assert client.end() == NO_ERROR


def test_a_frame_that_does_not_end(server):
    with Client(server.address) as client:
        client.ping()
        client.send(raw_frame(6, 0, 0, b"12345678")[:-1])
        assert client.end() == NO_ERROR


def test_half_a_preface(server):
    with Client(server.address, begin=False) as client:
        client.send(PREFACE[:10])
        assert client.end() is None


def test_a_body_that_does_not_come(start):
    server = start("echo:application")
    with Client(server.address) as client:
        frame = client.headers(request_fields("/", "POST", ("content-length", "10")), end=False)
        client.send(frame, DataFrame(frame.stream_id, b"a"))
        assert client.answer(frame.stream_id).status == 408
        assert client.get("/").status == 200, "the connection goes on"


def test_a_client_that_leaves(server):
    with Client(server.address) as client:
        client.request("/")
        client.send(GoAwayFrame(0))
        assert client.answer(1).status == 200
        assert client.end() is None


def test_a_client_that_closes_its_sending_side_gets_its_answer(server):
    with Client(server.address) as client:
        stream = client.request("/")
        client.socket.shutdown(1)
        client.answer(stream)
        assert client.answers[stream].status == 200


def test_a_client_that_takes_nothing_is_given_up(start):
    """Its stream is reset, and the others go on."""
    server = start("body_cases:application", "--timeout-send", "2s")
    with Client(server.address) as client:
        client.replenishes = False
        stream = client.request("/large")
        assert client.answer(stream).reset is not None
        server.stdout.wait_for(r'"GET /large HTTP/2\.0" 200')


def test_a_vanished_client_frees_its_worker(server, checkpoints):
    name = checkpoints.new_name()
    client = Client(server.address)
    client.request(f"/waits-before-reading?checkpoint={name}")
    waiting_request = checkpoints.wait_for(name)
    client.socket.close()
    waiting_request.go()
    server.stdout.wait_for(r'waits-before-reading\?checkpoint=\S+ HTTP/2\.0" 499')
