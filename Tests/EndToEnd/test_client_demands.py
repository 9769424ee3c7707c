"""Sites that ask their clients for a certificate: every way around that, and a reload that asks anew."""

import os
import shutil
import signal
import ssl

import pytest
from certificates import Authority
from http2client import PREFACE, Client, Ended, SettingsFrame
from rawclient import Connection, Truncated, exchange
from server import martlet_to_its_end
from sites import Site
from tlsclient import SecureConnection, secure_exchange
from waiting import until


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("demands")


@pytest.fixture(scope="module")
def authority(folder):
    authority = Authority(folder / "servers")
    authority.pair("all", ("a.test", "open.test", "optional.test", "*.test"))
    return authority


@pytest.fixture(scope="module")
def people(folder):
    people = Authority(folder / "people", "People")
    shutil.copy(people.path, folder / "people.pem")
    people.pair("alice")
    return people


PAIR = 'certificate = "servers/all.pem", key = "servers/all.key"'


def text(folder, rule: str = "", answer: str = "a") -> str:
    return f"""
        bind = ["https://127.0.0.1:0", "http://127.0.0.1:0", "unix:{folder}/s"]
        redirect-to-https = false
        tls = {{ {PAIR} }}
        route."/".respond = "open"

        [site."a.test"]
        tls = {{ {PAIR}{rule} }}
        route."/".respond = "{answer}"

        [site."optional.test"]
        tls = {{ {PAIR}, client-ca = "people.pem", client-certificates = "optional" }}
        route."/".respond = "optional"

        [site."open.test"]
        route."/".respond = "open"
        """


REQUIRED = ', client-ca = "people.pem"'


# Ways around TLS


@pytest.fixture(scope="module")
def server(folder, authority, people):
    site = Site(folder)
    site.write("martlet.toml", text(folder, REQUIRED))
    with site.serve(listeners=3) as server:
        yield server
        server.stop()


@pytest.mark.parametrize("listener", ["http", "unix"])
@pytest.mark.parametrize(
    "headers", [[], [("X-Forwarded-Proto", "https")], [("Forwarded", "proto=https")]], ids=["plain", "x-forwarded", "forwarded"]
)
@pytest.mark.parametrize(
    "target",
    ["/", "/.well-known/acme-challenge/x", "/.well-known/acme-challenge/../../x", "/.well-known/acme-challenge/", "http://a.test/"],
)
def test_what_has_shown_no_certificate_is_misdirected(server, listener, headers, target):
    address = server.addresses[1 if listener == "http" else 2]
    for host in ("a.test", "A.test.:80"):
        assert exchange(address, target, headers=headers, host=host).status == 421
    if not target.startswith("http:"):
        for host, body in [("optional.test", b"optional"), ("open.test", b"open"), ("x.test", b"open")]:
            response = exchange(address, target, headers=headers, host=host)
            assert (response.status, response.body) == (200, body)


def test_with_a_certificate_it_is_answered(server, authority, people):
    alice = authority.client(people.pair("alice"))
    assert secure_exchange(server.address, alice, host="a.test").body == b"a"


def test_plain_requests_are_still_sent_to_https(start, authority, people):
    bind = ["https://127.0.0.1:0", "http://127.0.0.1:0"]
    server = start("echo:application", *authority.pair().flags, "--client-ca", str(people.path), bind=bind)
    _, plain = server.addresses
    assert exchange(plain, "/").status == 308
    assert exchange(plain, "/.well-known/acme-challenge/x").status == 421
    assert exchange(plain, "/", headers=[("X-Forwarded-Proto", "https")]).status == 421


# What is asked changes


class SecureClient(Client):
    def __init__(self, address, context, name):
        super().__init__(address, begin=False)
        self.socket = context.wrap_socket(self.socket, server_hostname=name)
        self.send(PREFACE, SettingsFrame(0))


def status_over_http2(client: Client) -> int | None:
    """Nil when the connection has ended."""
    try:
        return client.get("/", scheme="https", authority="a.test").status
    except (Ended, OSError):
        return None


def status_over_http1(connection: Connection) -> int | None:
    try:
        return connection.request("/", host="a.test").status
    except (Truncated, OSError):
        return None


