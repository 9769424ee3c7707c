"""Certificates that are got by themselves, from real authorities."""

import json
import os
import signal
import socket
import ssl
import stat
from pathlib import Path

import pytest
import waiting
from authorities import Caddy, Names, Pebble
from needs import requires, requires_root
from netspace import own_network
from rawclient import exchange
from server import Server, martlet_to_its_end
from sites import Site
from tlsclient import SecureConnection, secure_exchange


@pytest.fixture(scope="module")
def names():
    names = Names()
    yield names
    names.close()


@pytest.fixture(scope="module")
def pebble(names, tmp_path_factory):
    requires("pebble")
    # Nearly every second request meets a nonce that is said to be wrong.
    pebble = Pebble(tmp_path_factory.mktemp("pebble"), names, PEBBLE_WFE_NONCEREJECT="40")
    yield pebble
    pebble.stop()


@pytest.fixture
def site(tmp_path):
    return Site(tmp_path)


def text(pebble, *hosts: str, challenge: str | None = None, plain: int | None = None, secure: int | None = None, more: str = "") -> str:
    """A file for some sites, listening where the authority looks."""
    bind = [f"https://127.0.0.1:{pebble.tls_port if secure is None else secure}"]
    if plain != -1:
        bind.append(f"http://127.0.0.1:{pebble.http_port if plain is None else plain}")
    lines = [f"bind = {json.dumps(bind)}", "[acme]", f'directory = "{pebble.directory}"', f'ca = "{pebble.path}"']
    lines += ['state = "state"', more]
    if challenge:
        lines.append(f'challenge = ["{challenge}"]')
    for host in hosts:
        first, *others = host.split()
        lines += [f'[site."{first}"]', 'tls = "auto"', f"names = {json.dumps(others)}" if others else ""]
        lines.append(f'route."/".respond = "{first}"')
    return "\n".join(lines) + "\n"


def serve(site: Site, text: str, file: str = "martlet.toml", listeners: int | None = None) -> Server:
    site.write(file, text)
    count = listeners or text.splitlines()[0].count("://")
    return site.serve(file, listeners=count, XDG_RUNTIME_DIR=str(site.folder))


def status(site: Site, server: Server) -> list[dict]:
    asked = martlet_to_its_end("status", "--json", "--pid", str(server.pid), env={"XDG_RUNTIME_DIR": str(site.folder)})
    assert asked.code == 0, asked.stderr
    return json.loads(asked.stdout)["certificates"]


def shown(server: Server, name: str) -> dict:
    """The certificate that clients are shown, whoever vouches for it: its names and its serial number."""
    from cryptography import x509

    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with SecureConnection(server.address, context, name) as connection:
        certificate = x509.load_der_x509_certificate(connection.socket.getpeercert(binary_form=True))
    found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    return {
        "names": set(found.value.get_values_for_type(x509.DNSName)),
        "serial": certificate.serial_number,
        "self-signed": certificate.issuer == certificate.subject,
    }


def wait_for(server: Server, name: str) -> dict:
    server.stderr.wait_for(f"There is a new certificate for {name}")
    certificate = shown(server, name.split(",")[0])
    assert not certificate["self-signed"]
    return certificate


