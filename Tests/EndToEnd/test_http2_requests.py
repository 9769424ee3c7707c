"""HTTP/2 with prior knowledge: requests, bodies and answers."""

import json
import os
import subprocess

import h2.config
import h2.connection
import h2.events
import pytest

from http2client import CANCEL, PREFACE, Client, raw_frame, request_fields
from hyperframe.frame import ContinuationFrame, DataFrame, HeadersFrame, RstStreamFrame, SettingsFrame, WindowUpdateFrame
from rawclient import Connection


@pytest.fixture(scope="module")
def server(start_for_file, checkpoints):
    return start_for_file("echo:application", env=checkpoints.env)


@pytest.fixture
def client(server):
    with Client(server.address) as client:
        yield client


def seen(answer):
    assert answer.status == 200, answer
    return json.loads(answer.body)


def test_what_an_application_sees(client, server):
    environ = seen(client.get("/a%20b?c=d", "GET", ("x-test", "1"), ("user-agent", "test")))["environ"]
    assert environ["SERVER_PROTOCOL"] == "HTTP/2.0"
    assert (environ["PATH_INFO"], environ["QUERY_STRING"]) == ("/a b", "c=d")
    assert environ["HTTP_HOST"] == "martlet.test"
    assert (environ["HTTP_X_TEST"], environ["HTTP_USER_AGENT"]) == ("1", "test")
    assert environ["wsgi.url_scheme"] == "http"


def test_pieces_of_a_cookie_are_joined(client):
    pieces = [("cookie", "a=1"), ("cookie", "b=2"), ("x-between", "x"), ("cookie", "c=3")]
    environ = seen(client.get("/", "GET", *pieces))["environ"]
    assert environ["HTTP_COOKIE"] == "a=1; b=2; c=3"
    assert environ["HTTP_X_BETWEEN"] == "x"


def test_host_instead_of_authority(client):
    fields = [(":method", "GET"), (":scheme", "http"), (":path", "/"), ("host", "other.test:81")]
    frame = client.headers(fields)
    client.send(frame)
    assert seen(client.answer(frame.stream_id))["environ"]["HTTP_HOST"] == "other.test:81"


def test_the_preface_may_come_byte_by_byte(server):
    with Client(server.address, begin=False) as client:
        for byte in PREFACE:
            client.send(bytes([byte]))
        client.send(SettingsFrame(0))
        assert client.get("/").status == 200


def test_http1_that_begins_like_the_preface(server):
    with Connection(server.address) as connection:
        connection.send(b"P").send(b"UT / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n")
        assert connection.read_response().status == 200


def test_a_body_with_its_head(client):
    answer = seen(client.get("/", "POST", ("content-length", "5"), body=b"hello"))
    assert (answer["body"], answer["environ"]["CONTENT_LENGTH"]) == ("hello", "5")


def test_a_body_without_a_length_and_with_a_trailer(client):
    frame = client.headers(request_fields("/", "POST"), end=False)
    client.send(frame, DataFrame(frame.stream_id, b"he"), DataFrame(frame.stream_id, b"llo", pad_length=20, flags=["PADDED"]))
    client.send(client.headers([("x-sum", "1")], stream=frame.stream_id))
    answer = seen(client.answer(frame.stream_id))
    assert answer["body"] == "hello"
    assert "HTTP_X_SUM" not in answer["environ"]


def test_a_large_body_within_the_windows(client):
    body = bytes(range(256)) * 8192
    frame = client.headers(request_fields("/", "POST", ("content-length", str(len(body)))), end=False)
    client.send(frame)
    client.ping()
    settings = next(frame for frame in client.frames if isinstance(frame, SettingsFrame))
    windows = {0: 65535, frame.stream_id: settings.settings[SettingsFrame.INITIAL_WINDOW_SIZE]}
    counted = 0

    def count():
        nonlocal counted
        for update in client.frames[counted:]:
            if isinstance(update, WindowUpdateFrame):
                windows[update.stream_id] += update.window_increment
        counted = len(client.frames)

    sent = 0
    while sent < len(body):
        count()
        room = min(*windows.values(), 16384, len(body) - sent)
        if room <= 0:
            client.read_frame()
            continue
        client.send(DataFrame(frame.stream_id, body[sent : sent + room], flags=["END_STREAM"] if sent + room == len(body) else []))
        sent += room
        for stream in windows:
            windows[stream] -= room
    assert seen(client.answer(frame.stream_id))["body"] == body.decode("latin-1")


