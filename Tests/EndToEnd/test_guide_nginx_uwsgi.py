"""`docs/guides/from-nginx-and-uwsgi.md`: its three files are run as they stand there, and a client compares the two servers."""

import gzip
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import waiting
from certificates import Authority
from needs import requires
from output import Output
from program import APPS, ROOT
from rawclient import Address, Connection, Response, exchange, request_bytes
from server import martlet_to_its_end
from sites import Site
from tlsclient import SecureConnection

GUIDE = (ROOT / "docs" / "guides" / "from-nginx-and-uwsgi.md").read_text()
STYLE = b"".join(b".class-%d { color: #%06d }\n" % (number, number) for number in range(500))
IMAGE = bytes(range(256)) * 40

COMPARED = [
    "Content-Type", "Content-Length", "Content-Encoding", "Content-Range", "Last-Modified", "Vary", "Allow", "Set-Cookie",
    "Cache-Control",
]


def file_of_the_guide(name: str) -> str:
    """What stands in the first block behind the name of a file."""
    found = re.search(rf"`[\w/.]*{re.escape(name)}`[^`]*?\n```\w+\n(.*?)```", GUIDE, re.DOTALL)
    assert found, f"the guide does not show {name}"
    return found[1]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """/srv/shop."""
    folder = tmp_path_factory.mktemp("shop")
    (folder / "static").mkdir()
    (folder / "static" / "style.css").write_bytes(STYLE)
    (folder / "static" / "image.png").write_bytes(IMAGE)
    for file in (folder / "static").iterdir():
        os.utime(file, (1_700_000_000, 1_700_000_000))
    shutil.copy(APPS / "guide_shop.py", folder / "shop.py")
    # nginx's own processes run as another user when the tests run as root.
    for path in [folder, folder.parent, folder.parent.parent]:
        path.chmod(0o755)
    return folder


@pytest.fixture(scope="module")
def authority(folder) -> Authority:
    authority = Authority(folder / "authority")
    pair = authority.pair("pair", ("shop.test",))
    shutil.copy(pair.certificate, folder / "cert.pem")
    shutil.copy(pair.key, folder / "key.pem")
    return authority


@pytest.fixture(scope="module")
def martlet(folder, authority):
    text = file_of_the_guide("martlet.toml")
    text = text.replace("http://:80", "http://127.0.0.1:0").replace("https://:443", "https://127.0.0.1:0")
    Site(folder).write("martlet.toml", text)
    with Site(folder).serve(listeners=2) as server:
        yield server.addresses
        server.stop()