@pytest.mark.parametrize(("challenge", "plain"), [("http-01", None), ("tls-alpn-01", -1)])
def test_a_certificate_is_got(site, pebble, challenge, plain):
    host = f"{challenge}.test"
    with serve(site, text(pebble, f"{host} www.{host}", challenge=challenge, plain=plain)) as server:
        certificate = wait_for(server, f"{host}, www.{host}")
        assert certificate["names"] == {host, f"www.{host}"}
        for name in (host, f"www.{host}"):
            assert secure_exchange(server.address, pebble.client(), host=name).body == host.encode()
        (entry,) = status(site, server)
        assert entry["names"] == [host, f"www.{host}"]
        assert "Pebble" in entry["issuer"] and not entry["isOrdering"] and "lastError" not in entry
        # Two thirds of a day.
        assert abs((entry["expiresAt"] - entry["renewedAt"]) - 28_800) < 60
        answered = pebble.orders()
        server.stop()
    for folder, folders, files in os.walk(site.folder / "state"):
        for name in (*folders, *files):
            mode = stat.S_IMODE(os.stat(Path(folder) / name).st_mode)
            assert mode == (0o600 if name in files else 0o700), (folder, name, oct(mode))
    assert not list((site.folder / "state").glob("acme/*/challenges/*")), "answers are removed when they have served"
    # The certificate of an earlier run is there at once, and nobody is asked for another one.
    with serve(site, text(pebble, f"{host} www.{host}", challenge=challenge, plain=plain)) as server:
        assert shown(server, host) == certificate
        (entry,) = status(site, server)
        assert "Pebble" in entry["issuer"]
        assert pebble.orders() == answered > 0
        server.stop()
        assert "asked for" not in server.stderr.text


def test_sites_come_and_go_with_a_reload(site, pebble):
    with serve(site, text(pebble, "stays.test", "goes.test")) as server:
        stays = wait_for(server, "stays.test")
        wait_for(server, "goes.test")
        site.write("martlet.toml", text(pebble, "comes.test", "stays.test"))
        server.send_signal(signal.SIGHUP)
        wait_for(server, "comes.test")
        assert [entry["names"] for entry in status(site, server)] == [["comes.test"], ["stays.test"]]
        assert shown(server, "stays.test") == stays
        assert secure_exchange(server.address, pebble.client(), host="comes.test").body == b"comes.test"
        site.write("martlet.toml", text(pebble, "stays.test").replace('tls = "auto"', 'tls = { certificate = "auto", profile = "modern" }'))
        server.send_signal(signal.SIGHUP)
        waiting.until(lambda: len(status(site, server)) == 1, "one certificate is left")
        assert shown(server, "stays.test") == stays, "other settings, the same certificate"
        old = pebble.client()
        old.maximum_version = ssl.TLSVersion.TLSv1_2
        with pytest.raises(ssl.SSLError):
            secure_exchange(server.address, old, host="stays.test")
        server.stop()


def test_processes_share_a_folder(site, pebble):
    with serve(site, text(pebble, "inside.test", challenge="http-01")) as server:
        wait_for(server, "inside.test")
        before = pebble.orders()
        # The authority does not reach these two: the first process answers for them. One of them asks, and both have it.
        file = text(pebble, "outside.test", "inside.test", challenge="http-01", plain=0, secure=0)
        with serve(site, file, "one.toml") as one, serve(site, file, "two.toml") as two:
            both = (one, two)
            serials = waiting.until(
                lambda: len(found := {shown(s, "outside.test")["serial"] for s in both}) == 1 and found, "both have the same"
            )
            assert serials == {shown(one, "outside.test")["serial"]}
            assert shown(one, "inside.test") == shown(server, "inside.test")
            assert pebble.orders() == before + 1
            assert sum("There is a new certificate" in s.stderr.text for s in both) == 1
            one.stop()
            two.stop()
        server.stop()


def test_a_certificate_is_renewed(site, names, tmp_path):
    requires("pebble")
    pebble = Pebble(tmp_path / "pebble", names, lifetime=9)
    try:
        with serve(site, text(pebble, "short.test")) as server:
            first = wait_for(server, "short.test")
            client = pebble.client()
            assert secure_exchange(server.address, client, host="short.test").status == 200
            server.stderr.wait_for("There is a new certificate for short.test", 2)
            assert shown(server, "short.test")["serial"] != first["serial"]
            assert secure_exchange(server.address, client, host="short.test").status == 200
            server.stop()
    finally:
        pebble.stop()


