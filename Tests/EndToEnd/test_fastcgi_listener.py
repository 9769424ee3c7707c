"""`bind = "fastcgi://…"` behind nginx's `fastcgi_pass`, and what a web server may do wrong."""

import json
import socket
import struct

import pytest
import waiting
from needs import requires
from nginx import Nginx
from rawclient import Connection, exchange
from server import Server, martlet

SERVER = """
location / {
    include /etc/nginx/fastcgi_params;
    fastcgi_param SCRIPT_NAME "";
    fastcgi_param PATH_INFO $document_uri;
    fastcgi_keep_conn on;
    fastcgi_pass behind;
    fastcgi_buffering off;
}
location /streamed {
    include /etc/nginx/fastcgi_params;
    fastcgi_param SCRIPT_NAME "";
    fastcgi_param PATH_INFO $document_uri;
    fastcgi_request_buffering off;
    fastcgi_pass behind;
}
client_max_body_size 0;
"""


@pytest.fixture(scope="module")
def server():
    with martlet("echo:application", bind=["fastcgi://127.0.0.1:0"]) as server:
        yield server
        server.stop()


@pytest.fixture(scope="module")
def nginx(server, tmp_path_factory):
    requires("nginx")
    nginx = Nginx(tmp_path_factory.mktemp("nginx"), server.address, SERVER)
    yield nginx
    nginx.stop()


def test_requests_of_nginx_over_kept_connections(nginx):
    with Connection(nginx.address) as client:
        for count in range(20):
            answer = client.request(f"/a%20b?n={count}", "POST", [("X-Test", "1")], b"x" * count * 1000)
            told = json.loads(answer.body)
            assert answer.status == 200 and told["body"] == "x" * count * 1000
            seen = told["environ"]
            assert (seen["PATH_INFO"], seen["QUERY_STRING"], seen["HTTP_X_TEST"]) == ("/a b", f"n={count}", "1")
            assert (seen["REQUEST_METHOD"], seen["REMOTE_ADDR"]) == ("POST", "127.0.0.1")


def test_a_chunked_body_without_a_length(nginx):
    with Connection(nginx.address) as client:
        client.send(b"POST /streamed HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")
        assert json.loads(client.read_response().body)["body"] == "hello"


def test_kinds_of_answers(nginx):
    assert exchange(nginx.address, "/no-content").status == 204
    assert exchange(nginx.address, "/unknown-length").body == b"onetwothree"
    assert exchange(nginx.address, "/ignores-the-body", method="POST", body=b"x" * 2_000_000).body == b"not read"
    assert exchange(nginx.address, "/", method="HEAD").status == 200
    body = bytes(range(256)) * 8192
    told = json.loads(exchange(nginx.address, "/", method="POST", body=body).body)
    assert told["body"].encode("latin-1") == body


def record(kind: int, content: bytes = b"", request: int = 1) -> bytes:
    return struct.pack(">BBHHBB", 1, kind, request, len(content), 0, 0) + content


def records(client: socket.socket) -> list[tuple[int, int, bytes]]:
    """All that comes until the end."""
    data = b""
    while piece := client.recv(65536):
        data += piece
    found = []
    while data:
        _, kind, request, length, padding, _ = struct.unpack(">BBHHBB", data[:8])
        found.append((kind, request, data[8 : 8 + length]))
        data = data[8 + length + padding :]
    return found


def begin(role: int = 1, keeps: bool = False, request: int = 1) -> bytes:
    return record(1, struct.pack(">HB5x", role, keeps), request)


def parameters(**values: str) -> bytes:
    pairs = b"".join(bytes([len(k), len(v)]) + k.encode() + v.encode() for k, v in values.items())
    return record(4, pairs) + record(4)


GET = {"REQUEST_METHOD": "GET", "REQUEST_URI": "/no-content", "SERVER_PROTOCOL": "HTTP/1.1", "HTTP_HOST": "a"}


def ask(server: Server, data: bytes) -> list[tuple[int, int, bytes]]:
    with socket.create_connection(server.address, waiting.DEADLINE) as client:
        client.sendall(data)
        return records(client)


def test_a_request_record_by_record(server):
    answer = ask(server, begin() + parameters(**GET) + record(5))
    assert [kind for kind, _, _ in answer] == [6, 6, 3]
    assert answer[0][2].startswith(b"Status: 204 No Content\r\n")
    assert answer[2][2] == bytes(8)


@pytest.mark.parametrize(
    "data, expected",
    [
        (begin(role=2), [(3, 1, b"\0\0\0\0\3\0\0\0")]),
        (record(9, bytes([15, 0]) + b"FCGI_MPXS_CONNS", 0) + begin(role=3), [(10, 0, b"\x0f\1FCGI_MPXS_CONNS0"), (3, 1, b"\0\0\0\0\3\0\0\0")]),
        (record(99, b"", 0) + begin(role=3), [(11, 0, b"c" + bytes(7)), (3, 1, b"\0\0\0\0\3\0\0\0")]),
    ],
)
def test_what_the_protocol_itself_answers(server, data, expected):
    assert ask(server, data) == expected


def test_a_second_request_meanwhile(server):
    both = begin(keeps=True) + begin(request=2) + record(4, b"", 2) + parameters(**GET) + record(5)
    with socket.create_connection(server.address, waiting.DEADLINE) as client:
        client.sendall(both)
        client.shutdown(socket.SHUT_WR)
        answer = records(client)
    assert answer[0] == (3, 2, b"\0\0\0\0\1\0\0\0")
    assert answer[1][:2] == (6, 1) and answer[-1] == (3, 1, bytes(8))


@pytest.mark.parametrize(
    "data, status",
    [
        (begin() + record(5), b"400"),
        (begin() + record(4, b"\5\5abc") + record(4), b"400"),
        (begin() + b"".join(record(4, b"\1" * 60_000) for _ in range(3)), b"431"),
        (begin() + parameters(**{**GET, "CONTENT_LENGTH": "x"}) + record(5), b"400"),
    ],
)
def test_what_is_refused(server, data, status):
    answer = ask(server, data)
    assert answer[0][2].startswith(b"Status: " + status), answer
    assert answer[-1][0] == 3


def test_who_speaks_HTTP_is_told_so(server):
    answer = exchange(server.address, "/")
    assert answer.status == 400 and b"fastcgi" in answer.body


def test_a_body_that_breaks_off(server):
    body = {**GET, "REQUEST_METHOD": "POST", "REQUEST_URI": "/", "CONTENT_LENGTH": "5"}
    answer = ask(server, begin() + parameters(**body) + record(5, b"abc") + record(5))
    assert answer[0][2].startswith(b"Status: 400")


@pytest.mark.parametrize("path", ["/", "/reads-three-bytes"])
def test_a_body_that_is_longer_than_its_length(server, path):
    body = {**GET, "REQUEST_METHOD": "POST", "REQUEST_URI": path, "CONTENT_LENGTH": "3"}
    data = begin(keeps=True) + parameters(**body) + record(5, b"abcdef") + record(5)
    with socket.create_connection(server.address, waiting.DEADLINE) as client:
        client.sendall(data)
        client.shutdown(socket.SHUT_WR)
        answer = records(client)
    assert answer[0][2].startswith(b"Status: 400") and answer[-1] == (3, 1, bytes(8))
    server.stderr.wait_for("Request refused: The request body is longer than its CONTENT_LENGTH says.")
