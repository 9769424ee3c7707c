"""Requests over TLS: every way of HTTP/1 and HTTP/2, bodies of all sizes, and how connections end."""

import hashlib
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import threading

import pytest
import waiting
from certificates import Authority
from memory import private_memory
from rawclient import Connection, Truncated, exchange, request_bytes
from test_websocket import BINARY, UPGRADE, frame, read_frame
from tlsclient import SecureConnection, secure_exchange


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def client(authority):
    return authority.client()


@pytest.fixture(scope="module")
def server(start_for_file, authority):
    return start_for_file("echo:application", *authority.pair().flags, "--limit-body", "200MB")


@pytest.fixture(scope="module")
def streaming(start_for_file, authority, checkpoints):
    return start_for_file("streaming_cases:application", *authority.pair().flags, env=checkpoints.env)


def curl(authority, server, target, *options):
    url = f"https://localhost:{server.address[1]}{target}"
    result = subprocess.run(
        ["curl", "-sS", "--cacert", authority.path, "--max-time", "60", *options, url], capture_output=True, check=True
    )
    return result.stdout


def test_an_address_without_a_scheme_speaks_https_where_a_certificate_is_given(server):
    assert f"https://127.0.0.1:{server.address[1]}" in server.stderr.text


@pytest.mark.parametrize(("version", "protocol"), [("--http1.1", "HTTP/1.1"), ("--http2", "HTTP/2.0")])
def test_curl(server, authority, version, protocol):
    environ = json.loads(curl(authority, server, "/a?b", version))["environ"]
    assert environ["wsgi.url_scheme"] == "https"
    assert environ["HTTPS"] == "on"
    assert environ["SERVER_PROTOCOL"] == protocol
    assert environ["PATH_INFO"] == "/a"
    assert not [name for name in environ if name.startswith("SSL_CLIENT")]


def test_plain_requests_are_not_marked_as_encrypted(start):
    server = start("echo:application")
    assert "HTTPS" not in json.loads(exchange(server.address, "/").body)["environ"]


@pytest.mark.parametrize(
    ("offered", "agreed"),
    [(("h2", "http/1.1"), "h2"), (("http/1.1",), "http/1.1"), (("http/1.1", "h2"), "h2"), ((), None)],
)
def test_the_protocol_is_agreed_on_in_the_handshake(server, authority, offered, agreed):
    with SecureConnection(server.address, authority.client(protocols=offered)) as connection:
        assert connection.socket.selected_alpn_protocol() == agreed
        if agreed != "h2":
            assert connection.request("/").status == 200


@pytest.mark.parametrize("offered", [("foo",), ("h3", "spdy/3")])
def test_a_client_that_speaks_none_of_our_protocols_is_told_so(server, authority, offered):
    """RFC 7301 section 3.2: both sides could take what follows for different things (ALPACA)."""
    for _ in range(5):
        with pytest.raises(ssl.SSLError, match="(?i)no.application.protocol"):
            SecureConnection(server.address, authority.client(protocols=offered))


def test_many_requests_on_one_connection(server, client):
    with SecureConnection(server.address, client) as connection:
        for _ in range(20):
            assert connection.request("/ignores-the-body").body == b"not read"


def test_pipelined_requests_are_answered_in_order(server, client):
    with SecureConnection(server.address, client) as connection:
        connection.send(b"".join(request_bytes(f"/{number}") for number in range(50)))
        for number in range(50):
            assert json.loads(connection.read_response().body)["environ"]["PATH_INFO"] == f"/{number}"


@pytest.mark.parametrize("piece", [1, 7])
def test_a_request_in_many_records(server, client, piece):
    with SecureConnection(server.address, client) as connection:
        connection.send(request_bytes("/", method="POST", body=b"in pieces"), piece=piece)
        assert json.loads(connection.read_response().body)["body"] == "in pieces"