@pytest.fixture(scope="module")
def nginx(folder, authority) -> Iterator[list[Address]]:
    uwsgi_program = Path(sys.executable).with_name("uwsgi")
    requires("nginx", modules=("uwsgidecorators",))
    ports = free_port(), free_port()
    site = file_of_the_guide("shop.conf").replace("/srv/shop", str(folder))
    for written, port in zip(("listen 80;", "listen 443 "), ports, strict=True):
        assert written in site
        site = site.replace(written, written.replace(written.split()[1].rstrip(";"), f"127.0.0.1:{port}"))
    parts = "".join(f"{part}_temp_path {folder}/{part};" for part in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    site = site.replace("include uwsgi_params;", "include /etc/nginx/uwsgi_params;")
    user = "user root;" if os.geteuid() == 0 else ""
    main = f"{user} daemon off; pid {folder}/nginx.pid; error_log stderr; events {{}}"
    (folder / "nginx.conf").write_text(f"{main}\nhttp {{ include /etc/nginx/mime.types; {parts}\n{site} }}\n")
    (folder / "uwsgi.ini").write_text(file_of_the_guide("uwsgi.ini").replace("/srv/shop", str(folder)))
    commands = [
        [str(uwsgi_program), "--ini", str(folder / "uwsgi.ini")],
        [shutil.which("nginx") or "/usr/sbin/nginx", "-e", "stderr", "-p", str(folder), "-c", str(folder / "nginx.conf")],
    ]
    processes = [
        subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        for command in commands
    ]
    outputs = [Output(process.stderr, "peer") for process in processes]
    addresses: list[Address] = [("127.0.0.1", port) for port in ports]

    def answers() -> bool:
        for process, output in zip(processes, outputs, strict=True):
            assert process.poll() is None, output.text
        try:
            return ask(addresses, authority, "/tiny").status == 200
        except ConnectionRefusedError:
            return False

    try:
        waiting.until(answers, "nginx and uWSGI answer")
        yield addresses
    finally:
        for process, output in zip(processes, outputs, strict=True):
            process.terminate()
            process.wait(30)
            output.wait_for_end()


def ask(addresses: list[Address], authority: Authority, target: str, method="GET", headers=(), body=None) -> Response:
    with SecureConnection(addresses[1], authority.client(), "shop.test") as connection:
        try:
            connection.send(request_bytes(target, method, [*headers, ("Connection", "close")], body, "shop.test"))
        except ConnectionError:
            pass  # The answer came before the last byte was sent.
        return connection.read_response(method)


@pytest.fixture
def both(martlet, nginx, authority):
    """Asks both, and returns both answers: Martlet's and nginx's."""

    def both(*arguments, **options) -> tuple[Response, Response]:
        return ask(martlet, authority, *arguments, **options), ask(nginx, authority, *arguments, **options)

    return both


def facts(response: Response, names=tuple(COMPARED)) -> dict:
    """What a client acts on. The charset of a text, which nginx leaves out for files, and spelling do not count."""
    fields = {name: sorted(value.lower().replace(" ", "") for value in response.all(name)) for name in names}
    fields["Content-Type"] = [value.partition(";")[0] for value in fields["Content-Type"]]
    return {"status": response.status, **fields}


@pytest.mark.parametrize(
    ("target", "method", "headers"),
    [
        ("/", "GET", []),
        ("/", "HEAD", []),
        ("/json", "GET", []),
        ("/cookies", "GET", []),
        ("/static/style.css", "GET", []),
        ("/static/style.css", "HEAD", []),
        ("/static/image.png", "GET", [("Accept-Encoding", "gzip")]),
        ("/static/style.css", "GET", [("If-Modified-Since", "Tue, 14 Nov 2023 22:13:20 GMT")]),
        ("/static/style.css", "GET", [("If-Modified-Since", "Tue, 14 Nov 2023 22:13:19 GMT")]),
        ("/static/style.css", "GET", [("Range", "bytes=10-19")]),
        ("/static/style.css", "GET", [("Range", "bytes=-5")]),
        ("/tiny", "GET", [("Accept-Encoding", "gzip")]),
    ],
)
def test_answers_are_alike(both, target, method, headers):
    ours, theirs = both(target, method, headers)
    # nginx says Vary where it would not compress either.
    names = [name for name in COMPARED if name != "Vary"]
    assert facts(ours, names) == facts(theirs, names)
    assert ours.body == theirs.body


@pytest.mark.parametrize(
    ("target", "method", "headers"),
    [
        ("/missing", "GET", []),
        ("/form", "GET", []),
        ("/broken", "GET", []),
        ("/static/missing.css", "GET", []),
        ("/static/../shop.py", "GET", []),
        ("/static/%2e%2e/shop.py", "GET", []),
        ("/static../shop.py", "GET", []),
        ("/static/style.css", "GET", [("Range", "bytes=99999999-")]),
        ("/static/style.css", "GET", [("If-Match", '"other"')]),
    ],
)
def test_errors_have_the_same_status(both, target, method, headers):
    ours, theirs = both(target, method, headers)
    assert ours.status == theirs.status
    assert b"guide" not in ours.body and b"def page" not in ours.body


def test_a_tag_is_good_for_a_304(martlet, nginx, authority):
    for addresses in (martlet, nginx):
        tag = waiting.until(lambda: ask(addresses, authority, "/static/style.css").header("ETag"), "a tag")
        answer = ask(addresses, authority, "/static/style.css", headers=[("If-None-Match", tag)])
        assert (answer.status, answer.body) == (304, b"")


@pytest.mark.parametrize("target", ["/", "/json", "/static/style.css"])
def test_answers_are_compressed(both, target):
    ours, theirs = both(target, headers=[("Accept-Encoding", "gzip")])
    names = ["Content-Type", "Content-Encoding", "Vary", "Cache-Control", "Last-Modified"]
    assert facts(ours, names) == facts(theirs, names)
    assert ours.header("Content-Encoding") == "gzip"
    assert gzip.decompress(ours.body) == gzip.decompress(theirs.body)
    assert len(ours.body) < len(theirs.body) * 1.2


def test_static_files_are_kept_for_30_days(both):
    for answer in both("/static/style.css"):
        assert "max-age=2592000" in answer.header("Cache-Control")


def test_bodies_up_to_20_mb(both):
    for size, status in ((1_000_000, 200), (20 << 20, 200), ((20 << 20) + 1, 413)):
        answers = both("/form", "POST", body=bytes(size))
        assert [answer.status for answer in answers] == [status, status]
        if status == 200:
            assert [answer.body for answer in answers] == [b"%d bytes" % size] * 2


def test_the_application_is_called_alike(both):
    ours, theirs = both("/environ?a=b%20c")
    assert ours.body == theirs.body


@pytest.mark.parametrize("target", ["/", "/static/style.css?a=b", "/a%20b/?c=%2F"])
def test_plain_http_is_sent_to_https(martlet, nginx, target):
    ours, theirs = (exchange(addresses[0], target, host="shop.test") for addresses in (martlet, nginx))
    assert ours.status == theirs.status == 308
    # The standard port needs no number; here it has another one.
    assert theirs.header("Location") == "https://shop.test" + target
    assert ours.header("Location") == f"https://shop.test:{martlet[1][1]}" + target


def test_both_speak_http2(martlet, nginx, authority):
    for addresses in (martlet, nginx):
        with SecureConnection(addresses[1], authority.client(protocols=("h2", "http/1.1")), "shop.test") as connection:
            assert connection.socket.selected_alpn_protocol() == "h2"


def test_plain_http_on_the_https_port(martlet, nginx):
    for addresses in (martlet, nginx):
        with Connection(addresses[1]) as connection:
            assert connection.request("/", host="shop.test").status == 400


def test_both_logs_have_the_same_line(both, folder):
    both("/tiny?for=the-log")

    def line(name: str) -> str | None:
        path = folder / name
        lines = path.read_text().splitlines() if path.exists() else []
        return next((line for line in lines if "for=the-log" in line), None)

    lines = [waiting.until(lambda name=name: line(name), f"a line in {name}") for name in ("access.log", "nginx.log")]
    without_time = [re.sub(r"\[.*?\]", "[time]", line) for line in lines]
    assert without_time[0] == without_time[1]


def test_the_files_of_martlet_are_short():
    lengths = [len([line for line in file_of_the_guide(name).splitlines() if line]) for name in ("martlet.toml", "auto.toml")]
    assert lengths[0] <= 12 and lengths[1] <= 8


def test_the_file_with_a_certificate_by_itself_is_right(folder):
    text = file_of_the_guide("auto.toml").replace(":80", ":0").replace(":443", ":0")
    Site(folder).write("auto.toml", text)
    done = martlet_to_its_end("check", "auto.toml", cwd=folder)
    assert done.code == 0, done.stderr
