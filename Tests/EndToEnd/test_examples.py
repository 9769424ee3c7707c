"""Every example is started by the one command that its page shows (`make run EXAMPLE=name`, which is `Scripts/run-example`), and used."""

import http.client
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import pytest

import waiting
from front import free_address
from program import EXAMPLES, ROOT, built
from rawclient import Connection, Response, exchange
from server import Server
from test_websocket import TEXT, UPGRADE, frame, read_frame

FORM = [("Content-Type", "application/x-www-form-urlencoded")]
SWIFT = ["swift-hello", "notes", "chat", "blog", "beside"]
OF_CI_ALONE = {"decorators": "is built with a trait, which the release build has not; MartletDecoratorsTests calls it"}
NO_SERVER = {"container": "test_kubernetes.py and test_container_image.py", "kubernetes": "test_kubernetes.py"}


@contextmanager
def example(name: str, **variables: str) -> Iterator[Server]:
    """Runs a copy of the example where nothing that it writes stays behind."""
    command = [str(ROOT / "Scripts" / "run-example"), name, "127.0.0.1:0"]
    environment = {"EXAMPLE_ENV": sys.prefix, "MARTLET": built("martlet"), **variables}
    with Server(command, cwd=ROOT, env=environment) as server:
        yield server
        server.stop(same_workers=False)


def ask(server: Server, target: str, method="GET", headers=(), body: bytes | None = None) -> Response:
    return exchange(server.address, target, method, headers, body, host="127.0.0.1")


def send(server: Server, target: str, **fields: str) -> Response:
    return ask(server, target, "POST", FORM, urlencode(fields).encode())


def test_every_example_has_a_test_and_a_place_in_the_list():
    """The list says of each what it is; here is what uses it."""
    names = {path.parent.name for path in EXAMPLES.glob("*/README.md")} | set(NO_SERVER)
    listed = set(re.findall(r"\]\(([\w-]+)/", (EXAMPLES / "README.md").read_text()))
    assert listed | {"container"} == names
    here = Path(__file__).read_text()
    for name in names - set(NO_SERVER) - set(OF_CI_ALONE) - set(SWIFT):
        assert f'example("{name}"' in here, f"nothing here starts {name}"


def test_flask_and_wsgi():
    with example("flask") as server:
        assert ask(server, "/hello").body == b"Hello World!"
    with example("wsgi") as server:
        assert ask(server, "/").status == 200


def test_flask_notes(tmp_path):
    with example("flask-notes", NOTES_DATABASE=str(tmp_path / "notes.db")) as server:
        assert b"There is none yet." in ask(server, "/").body
        assert send(server, "/", text="<b>milk</b>").status == 303
        assert b"&lt;b&gt;milk&lt;/b&gt;" in ask(server, "/").body
        assert send(server, "/", text=" ").status == 400
        assert [send(server, f"/{number}/delete").status for number in (1, 1)] == [303, 404]
        assert b"There is none yet." in ask(server, "/").body
        assert ask(server, "/static/style.css").header("Content-Type").startswith("text/css")


def test_django(tmp_path):
    files = {"SHOP_DATABASE": str(tmp_path / "shop.sqlite3"), "SHOP_STATIC": str(tmp_path / "collected")}
    with example("django", **files) as server:
        assert b"shop/style.css" in ask(server, "/").body
        for style in ("/static/shop/style.css", "/static/admin/css/base.css"):
            assert ask(server, style).status == 200
        assert "/static from" in server.stderr.text, "the server does not answer for the static files itself"
        host, port = server.address
        connection = http.client.HTTPConnection(host, port, timeout=30)
        connection.request("GET", "/admin/login/")
        page = connection.getresponse()
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.read().decode())[1]
        cookie = page.headers["Set-Cookie"].split(";")[0]
        fields = urlencode({"username": "admin", "password": "martlet", "csrfmiddlewaretoken": token, "next": "/admin/"})
        connection.request("POST", "/admin/login/", fields, {**dict(FORM), "Cookie": cookie})
        assert connection.getresponse().headers["Location"] == "/admin/"
        connection.close()


def test_flask_chat():
    with example("flask-chat") as server, Connection(server.address) as ada, Connection(server.address) as bob:
        assert b"new WebSocket" in ask(server, "/").body
        for person in (ada, bob):
            assert person.request("/chat", headers=UPGRADE).status == 101
        # Who has heard something is in the room; what is said before that may be missed.
        ada.send(frame(TEXT, b"hello"))
        assert read_frame(ada)[1] == b"hello"
        bob.send(frame(TEXT, b"hello, ada"))
        assert read_frame(ada)[1] == b"hello, ada"


def test_flask_events():
    with example("flask-events") as server, Connection(server.address) as listener:
        listener.send(b"GET /events HTTP/1.1\r\nHost: 127.0.0.1\r\nLast-Event-ID: 41\r\n\r\n")
        assert listener.read_head().header("Content-Type").startswith("text/event-stream")
        event = listener.read_chunk().decode()
        assert event.startswith("id: 42\ndata: ") and set(json.loads(event.split("data: ")[1])) == {"time"}
        assert b"EventSource" in ask(server, "/").body
        listener.close()


def test_flask_uploads(tmp_path):
    content = os.urandom(300_000)
    body = b'--x\r\nContent-Disposition: form-data; name="file"; filename="../a picture.bin"\r\n\r\n' + content + b"\r\n--x--\r\n"
    with example("flask-uploads", UPLOADS=str(tmp_path)) as server:
        assert ask(server, "/", "POST", [("Content-Type", "multipart/form-data; boundary=x")], body).status == 303
        assert [path.name for path in tmp_path.iterdir()] == ["a_picture.bin"]
        assert b"a_picture.bin" in ask(server, "/").body
        assert ask(server, "/a_picture.bin").body == content
        assert ask(server, "/a_picture.bin", headers=[("Range", "bytes=5-9")]).body == content[5:10]


def test_static_site():
    with example("static-site") as server:
        assert b"<h1>A site</h1>" in ask(server, "/").body
        assert b"<h1>About</h1>" in ask(server, "/about").body
        assert ask(server, "/nothing").status == 404


def test_proxy():
    with example("proxy", ONE=f"127.0.0.1:{free_address()[1]}", TWO=f"127.0.0.1:{free_address()[1]}") as server:

        def both_answer() -> bool:
            return {ask(server, "/").body.strip()[-12:] for _ in range(4)} == {b"This is one.", b"This is two."}

        waiting.until(both_answer, "both servers behind it answer")


@pytest.mark.parametrize("name", SWIFT)
def test_swift(name, tmp_path):
    copied = tmp_path / "blog.db"
    with example(name, BLOG_DATABASE=str(copied)) as server:
        assert ask(server, "/hello" if name == "swift-hello" else "/").status == 200


def test_one_that_is_not_there_is_refused_with_the_names_of_those_that_are():
    done = subprocess.run([ROOT / "Scripts" / "run-example", "shop", ":0"], capture_output=True, text=True, timeout=30)
    assert done.returncode == 64
    assert "There is no example 'shop'" in done.stderr and "Examples/django/" in done.stderr