@pytest.mark.parametrize("version", ["--http1.1", "--http2"])
@pytest.mark.parametrize("size", [1 << 20, 100 << 20])
def test_large_bodies_both_ways(start, authority, tmp_path, version, size):
    server = start("tls_cases:application", *authority.pair("large").flags, "--limit-body", "200MB")
    assert hashlib.sha256(curl(authority, server, f"/bytes?{size}", version)).digest() == hashlib.sha256(bytes(size)).digest()
    body = tmp_path / "body"
    with body.open("wb") as file:
        file.truncate(size)
    digest = curl(authority, server, "/digest", version, "--data-binary", f"@{body}", "-H", "Expect:")
    assert digest.decode() == hashlib.sha256(bytes(size)).hexdigest()


@pytest.mark.parametrize("version", ["--http1.1", "--http2"])
@pytest.mark.parametrize("size", [1, 16_384, 16_385, 65_537, 5 << 20])
def test_files(start, authority, tmp_path, version, size):
    content = os.urandom(size)
    (tmp_path / "file").write_bytes(content)
    server = start("tls_cases:application", *authority.pair("files").flags)
    assert curl(authority, server, f"/file?{tmp_path / 'file'}", version) == content


def test_a_slow_reader_gets_all_of_a_file(start, authority, client, tmp_path):
    content = os.urandom(3 << 20)
    (tmp_path / "file").write_bytes(content)
    server = start("tls_cases:application", *authority.pair("slow").flags)
    with SecureConnection(server.address, client, receive_buffer=8192) as connection:
        connection.send(request_bytes(f"/file?{tmp_path / 'file'}"))
        assert connection.read_response().body == content
        assert connection.request("/bytes?5").body == bytes(5)


def test_a_client_that_reads_nothing_holds_nobody_up_and_is_dropped(start, authority, client):
    server = start("tls_cases:application", *authority.pair("stalled").flags, "--timeout-send", "1s")
    with SecureConnection(server.address, client, receive_buffer=4096) as stalled:
        stalled.send(request_bytes(f"/bytes?{50 << 20}"))
        for _ in range(20):
            assert secure_exchange(server.address, client, "/bytes?3").body == bytes(3)
        waiting.until(lambda: "/bytes?52428800" in server.stdout.text, "the line of the stalled request")
        with pytest.raises((ssl.SSLError, OSError)):
            stalled.read_to_end()


def test_a_stream_is_sent_while_it_is_made(streaming, client, checkpoints):
    name = checkpoints.new_name()
    with SecureConnection(streaming.address, client) as connection:
        connection.send(request_bytes(f"/step-by-step?checkpoint={name}&blocks=2"))
        for number in range(2):
            checkpoints.wait_for(name, number + 1).go()
            if number == 0:
                connection.read_head()
            assert connection.read_chunk() == b"block %d\n" % number


def test_a_websocket(start, authority, client, checkpoints):
    server = start("websocket_cases:application", *authority.pair("websocket").flags, env=checkpoints.env)
    name = checkpoints.new_name()
    with SecureConnection(server.address, client) as connection:
        connection.send(request_bytes(f"/echo?checkpoint={name}", headers=UPGRADE))
        assert connection.read_head().status == 101
        for message in (b"hello", b"y" * 70_000):
            connection.send(frame(BINARY, message))
            assert read_frame(connection) == (BINARY, message)


# How connections begin


def test_plain_http_on_an_https_port_gets_a_clear_400(server):
    response = exchange(server.address, "/")
    assert response.status == 400
    assert response.header("Connection") == "close"
    assert b"This is an https port" in response.body


@pytest.mark.parametrize("data", [b"\x00\x01\x02", b"\x16\x03\x01\x00\x05hello", b"\x80\x2e\x01\x03\x01", b"\x16\x03\x01\xff\xff"])
def test_what_is_neither_tls_nor_http_is_closed(server, data):
    with Connection(server.address) as connection:
        connection.send(data)
        connection.half_close()
        try:
            assert len(connection.read_to_end()) < 20
        except ConnectionError:
            pass
    assert_still_serves(server)


