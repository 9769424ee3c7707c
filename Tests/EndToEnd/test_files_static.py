"""`martlet static DIR` with real clients, and nginx beside it where it has an opinion."""

import http.client
import os
import socket
import subprocess

import pytest
import waiting
from needs import requires
from nginx import Nginx
from program import built
from server import Server

LARGE = bytes(range(256)) * 4096
OLD = 1_700_000_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    base = tmp_path_factory.mktemp("files")
    root = base / "root"
    (root / "sub").mkdir(parents=True)
    (root / "sub" / "index.html").write_text("sub")
    (root / "a.txt").write_text("0123456789")
    (root / "empty.txt").write_bytes(b"")
    (root / "large.bin").write_bytes(LARGE)
    (root / "it's 100% \"ü\" & <x>.txt").write_text("odd")
    with open(root / "sparse.bin", "wb") as file:
        file.truncate(5 << 30)
    (base / "canary").write_text("canary")
    (root / "leak").symlink_to("../canary")
    for path in root.rglob("*"):
        if path.is_file() and not path.is_symlink():
            os.utime(path, (OLD, OLD))
    return root


@pytest.fixture(scope="module")
def server(folder):
    server = Server([built("martlet"), "static", str(folder), "--bind", "127.0.0.1:0"])
    yield server
    server.stop()


@pytest.fixture(scope="module")
def nginx(folder, tmp_path_factory):
    requires("nginx")
    nginx = Nginx(tmp_path_factory.mktemp("nginx"), ("127.0.0.1", 9), f"location / {{ root {folder}; }}")
    # Its processes run as another user when the tests run as root.
    for path in [folder, *folder.parents][:4]:
        os.chmod(path, 0o755)
    yield nginx
    nginx.stop()


def ask(address, path, method="GET", **fields):
    connection = http.client.HTTPConnection(*address, timeout=waiting.DEADLINE)
    connection.request(method, path, headers={name.replace("_", "-"): value for name, value in fields.items()})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer, body


def settled(server, path):
    """The tag of a file, once it is a strong one."""

    def tag():
        found = ask(server.address, path)[0].headers["ETag"]
        return found if not found.startswith("W/") else None

    return waiting.until(tag, "the tag of a file to be a strong one")


@pytest.mark.parametrize("path", ["/a.txt", "/large.bin"])
@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"Range": "bytes=0-4"},
        {"Range": "bytes=5-"},
        {"Range": "bytes=-3"},
        {"Range": "bytes=2-99999999999999"},
        {"Range": "bytes=99999999-"},
        {"If_Modified_Since": "Tue, 14 Nov 2023 22:13:20 GMT"},
        {"If_Unmodified_Since": "Tue, 14 Nov 2023 22:13:19 GMT"},
        {"If_None_Match": "*"},
        {"If_Match": '"other"'},
        {"Range": "bytes=0-1", "If_Range": '"other"'},
        {"Range": "bytes=0-1", "If_Range": "Tue, 14 Nov 2023 22:13:20 GMT"},
    ],
)
def test_conditions_and_ranges_are_those_of_nginx(server, nginx, path, fields):
    settled(server, path)
    ours, our_body = ask(server.address, path, **fields)
    theirs, their_body = ask(nginx.address, path, **fields)
    assert ours.status == theirs.status
    for name in ["Content-Range", "Last-Modified"]:
        if ours.status != 412 and not (name == "Last-Modified" and ours.status == 416):
            assert ours.headers[name] == theirs.headers[name]
    if ours.status in (200, 206):
        assert our_body == their_body


@pytest.mark.parametrize("path", ["/a.txt", "/large.bin", "/empty.txt", "/sparse.bin"])
def test_head_has_the_length_and_no_body(server, path, folder):
    answer, body = ask(server.address, path, "HEAD")
    assert answer.status == 200
    assert int(answer.headers["Content-Length"]) == (folder / path[1:]).stat().st_size
    assert body == b""


@pytest.mark.parametrize(("path", "content"), [("/a.txt", b"0123456789"), ("/large.bin", LARGE)])
def test_several_ranges_are_parts(server, path, content):
    answer, body = ask(server.address, path, Range="bytes=0-1,5-6,-1")
    assert answer.status == 206
    boundary = answer.headers.get_param("boundary")
    assert len(body) == int(answer.headers["Content-Length"])
    parts = body.split(b"--" + boundary.encode())
    assert parts[0] == b"" and parts[-1] == b"--\r\n"
    found = [part.split(b"\r\n\r\n", 1)[1][:-2] for part in parts[1:-1]]
    assert found == [content[0:2], content[5:7], content[-1:]]


