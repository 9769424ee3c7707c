"""Workers that write what they must not into the shared memory: they are ended, and nobody waits.

In `make test`, as `test_hostile_apps.py` is; for long and under load: `test_soak_stress.py` (`make soak`).
"""

from urllib.parse import quote

import pytest
from rawclient import Connection, exchange, request_bytes


@pytest.fixture
def server(start):
    server = start("scribble_cases:application", workers=1, threads=1)
    yield server
    server.stop(same_workers=False)


@pytest.mark.parametrize("phase", [4, 77, 2**32 - 1])
def test_a_phase_that_there_is_not_is_the_end_of_the_worker(server, phase):
    assert exchange(server.address, f"/phase?phase={phase}").status == 502
    server.stderr.wait_for("it broke the rules of the shared memory")
    server.wait_for_workers(1, other_than=server.first_workers)
    assert exchange(server.address, "/pid").status == 200


def test_a_phase_that_there_is_not_ends_an_answer_that_has_begun(server):
    with Connection(server.address) as connection:
        connection.send(request_bytes("/phase?phase=77&begun"))
        assert connection.read_head().status == 200
        assert connection.read_chunk() == b"begun"
        with pytest.raises((EOFError, ConnectionError)):
            connection.read_chunk()
    server.stderr.wait_for("the worker broke the rules of the shared memory in the middle of this answer")
    assert exchange(server.address, "/pid").status == 200


def test_a_body_is_had_although_the_way_to_the_server_was_full(server):
    for _ in range(3):
        assert exchange(server.address, "/fills-the-sockets", "POST", body=b"x" * 300_000).body == b"300000 bytes"


@pytest.mark.parametrize(
    "kind",
    ["nothing", "a file", "a pipe", "a socket of the network", "a socket without another end", "a full socket"],
)
def test_a_body_that_is_to_be_sent_to_what_is_no_place_for_it_is_lost_to_that_request_alone(server, kind):
    target = "/asks-with?kind=" + quote(kind)
    answer = exchange(server.address, target, "POST", body=b"x" * 300_000).body
    assert answer == b"OSError: the server cannot read what it had stored of the body; its log says why"
    server.stderr.wait_for("error .*A request's body could not be handed to its worker: ")
    assert exchange(server.address, "/pid").status == 200


@pytest.mark.parametrize(
    "message, length, error",
    [
        (b"Z", 1, "no message begins with the byte 90"),
        (b"S", 1, "no message begins with the byte 83"),
        (b"P", 1, "no message begins with the byte 80"),
        (b"R1", 1, "'ready' has 0 fields"),
        (b"F", 1, "'failed' has 2 fields"),
        (b"Iten\0", 1, "the field seconds of 'importing' is no number"),
        (b"I", 65_537, "it is longer than 65536 bytes"),
    ],
    ids=lambda value: None if isinstance(value, int) else str(value),
)
def test_what_is_no_message_on_the_control_socket_is_left_out_and_said_once(server, message, length, error):
    for _ in range(2):
        assert exchange(server.address, f"/says?bytes={message.hex()}&length={length}&times=50").body == b"said"
    server.stderr.wait_for(f"warning .*worker 1 has sent what is no message of Martlet's: {error}\\. ")
    assert exchange(server.address, "/pid").status == 200
    server.stop()
    assert server.stderr.text.count("is no message of Martlet's") == 1


def test_a_worker_that_serves_may_say_again_that_it_is_ready_or_has_failed(server):
    for message in [b"R", b"Fadvice\0traceback", b"N", b"L", b"I9223372036854775807\0stack"]:
        assert exchange(server.address, f"/says?bytes={message.hex()}").body == b"said"
        assert exchange(server.address, "/pid").status == 200
