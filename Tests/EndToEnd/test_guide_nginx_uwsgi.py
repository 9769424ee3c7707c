"""`docs/guides/from-nginx-and-uwsgi.md`: its files are run as they stand there, and a client compares the two servers."""

import gzip
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import waiting
from certificates import Authority
from guides import COMPARED, SETUPS, Peers, Place, ask_securely, facts, free_port, nginx_command
from needs import requires
from program import built
from rawclient import Address, Connection, Response, exchange
from server import martlet_to_its_end
from sites import Site
from tlsclient import SecureConnection


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Place:
    return Place(tmp_path_factory.mktemp("shop"))


@pytest.fixture(scope="module")
def folder(place) -> Path:
    """/srv/shop."""
    return place.folder


@pytest.fixture(scope="module")
def authority(folder) -> Authority:
    authority = Authority(folder / "authority")
    pair = authority.pair("pair", ("shop.test",))
    shutil.copy(pair.certificate, folder / "cert.pem")
    shutil.copy(pair.key, folder / "key.pem")
    return authority


@pytest.fixture(scope="module")
def martlet(place, authority):
    place.put("uwsgi-nginx/martlet.toml", **{"http://:80": "http://127.0.0.1:0", "https://:443": "https://127.0.0.1:0"})
    with Site(place.folder).serve(listeners=2) as server:
        yield server.addresses
        server.stop()


@pytest.fixture(scope="module")
def nginx(place, authority) -> Iterator[list[Address]]:
    requires("nginx", modules=("uwsgidecorators",))
    ports = free_port(), free_port()
    changes = {
        "listen 80;": f"listen 127.0.0.1:{ports[0]};",
        "listen 443 ": f"listen 127.0.0.1:{ports[1]} ",
        "include uwsgi_params;": "include /etc/nginx/uwsgi_params;",
    }
    settings = place.put("uwsgi-nginx/uwsgi.ini")
    peers = Peers(
        place.folder,
        [str(Path(sys.executable).with_name("uwsgi")), "--ini", str(settings)],
        nginx_command(place.folder, place.text("uwsgi-nginx/shop.conf", changes)),
    )
    addresses: list[Address] = [("127.0.0.1", port) for port in ports]
    try:
        peers.wait_until(lambda: ask(addresses, authority, "/tiny").status == 200)
        yield addresses
    finally:
        peers.stop()


def ask(addresses: list[Address], authority: Authority, target: str, method="GET", headers=(), body=None) -> Response:
    return ask_securely(addresses[1], authority.client(), "shop.test", target, method, headers, body)


@pytest.fixture
def both(martlet, nginx, authority):
    """Asks both, and returns both answers: Martlet's and nginx's."""

    def both(*arguments, **options) -> tuple[Response, Response]:
        return ask(martlet, authority, *arguments, **options), ask(nginx, authority, *arguments, **options)

    return both


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
    names = tuple(name for name in COMPARED if name != "Vary")
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
    assert b"guides" not in ours.body and b"def page" not in ours.body


def test_a_tag_is_good_for_a_304(martlet, nginx, authority):
    for addresses in (martlet, nginx):
        tag = waiting.until(lambda: ask(addresses, authority, "/static/style.css").header("ETag"), "a tag")
        answer = ask(addresses, authority, "/static/style.css", headers=[("If-None-Match", tag)])
        assert (answer.status, answer.body) == (304, b"")


@pytest.mark.parametrize("target", ["/", "/json", "/static/style.css"])
def test_answers_are_compressed(both, target):
    ours, theirs = both(target, headers=[("Accept-Encoding", "gzip")])
    names = ("Content-Type", "Content-Encoding", "Vary", "Cache-Control", "Last-Modified")
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


def test_step_1_martlet_in_the_place_of_uwsgi(tmp_path, authority, martlet, nginx):
    """nginx speaks HTTP to it over a Unix socket; a client sees what it saw before."""
    place = Place(tmp_path)
    for name in ("cert.pem", "key.pem"):
        shutil.copy(authority.folder.parent / name, tmp_path / name)
    port = free_port()
    changes = {"listen 443 ": f"listen 127.0.0.1:{port} ", "/run/shop/shop.sock": f"{tmp_path}/shop.sock"}
    site = place.text("uwsgi-nginx/step-1.conf", changes)
    command = [built("martlet"), "run", "shop:app", "--bind", f"unix:{tmp_path}/shop.sock", "--access-log", "off", "--python", sys.executable]
    peers = Peers(tmp_path, command, nginx_command(tmp_path, site))
    first: list[Address] = ["", ("127.0.0.1", port)]
    try:
        peers.wait_until(lambda: ask(first, authority, "/tiny").status == 200)
        for target in ("/", "/json", "/cookies", "/old", "/environ?a=b", "/missing", "/static/style.css"):
            names = tuple(name for name in COMPARED if name != "Vary")
            answers = [ask(addresses, authority, target) for addresses in (first, nginx)]
            assert facts(answers[0], names) == facts(answers[1], names), target
            assert answers[0].body == answers[1].body, target
    finally:
        peers.stop()


def test_the_files_of_martlet_are_short():
    lengths = [len([line for line in (SETUPS / "uwsgi-nginx" / name).read_text().splitlines() if line]) for name in ("martlet.toml", "auto.toml")]
    assert lengths[0] <= 12 and lengths[1] <= 8


def test_the_file_with_a_certificate_by_itself_is_right(place):
    place.put("uwsgi-nginx/auto.toml", **{":80": ":0", ":443": ":0"})
    done = martlet_to_its_end("check", "auto.toml", cwd=place.folder)
    assert done.code == 0, done.stderr
