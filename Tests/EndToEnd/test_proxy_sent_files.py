"""Files that an upstream names in place of a body: X-Accel-Redirect and X-Sendfile."""

import os
import sys
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import pytest
from front import Front, free_address
from http2upstream import http2_upstream
from program import APPS
from proxies import proxy
from rawclient import Connection, exchange
from upstream import Peer, Upstream, answer_once

CONTENT = os.urandom(200_000)
SERVERS = ["gunicorn", "uwsgi", "scgi", "fastcgi", "uwsgi http"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("files")
    inside = place / "files"
    inside.mkdir()
    (inside / "a.pdf").write_bytes(CONTENT)
    (inside / "a b.pdf").write_bytes(b"with a space")
    (inside / "100%41.txt").write_bytes(b"literal")
    (inside / "empty.txt").write_bytes(b"")
    (inside / ".hidden").write_bytes(b"hidden")
    (place / "secret.txt").write_bytes(b"secret")
    (inside / "out").symlink_to(place / "secret.txt")
    os.mkfifo(inside / "fifo")
    (place / "link").symlink_to(inside)
    os.utime(inside / "a.pdf", (1_600_000_000, 1_600_000_000))
    return place


@contextmanager
def serving(kind: str, folder: Path, name: str = "application", work: Path | None = None):
    """The address of a server of Python with the application."""
    env = {**os.environ, "SENT_FILE": str(folder / "files" / "a.pdf")}
    address = free_address()
    listen = "{}:{}".format(*address)
    program = Path(sys.executable).with_name
    if kind == "gunicorn":
        command = [sys.executable, "-m", "gunicorn", "--bind", listen, "--keep-alive", "5", "--worker-class", "gthread"]
        command += ["--threads", "4", "--chdir", str(APPS), f"sent_file_cases:{name}"]
        process, url = Front("gunicorn", ["env", f"SENT_FILE={env['SENT_FILE']}", *command], address), f"http://{listen}"
    else:
        protocol = "http" if kind == "uwsgi http" else kind
        command = [str(program("uwsgi")), f"--{protocol}-socket", listen, "--master", "--die-on-term", "--need-app"]
        command += ["--pythonpath", str(APPS), "--module", f"sent_file_cases:{name}", "--buffer-size", "65535"]
        process, url = Front(kind, ["env", f"SENT_FILE={env['SENT_FILE']}", *command], address), f"{protocol}://{listen}"
    try:
        yield url
    finally:
        process.stop()


@pytest.fixture(scope="module", params=SERVERS)
def server(request, folder):
    with serving(request.param, folder) as url, proxy(url, send_files=f"/protected={folder}/files") as one:
        yield one


def named(**fields: str) -> str:
    return "/named?" + urlencode({name.replace("_", "-"): value for name, value in fields.items()})


def test_a_file_of_accel_redirect(server):
    response = exchange(server.address, named(X_Accel_Redirect="/protected/a.pdf"))
    assert (response.status, response.body, response.framing) == (200, CONTENT, "length")
    assert response.header("Content-Type") == "application/pdf"
    assert response.header("Accept-Ranges") == "bytes"
    assert response.header("Last-Modified") == "Sun, 13 Sep 2020 12:26:40 GMT"
    assert response.header("ETag") and "application" not in response.header("ETag")


def test_the_fields_of_the_application_stay(server):
    response = exchange(server.address, named(X_Accel_Redirect="/protected/a.pdf", Content_Type="application/x-own", X_Accel_Limit_Rate="1"))
    assert response.header("Content-Type") == "application/x-own"
    assert response.header("Content-Disposition") == 'inline; filename="a.pdf"'
    assert response.header("Cache-Control") == "private"
    assert response.header("X-Own") == "1"
    assert response.all("Set-Cookie") == ["a=b; Path=/", "c=d; Path=/"]
    assert not [name for name, _ in response.headers if name.lower().startswith(("x-accel", "x-sendfile"))]


def test_a_file_of_flask(server):
    """Flask announces the length of the file, and the connection ends without it."""
    for _ in range(3):
        response = exchange(server.address, "/flask")
        assert (response.status, response.body) == (200, CONTENT)
        assert response.header("Content-Disposition") == "attachment; filename=report.pdf"
        assert response.header("X-Sendfile") is None


def test_parts_and_conditions(server):
    target = named(X_Accel_Redirect="/protected/a.pdf")
    whole = exchange(server.address, target)
    part = exchange(server.address, target, headers=[("Range", "bytes=100-199")])
    assert (part.status, part.body, part.header("Content-Range")) == (206, CONTENT[100:200], f"bytes 100-199/{len(CONTENT)}")
    assert exchange(server.address, target, headers=[("Range", "bytes=900000-")]).status == 416
    unchanged = exchange(server.address, target, headers=[("If-None-Match", whole.header("ETag"))])
    assert (unchanged.status, unchanged.header("ETag")) == (304, whole.header("ETag"))
    assert exchange(server.address, target, headers=[("If-Match", '"of-the-application"')]).status == 412
    # Flask cuts a part by itself, of which it sends nothing.
    part = exchange(server.address, "/flask", headers=[("Range", "bytes=5-9")])
    assert (part.status, part.body, part.header("Content-Range")) == (206, CONTENT[5:10], f"bytes 5-9/{len(CONTENT)}")


def test_a_head_and_a_post(server):
    target = named(X_Accel_Redirect="/protected/a.pdf")
    head = exchange(server.address, target, method="HEAD")
    assert (head.status, head.header("Content-Length"), head.body) == (200, str(len(CONTENT)), b"")
    assert exchange(server.address, target, method="POST", body=b"x").body == CONTENT


def test_over_one_connection(server):
    with Connection(server.address) as client:
        for target, body in [
            (named(X_Accel_Redirect="/protected/a%20b.pdf"), b"with a space"),
            (named(X_Accel_Redirect="/protected/empty.txt", size="1000"), b""),
            (named(size="3"), b"xxx"),
            (named(X_Accel_Redirect="/protected/a.pdf?x=1", size="300000"), CONTENT),
            (named(X_Accel_Redirect="/protected/.hidden"), b"hidden"),
        ]:
            assert client.request(target).body == body


def test_the_fields_pass_neither_ahead_of_an_answer_nor_behind_it(folder):
    hint = b"HTTP/1.1 103 Early Hints\r\nX-Accel-Redirect: /protected/a.pdf\r\nLink: </x>\r\n\r\n"
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n1\r\nx\r\n0\r\nX-Sendfile: /a\r\nX-Accel-Redirect: /b\r\nX-Sum: 1\r\n\r\n"
    with Upstream(answer_once(hint + chunked)) as upstream, proxy(upstream.url, send_files=f"/protected={folder}/files") as server:
        with Connection(server.address) as client:
            client.send(b"GET / HTTP/1.1\r\nHost: h\r\nTE: trailers\r\nConnection: TE\r\n\r\n")
            text = client.read_until(b"1\r\nx\r\n0\r\n") + client.read_until(b"\r\n\r\n")
    assert b"Link: </x>" in text and b"X-Sum: 1" in text
    assert b"x-accel" not in text.lower() and b"x-sendfile" not in text.lower()


def test_the_status_is_the_applications(server):
    response = exchange(server.address, named(X_Accel_Redirect="/protected/a%20b.pdf", status="403"))
    assert (response.status, response.body) == (403, b"with a space")


@pytest.mark.parametrize(
    "path, status",
    [
        ("/protected/../secret.txt", 502), ("/protected/%2e%2e/secret.txt", 502), ("/protected/out", 404), ("/protected/", 502),
        ("/protected", 502), ("/protectedx/a.pdf", 502), ("/a.pdf", 502), ("protected/a.pdf", 502), ("@named", 502),
        ("/protected/missing", 404), ("/protected/a.pdf/", 502), ("/protected//a.pdf", 502), ("/protected/a%00.pdf", 502),
        ("/protected/fifo", 404), ("/protected/" + "a" * 300, 404), ("/protected/.", 502), ("/" + "a/" * 900, 502),
    ],
)
def test_what_is_no_file_of_the_folder(server, path, status):
    response = exchange(server.address, named(X_Accel_Redirect=path))
    assert response.status == status and b"secret" not in response.body
    assert response.header("X-Accel-Redirect") is None


def test_a_file_of_sendfile(server, folder):
    assert exchange(server.address, named(X_Sendfile=f"{folder}/files/a.pdf")).body == CONTENT
    assert exchange(server.address, named(X_Sendfile=f"{folder}/files/100%41.txt")).body == b"literal"
    assert exchange(server.address, named(X_Sendfile=f"{folder}/files/a%20b.pdf")).body == b"with a space"
    for other in (f"{folder}/secret.txt", f"{folder}/files/../secret.txt", "a.pdf", "/etc/passwd", f"{folder}/files"):
        assert exchange(server.address, named(X_Sendfile=other)).status == 502
    assert exchange(server.address, named(X_Sendfile=f"{folder}/files/out")).status == 404


def test_the_log_says_what_is_wrong(server, folder):
    exchange(server.address, named(X_Accel_Redirect="/elsewhere/a.pdf"))
    server.stderr.wait_for(r"cannot be used: it names /elsewhere/a\.pdf, which is below none of the paths of send-files\.")
    exchange(server.address, named(X_Sendfile="/etc/passwd"))
    server.stderr.wait_for(r"it names /etc/passwd, which is in none of the folders of send-files\.")
    exchange(server.address, named(X_Accel_Redirect="/protected/gone.pdf"))
    server.stderr.wait_for(r"names the file .*/files/gone\.pdf, which cannot be sent: No such file or directory\.")


def test_django(folder):
    with serving("gunicorn", folder, "django") as url, proxy(url, send_files=f"/protected={folder}/files") as server:
        response = exchange(server.address, "/download")
        assert (response.status, response.body) == (200, b"with a space")
        assert (response.header("Content-Type"), response.header("Content-Disposition")) == ("application/pdf", "attachment")


def answering(*fields: str) -> Upstream:
    return Upstream(answer_once("".join(f"{line}\r\n" for line in ("HTTP/1.1 200 OK", "Content-Length: 2", *fields, "")).encode() + b"ok"))


def test_without_the_setting_the_fields_pass():
    with answering("X-Accel-Redirect: /a", "X-Sendfile: /b") as upstream, proxy(upstream.url) as server:
        response = exchange(server.address)
        assert (response.body, response.header("X-Accel-Redirect"), response.header("X-Sendfile")) == (b"ok", "/a", "/b")


def test_folders_and_their_paths(folder):
    """Without a path, and a folder that is a link; of two the one with the longer path counts."""
    for place in ("files", "link"):
        with answering("X-Accel-Redirect: /a%20b.pdf") as upstream, proxy(upstream.url, send_files=f"{folder}/{place}") as server:
            assert exchange(server.address).body == b"with a space"
        with answering(f"X-Sendfile: {folder}/files/a b.pdf") as upstream, proxy(upstream.url, send_files=f"{folder}/{place}") as server:
            assert exchange(server.address).body == b"with a space"


def test_an_upstream_that_is_asked_again(folder):
    """Its connection goes on where the answer is over."""

    def serve(peer: Peer) -> None:
        while peer.request():
            peer.send(b"HTTP/1.1 200 OK\r\nX-Accel-Redirect: /a.pdf\r\nContent-Length: 2\r\n\r\nok")

    with Upstream(serve) as upstream, proxy(upstream.url, one_loop=True, send_files=f"{folder}/files") as server:
        for _ in range(5):
            assert exchange(server.address).body == CONTENT
        assert upstream.connections == 1


def test_an_upstream_with_http2(folder):
    def serve(peer):
        while True:
            request = peer.request()
            peer.answer(request.stream, b"", ("x-accel-redirect", "/a.pdf"), ("content-length", "5"), end=False)

    with http2_upstream(serve) as upstream, proxy(upstream.url, send_files=f"{folder}/files") as server:
        for _ in range(3):
            assert exchange(server.address).body == CONTENT