def test_the_end_of_a_file_of_5_gb(server):
    size = 5 << 30
    answer, body = ask(server.address, "/sparse.bin", Range="bytes=-10")
    assert answer.status == 206
    assert answer.headers["Content-Range"] == f"bytes {size - 10}-{size - 1}/{size}"
    assert body == bytes(10)
    answer, _ = ask(server.address, "/sparse.bin", Range=f"bytes={2**63}-")
    assert answer.status == 416
    assert answer.headers["Content-Range"] == f"bytes */{size}"


@pytest.mark.parametrize("path", [b"/../canary", b"/%2e%2e/canary", b"/leak", b"//a.txt", b"/a.txt%00", b"/sub%2findex.html"])
def test_nothing_outside_is_reached(server, path):
    with socket.create_connection(server.address, waiting.DEADLINE) as client:
        client.sendall(b"GET " + path + b" HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        answer = b""
        while piece := client.recv(65536):
            answer += piece
    assert answer.startswith(b"HTTP/1.1 404 ")
    assert b"canary" not in answer.split(b"\r\n\r\n", 1)[1]


def test_curl_and_wget_go_on_where_they_were(server, tmp_path):
    requires("curl", "wget")
    settled(server, "/large.bin")
    url = f"http://{server.host}/large.bin"
    for command in (["curl", "-sS", "-C", "-", "-o"], ["wget", "-q", "-c", "-O"]):
        part = tmp_path / command[0]
        part.write_bytes(LARGE[:500_000])
        subprocess.run([*command, str(part), url], check=True, timeout=waiting.DEADLINE)
        assert part.read_bytes() == LARGE


def test_a_folder_redirects_below_itself(server):
    answer, _ = ask(server.address, "/sub?a=b")
    assert (answer.status, answer.headers["Location"]) == (301, "./sub/?a=b")


def test_the_listing_shows_odd_names(server):
    answer, body = ask(server.address, "/")
    assert answer.status == 200
    text = body.decode()
    assert "it&#39;s 100% &quot;ü&quot; &amp; &lt;x&gt;.txt" in text
    link = text.split('href="./it')[1].split('"')[0]
    assert ask(server.address, "/it" + link)[1] == b"odd"
    assert "leak" not in text and "<script" not in text


def test_a_folder_of_ten_thousand_files(server, folder):
    many = folder / "many"
    many.mkdir()
    for number in range(10_005):
        (many / f"{number:05}").touch()
    answer, body = ask(server.address, "/many/")
    assert answer.status == 200
    assert body.count(b'<tr class="file">') == 10_000
    assert b"There are more" in body


def read_slowly(server, path, meanwhile):
    """What a client gets that reads the rest only after `meanwhile`, and how much was announced."""
    with socket.create_connection(server.address, waiting.DEADLINE) as client:
        client.sendall(b"GET " + path + b" HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        answer = client.recv(2048)
        meanwhile()
        while piece := client.recv(65536):
            answer += piece
    head, body = answer.split(b"\r\n\r\n", 1)
    announced = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    return body, announced


@pytest.mark.parametrize("change", ["append", "delete", "replace", "truncate"])
def test_a_file_that_changes_while_it_is_sent(server, folder, change):
    file = folder / f"{change}.bin"
    size = 30_000_000
    file.write_bytes(b"a" * size)

    def meanwhile():
        if change == "append":
            with open(file, "ab") as more:
                more.write(b"b" * 1000)
        elif change == "delete":
            file.unlink()
        elif change == "replace":
            (folder / "new").write_bytes(b"b" * size)
            os.rename(folder / "new", file)
        else:
            os.truncate(file, 10_000)

    body, announced = read_slowly(server, f"/{change}.bin".encode(), meanwhile)
    assert announced == size
    # With sendfile, pages wait in the socket: the system clears the end of one that is cut.
    assert set(body) <= set(b"a\0" if change == "truncate" else b"a")
    # What is missing is not made up for: the connection ends before the announced length.
    assert len(body) < size if change == "truncate" else len(body) == size


def test_a_folder_that_is_not_there_is_said():
    ended = subprocess.run(
        [built("martlet"), "static", "/nonsense"], capture_output=True, text=True, timeout=waiting.DEADLINE
    )
    assert ended.returncode == 64
    assert "Cannot serve '/nonsense': there is no such folder" in ended.stderr
