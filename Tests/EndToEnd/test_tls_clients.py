"""Clients that identify themselves with a certificate."""

import json
import ssl

import pytest
from certificates import Authority
from cryptography.x509.oid import NameOID
from rawclient import Truncated, request_bytes
from server import APPS
from sites import Site
from tlsclient import SecureConnection, secure_exchange

SUBJECT = (
    (NameOID.COUNTRY_NAME, "DE"),
    (NameOID.ORGANIZATION_NAME, "Shop, Inc."),
    (NameOID.COMMON_NAME, "alice"),
)


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("servers"))


@pytest.fixture(scope="module")
def people(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("people"), "People")


def environ(server, client, **options) -> dict:
    return json.loads(secure_exchange(server.address, client, **options).body)["environ"]


def test_a_client_with_a_certificate_is_known_to_the_application(start, authority, people):
    server = start("echo:application", *authority.pair().flags, "--client-ca", str(people.path))
    alice = people.pair("alice", ("alice.test",), SUBJECT)
    seen = environ(server, authority.client(alice))
    assert seen["SSL_CLIENT_VERIFY"] == "SUCCESS"
    assert seen["SSL_CLIENT_S_DN"] == r"CN=alice,O=Shop\, Inc.,C=DE"
    assert seen["SSL_CLIENT_CERT"] == alice.certificate.read_text()


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_client_without_one_is_refused(start, authority, people, version):
    server = start("echo:application", *authority.pair().flags, "--client-ca", str(people.path))
    for certificate in (None, authority.pair("stranger")):
        context = authority.client(certificate)
        context.maximum_version = version
        with pytest.raises((ssl.SSLError, ConnectionError, Truncated)):
            secure_exchange(server.address, context)
    assert environ(server, authority.client(people.pair("bob")))["SSL_CLIENT_VERIFY"] == "SUCCESS"


def test_an_optional_certificate(start, authority, people):
    flags = ["--client-ca", str(people.path), "--client-certificates", "optional"]
    server = start("echo:application", *authority.pair().flags, *flags)
    assert "SSL_CLIENT_VERIFY" not in environ(server, authority.client())
    assert environ(server, authority.client(people.pair("carol")))["SSL_CLIENT_S_DN"] == "CN=localhost"
    with pytest.raises((ssl.SSLError, ConnectionError, Truncated)):
        secure_exchange(server.address, authority.client(authority.pair("stranger")))


def test_fields_of_requests_do_not_become_what_the_handshake_says(start, authority):
    server = start("echo:application", *authority.pair().flags)
    fields = [("SSL-CLIENT-VERIFY", "SUCCESS"), ("Ssl_Client_S_Dn", "CN=alice")]
    seen = environ(server, authority.client(), headers=fields)
    assert "SSL_CLIENT_VERIFY" not in seen
    assert "SSL_CLIENT_S_DN" not in seen


@pytest.fixture
def sites(tmp_path, authority, people):
    """open.test for everyone, staff.test and board.test for two groups of people."""
    board = Authority(tmp_path / "board", "Board")
    authority.pair("open", ("open.test", "staff.test", "board.test", "*.test"))
    site = Site(tmp_path)
    (tmp_path / "servers").symlink_to(authority.folder)
    (tmp_path / "people.pem").symlink_to(people.path)
    pair = 'certificate = "servers/open.pem", key = "servers/open.key"'
    site.write(
        "martlet.toml",
        f"""
        bind = "https://127.0.0.1:0"
        forwarded-fields = "for,proto,host"
        tls = {{ {pair} }}
        route."/".wsgi = "echo:application"
        route."/".directory = "{APPS}"

        [site."staff.test"]
        tls = {{ {pair}, client-ca = "people.pem" }}
        route."/".respond = "staff"

        [site."board.test"]
        tls = {{ {pair}, client-ca = "board/ca.pem" }}
        route."/".respond = "board"

        [site."open.test"]
        route."/".respond = "open"
        """,
    )
    with site.serve() as server:
        yield server, board
        server.stop()


