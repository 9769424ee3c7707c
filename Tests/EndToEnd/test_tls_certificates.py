"""Which certificate a client gets, what is said of one that is no good, and new ones while the server runs."""

import os
import signal
import ssl
import subprocess
import threading

import pytest
import waiting
from certificates import DAY, Authority
from needs import requires_root
from rawclient import Truncated, exchange
from server import martlet_to_its_end
from sites import Site
from tlsclient import SecureConnection, secure_exchange


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path / "authority")


@pytest.fixture
def site(tmp_path):
    site = Site(tmp_path)
    site.application("shop")
    return site


def certificate_of(address, context, name) -> set[str]:
    """The names in the certificate that a client gets that asks for a name; it is verified but for the name."""
    loose = ssl.create_default_context()
    loose.check_hostname = False
    loose.load_verify_locations(cadata=ssl.DER_cert_to_PEM_cert(context.get_ca_certs(True)[0]))
    with SecureConnection(address, loose, name) as connection:
        return {value for _, value in connection.socket.getpeercert()["subjectAltName"]}


SITES = """
    bind = "https://127.0.0.1:0"
    tls = { certificate = "authority/default.pem", key = "authority/default.key" }

    [site."a.test"]
    tls = { certificate = "authority/a.pem", key = "authority/a.key" }
    route."/".respond = "a"

    [site."b.test"]
    names = ["*.b.test"]
    tls = { certificate = "authority/b.pem", key = "authority/b.key" }
    route."/".respond = "b"

    [site."own.b.test"]
    tls = { certificate = "authority/own.pem", key = "authority/own.key" }
    route."/".respond = "own"

    [site."plain.test"]
    route."/".respond = "plain"

    [route."/"]
    respond = "default"
"""


def serve_sites(site, authority, text=SITES, **options):
    authority.pair("default", ("default.test", "plain.test", "127.0.0.1"))
    authority.pair("a", ("a.test",))
    authority.pair("b", ("b.test", "*.b.test"))
    authority.pair("own", ("own.b.test",))
    site.write("martlet.toml", text)
    return site.serve(**options)


def test_the_certificate_is_chosen_by_the_name(site, authority):
    with serve_sites(site, authority) as server:
        client = authority.client()
        for name, names in [
            ("a.test", {"a.test"}),
            ("A.TEST", {"a.test"}),
            ("b.test", {"b.test", "*.b.test"}),
            ("x.b.test", {"b.test", "*.b.test"}),
            ("own.b.test", {"own.b.test"}),
            ("x.y.b.test", {"default.test", "plain.test", "127.0.0.1"}),
            ("unknown.test", {"default.test", "plain.test", "127.0.0.1"}),
            (None, {"default.test", "plain.test", "127.0.0.1"}),
        ]:
            assert certificate_of(server.address, client, name) == names, name
        for name, body in [("a.test", b"a"), ("x.b.test", b"b"), ("own.b.test", b"own"), ("plain.test", b"plain")]:
            assert secure_exchange(server.address, client, host=name).body == body
        assert secure_exchange(server.address, client, host="127.0.0.1").body == b"default"
        server.stop()


def test_without_a_default_the_first_site_answers_for_unknown_names(site, authority):
    text = "\n".join(line for line in SITES.splitlines() if "default" not in line).replace('[route."/"]', "")
    with serve_sites(site, authority, text) as server:
        assert certificate_of(server.address, authority.client(), "unknown.test") == {"a.test"}
        server.stop()


@pytest.mark.parametrize(
    ("name", "other", "status"),
    [
        ("a.test", "b.test", 421),
        ("a.test", "own.b.test", 421),
        ("b.test", "x.b.test", 200),
        ("x.b.test", "b.test", 200),
        # The certificate of b.test covers it, and nobody asks clients for anything.
        ("b.test", "own.b.test", 200),
        ("own.b.test", "b.test", 421),
        ("a.test", "unknown.test", 200),
        (None, "a.test", 200),
    ],
)
def test_a_name_that_the_connection_is_not_for_is_misdirected(site, authority, name, other, status):
    with serve_sites(site, authority) as server:
        context = authority.client()
        context.check_hostname = False
        with SecureConnection(server.address, context, name) as connection:
            if name:
                assert connection.request("/", host=name).status == 200
            response = connection.request("/", host=other)
            assert response.status == status
            if status == 421:
                assert b"Use a new one for this site" in response.body
            assert connection.request("/", host=f"{name or 'a.test'}:443").status == 200
        server.stop()


