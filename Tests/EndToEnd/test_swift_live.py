"""What is alive in an application in Swift: WebSockets, server-sent events, uploads and files, by the framework's example."""

import os
import shutil
import socket
import subprocess
import threading
import time

import pytest
import waiting
import wsproto
from browser import look
from http2client import Client
from needs import requires
from program import EXAMPLES, built
from rawclient import Connection, exchange, request_bytes
from server import Server
from test_http2_websocket import WebSocket
from test_websocket import ACCEPT, CLOSE, TEXT, UPGRADE, frame, read_frame
from wsproto import events


@pytest.fixture
def start(tmp_path):
    servers = []

    def start() -> Server:
        shutil.copytree(EXAMPLES / "chat" / "templates", tmp_path / "templates", dirs_exist_ok=True)
        (tmp_path / "uploads").mkdir(exist_ok=True)
        server = Server([built("chat"), "--bind", "127.0.0.1:0"], cwd=tmp_path)
        servers.append(server)
        return server

    yield start
    for server in servers:
        if server in Server.running:
            server.stop()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("chat")
    shutil.copytree(EXAMPLES / "chat" / "templates", folder / "templates")
    (folder / "uploads").mkdir()
    server = Server([built("chat"), "--bind", "127.0.0.1:0"], cwd=folder)
    yield server
    server.stop()


def join(server: Server, target: str) -> Connection:
    """A connection that has become a WebSocket."""
    connection = Connection(server.address)
    connection.send(request_bytes(target, headers=UPGRADE))
    head = connection.read_head()
    assert (head.status, head.header("Sec-WebSocket-Accept")) == (101, ACCEPT)
    assert head.header("Connection").lower() == "upgrade" and head.header("Upgrade") == "websocket"
    return connection


def closed_with(payload: bytes) -> int:
    return int.from_bytes(payload[:2], "big")


def test_what_one_says_all_in_the_room_hear(server):
    with join(server, "/chat/a%20b?name=ada") as ada, join(server, "/chat/a%20b?name=bob") as bob, join(server, "/chat/other") as other:
        ada.send(frame(TEXT, b"hello"))
        assert read_frame(ada) == (TEXT, b"ada: hello")
        assert read_frame(bob) == (TEXT, b"ada: hello")
        other.send(frame(TEXT, "grüße".encode()))
        assert read_frame(other) == (TEXT, "somebody: grüße".encode())
        ada.send(frame(CLOSE, b"\x03\xe8bye"))
        assert read_frame(ada) == (CLOSE, b"\x03\xe8bye")
        ada.expect_end()
        bob.reset()


def test_over_http2_beside_other_requests(server):
    with Client(server.address) as client, join(server, "/chat/two?name=bob") as bob:
        ada = WebSocket(client, "/chat/two?name=ada").open()
        ada.send(frame(TEXT, b"x" * 16_000))
        assert ada.read_frame() == (TEXT, b"ada: " + b"x" * 16_000)
        assert read_frame(bob) == (TEXT, b"ada: " + b"x" * 16_000)
        assert client.get("/").status == 200
        ada.send(frame(CLOSE, b"\x03\xe9"))
        assert ada.read_frame() == (CLOSE, b"\x03\xe9")
        assert client.answer(ada.stream).has_ended


def test_another_library_speaks_with_it(server):
    """wsproto checks what it is sent."""
    peer = wsproto.WSConnection(wsproto.ConnectionType.CLIENT)
    with socket.create_connection(server.address, 30) as connection:

        def receive(count: int) -> list[events.Event]:
            found = list(peer.events())
            while len(found) < count:
                peer.receive_data(connection.recv(65536) or None)
                found += peer.events()
            return found

        connection.sendall(peer.send(events.Request(host=server.host, target="/chat/wsproto?name=ada")))
        assert isinstance(receive(1)[0], events.AcceptConnection)
        connection.sendall(peer.send(events.Message("in ", message_finished=False)))
        connection.sendall(peer.send(events.Ping(b"there?")))
        connection.sendall(peer.send(events.Message("pieces", message_finished=True)))
        pong, message = receive(2)
        assert isinstance(pong, events.Pong) and pong.payload == b"there?"
        assert message.data == "ada: in pieces"
        connection.sendall(peer.send(events.CloseConnection(1000, "bye")))
        assert receive(1)[0].code == 1000
        assert connection.recv(1) == b""