def test_an_authority_that_cannot_be_reached(site, names, tmp_path):
    requires("pebble")
    pebble = Pebble(tmp_path / "pebble", names)
    pebble.stop()
    with serve(site, text(pebble, "late.test")) as server:
        server.stderr.wait_for("There is no certificate yet for late.test: .* cannot be reached: Connection refused.*tried again in 5 s")
        assert shown(server, "late.test") | {"serial": 0} == {"names": {"late.test"}, "self-signed": True, "serial": 0}
        assert exchange(server.addresses[1], "/", host="late.test").status == 308
        (entry,) = status(site, server)
        assert "issuer" not in entry and "cannot be reached" in entry["lastError"] and entry["triedAgainAt"]
        told = martlet_to_its_end("status", env={"XDG_RUNTIME_DIR": str(site.folder)}).stdout
        assert "self-signed, until there is one of the authority" in told and "error: " in told, told
        pebble.start()
        try:
            wait_for(server, "late.test")
            server.stop()
        finally:
            pebble.stop()


def test_a_name_that_is_not_reached_is_proved_the_other_way(site, pebble):
    # Nobody listens where the authority looks for an answer over plain http.
    with serve(site, text(pebble, "half.test", plain=0)) as server:
        server.stderr.wait_for("the name half.test was not proved by http-01: .*tried again in 60 s")
        assert "can http://half.test/ be reached from outside, at port 80?" in status(site, server)[0]["lastError"]
        server.send_signal(signal.SIGHUP)
        wait_for(server, "half.test")
        server.stop()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("/dir", "/nothing-here", "nothing-here answers with status 404"),
        ("/dir", "/nonce-plz", "nonce-plz does not answer as RFC 8555 says; is it the directory"),
        ("ca = ", "# ca = ", 'its certificate is not one that is trusted here; .*ca = "root.pem" in \\[acme\\]'),
    ],
)
def test_what_is_no_directory(site, pebble, old, new, message):
    with serve(site, text(pebble, "wrong.test").replace(old, new)) as server:
        server.stderr.wait_for("There is no certificate yet for wrong.test: .*" + message)
        assert shown(server, "wrong.test")["self-signed"]
        server.stop()


def test_an_account_that_one_has_already(site, names, tmp_path):
    requires("pebble")
    key = "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W"
    pebble = Pebble(tmp_path / "pebble", names, external={"kid-1": key})
    try:
        with serve(site, text(pebble, "eab.test")) as server:
            server.stderr.wait_for("write its eab-key-id and eab-key in \\[acme\\]")
            server.stop()
        site.write("eab.key", key + "\n")
        more = 'email = "admin@example.com"\neab-key-id = "kid-1"\neab-key = "${file:eab.key}"'
        with serve(site, text(pebble, "eab.test", more=more)) as server:
            wait_for(server, "eab.test")
            server.stop()
            assert key not in server.stderr.text
        shown = martlet_to_its_end("show", cwd=site.folder)
        assert 'eab-key-id = "kid-1"' in shown.stdout and key not in shown.stdout
        site.write("martlet.toml", text(pebble, "eab.test", more=more.replace("${file:eab.key}", key)))
        assert key not in martlet_to_its_end("show", cwd=site.folder).stdout
        (account,) = site.folder.glob("state/acme/*/account.json")
        assert json.loads(account.read_text())["email"] == "admin@example.com"
    finally:
        pebble.stop()


def test_a_stop_does_not_wait_for_an_authority(site, pebble):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with serve(site, text(pebble, "a.test").replace(pebble.directory, f"https://localhost:{port}/dir")) as server:
            asked, _ = silent.accept()
            with asked:
                server.send_signal(signal.SIGTERM)
                # An answer is waited for ten seconds at least.
                assert server.wait(8) == 0