def test_100_continue(client):
    frame = client.headers(request_fields("/", "POST", ("content-length", "2"), ("expect", "100-continue")), end=False)
    client.send(frame)
    client.until(lambda: client.answers.get(frame.stream_id))
    answer = client.answers[frame.stream_id]
    assert [dict(fields)[":status"] for fields in answer.informational] == ["100"]
    client.send(DataFrame(frame.stream_id, b"ab", flags=["END_STREAM"]))
    assert seen(client.answer(frame.stream_id))["body"] == "ab"


def test_many_requests_at_a_time(client):
    streams = [client.request(f"/{number}") for number in range(100)]
    for number, stream in enumerate(streams):
        assert seen(client.answer(stream))["environ"]["PATH_INFO"] == f"/{number}"


def test_head_has_a_length_and_no_body(client):
    answer = client.get("/", "HEAD")
    assert (answer.status, answer.body) == (200, b"")
    assert int(answer.header("content-length")) > 0


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        (request_fields("/" + "a" * 9000), 414),
        (request_fields("/", "GET", *[(f"x-{n}", "1") for n in range(120)]), 431),
        (request_fields("/", "GET", ("x-large", "a" * 33000)), 431),
        (request_fields("/a#b"), 400),
        (request_fields("/", authority="a b"), 400),
        (request_fields("/", authority="user@host"), 400),
        (request_fields("*"), 400),
        ([(":method", "CONNECT"), (":authority", "martlet.test:80")], 501),
        ([(":method", "GET"), (":scheme", "http"), (":path", "/")], 400),
        (request_fields("/", "GET", ("expect", "something")), 417),
        (request_fields("/", "POST", ("content-length", "20000000")), 413),
    ],
)
def test_requests_that_are_answered_with_an_error(client, fields, status):
    end = not any(name == "content-length" for name, _ in fields)
    block = client.encoder.encode(fields)
    pieces = [block[start : start + 16384] for start in range(0, len(block), 16384)]
    frames = [HeadersFrame(1, pieces[0], flags=["END_STREAM"] if end else [])]
    frames += [ContinuationFrame(1, piece) for piece in pieces[1:]]
    frames[-1].flags.add("END_HEADERS")
    client.next_stream = 3
    client.send(*frames)
    assert client.answer(1).status == status
    assert client.get("/").status == 200, "the connection goes on"


def test_an_answer_before_its_body_is_read_ends_the_stream_only(client):
    frame = client.headers(request_fields("/ignores-the-body", "POST"), end=False)
    client.send(frame, DataFrame(frame.stream_id, b"x"))
    # The worker gets a body in one piece, so it has to end.
    client.send(DataFrame(frame.stream_id, b"x" * 1000, flags=["END_STREAM"]))
    assert client.answer(frame.stream_id).body == b"not read"
    assert client.get("/").status == 200


def test_the_access_log_says_which_version(client, server):
    client.get("/log-this")
    server.stdout.wait_for(r'"GET /log-this HTTP/2\.0" 200')


def test_curl_and_nghttp(server, tmp_path):
    url = f"http://{server.host}"
    data = tmp_path / "data"
    data.write_bytes(b"z" * 300_000)
    command = ["curl", "-sS", "--http2-prior-knowledge", "--data-binary", f"@{data}", "-w", "%{http_version} %{http_code}", "-o", "-", url]
    output = subprocess.run(command, capture_output=True, check=True, timeout=60).stdout
    assert output.endswith(b"2 200") and output.count(b"z") >= 300_000
    output = subprocess.run(["nghttp", "-d", data, url], capture_output=True, check=True, timeout=60).stdout
    assert output.count(b"z") >= 300_000