def assert_still_serves(server):
    with Connection(server.address) as connection:
        connection.send(b"GET / HTTP/1.1\r\n\r\n")
        assert connection.read_head().status == 400


def client_hello(name="localhost"):
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    context = ssl.create_default_context()
    handshake = context.wrap_bio(incoming, outgoing, server_hostname=name)
    with pytest.raises(ssl.SSLWantReadError):
        handshake.do_handshake()
    return outgoing.read()


def test_a_handshake_that_does_not_go_on_is_closed_in_time(start, authority):
    server = start("echo:application", *authority.pair("slowloris").flags, "--timeout-head", "1s")
    hello = client_hello()
    with Connection(server.address) as silent, Connection(server.address) as half, Connection(server.address) as first:
        half.send(hello[: len(hello) // 2])
        first.send(hello)
        assert first.read_exactly(1) == b"\x16"
        for connection in (silent, half):
            connection.expect_end()
        first.read_to_end()


@pytest.mark.parametrize("piece", [1, 100])
def test_a_hello_in_many_packets(server, client, piece):
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    handshake = client.wrap_bio(incoming, outgoing, server_hostname="localhost")
    with Connection(server.address) as connection:
        while True:
            try:
                handshake.do_handshake()
                break
            except ssl.SSLWantReadError:
                connection.send(outgoing.read(), piece=piece)
                incoming.write(connection.socket.recv(65536))
        assert handshake.version() == "TLSv1.3"


def test_connections_in_their_handshake_make_room_for_others(start, authority, client):
    server = start("echo:application", *authority.pair("room").flags, "--limit-connections", "16")
    idle = [Connection(server.address) for _ in range(40)]
    try:
        assert secure_exchange(server.address, client).status == 200
    finally:
        for connection in idle:
            connection.close()


# How they end


def test_the_end_of_a_connection_is_said_in_tls(server, client):
    with SecureConnection(server.address, client) as connection:
        connection.send(request_bytes("/", headers=[("Connection", "close")]))
        assert connection.read_response().status == 200
        assert connection.read_to_end() == b"", "an end without close_notify would have been an error"


def test_an_idle_connection_is_closed_with_a_word(start, authority, client):
    server = start("echo:application", *authority.pair("idle").flags, "--timeout-idle", "1s")
    with SecureConnection(server.address, client) as connection:
        assert connection.request("/").status == 200
        assert connection.read_to_end() == b""


def test_a_client_may_end_its_side_and_still_gets_its_answer(server, client):
    with SecureConnection(server.address, client) as connection:
        connection.send(request_bytes("/ignores-the-body"))
        with pytest.raises((ssl.SSLWantReadError, ssl.SSLError, OSError)):
            connection.socket.settimeout(0)
            connection.socket._sslobj.shutdown()
        connection.socket.settimeout(waiting.DEADLINE)
    assert_still_serves(server)


def test_an_answer_that_breaks_off_is_an_error_for_the_client(start, authority, client):
    server = start("response_cases:application", *authority.pair("breaks").flags)
    with SecureConnection(server.address, client) as connection:
        connection.send(request_bytes("/fails-after-the-first-block"))
        with pytest.raises(Truncated):
            connection.read_response()
    with SecureConnection(server.address, client) as connection:
        # Only the end of the connection would end this one.
        connection.send(request_bytes("/fails-after-the-first-block", version="1.0"))
        connection.read_head()
        with pytest.raises((ssl.SSLError, ConnectionError)):
            connection.read_to_end()


def test_a_body_that_is_cut_off_does_not_reach_the_application_as_whole(start, authority, client):
    server = start("echo:application", *authority.pair("cut").flags)
    connection = SecureConnection(server.address, client)
    connection.send(b"POST /cut HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf")
    connection.cut()
    assert secure_exchange(server.address, client).status == 200
    server.stop()
    assert not re.search(r'"POST /cut HTTP/1.1" 200', server.stdout.text)


def test_a_stop_lets_requests_finish(start, authority, client, checkpoints):
    server = start("worker_cases:application", *authority.pair("stop").flags, env=checkpoints.env)
    name = checkpoints.new_name()
    with SecureConnection(server.address, client) as connection, SecureConnection(server.address, client) as idle:
        assert idle.request("/pid").status == 200
        connection.send(request_bytes(f"/hold?checkpoint={name}"))
        arrival = checkpoints.wait_for(name)
        server.send_signal(signal.SIGTERM)
        assert idle.read_to_end() == b""
        arrival.go()
        response = connection.read_response()
        assert (response.status, response.body) == (200, b"held and let go")
        assert connection.read_to_end() == b""
    server.stop()


def test_requests_are_logged(start, authority, client):
    server = start("echo:application", *authority.pair("logged").flags)
    assert secure_exchange(server.address, client, "/ignores-the-body").status == 200
    server.stop()
    assert re.fullmatch(r'127\.0\.0\.1 - - \[[^]]+\] "GET /ignores-the-body HTTP/1\.1" 200 8 "-" "-"\n', server.stdout.text)


def test_a_connection_keeps_little_of_what_it_has_sent(start, authority, client):
    """1 MB each, to many at once."""
    server = start("tls_cases:application", *authority.pair("memory").flags)
    connections = [SecureConnection(server.address, client) for _ in range(50)]
    try:
        for connection in connections:
            assert connection.request("/bytes?1").body == b"\0"
        before = private_memory(server.pid)
        for connection in connections:
            assert len(connection.request(f"/bytes?{1 << 20}").body) == 1 << 20
        grown = private_memory(server.pid) - before
        assert grown < len(connections) * 100_000, f"{grown / len(connections):.0f} bytes for each"
    finally:
        for connection in connections:
            connection.close()


@pytest.mark.parametrize("target", ["/file?{path}", f"/bytes?{20 << 20}"])
def test_clients_that_leave_during_an_answer_leave_nothing_open(start, authority, client, tmp_path, target):
    (tmp_path / "file").write_bytes(bytes(20 << 20))
    server = start("tls_cases:application", *authority.pair("leaving").flags)
    assert secure_exchange(server.address, client, "/bytes?1").status == 200

    def descriptors():
        return len(os.listdir(f"/proc/{server.pid}/fd"))

    before = descriptors()
    for _ in range(20):
        connection = SecureConnection(server.address, client, receive_buffer=4096)
        connection.send(request_bytes(target.format(path=tmp_path / "file")))
        connection.read_head()
        connection.cut()
    waiting.until(lambda: descriptors() <= before, f"{before} descriptors, there are {descriptors()}")
    waiting.until(lambda: server.stdout.text.count("GET") >= 21, "a line for each")


def test_a_unix_socket_may_speak_https(start, authority, client, tmp_path):
    path = str(tmp_path / "s")
    server = start("echo:application", *authority.pair("unix").flags, bind=[f"https://unix:{path}"])
    assert f"https://unix:{path}" in server.stderr.text
    with SecureConnection(path, client) as connection:
        assert connection.request("/").status == 200


def test_a_unix_socket_without_a_scheme_stays_plain(start, authority, client, tmp_path):
    path = str(tmp_path / "s")
    server = start("echo:application", *authority.pair("plain").flags, bind=["127.0.0.1:0", f"unix:{path}"])
    assert exchange(path, "/").status == 200
    assert secure_exchange(server.address, client).status == 200


def test_many_clients_at_once(server, client):
    failures = []

    def work():
        try:
            for _ in range(10):
                assert secure_exchange(server.address, client, "/ignores-the-body").body == b"not read"
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=work) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