def test_caddy_is_an_authority(tmp_path):
    requires("caddy")
    requires_root("caddy looks at ports 80 and 443")
    with own_network():
        caddy = Caddy(tmp_path / "caddy")
        try:
            for challenge in ("http-01", "tls-alpn-01"):
                site = Site(tmp_path / challenge)
                site.write(
                    "martlet.toml",
                    f"""
                    bind = ["https://127.0.0.1:443", "http://127.0.0.1:80"]
                    [acme]
                    directory = "{caddy.directory}"
                    ca = "{caddy.path}"
                    state = "state"
                    challenge = ["{challenge}"]
                    [site."localhost"]
                    tls = "auto"
                    route."/".respond = "hello"
                    """,
                )
                with site.serve(listeners=2, XDG_RUNTIME_DIR=str(tmp_path)) as server:
                    wait_for(server, "localhost")
                    assert secure_exchange(server.address, caddy.client()).body == b"hello"
                    (entry,) = status(Site(tmp_path), server)
                    assert "Caddy" in entry["issuer"]
                    server.stop()
        finally:
            caddy.stop()


LE = '[acme]\nemail = "admin@example.com"\n'


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ('bind = "https://:443"\ntls = "auto"\nroute."/".respond = "a"', "a certificate is for names, and here every name is answered"),
        ('bind = "https://:443"\n[site."a.com"]\nnames = ["*.a.com"]\ntls = "auto"\nroute."/".respond = "a"', "*.a.com cannot be had: authorities prove a wildcard over DNS alone"),
        ('bind = "https://:443"\n[site."10.0.0.1"]\ntls = "auto"\nroute."/".respond = "a"', "10.0.0.1 cannot be had: it is an address"),
        ('bind = "https://:443"\n[site."shop.internal"]\ntls = "auto"\nroute."/".respond = "a"', "shop.internal cannot be had: it is no name of the public DNS"),
        ('bind = "http://:80"\n[site."a.com"]\ntls = "auto"\nroute."/".respond = "a"', 'no address that begins with https://; add "https://:443"'),
        ('bind = "https://:443"\n[acme]\nchallenge = ["http-01"]\n[site."a.com"]\ntls = "auto"\nroute."/".respond = "a"', 'add "http://:80"'),
        ('[acme]\nemail = "admin"\n', "email: 'admin' is no address of mail"),
        ('[acme]\nemail = "a b@example.com"\n', "is no address of mail"),
        ('[acme]\ndirectory = "http://ca.example.com/dir"\n', "directory: 'http://ca.example.com/dir' is no URL with https://"),
        ('[acme]\ndirectory = "https:///dir"\n', "names no server"),
        ('[acme]\nchallenge = ["dns-01"]\n', "dns-01 is not there"),
        ('[acme]\nchallenge = ["htp-01"]\n', "did you mean 'http-01'?"),
        ('[acme]\neab-key-id = "a"\n', "'eab-key' is missing"),
        ('[acme]\nemial = "a@b.com"\n', "did you mean 'email'?"),
        ('bind = "https://:443"\n[acme]\nca = "none.pem"\n[site."a.com"]\ntls = "auto"\nroute."/".respond = "a"', "ca: there is no file none.pem"),
        ('bind = "https://:443"\n[acme]\nstate = "martlet.toml/x"\n[site."a.com"]\ntls = "auto"\nroute."/".respond = "a"', "state: martlet.toml is a file, not a folder"),
        ('bind = "https://:443"\n[site."a.com"]\ntls = { certificate = "auto", key = "x.pem" }\nroute."/".respond = "a"', "a certificate that is got by itself has its own key"),
    ],
)
def test_what_is_found_before_a_start(site, file, message):
    site.write("martlet.toml", file + "\n")
    ended = martlet_to_its_end("check", cwd=site.folder)
    assert ended.code == 1
    assert message in ended.stderr, ended.stderr


def test_a_right_file_is_right_and_touches_nothing(site):
    home = site.folder / "home"
    home.mkdir()
    site.write("martlet.toml", 'bind = ["http://:80", "https://:443"]\n[site."a.com"]\ntls = "auto"\nroute."/".respond = "a"\n')
    ended = martlet_to_its_end("check", cwd=site.folder, env={"HOME": str(home)})
    assert ended.code == 0, ended.stderr
    assert not list(home.iterdir())