def test_a_client_that_checks_every_rule(start):
    """The package h2 refuses whatever breaks a rule."""
    server = start("body_cases:application")
    with Client(server.address, begin=False) as raw:
        connection = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True))
        connection.initiate_connection()
        paths = ["/large", "/many-small-blocks", "/generator", "/exact-length", "/empty-list", "/too-short"] * 3
        for number, path in enumerate(paths):
            connection.send_headers(2 * number + 1, request_fields(path), end_stream=True)
        raw.send(connection.data_to_send())
        bodies, ends = {}, {}
        while len(ends) < len(paths):
            for event in connection.receive_data(raw.socket.recv(65536)):
                if isinstance(event, h2.events.DataReceived):
                    bodies[event.stream_id] = bodies.get(event.stream_id, 0) + len(event.data)
                    connection.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                elif isinstance(event, (h2.events.StreamEnded, h2.events.StreamReset)):
                    ends[event.stream_id] = type(event).__name__
            raw.send(connection.data_to_send())
        for number, path in enumerate(paths):
            assert ends[2 * number + 1] == ("StreamReset" if path == "/too-short" else "StreamEnded"), path
        assert bodies[1] == 3_000_000


def test_an_answer_that_breaks_off_resets_its_stream_only(start):
    server = start("body_cases:application")
    with Client(server.address) as client:
        answer = client.get("/too-short")
        assert (answer.status, answer.body, answer.has_ended, answer.reset) == (200, b"one two", False, 2)
        assert client.get("/exact-length").body == b"one two"


def test_hints_come_before_the_answer(start, checkpoints):
    server = start("hint_cases:application", env=checkpoints.env)
    with Client(server.address) as client:
        answer = client.get("/several")
        assert [dict(fields)["link"] for fields in answer.informational] == [f"</{n}>; rel=preload" for n in range(3)]
        assert answer.body == b"answer"


def test_a_large_file(start, tmp_path):
    content = bytes(range(256)) * 8192
    (tmp_path / "large.bin").write_bytes(content)
    (tmp_path / "app.py").write_text(
        "def application(environ, start_response):\n"
        "    start_response('200 OK', [('Content-Length', str(%d))])\n"
        "    return environ['wsgi.file_wrapper'](open('large.bin', 'rb'))\n" % len(content)
    )
    server = start("app:application", chdir=tmp_path)
    with Client(server.address) as client:
        streams = [client.request("/") for _ in range(5)]
        for stream in streams:
            assert client.answer(stream).body == content


def test_a_client_that_resets_is_forgotten(server, checkpoints):
    name = checkpoints.new_name()
    with Client(server.address) as client:
        stream = client.request(f"/waits-before-reading?checkpoint={name}")
        waiting = checkpoints.wait_for(name)
        client.send(RstStreamFrame(stream, CANCEL))
        client.ping()
        waiting.go()
        assert client.get("/").status == 200
    server.stdout.wait_for(r'waits-before-reading\?checkpoint=\S+ HTTP/2\.0" 499')


class TestWindows:
    def test_an_answer_waits_for_its_window(self, start):
        server = start("body_cases:application")
        with Client(server.address, settings={SettingsFrame.INITIAL_WINDOW_SIZE: 10}) as client:
            client.replenishes = False
            stream = client.request("/large")
            self.expect(client, stream, 10)
            client.send(WindowUpdateFrame(stream, 5))
            self.expect(client, stream, 15)
            # SETTINGS change the windows of streams that are open.
            client.send(SettingsFrame(0, settings={SettingsFrame.INITIAL_WINDOW_SIZE: 40}))
            self.expect(client, stream, 45)
            client.send(SettingsFrame(0, settings={SettingsFrame.INITIAL_WINDOW_SIZE: 0}))
            # Now the window is below zero.
            client.send(WindowUpdateFrame(stream, 40))
            self.expect(client, stream, 45)
            client.send(WindowUpdateFrame(stream, 10))
            self.expect(client, stream, 55)

    def expect(self, client, stream, count):
        """So much has come, and no more."""
        client.until(lambda: len(client.body(stream)) >= count)
        client.ping()
        client.ping()
        assert len(client.body(stream)) == count