def test_node_speaks_with_it(server):
    requires("node")
    script = """
        const socket = new WebSocket(process.argv[1])
        socket.onopen = () => socket.send("hello")
        socket.onmessage = (message) => { console.log(message.data); socket.close(4000, "enough") }
        socket.onclose = (event) => console.log(event.code, event.reason, event.wasClean)
        socket.onerror = (event) => console.log(event.message)
    """
    command = ["node", "--experimental-websocket", "--no-warnings", "-e", script, f"ws://{server.host}/chat/node?name=ada"]
    said = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert said.stdout.splitlines() == ["ada: hello", "4000 enough true"], said.stderr


PAGE = """<!doctype html>
<title>Live</title>
<p id="out"></p>
<script>
  const say = (text) => document.querySelector("#out").append(text + "; ")
  const chat = (room) => new WebSocket(location.href.replace("http", "ws") + "chat/" + room + "?name=ada")
  const news = new EventSource("/news")
  let left = 2
  const finish = () => { if (--left == 0) chat("finished") }
  news.onopen = () => {
    const socket = chat("browser")
    socket.onopen = () => socket.send("<grüße>")
    socket.onmessage = (message) => { say(message.data); socket.close(4000, "enough") }
    socket.onclose = (event) => { say([event.code, event.reason, event.wasClean].join(" ")); finish() }
  }
  news.onmessage = (event) => { say(event.data); if (event.data == "0 in browser") { news.close(); finish() } }
</script>
<script src="/news?until=the-end" async></script>
"""


def test_a_page_in_a_browser(start, tmp_path):
    """Its events and its WebSocket. The browser prints the page when it is loaded, and a part of it comes when the server stops."""
    server = start()
    (tmp_path / "templates" / "chat.html").write_text(PAGE)

    def stop():
        with Connection(server.address) as watcher:
            watcher.send(request_bytes("/news")).read_head()
            while watcher.read_chunk() != b"data: 1 in finished\n\n":
                pass
        server.stop()

    stopper = threading.Thread(target=stop)
    stopper.start()
    page = look(tmp_path, "--dump-dom", f"http://{server.host}/")
    stopper.join()
    said = page.split('<p id="out">')[1].split("</p>")[0].split("; ")
    assert sorted(filter(None, said)) == ["0 in browser", "1 in browser", "4000 enough true", "ada: &lt;grüße&gt;"]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\x81\x01a", 1002), (b"\xc1\x80\0\0\0\0", 1002), (b"\x83\x80\0\0\0\0", 1002), (b"\x81\x81\0\0\0\0\xff", 1007),
        (b"\x88\x82\0\0\0\0\x03\xee", 1002), (b"\x82\xff\0\0\0\0\x7f\0\0\0\0\0\0\0", 1009),
    ],
    ids=["not masked", "reserved bit", "opcode", "no UTF-8", "code", "too long"],
)
def test_what_breaks_the_rules_is_closed_with_a_code(server, data, code):
    with join(server, "/chat/faults") as connection:
        connection.send(data)
        kind, payload = read_frame(connection)
        assert (kind, closed_with(payload)) == (CLOSE, code)
        connection.expect_end()


def test_a_client_that_floods_is_held_back_and_served(server):
    """40 MB of messages of which the client reads nothing at first."""
    with join(server, "/chat/flood") as connection:
        count, message = 400, frame(TEXT, b"x" * 100_000)
        sender = threading.Thread(target=lambda: [connection.socket.sendall(message) for _ in range(count)])
        sender.start()
        # Others are served meanwhile.
        with join(server, "/chat/calm") as calm:
            calm.send(frame(TEXT, b"hello"))
            assert read_frame(calm) == (TEXT, b"somebody: hello")
        sender.join(60)
        assert not sender.is_alive()


def test_a_page_of_another_site_is_refused(server):
    def answer(origin: str) -> int:
        with Connection(server.address) as connection:
            return connection.send(request_bytes("/chat/x", headers=[*UPGRADE, ("Origin", origin)])).read_head().status

    assert answer("http://martlet.test") == 101
    assert answer("https://evil.example") == 403
    assert answer("null") == 403
    with Client(server.address) as client:
        socket = WebSocket(client, "/chat/x", ("origin", "https://evil.example"))
        assert client.answer(socket.stream).status == 403


def test_a_request_that_is_no_websocket_gets_426(server):
    answer = exchange(server.address, "/chat/lobby")
    assert answer.status == 426
    assert (answer.header("Upgrade"), answer.header("Sec-WebSocket-Version")) == ("websocket", "13")
    assert "upgrade" in ", ".join(answer.all("Connection")).lower()
    old = [(name, "8" if name == "Sec-WebSocket-Version" else value) for name, value in UPGRADE]
    assert exchange(server.address, "/chat/lobby", headers=old).status == 426
    with Client(server.address) as client:
        answer = client.get("/chat/lobby")
        assert (answer.status, answer.header("upgrade")) == (426, None)