def test_streams_of_http2_are_misdirected_too(site, authority):
    with serve_sites(site, authority) as server:
        url = f"https://a.test:{server.address[1]}/"
        command = ["curl", "-sS", "--http2", "--cacert", authority.path, "--resolve", f"a.test:{server.address[1]}:127.0.0.1"]
        command += ["-w", "%{http_code} %{http_version}\n", "-o", "/dev/null"]
        result = subprocess.run(
            [*command, url, "--next", *command[1:], "-H", "Host: own.b.test", url], capture_output=True, text=True, check=True
        )
        assert result.stdout.split("\n")[:2] == ["200 2", "421 2"]
        server.stop()


# What is wrong


def faults(site, authority) -> list[tuple[str, str, str]]:
    site.write("not-pem.pem", "hello")
    good = authority.pair("good", ("a.test",))
    authority.pair("other", ("b.test", "*.c.test"))
    authority.pair("nameless", ())
    authority.pair("locked", ("a.test",), password=b"secret")
    der = subprocess.run(["openssl", "x509", "-in", good.certificate, "-outform", "der"], capture_output=True, check=True)
    (authority.folder / "der.pem").write_bytes(der.stdout)
    (authority.folder / "half.pem").write_text(good.certificate.read_text()[:200])
    (authority.folder / "large.pem").write_bytes(bytes(2 << 20))
    a = "authority"
    return [
        (f"{a}/missing.pem", f"{a}/good.key", f"certificate: there is no file {a}/missing.pem"),
        (f"{a}/good.pem", f"{a}/missing.key", f"key: there is no file {a}/missing.key"),
        (f"{a}", f"{a}/good.key", f"certificate: {a} cannot be read: it is a folder, not a file"),
        ("not-pem.pem", f"{a}/good.key", "certificate: not-pem.pem is not a certificate in PEM"),
        (f"{a}/good.pem", "not-pem.pem", "key: not-pem.pem is not a key in PEM"),
        (f"{a}/good.key", f"{a}/good.pem", "is a private key and no certificate: are the two swapped?"),
        (f"{a}/good.pem", f"{a}/good.pem", "is a certificate and no private key: are the two swapped?"),
        (f"{a}/der.pem", f"{a}/good.key", "is in DER, not in PEM; convert it: openssl x509 -inform der"),
        (f"{a}/half.pem", f"{a}/good.key", "has a certificate that cannot be read; is it complete?"),
        (f"{a}/large.pem", f"{a}/good.key", "is larger than 1 MB: a wrong file?"),
        (f"{a}/good.pem", f"{a}/locked.key", f"key: {a}/locked.key is encrypted, and nobody is there to type its password"),
        (f"{a}/good.pem", f"{a}/other.key", f"key: {a}/other.key is not the private key of {a}/good.pem"),
        (f"{a}/other.pem", f"{a}/other.key", f"{a}/other.pem is for b.test, *.c.test and not for a.test"),
        (f"{a}/nameless.pem", f"{a}/nameless.key", "is for no name (it has no subjectAltName) and not for a.test"),
    ]


def test_each_fault_of_a_certificate_is_told_before_the_start(site, authority):
    for certificate, key, message in faults(site, authority):
        site.write(
            "martlet.toml",
            f"""
            bind = "https://127.0.0.1:0"
            [site."a.test"]
            tls = {{ certificate = "{certificate}", key = "{key}" }}
            route."/".respond = "a"
            """,
        )
        for command in ("check", "serve"):
            ended = martlet_to_its_end(command, cwd=site.folder)
            assert ended.code == 1, ended
            assert message in ended.stderr, (message, ended.stderr)
            assert "martlet.toml:4:" in ended.stderr
    site.write("martlet.toml", SITES)