class TestPriorities:
    def order(self, client, *priorities):
        """In which order the answers to requests of these priorities end, with a connection window that opens at the end."""
        client.replenishes = False
        first = client.request("/large")
        client.until(lambda: len(client.body(first)) == 65535)
        client.send(RstStreamFrame(first, CANCEL))
        streams = [client.request("/large", "GET", ("priority", value)) for value in priorities]
        client.until(lambda: all(stream in client.answers for stream in streams))
        client.ping()
        return streams

    def data(self, client, streams, count):
        client.frames.clear()
        client.send(WindowUpdateFrame(0, 1_000_000))
        client.until(lambda: len([f for f in client.frames if isinstance(f, DataFrame)]) >= count)
        return [streams.index(frame.stream_id) for frame in client.frames if isinstance(frame, DataFrame)][:count]

    @pytest.fixture
    def client(self, start):
        server = start("body_cases:application")
        with Client(server.address, settings={SettingsFrame.INITIAL_WINDOW_SIZE: 1 << 20}) as client:
            yield client

    def test_the_urgent_one_goes_first(self, client):
        streams = self.order(client, "u=5", "u=0", "u=3")
        assert self.data(client, streams, 3) == [1, 1, 1]

    def test_incremental_ones_take_turns(self, client):
        streams = self.order(client, "u=3, i", "u=3, i")
        assert set(self.data(client, streams, 4)) == {0, 1}

    def test_priority_update(self, client):
        streams = self.order(client, "u=1", "u=4")
        client.send(raw_frame(16, 0, 0, streams[1].to_bytes(4, "big") + b"u=0"))
        client.ping()
        assert self.data(client, streams, 3) == [1, 1, 1]


class TestPrioritiesOfFiles(TestPriorities):
    """They are read as they are sent, in the same order, from memory and from the disk."""

    FRAMES = 40

    @pytest.fixture(params=["in memory", "on the disk"])
    def client(self, request, start, tmp_path):
        path = tmp_path / "large.bin"
        path.write_bytes(bytes(4 << 20))
        (tmp_path / "app.py").write_text(
            "def application(environ, start_response):\n"
            "    start_response('200 OK', [])\n"
            "    return environ['wsgi.file_wrapper'](open('large.bin', 'rb'))\n"
        )
        server = start("app:application", chdir=tmp_path)
        if request.param == "on the disk":
            with path.open("rb") as file:
                os.fsync(file.fileno())
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        with Client(server.address, settings={SettingsFrame.INITIAL_WINDOW_SIZE: 1 << 20}) as client:
            yield client

    def test_the_urgent_one_goes_first(self, client):
        streams = self.order(client, "u=5", "u=0", "u=3")
        assert self.of_each(client, streams)[1] >= self.FRAMES - 2 * self.READY

    def test_equal_ones_go_one_after_the_other(self, client):
        streams = self.order(client, "u=3", "u=3", "u=3")
        assert self.of_each(client, streams)[0] >= self.FRAMES - 2 * self.READY

    def test_incremental_ones_take_turns(self, client):
        streams = self.order(client, "u=3, i", "u=3, i")
        assert min(self.of_each(client, streams)) >= self.FRAMES // 4

    def test_incremental_ones_are_not_kept_from_the_connection_by_others(self, client):
        streams = self.order(client, "u=3", "u=3, i", "u=3, i")
        assert min(self.of_each(client, streams)) >= self.FRAMES // 8

    def test_priority_update(self, client):
        streams = self.order(client, "u=1", "u=4")
        client.send(raw_frame(16, 0, 0, streams[1].to_bytes(4, "big") + b"u=0"))
        client.ping()
        assert self.of_each(client, streams)[1] >= self.FRAMES - self.READY

    READY = 4
    """Frames of a stream that may have been read before a more urgent one came."""

    def of_each(self, client, streams):
        order = self.data(client, streams, self.FRAMES)
        return [order.count(number) for number in range(len(streams))]
