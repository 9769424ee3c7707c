"""WebSockets over HTTP/2 (RFC 8441): to an application they are as over HTTP/1.1."""

import struct

import pytest
from hyperframe.frame import DataFrame, RstStreamFrame, SettingsFrame

from http2client import CANCEL, INTERNAL_ERROR, Client, request_fields
from sites import Site
from test_websocket import BINARY, CLOSE, TEXT, frame


@pytest.fixture(scope="module")
def server(start_for_file, checkpoints):
    return start_for_file("websocket_cases:application", threads=4, env=checkpoints.env)


class WebSocket:
    """A stream that is a WebSocket."""

    def __init__(self, client, path, *more):
        self.client = client
        fields = request_fields(path, "CONNECT", ("sec-websocket-version", "13"), *more)
        fields.insert(1, (":protocol", "websocket"))
        head = client.headers(fields, end=False)
        self.stream = head.stream_id
        self.read = 0
        client.send(head)

    def open(self):
        self.client.until(lambda: (answer := self.client.answers.get(self.stream)) and (answer.headers or answer.reset is not None))
        answer = self.client.answers[self.stream]
        assert answer.status == 200
        assert {"connection", "upgrade", "sec-websocket-accept"}.isdisjoint(dict(answer.headers))
        return self

    def send(self, data, end=False):
        self.client.send(DataFrame(self.stream, data, flags=["END_STREAM"] if end else []))

    def exactly(self, count):
        self.client.until(lambda: len(self.client.body(self.stream)) >= self.read + count)
        self.read += count
        return self.client.body(self.stream)[self.read - count : self.read]

    def read_frame(self):
        first, size = self.exactly(2)
        if size >= 126:
            size = int.from_bytes(self.exactly(2 if size == 126 else 8), "big")
        return first & 15, self.exactly(size)


@pytest.fixture
def client(server):
    with Client(server.address) as client:
        yield client


def test_the_server_says_that_it_can(client):
    client.ping()
    settings = next(frame for frame in client.frames if isinstance(frame, SettingsFrame))
    assert settings.settings[SettingsFrame.ENABLE_CONNECT_PROTOCOL] == 1


def test_simple_websocket_echoes(client, checkpoints):
    name = checkpoints.new_name()
    websocket = WebSocket(client, f"/echo?checkpoint={name}").open()
    for message in (b"hello", b"x" * 200, b"y" * 16000):
        websocket.send(frame(BINARY, message))
        assert websocket.read_frame() == (BINARY, message)
    websocket.send(frame(CLOSE, struct.pack(">H", 1001)))
    assert websocket.read_frame()[0] == CLOSE
    assert client.answer(websocket.stream).has_ended
    assert checkpoints.wait_for(name).text == "1001"


def test_flask_sock_echoes_beside_other_requests(start):
    server = start("websocket_cases:flask_application")
    with Client(server.address) as client:
        websockets = [WebSocket(client, "/echo").open() for _ in range(3)]
        for number in range(20):
            for websocket in websockets:
                websocket.send(frame(TEXT, b"%d" % number))
            for websocket in websockets:
                assert websocket.read_frame() == (TEXT, b"%d" % number)
            assert client.get("/").body == b"hello"
        for websocket in websockets:
            websocket.send(frame(TEXT, b"bye"))
            assert websocket.read_frame()[0] == CLOSE
            assert client.answer(websocket.stream).has_ended
    server.stdout.wait_for(r'"GET /echo HTTP/2\.0" 101')


def test_what_the_client_sends_before_the_answer_is_kept(client):
    websocket = WebSocket(client, "/echo")
    websocket.send(frame(TEXT, b"early"))
    assert websocket.open().read_frame() == (TEXT, b"early")


def test_an_application_may_refuse_with_its_own_head(client):
    websocket = WebSocket(client, "/refusal")
    answer = client.answer(websocket.stream)
    assert (answer.status, answer.body) == (403, b"no")


def test_an_application_that_does_not_use_the_socket_opens_no_tunnel(client):
    assert client.answer(WebSocket(client, "/unused").stream).status == 405


def test_the_end_of_the_client_is_the_end_of_the_stream(client, checkpoints):
    name = checkpoints.new_name()
    websocket = WebSocket(client, f"/echo?checkpoint={name}").open()
    websocket.send(frame(TEXT, b"last"))
    assert websocket.read_frame() == (TEXT, b"last")
    websocket.send(b"", end=True)
    checkpoints.wait_for(name)
    assert client.answer(websocket.stream).has_ended


def test_a_client_that_resets(client, checkpoints):
    name = checkpoints.new_name()
    websocket = WebSocket(client, f"/echo?checkpoint={name}").open()
    client.send(RstStreamFrame(websocket.stream, CANCEL))
    checkpoints.wait_for(name)


def test_a_failure_in_the_middle(client):
    websocket = WebSocket(client, "/crash").open()
    assert websocket.read_frame() == (TEXT, b"before")
    answer = client.answer(websocket.stream)
    assert answer.has_ended or answer.reset == INTERNAL_ERROR


def test_another_protocol_is_not_supported(client):
    fields = request_fields("/", "CONNECT")
    fields.insert(1, (":protocol", "connect-udp"))
    head = client.headers(fields, end=False)
    client.send(head)
    assert client.answer(head.stream_id).status == 501


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """A site with every target that speaks no WebSocket."""
    site = Site(tmp_path_factory.mktemp("plain"))
    site.application("app")
    site.write("www/small.txt", "small")
    site.write("www/large.txt", "x" * 100_000)
    site.write(
        "martlet.toml",
        """
        bind = "127.0.0.1:0"
        [route."/text"]
        respond = "text"
        [route."/gone"]
        respond = "gone"
        status = 410
        [route."/empty"]
        respond = ""
        status = 204
        [route."/moved"]
        redirect = "/text"
        [route."/files"]
        files = "www"
        listing = true
        [route."/app"]
        wsgi = "facts"
        directory = "app"
        workers = 1
        """,
    )
    with site.serve(XDG_RUNTIME_DIR=str(site.folder)) as server:
        yield server
        server.stop()


@pytest.mark.parametrize("path", ["/text", "/empty", "/files/small.txt", "/files/large.txt", "/files/", "/app/"])
def test_success_does_not_say_that_there_is_a_websocket(plain, path):
    """A 2xx would open the tunnel (RFC 9113 section 8.5)."""
    with Client(plain.address) as client:
        answer = client.answer(WebSocket(client, path).stream)
        assert (answer.status, answer.header("allow")) == (405, "GET, HEAD")
        assert b"There is no WebSocket here." in answer.body
        # The connection goes on, and the path has its own answer.
        assert client.get(path).status in (200, 204)


@pytest.mark.parametrize(("path", "status"), [("/gone", 410), ("/moved", 308), ("/files/none", 404), ("/none", 404)])
def test_other_answers_stay(plain, path, status):
    with Client(plain.address) as client:
        assert client.answer(WebSocket(client, path).stream).status == status
