"""A client process of the long test: `python mixture.py HOST PORT COUNT SEED` sends COUNT mixed requests.

Most go in pipelines over one connection, whose responses are read one by one; between the pipelines come those that end a
connection: clients that leave in the middle, bytes that are no HTTP, applications that fail inside a response.
It prints how many requests of each kind it has sent, as JSON.
"""

import json
import random
import sys
from collections import Counter

from rawclient import Address, Connection, Truncated, chunked, request_bytes

KINDS = {
    "hello": (request_bytes("/hello"), 200, b"Hello World!"),
    "missing": (request_bytes("/nowhere"), 404, b"not found"),
    "stream": (request_bytes("/stream"), 200, b"line 0\nline 1\nline 2\nline 3\nline 4\n"),
    "upload": (request_bytes("/upload", "POST", body=bytes(2000)), 200, b"2000"),
    "chunked upload": (
        request_bytes("/upload", "POST", [("Transfer-Encoding", "chunked")], chunked(bytes(500), bytes(500))),
        200,
        b"1000",
    ),
    "large upload": (request_bytes("/upload", "POST", body=bytes(150_000)), 200, b"150000"),
    "unread upload": (request_bytes("/unread", "POST", body=bytes(2000)), 403, b"your body does not interest me"),
    "download": (request_bytes("/download?bytes=20000&length=yes"), 200, bytes(20_000)),
}
"""Kinds whose connection goes on: request, status and body."""

PIPELINE = ["hello"] * 38 + ["missing"] * 2 + ["stream"] * 4 + ["upload"] * 2 + ["chunked upload"] + ["unread upload"] + ["download"] * 2
"""One pipeline, in an order of its own each time."""


def run(address: Address, count: int, seed: int) -> Counter:
    chance = random.Random(seed)
    done: Counter = Counter()
    while done.total() < count:
        with Connection(address) as connection:
            for _ in range(20):
                send_pipeline(connection, chance, done)
        for end in ENDS:
            end(address, done)
    return done


def send_pipeline(connection: Connection, chance: random.Random, done: Counter) -> None:
    kinds = chance.sample(PIPELINE, len(PIPELINE))
    if chance.random() < 0.2:
        kinds.append("large upload")
    connection.send(b"".join(KINDS[kind][0] for kind in kinds))
    for kind in kinds:
        response = connection.read_response()
        _, status, body = KINDS[kind]
        assert (response.status, response.body) == (status, body), (kind, response)
    done.update(kinds)


# Requests that end their connection


def leave_inside_a_response(address: Address, done: Counter) -> None:
    with Connection(address) as connection:
        connection.send(request_bytes("/download?bytes=10000000"))
        assert connection.read_head().status == 200
        connection.reset()
    done["left inside the response"] += 1


def leave_inside_an_upload(address: Address, done: Counter) -> None:
    with Connection(address) as connection:
        connection.send(request_bytes("/upload", "POST", [("Content-Length", "1000000")]) + bytes(200_000))
        connection.reset()
    done["left inside the upload"] += 1


def leave_before_the_response(address: Address, done: Counter) -> None:
    with Connection(address) as connection:
        connection.send(request_bytes("/hello") * 5).reset()
    done["left before the response"] += 5


def leave_inside_a_head(address: Address, done: Counter) -> None:
    with Connection(address) as connection:
        connection.send(request_bytes("/hello")[:-3]).reset()
    done["left inside the head"] += 1


def send_what_is_no_http(address: Address, done: Counter) -> None:
    with Connection(address) as connection:
        connection.send(b"GET /\x00 HTTP/1.1\r\nHost: a\r\n\r\n")
        assert connection.read_response().status == 400
    done["no HTTP"] += 1


def meet_an_exception(address: Address, done: Counter) -> None:
    with Connection(address) as connection:
        assert connection.request("/raises").status == 500
    done["exception"] += 1


def meet_an_exception_inside_a_response(address: Address, done: Counter) -> None:
    with Connection(address) as connection:
        try:
            connection.request("/raises-inside")
        except (Truncated, ConnectionError):
            done["exception inside the response"] += 1
            return
    raise AssertionError("a response that was cut off looked whole")


ENDS = [
    leave_inside_a_response,
    leave_inside_an_upload,
    leave_before_the_response,
    leave_inside_a_head,
    send_what_is_no_http,
    meet_an_exception,
    meet_an_exception_inside_a_response,
]


if __name__ == "__main__":
    print(json.dumps(run((sys.argv[1], int(sys.argv[2])), int(sys.argv[3]), int(sys.argv[4]))))
