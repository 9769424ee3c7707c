"""A client that goes away: its generator is closed once, a read of its body is an OSError, its thread is free again."""

from contextlib import ExitStack

import pytest
import waiting
from hyperframe.frame import RstStreamFrame
from http2client import CANCEL, Client
from rawclient import Connection, exchange, request_bytes

LARGE = 200 * 1024 * 1024


@pytest.fixture(scope="module")
def server(start_for_file, checkpoints):
    # One thread: whatever is served after a client has gone shows that it is free.
    return start_for_file("streaming_cases:application", workers=1, threads=1, env=checkpoints.env)


@pytest.mark.parametrize("leave", ["close", "reset"])
def test_a_generator_that_runs_is_closed_once(server, checkpoints, leave):
    name = checkpoints.new_name()
    connection = Connection(server.address)
    connection.send(request_bytes(f"/flood?name={name}&size={LARGE}"))
    assert connection.read_head().status == 200
    assert len(connection.read_chunk()) > 0
    getattr(connection, leave)()
    assert checkpoints.wait_for(name).text == "closed"
    assert exchange(server.address, "/pid").status == 200
    assert len(checkpoints.arrived(name)) == 1
    assert int(exchange(server.address, f"/given?name={name}").body) < LARGE


@pytest.mark.parametrize("leave", ["close", "reset"])
def test_a_generator_that_waits_is_closed_once_when_it_gives_its_next_blocks(server, checkpoints, leave):
    name = checkpoints.new_name()
    connection = Connection(server.address)
    connection.send(request_bytes(f"/ticks?checkpoint={name}"))
    connection.read_head()
    assert connection.read_chunk() == b"tick\n"
    checkpoints.wait_for(name)
    getattr(connection, leave)()
    ticks = 0

    def closed() -> bool:
        """Lets every tick go on until the generator is closed."""
        nonlocal ticks
        while len(checkpoints.arrived(name)) > ticks:
            checkpoints.arrived(name)[ticks].go()
            ticks += 1
        return bool(checkpoints.arrived(name + "-closed"))

    waiting.until(closed, "the generator to be closed")
    assert exchange(server.address, "/pid").status == 200
    assert len(checkpoints.arrived(name + "-closed")) == 1


@pytest.mark.parametrize("first", ["", "first"])
def test_a_generator_that_gives_nothing_is_closed_once_its_client_has_gone(server, checkpoints, first):
    """An application that waits for news gives empty blocks meanwhile; nothing that is sent would tell that nobody is there."""
    for _ in range(3):
        name = checkpoints.new_name()
        with Connection(server.address) as connection:
            connection.send(request_bytes(f"/heartbeat?first={first}&checkpoint={name}"))
            assert checkpoints.wait_for(name).text == "begun"
            if first:
                assert connection.read_head().status == 200
                assert connection.read_chunk() == b"first"
            connection.reset()
            assert checkpoints.wait_for(name, 2).text == "closed"
        assert exchange(server.address, "/pid").status == 200


def test_writing_nothing_is_an_error_once_the_client_has_gone(server, checkpoints):
    name = checkpoints.new_name()
    with Connection(server.address) as connection:
        connection.send(request_bytes(f"/writes-nothing?checkpoint={name}"))
        assert checkpoints.wait_for(name).text == "begun"
        assert connection.read_head().status == 200
        connection.reset()
        assert checkpoints.wait_for(name, 2).text == "closed"
    assert exchange(server.address, "/pid").status == 200


def test_a_client_that_half_closes_still_gets_its_answer(server, checkpoints):
    """Half a close says "no more requests", not "no more interest"."""
    name = checkpoints.new_name()
    with Connection(server.address) as connection:
        connection.send(request_bytes(f"/hold?checkpoint={name}"))
        held = checkpoints.wait_for(name)
        connection.half_close()
        # A later connection that is answered by the same event loop shows that the half close was seen.
        for _ in range(8):
            with Connection(server.address) as later:
                assert later.send(b"GET /bad\r\n\r\n").read_response().status == 400
        held.go()
        assert connection.read_response().body == b"let go"


def test_a_hundred_clients_that_leave_at_once_leave_a_working_server(server):
    connections = [Connection(server.address) for _ in range(100)]
    for number, connection in enumerate(connections):
        connection.send(request_bytes(f"/download?size={1_000_000}"))
        if number % 2:
            connection.reset()
        else:
            connection.close()
    for _ in range(10):
        assert exchange(server.address, "/pid").body == str(server.first_workers[0]).encode()


def test_a_client_that_leaves_inside_its_body_frees_the_thread(server):
    for leave in ("close", "reset", "half_close"):
        with Connection(server.address) as connection:
            connection.send(request_bytes("/upload", "POST", [("Content-Length", "1000")], b"only this"))
            getattr(connection, leave)()
            assert exchange(server.address, "/pid").status == 200


class TestRequestsThatWait:
    """What a client takes back before a thread has claimed it costs none: CVE-2023-44487 with a queue behind it."""

    STREAMS = 100

    def ask(self, server, target, way, clients):
        """Asks for a hundred answers; gives what takes them back."""
        if way == "reset of a connection of HTTP/1":
            connections = [clients.enter_context(Connection(server.address)) for _ in range(self.STREAMS)]
            for connection in connections:
                connection.send(request_bytes(target))
            # What the same event loop answers later shows that they were read: a reset discards what was not.
            for _ in range(8):
                with Connection(server.address) as later:
                    assert later.send(b"GET /bad\r\n\r\n").read_response().status == 400
            return lambda: [connection.reset() for connection in connections]
        client = clients.enter_context(Client(server.address))
        streams = [client.request(target) for _ in range(self.STREAMS)]
        client.ping()
        if way == "reset of streams":
            return lambda: (client.send(*[RstStreamFrame(stream, CANCEL) for stream in streams]), client.ping())
        return client.socket.close

    @pytest.mark.parametrize("way", ["reset of streams", "close of a connection", "reset of a connection of HTTP/1"])
    def test_they_are_not_executed(self, server, checkpoints, way):
        held, dead, alive = (checkpoints.new_name() for _ in range(3))
        with Connection(server.address) as first, Connection(server.address) as last, ExitStack() as clients:
            first.send(request_bytes(f"/hold?checkpoint={held}"))
            holding = checkpoints.wait_for(held)
            # More than have slots: some wait for one.
            leaving = [self.ask(server, f"/tells?name={dead}", way, clients) for _ in range(7)]
            last.send(request_bytes(f"/tells?name={alive}"))
            for leave in leaving:
                leave()
            server.stdout.wait_for(rf'"GET /tells\?name={dead} HTTP/[0-9.]+" 499', 7 * self.STREAMS)
            holding.go()
            assert first.read_response().body == b"let go"
            assert last.read_response().body == b"told"
        assert checkpoints.arrived(dead) == []
        # All slots are there again.
        with Client(server.address) as client:
            streams = [client.request(f"/tells?name={alive}") for _ in range(self.STREAMS)]
            assert [client.answer(stream).status for stream in streams] == [200] * self.STREAMS
        assert len(checkpoints.arrived(alive)) == self.STREAMS + 1
