"""Every fault class of `Tests/Corpus/faults/index.toml`: the bytes of its files are sent to one site, and what comes back and what
its application has seen are those of the table."""

import json
import re
import ssl
from pathlib import Path

import pytest

from certificates import Authority
from corpus import hexadecimal
from faults import CORPUS, Fault, classes, sender
from program import APPS
from rawclient import Connection, Truncated, exchange
from sites import Site
from tlsclient import SecureConnection

FAULTS = [fault for entry in classes() for fault in entry.faults]
HERE = Path(__file__).resolve().parent


def sent_here():
    return [
        pytest.param(fault, path, index, id=path.stem)
        for fault in FAULTS
        for index, path in enumerate(fault.paths)
        if sender(path) == "test_faults.py"
    ]


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    root = folder / "static"
    (root / "sub").mkdir(parents=True)
    (root / ".git").mkdir()
    (root / "a.txt").write_text("0123456789")
    (root / ".htpasswd").write_text("secret")
    (root / ".git" / "config").write_text("secret")
    for place in (folder / "canary", folder / "staticcanary"):
        place.write_text("the canary")
    (root / "leak").symlink_to("../canary")
    return folder


@pytest.fixture(scope="module")
def authority(folder) -> Authority:
    return Authority(folder / "certificates")


def serve(folder: Path, authority: Authority, limits: str = ""):
    authority.pair("pair", ("open.test", "staff.test", "b.test", "martlet.test"))
    site = Site(folder)
    pair = 'certificate = "certificates/pair.pem", key = "certificates/pair.key"'
    site.write(
        "martlet.toml",
        f"""
        bind = ["http://127.0.0.1:0", "https://127.0.0.1:0"]
        redirect-to-https = false
        trusted-proxy = "none"
        access-log = "off"
        limits = {{ {limits} }}
        tls = {{ {pair} }}
        route."/static/".files = "static"
        route."/old/".redirect = "/new/"

        [route."/"]
        wsgi = "fault_cases:application"
        directory = "{APPS}"
        workers = 1

        [site."b.test"]
        route."/".respond = "site b"

        [site."staff.test"]
        tls = {{ {pair}, client-ca = "certificates/ca.pem" }}
        route."/".respond = "staff"
        """,
    )
    return site.serve(listeners=2)


@pytest.fixture(scope="module")
def patient(folder, authority):
    with serve(folder, authority) as server:
        yield server
        server.stop()


@pytest.fixture(scope="module")
def impatient(folder, authority, patient):
    with serve(folder, authority, 'timeout-head = "1s", body-grace = "1s"') as server:
        yield server
        server.stop()


@pytest.fixture
def connect(patient, authority, request):
    """Opens the connection that a fault is sent on."""

    def connect(fault: Fault) -> Connection:
        server = request.getfixturevalue("impatient") if fault.server == "impatient" else patient
        plain, secure = server.addresses
        if fault.server == "tls":
            context = authority.client()
            context.check_hostname = False
            return SecureConnection(secure, context, fault.name)
        return Connection(secure if fault.server == "raw tls" else plain)

    return connect


@pytest.mark.parametrize(("fault", "path", "index"), [row for row in sent_here() if row.values[1].suffix == ".http"])
def test_http1(connect, patient, fault: Fault, path: Path, index: int):
    seen(patient)
    received = b""
    with connect(fault) as connection:
        try:
            connection.send(path.read_bytes())
        except ConnectionError:
            pass  # The answer came before the last byte was sent.
        for _ in range(fault.answers):
            response = connection.read_response()
            while response.status == 100:
                response = connection.read_response()
            received += response.head + response.body
            assert response.status in fault.status, received
        if fault.closed:
            connection.expect_end()
        else:
            assert connection.request("/after").status in (200, 421), "the connection does not go on"
    assert fault.has.encode() in received, received
    assert not [text for text in fault.lacks if text.lower().encode() in received.lower()], received
    app = [request for request in seen(patient) if request != "GET /after"]
    assert app == fault.seen_of(index)


def seen(server) -> list[str]:
    return json.loads(exchange(server.address, "/seen").body)


@pytest.mark.parametrize(("fault", "path", "index"), [row for row in sent_here() if row.values[1].suffix == ".hex"])
def test_bytes_on_an_https_port(patient, authority, fault: Fault, path: Path, index: int):
    """They get an alert at most, and nobody else notices."""
    with Connection(patient.addresses[1]) as connection:
        try:
            connection.send(b"".join(hexadecimal(path).pieces))
            connection.half_close()
            received = connection.read_to_end()
        except OSError:
            received = b""  # It was reset meanwhile.
    assert received == b"" or (received[0] == 21 and len(received) < 20), received
    assert exchange(patient.address, "/after").status == 200


def test_the_table_is_complete():
    for fault in FAULTS:
        assert fault.senders, f"{fault.what}: neither files nor tests"
        for pattern in fault.files:
            assert list(CORPUS.glob(pattern)), f"{pattern} is no file"
        for test in fault.senders:
            file, _, function = test.partition("::")
            assert (HERE / file).is_file(), test
            assert not function or re.search(rf"^def {function}\(", (HERE / file).read_text(), re.MULTILINE), test
        for path in fault.paths:
            expectation = path.with_suffix(".expect")
            if sender(path) == "test_http1_corpus.py":
                assert int(expectation.read_text()) in fault.status, path.name
    listed = {path for fault in FAULTS for path in fault.paths}
    known = {path for path in (CORPUS / "faults").iterdir() if path.suffix != ".toml"}
    known |= set((CORPUS / "requests" / "invalid").glob("*.http"))
    assert not known - listed, sorted(path.name for path in known - listed)