def test_rules_about_clients_are_those_of_the_site(sites, authority, people):
    server, board = sites
    alice, director = people.pair("alice"), board.pair("director")
    assert secure_exchange(server.address, authority.client(), host="open.test").body == b"open"
    assert secure_exchange(server.address, authority.client(alice), host="staff.test").body == b"staff"
    assert secure_exchange(server.address, authority.client(director), host="board.test").body == b"board"
    for certificate, host in [(None, "staff.test"), (director, "staff.test"), (alice, "board.test"), (None, "board.test")]:
        with pytest.raises((ssl.SSLError, ConnectionError, Truncated)):
            secure_exchange(server.address, authority.client(certificate), host=host)


@pytest.mark.parametrize(
    ("name", "host", "status"),
    [
        ("open.test", "staff.test", 421),
        ("open.test", "STAFF.test:443", 421),
        ("open.test", "staff.test.", 421),
        ("other.test", "staff.test", 421),
        (None, "staff.test", 421),
        ("staff.test", "board.test", 421),
        ("staff.test", "open.test", 421),
        ("open.test", "x.test", 200),
    ],
)
def test_no_connection_of_one_site_reaches_another_with_other_rules(sites, authority, people, name, host, status):
    """The certificate would cover it (fault class 16: SNI and Host differ)."""
    server, _ = sites
    context = authority.client(people.pair("alice"))
    context.check_hostname = False
    with SecureConnection(server.address, context, name) as connection:
        response = connection.request("/", host=host)
        assert response.status == status
        # An absolute target goes before Host.
        connection.send(request_bytes(f"https://{host}/", host=name or "open.test"))
        assert connection.read_response().status == status
        connection.send(request_bytes("/", host=name or "open.test", headers=[("X-Forwarded-Host", host)]))
        assert connection.read_response().status == status


def test_a_request_without_a_name_is_one_for_every_name(sites, authority, people):
    server, _ = sites
    for name, status in [("staff.test", 421), ("open.test", 200)]:
        with SecureConnection(server.address, authority.client(people.pair("alice")), name) as connection:
            connection.send(b"GET / HTTP/1.0\r\n\r\n")
            assert connection.read_response().status == status


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("other", ["staff.test", "board.test"])
def test_a_session_of_one_site_is_worth_nothing_at_another(sites, authority, version, other):
    """CVE-2025-23419: a session that was made without a certificate resumed where one is needed."""
    server, _ = sites
    context = authority.client()
    context.maximum_version = version
    with SecureConnection(server.address, context, "open.test") as connection:
        assert connection.request("/", host="open.test").body == b"open"
        session = connection.socket.session
    context.check_hostname = False
    with SecureConnection(server.address, context, "open.test", session=session) as connection:
        assert connection.socket.session_reused
        assert connection.request("/", host="open.test").body == b"open"
        session = connection.socket.session
    with pytest.raises((ssl.SSLError, ConnectionError, Truncated)):
        with SecureConnection(server.address, context, other, session=session) as connection:
            connection.request("/", host=other)


def test_a_client_with_a_certificate_resumes_its_session_and_is_still_known(start, authority, people):
    server = start("echo:application", *authority.pair().flags, "--client-ca", str(people.path))
    context = authority.client(people.pair("alice", ("alice.test",), SUBJECT))
    session, reused = None, 0
    for _ in range(6):
        with SecureConnection(server.address, context, session=session) as connection:
            seen = json.loads(connection.request("/").body)["environ"]
            reused += connection.socket.session_reused
            session = connection.socket.session
        assert seen["SSL_CLIENT_S_DN"] == r"CN=alice,O=Shop\, Inc.,C=DE"
    assert reused == 5


def test_a_list_of_authorities_that_is_none(start, authority, tmp_path):
    from server import martlet_to_its_end

    (tmp_path / "ca.pem").write_text("nothing")
    ended = martlet_to_its_end("run", "echo:application", *authority.pair().flags, "--client-ca", str(tmp_path / "ca.pem"))
    assert ended.code == 1
    assert "ca.pem is not a certificate in PEM" in ended.stderr
