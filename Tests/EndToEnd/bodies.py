"""Request bodies, and whether each reaches the request that it belongs to."""

from rawclient import Connection, request_bytes


def assert_bodies_are_their_own(server, count=10):
    """Each request's body comes in two halves, so that its reader has to wait for the second one."""
    for number in range(count):
        with Connection(server.address) as connection:
            body = b"first half of %d, " % number
            connection.send(request_bytes("/echo", "POST", [("Content-Length", str(2 * len(body)))], body))
            connection.send(body)
            assert connection.read_response().body == body + body