def test_events_come_at_once_and_end_with_the_client(server):
    with Connection(server.address) as watcher:
        head = watcher.send(request_bytes("/news")).read_head()
        assert head.header("Content-Type") == "text/event-stream"
        assert (head.header("Cache-Control"), head.header("X-Accel-Buffering")) == ("no-store", "no")
        with join(server, "/chat/news"):
            assert watcher.read_chunk() == b"data: 1 in news\n\n"
        # A client that leaves without a word has left the room, too.
        assert watcher.read_chunk() == b"data: 0 in news\n\n"


def test_many_that_leave_without_a_word_leave_nothing_behind(server):
    def descriptors() -> int:
        return len(os.listdir(f"/proc/{server.pid}/fd"))

    with Connection(server.address) as watcher:
        watcher.send(request_bytes("/news")).read_head()
        before = descriptors()
        for how in ("close", "reset") * 50:
            member = join(server, "/chat/many")
            member.send(frame(TEXT, b"x"))
            getattr(member, how)()
        waiting.until(lambda: descriptors() <= before, f"no more than {before} descriptors")
        members = []

        def left() -> bool:
            with join(server, "/chat/mark"):
                while (news := watcher.read_chunk()) != b"data: 1 in mark\n\n":
                    members.append(news)
            return [event for event in members if event.endswith(b"many\n\n")][-1] == b"data: 0 in many\n\n"

        waiting.until(left, "nobody is in the room any more")


def test_a_stop_tells_everybody_and_is_fast(start):
    server = start()
    with join(server, "/chat/stop") as one, Client(server.address) as client, Connection(server.address) as watcher:
        two = WebSocket(client, "/chat/stop").open()
        watcher.send(request_bytes("/news")).read_head()
        began = time.monotonic()
        stopper = threading.Thread(target=server.stop)
        stopper.start()
        kind, payload = read_frame(one)
        assert (kind, payload) == (CLOSE, b"\x03\xe9The server stops.")
        one.send(frame(CLOSE, payload[:2]))
        one.expect_end()
        kind, payload = two.read_frame()
        assert (kind, closed_with(payload)) == (CLOSE, 1001)
        two.send(frame(CLOSE, payload[:2]), end=True)
        # Whole, not cut off: the browser comes back by itself.
        while watcher.read_chunk():
            pass
        stopper.join(60)
        assert time.monotonic() - began < 8


def test_a_file_with_a_very_long_name_is_kept_under_a_shorter_one(server):
    name = "n" * 300 + ".txt"
    body = f'--b\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n0123456789\r\n--b--\r\n'.encode()
    fields = [("Content-Type", "multipart/form-data; boundary=b")]
    with join(server, "/chat/lobby?name=ada") as ada:
        assert exchange(server.address, "/files", "POST", fields, body).status == 303
        kept = read_frame(ada)[1].decode().removeprefix("A file: ")
    assert 200 < len(kept) <= 255 and kept.endswith("n.txt")
    assert exchange(server.address, f"/files/{kept}").body == b"0123456789"


def test_files_go_up_and_down(server):
    boundary = "b0"
    body = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="C:\\\\up\\\\a b.txt"\r\n\r\n0123456789\r\n--{boundary}--\r\n'
    ).encode()
    fields = [("Content-Type", f"multipart/form-data; boundary={boundary}")]
    with join(server, "/chat/lobby?name=ada") as ada:
        answer = exchange(server.address, "/files", "POST", fields, body)
        assert (answer.status, answer.header("Location")) == (303, "/")
        name = read_frame(ada)[1].decode().removeprefix("A file: ")
    whole = exchange(server.address, f"/files/{name}")
    assert (whole.status, whole.body) == (200, b"0123456789")
    assert whole.header("Content-Disposition") == f'attachment; filename="{name}"'
    part = exchange(server.address, f"/files/{name}", headers=[("Range", "bytes=2-4")])
    assert (part.status, part.body, part.header("Content-Range")) == (206, b"234", "bytes 2-4/10")
    same = exchange(server.address, f"/files/{name}", headers=[("If-None-Match", whole.header("ETag"))])
    assert (same.status, same.body) == (304, b"")
    for bad in ("..%2ftemplates%2fchat.html", "../templates/chat.html", ".hidden", "none"):
        assert exchange(server.address, f"/files/{bad}").status == 404
