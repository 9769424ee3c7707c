"""uwsgi and SCGI listeners, byte by byte: bad input, slow and lost peers, limits, logs, metrics, and the end of the server."""

import json
import signal

import pytest

import waiting
from cgiclient import ENCODERS, ask, parse
from rawclient import Connection, exchange
from scrape import local_address, scrape

def refuses(address) -> bool:
    try:
        Connection(address).close()
    except ConnectionRefusedError:
        return True
    return False


PROTOCOLS = ("uwsgi", "scgi")


@pytest.fixture(scope="module", params=PROTOCOLS)
def protocol(request) -> str:
    return request.param


@pytest.fixture(scope="module")
def server(start_for_file, protocol, checkpoints):
    return start_for_file("echo:application", "--limit-body", "1MB", bind=[f"{protocol}://127.0.0.1:0"], env=checkpoints.env)


def test_one_answer_and_the_end(server, protocol):
    answer = ask(server.address, protocol, b"hello", REQUEST_METHOD="POST", REQUEST_URI="/a?x", QUERY_STRING="x")
    seen = json.loads(answer.body)
    assert answer.status == 200 and seen["body"] == "hello"
    assert seen["environ"]["PATH_INFO"] == "/a" and seen["environ"]["QUERY_STRING"] == "x"
    assert answer.header("Content-Length") == str(len(answer.body)) and answer.header("X-Application") == "echo"
    # Those are the business of the server in front.
    assert answer.header("Connection") is None and answer.header("Date") is None and answer.header("Transfer-Encoding") is None
    assert answer.head.startswith(b"HTTP/1.1 200 OK" if protocol == "uwsgi" else b"Status: 200 OK")


def test_a_request_in_any_pieces_is_the_same(server, protocol):
    sent = ENCODERS[protocol](b"hello", REQUEST_METHOD="POST")
    for at in range(1, len(sent), 7):
        with Connection(server.address) as connection:
            connection.send(sent[:at]).send(sent[at:])
            assert json.loads(parse(connection.read_to_end()).body)["body"] == "hello"


GARBAGE = {
    "uwsgi": {
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n": (400, "speaks HTTP to a listener that speaks uwsgi"),
        b"\x16\x03\x01\x00\xc8": (400, "speaks TLS"),
        b"\x05\x00\x00\x00": (501, r"modifier1 5, Perl \(PSGI\)"),
        b"\x64\x00\x00\x00": (501, "modifier1 100, a ping"),
        b"\x00\x05\x00\x00\xff\xff\x00\x00\x00": (400, "do not add up"),
        b"\x00\x00\x00\x00": (400, "no variable REQUEST_METHOD"),
    },
    "scgi": {
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n": (400, "speaks HTTP to a listener that speaks scgi"),
        b"\x16\x03\x01\x00\xc8": (400, "speaks TLS"),
        b"\x00\x05\x00\x00\xff\xff": (400, "netstring"),
        b"99999999:": (400, "netstring"),
        b"9999999:": (431, "larger than the limit"),
        b"5:A\x001\x00:,": (400, "netstring"),
        b"4:A\x001\x00,": (400, "CONTENT_LENGTH"),
        b"17:CONTENT_LENGTH\x000\x00,": (400, "SCGI"),
    },
}


@pytest.mark.parametrize(("name", "sent"), [(name, sent) for name in PROTOCOLS for sent in GARBAGE[name]])
def test_garbage_is_refused_by_name(server, protocol, name, sent):
    if name != protocol:
        return
    status, reason = GARBAGE[name][sent]
    with Connection(server.address) as connection:
        answer = parse(connection.send(sent).read_to_end())
    assert answer.status == status
    server.stderr.wait_for("Request refused: .*" + reason)
    assert ask(server.address, protocol).status == 200


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"REQUEST_METHOD": None}, 400),
        ({"REQUEST_METHOD": "G T"}, 400),
        ({"REQUEST_METHOD": "CONNECT"}, 501),
        ({"REQUEST_URI": "x"}, 400),
        ({"REQUEST_URI": "/" + "a" * 9000}, 414),
        ({"SCRIPT_NAME": "app"}, 400),
        ({"HTTP_HOST": "a/b"}, 400),
        ({"HTTP_X": "a\r\nEvil: 1"}, 400),
        ({"CONTENT_LENGTH": "-1"}, 400),
        ({"CONTENT_LENGTH": "1x"}, 400),
        ({"CONTENT_LENGTH": "99999999999999999999"}, 400),
        ({"CONTENT_LENGTH": "2000000"}, 413),
        ({f"HTTP_X{number}": "" for number in range(101)}, 431),
        ({"HTTP_X": "a" * 40_000}, 431),
        ({f"X{number}": "" for number in range(400)}, 431),
    ],
)
def test_variables_that_http_would_refuse_too(server, protocol, changes, status):
    assert ask(server.address, protocol, **changes).status == status
    assert ask(server.address, protocol).status == 200