def certificate_of_today(address, client) -> bool:
    try:
        return secure_exchange(address, client, host="b.test").body == b"b"
    except ssl.SSLCertVerificationError:
        return False


@pytest.mark.parametrize(
    ("life", "message"),
    [((-9 * DAY, -DAY), "has expired on 20"), ((DAY, 9 * DAY), "is valid only from 20")],
    ids=["expired", "not yet valid"],
)
def test_a_certificate_out_of_its_time_costs_no_other_site_its_life(site, authority, life, message):
    """As with nginx and Caddy: time alone has made it wrong, and a restart must not cost everything."""
    starts, ends = life
    wrong, good = authority.pair("b", ("b.test", "*.b.test"), starts=starts, ends=ends), authority.pair("good-b", ("b.test", "*.b.test"))
    authority.pair("default"), authority.pair("a", ("a.test",)), authority.pair("own", ("own.b.test",))
    site.write("martlet.toml", SITES)
    checked = martlet_to_its_end("check", cwd=site.folder)
    assert checked.code == 1 and f"certificate: authority/b.pem {message}" in checked.stderr, checked
    for command in (["show"], ["explain", "https://b.test/"]):
        assert martlet_to_its_end(*command, cwd=site.folder).code == 0
    with site.serve() as server:
        server.stderr.wait_for(f"warning.*The certificate of b.test is used, but authority/b.pem {message}")
        client = authority.client()
        assert secure_exchange(server.address, client, host="a.test").body == b"a"
        with pytest.raises(ssl.SSLCertVerificationError):
            secure_exchange(server.address, client, host="b.test")
        server.send_signal(signal.SIGHUP)
        server.stderr.wait_for("The site was reloaded")
        server.stderr.wait_for("The certificate of b.test is used, but", 2)
        wrong.become(good)
        server.stderr.wait_for("The certificate of b.test has been renewed")
        waiting.until(lambda: certificate_of_today(server.address, client), "the new certificate")
        # And never back.
        good.become(authority.pair("older-b", ("b.test", "*.b.test"), starts=starts, ends=ends))
        wrong.become(good)
        server.stderr.wait_for(f"The new certificate of b.test is refused, and the former one kept: .* {message}")
        assert secure_exchange(server.address, client, host="b.test").body == b"b"
        server.stop()


def test_a_key_that_may_not_be_read(site, authority):
    requires_root("a file of another user is needed")
    pair = authority.pair("mine", ("a.test",))
    for folder in (authority.folder, site.folder, *site.folder.parents):
        if folder.stat().st_uid == os.getuid() and not folder.stat().st_mode & 0o001:
            folder.chmod(0o755)
    pair.key.chmod(0o600)
    site.write("martlet.toml", 'bind = "https://127.0.0.1:0"\ntls = { certificate = "authority/mine.pem", key = "authority/mine.key" }\nroute."/".respond = "a"\n')
    from sites import installed

    program = installed(site.folder)
    ended = subprocess.run([program, "check"], cwd=site.folder, user=65534, group=65534, capture_output=True, text=True)
    assert ended.returncode == 1
    assert "key: authority/mine.key cannot be read by this user" in ended.stderr


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('tls = "atuo"', "there is no tls 'atuo'; write tls = \"auto\", or tls = { certificate"),
        ('tls = { certificate = "authority/a.pem" }', "'key' is missing"),
        ('tls = { key = "authority/a.key" }', "'certificate' is missing"),
        ("tls = {}", "'certificate' is missing"),
        ('tls = { certificat = "a", key = "b" }', "there is no setting 'certificat' in [tls]; did you mean 'certificate'?"),
        ("tls = true", "tls is a table"),
        ("", "https://127.0.0.1:0 needs a certificate: tls = { certificate"),
    ],
)
def test_what_is_wrong_with_the_table(site, authority, text, message):
    authority.pair("a")
    site.write("martlet.toml", f'bind = "https://127.0.0.1:0"\n{text}\n[route."/"]\nrespond = "a"\n')
    ended = martlet_to_its_end("check", cwd=site.folder)
    assert ended.code == 1
    assert message in ended.stderr, ended.stderr


