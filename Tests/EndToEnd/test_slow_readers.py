"""Many clients that take their answers slowly."""

import waiting
from burst import allow_descriptors
from http2client import Client
from hyperframe.frame import SettingsFrame
from memory import private_memory
from rawclient import Connection, request_bytes

CLIENTS = 1500


def test_the_memory_of_slow_readers_is_given_back_when_they_are_gone(start, checkpoints):
    allow_descriptors(2 * CLIENTS + 500)
    server = start("streaming_cases:application", "--access-log", "off", env=checkpoints.env)
    before = private_memory(server.pid)
    clients = [Connection(server.address, receive_buffer=4096) for _ in range(CLIENTS)]
    for client in clients:
        client.send(request_bytes("/download?size=3000000"))
    full = waiting.until(
        lambda: (now := private_memory(server.pid)) > before + CLIENTS * 25_000 and now,
        "the server to have taken the requests in",
    )
    for client in clients:
        client.close()
    waiting.until(
        lambda: private_memory(server.pid) - before < (full - before) / 3,
        "the server to give back most of the memory that slow readers had needed",
    )


def test_the_requests_of_one_connection_share_what_is_kept_for_it(start, checkpoints, tmp_path):
    """A hundred answers of 2 MB, which have all been made: as requests of HTTP/1.1 they would keep 1 MB each in memory."""
    streams = 100
    server = start("streaming_cases:application", env={**checkpoints.env, "TMPDIR": str(tmp_path)})
    name = checkpoints.new_name()
    before = private_memory(server.pid)
    with Client(server.address, settings={SettingsFrame.INITIAL_WINDOW_SIZE: 0}) as client:
        for _ in range(streams):
            client.request(f"/flood?name={name}&size=2000000")
        checkpoints.wait_for(name, streams)
        assert private_memory(server.pid) - before < streams * 500_000
