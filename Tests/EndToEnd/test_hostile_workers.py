"""Workers that write what they must not into the shared memory: they are ended, and nobody waits.

In `make test`, as `test_hostile_apps.py` is; for long and under load: `test_soak_stress.py` (`make soak`).
"""

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


@pytest.mark.parametrize("bits", [20, 63])
def test_more_of_a_body_than_there_was_is_the_end_of_the_worker(server, bits):
    with Connection(server.address) as connection:
        connection.send(request_bytes(f"/consumed?bits={bits}", "POST", [("Content-Length", "500000")], b"x" * 250_000))
        connection.send(b"x" * 250_000)
        assert connection.read_response().status == 502
    server.stderr.wait_for("it broke the rules of the shared memory")
    assert exchange(server.address, "/pid").status == 200
