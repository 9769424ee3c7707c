"""The log names the request that an exception belongs to."""

import re

from rawclient import Connection, request_bytes


def test_an_entry_names_its_own_request_while_others_come(start):
    """Errors that come after the answer: by then the request's place may be another's."""
    server = start("subject_cases:application", workers=1, threads=4)
    connections = [Connection(server.address) for _ in range(8)]
    try:
        for turn in range(20):
            for number, connection in enumerate(connections):
                connection.send(b"".join(request_bytes(f"/mixed-{turn}-{number}-{part}") for part in range(10)))
            for connection in connections:
                for _ in range(10):
                    assert connection.read_response().status == 200
    finally:
        for connection in connections:
            connection.close()
    server.stop()
    entries = re.findall(r"GET (/\S+) \(request .*\)\n(?:.*\n)+?.*ValueError: (\S+)", server.stderr.text)
    assert len(entries) == 8 * 20 * 10 * 2
    assert [entry for entry in entries if entry[0] != entry[1]] == []