def test_a_body_that_ends_early_is_the_peers_fault(server, protocol):
    with Connection(server.address) as connection:
        connection.send(ENCODERS[protocol](b"hel", REQUEST_METHOD="POST", CONTENT_LENGTH="5")).half_close()
        assert parse(connection.read_to_end()).status == 400


def test_bytes_behind_the_body_are_nobodys(server, protocol):
    sent = ENCODERS[protocol](b"hello", REQUEST_METHOD="POST")
    with Connection(server.address) as connection:
        answer = parse(connection.send(sent + sent).read_to_end())
    assert json.loads(answer.body)["body"] == "hello"


def test_a_peer_that_has_gone_costs_nothing(server, protocol, checkpoints):
    name = checkpoints.new_name()
    target = f"/waits-before-reading?checkpoint={name}"
    with Connection(server.address) as connection:
        connection.send(ENCODERS[protocol](REQUEST_URI=target, QUERY_STRING=f"checkpoint={name}"))
        arrival = checkpoints.wait_for(name)
        connection.reset()
    arrival.go()
    assert ask(server.address, protocol).status == 200


def test_the_access_log_has_the_client_that_the_peer_names(start, protocol):
    server = start("echo:application", bind=[f"{protocol}://127.0.0.1:0"])
    ask(server.address, protocol, REQUEST_URI="/a?b", SERVER_PROTOCOL="HTTP/2.0", HTTP_USER_AGENT="test/1")
    ask(server.address, protocol, REQUEST_URI="/x", HTTP_HOST="a/b")
    server.stop()
    # Each loop writes its own lines: those of two connections have no order.
    second, first = sorted(server.stdout.text.splitlines())
    assert first.startswith("192.0.2.1 - - [") and '"GET /a?b HTTP/2.0" 200' in first and first.endswith('"test/1"')
    assert second.startswith("127.0.0.1 - - [") and '"GET /x HTTP/1.1" 400' in second


def test_metrics_name_the_protocol(start, protocol):
    server = start("echo:application", "--metrics", "127.0.0.1:0", bind=[f"{protocol}://127.0.0.1:0"])
    metrics = local_address(server, "Metrics")
    with Connection(server.address) as connection:
        connection.send(ENCODERS[protocol]()[:3])
        listener = f"{protocol}://127.0.0.1:{server.address[1]}"
        waiting.until(lambda: scrape(metrics)("martlet_connections", listener=listener, protocol=protocol) == 1, "the connection is counted")


def test_a_head_that_does_not_end_is_given_up(start, protocol):
    server = start("echo:application", "--timeout-head", "1s", bind=[f"{protocol}://127.0.0.1:0"])
    with Connection(server.address) as connection:
        assert parse(connection.send(ENCODERS[protocol]()[:9]).read_to_end()).status == 408


def test_a_connection_without_a_request_is_closed(start, protocol):
    server = start("echo:application", "--timeout-idle", "1s", bind=[f"{protocol}://127.0.0.1:0"])
    with Connection(server.address) as connection:
        connection.expect_end()


def test_a_stop_answers_what_has_come(start, protocol, checkpoints):
    server = start("echo:application", bind=[f"{protocol}://127.0.0.1:0"], env=checkpoints.env)
    name = checkpoints.new_name()
    target = f"/waits-before-reading?checkpoint={name}"
    changes = {"REQUEST_METHOD": "POST", "REQUEST_URI": target, "QUERY_STRING": f"checkpoint={name}"}
    with Connection(server.address) as connection:
        connection.send(ENCODERS[protocol](b"hello", **changes))
        arrival = checkpoints.wait_for(name)
        server.send_signal(signal.SIGTERM)
        waiting.until(lambda: refuses(server.address), "nobody new is let in")
        arrival.go()
        assert parse(connection.read_to_end()).body == b"hello"
    assert server.wait() == 0


def test_a_unix_socket_and_http_beside_it(start, protocol, tmp_path):
    server = start("echo:application", bind=[f"{protocol}://unix:{tmp_path}/s", "127.0.0.1:0"])
    assert ask(server.addresses[0], protocol).status == 200
    assert exchange(server.addresses[1]).status == 200