def test_an_https_address_without_a_certificate(authority):
    ended = martlet_to_its_end("run", "echo:application", "--bind", "https://127.0.0.1:0")
    assert ended.code == 1
    assert "https://127.0.0.1:0 needs a certificate, and there is none. Give one with its key: --certificate" in ended.stderr


def test_a_certificate_without_its_key(authority):
    ended = martlet_to_its_end("run", "echo:application", "--certificate", "x.pem")
    assert ended.code == 64
    assert "--key is missing" in ended.stderr


def test_faults_of_flags(authority):
    good, other = authority.pair("good"), authority.pair("other")
    flags = ["--certificate", str(good.certificate), "--key", str(other.key), "--bind", "127.0.0.1:0"]
    ended = martlet_to_its_end("run", "echo:application", *flags)
    assert ended.code == 1
    assert f"{other.key} is not the private key of {good.certificate}" in ended.stderr


# New certificates while the server runs


def serial(address, context) -> int:
    with SecureConnection(address, context) as connection:
        return int(connection.socket.getpeercert()["serialNumber"], 16)


def test_a_certificate_is_taken_up_when_its_files_change_and_no_request_is_lost(start, authority):
    pair = authority.pair()
    server = start("echo:application", *pair.flags)
    client = authority.client()
    stop, failures, count = threading.Event(), [], [0]

    def load():
        while not stop.is_set():
            try:
                assert secure_exchange(server.address, client, "/ignores-the-body").status == 200
                count[0] += 1
            except BaseException as failure:
                failures.append(failure)

    threads = [threading.Thread(target=load) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        with SecureConnection(server.address, client) as kept:
            assert kept.request("/").status == 200
            for number in range(2):
                renewed = authority.pair(f"renewed{number}")
                pair.become(renewed)
                waiting.until(lambda: serial(server.address, client) == renewed.serial, "the new certificate")
            assert kept.request("/").status == 200
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert not failures
    assert count[0] > 0
    server.stderr.wait_for("The certificate of every name has been renewed")


def test_a_pair_that_is_no_good_is_refused_and_the_former_one_kept(start, authority):
    pair, other = authority.pair(), authority.pair("other")
    server = start("echo:application", *pair.flags)
    client, before = authority.client(), pair.serial
    pair.key.write_bytes(other.key.read_bytes())
    server.stderr.wait_for("The new certificate of every name is refused, and the former one kept: .* is not the private key of")
    assert serial(server.address, client) == before
    pair.certificate.write_bytes(other.certificate.read_bytes())
    waiting.until(lambda: serial(server.address, client) == other.serial, "the new certificate")
    assert server.stderr.text.count("is refused") == 1


def test_a_reload_takes_up_certificates_and_sites(site, authority):
    with serve_sites(site, authority) as server:
        client = authority.client()
        with SecureConnection(server.address, client, "a.test") as kept:
            assert kept.request("/", host="a.test").body == b"a"
            authority.pair("new", ("new.test",))
            site.write("martlet.toml", SITES + '\n[site."new.test"]\ntls = { certificate = "authority/new.pem", key = "authority/new.key" }\nroute."/".respond = "new"\n')
            server.send_signal(signal.SIGHUP)
            waiting.until(lambda: certificate_of(server.address, client, "new.test") == {"new.test"}, "the new site")
            assert secure_exchange(server.address, client, host="new.test").body == b"new"
            assert kept.request("/", host="a.test").body == b"a"
            assert kept.request("/", host="new.test").status == 421
        (authority.folder / "new.pem").write_text("broken")
        server.send_signal(signal.SIGHUP)
        server.stderr.wait_for("certificate: authority/new.pem is not a certificate in PEM")
        assert secure_exchange(server.address, client, host="new.test").body == b"new"
        server.stop()


def test_show_tells_what_a_site_encrypts_with(site, authority):
    authority.pair("default")
    site.write("martlet.toml", SITES.split("[site")[0] + '\n[route."/"]\nrespond = "x"\n')
    ended = martlet_to_its_end("show", cwd=site.folder)
    assert ended.code == 0, ended.stderr
    assert 'certificate = "authority/default.pem"' in ended.stdout
    assert "[tls]" in ended.stdout