CHANGES = {
    "nothing before": ("", REQUIRED, None),
    "optional before": (REQUIRED + ', client-certificates = "optional"', REQUIRED, None),
    "another authority": (', client-ca = "servers/ca.pem"', REQUIRED, "servers"),
    "the same file": (', client-ca = "changing.pem"', None, "people"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_connections_from_before_cannot_do_without(tmp_path, folder, authority, people, change):
    """Nor do those whose certificate is worth nothing any more."""
    before, after, known = CHANGES[change]
    for name in ("servers", "people", "people.pem"):
        (tmp_path / name).symlink_to(folder / name)
    shutil.copy(people.path, tmp_path / "changing.pem")
    site = Site(tmp_path)
    site.write("martlet.toml", text(tmp_path, before, "before"))
    own = {None: None, "servers": authority.pair("own"), "people": people.pair("alice")}[known]
    with site.serve(listeners=3) as server:
        one, two = authority.client(own, ("http/1.1",)), authority.client(own, ("h2",))
        with (
            SecureConnection(server.address, one, "a.test") as http1,
            SecureClient(server.address, two, "a.test") as http2,
            SecureConnection(server.address, one, "open.test") as other,
        ):
            assert status_over_http1(http1) == status_over_http2(http2) == 200
            assert other.request("/", host="open.test").status == 200
            if after is None:
                shutil.copy(authority.path, tmp_path / "new.pem")
                os.replace(tmp_path / "new.pem", tmp_path / "changing.pem")
                server.stderr.wait_for("The certificate of a.test has been renewed")
            else:
                site.write("martlet.toml", text(tmp_path, after, "after"))
                server.send_signal(signal.SIGHUP)
                server.stderr.wait_for("The site was reloaded")
            assert status_over_http1(http1) in (421, None)
            assert status_over_http2(http2) in (421, None)
            # They end, so that their clients make others.
            until(lambda: status_over_http1(http1) is None, "the end of the connection of HTTP/1.1")
            until(lambda: status_over_http2(http2) is None, "the end of the connection of HTTP/2")
            assert other.request("/", host="open.test").status == 200
        for context in (one, two):
            with pytest.raises((ssl.SSLError, ConnectionError, Truncated)):
                secure_exchange(server.address, context, host="a.test")
        new = authority.pair("own") if after is None else people.pair("alice")
        assert secure_exchange(server.address, authority.client(new), host="a.test").status == 200
        server.stop()


def test_connections_go_on_when_less_is_asked(tmp_path, folder, authority, people):
    for name in ("servers", "people.pem"):
        (tmp_path / name).symlink_to(folder / name)
    site = Site(tmp_path)
    site.write("martlet.toml", text(tmp_path, REQUIRED, "before"))
    with site.serve(listeners=3) as server:
        with SecureConnection(server.address, authority.client(people.pair("alice")), "a.test") as connection:
            assert connection.request("/", host="a.test").body == b"before"
            for count, rule in enumerate([', profile = "modern"' + REQUIRED, ""]):
                site.write("martlet.toml", text(tmp_path, rule, "after"))
                server.send_signal(signal.SIGHUP)
                server.stderr.wait_for("The site was reloaded", count + 1)
                assert connection.request("/", host="a.test").body == b"after"
        server.stop()


# What is said


@pytest.mark.parametrize("mode", ["required", "optional"])
def test_a_mode_without_an_authority_is_a_fault(folder, authority, tmp_path, mode):
    (tmp_path / "servers").symlink_to(folder / "servers")
    site = Site(tmp_path)
    site.write("martlet.toml", f'bind = "https://:0"\ntls = {{ {PAIR}, client-certificates = "{mode}" }}\nroute."/".respond = "x"\n')
    for command in ("check", "serve"):
        ended = martlet_to_its_end(command, cwd=tmp_path)
        assert ended.code == 1
        assert "martlet.toml:2:67: client-certificates asks for nothing without client-ca" in ended.stderr
    flags = authority.pair().flags
    ended = martlet_to_its_end("run", "echo:application", *flags, "--client-certificates", mode)
    assert ended.code == 64
    assert "--client-certificates asks for nothing without client-ca" in ended.stderr


@pytest.mark.parametrize("protocol", ["h2", "http/1.1"])
def test_a_client_without_a_certificate_reads_why(start, authority, people, protocol):
    server = start("echo:application", *authority.pair().flags, "--client-ca", str(people.path))
    for _ in range(20):
        context = authority.client(None, (protocol,))
        with pytest.raises(ssl.SSLError, match="CERTIFICATE_REQUIRED"):
            with SecureConnection(server.address, context) as connection:
                # Its side of the handshake is over, so it sends what the server will not read.
                connection.socket.sendall(PREFACE + bytes(60_000))
                connection.socket.recv(1)
    server.stderr.wait_for("info.*A client is refused: it has shown no certificate")
    with pytest.raises((ssl.SSLError, ConnectionError, Truncated)):
        secure_exchange(server.address, authority.client(authority.pair("stranger")))
    server.stderr.wait_for("info.*A client is refused: client-ca does not vouch for its certificate")
