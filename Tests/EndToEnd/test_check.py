"""What `martlet check` finds: all faults at once, and what can be served but not as it was meant."""

import subprocess
import sys

import pytest
from certificates import DAY, Authority
from program import built
from server import martlet_to_its_end
from sites import Site


@pytest.fixture
def site(tmp_path):
    return Site(tmp_path)


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    authority = Authority(tmp_path_factory.mktemp("check") / "tls")
    authority.pair("a", ("a.test",))
    authority.pair("old", ("old.test",), starts=-9 * DAY, ends=-DAY)
    return authority


def end(site: Site, text: str, command: str = "check", *more: str):
    site.write("martlet.toml", text)
    return martlet_to_its_end(command, *more, cwd=site.folder)


def test_one_fault_does_not_hide_another(site, authority):
    pair = f'certificate = "{authority.folder}/gone.pem", key = "{authority.folder}/a.key"'
    ended = end(
        site,
        f"""
        bind = "https://127.0.0.1:0"
        tls = {{ {pair} }}
        bnd = 5
        [route."/a"]
        wsgi = "app:app"
        workers = "x"
        python = "/nope/python"
        [route."/b"]
        wsgi = "app:app"
        user = "harlequin"
        [route."/c"]
        files = "nowhere"
        [route."/d"]
        respond = "x"
        auth = "nobody"
        [rout."/e"]
        respond = "x"
        """,
    )
    assert ended.code == 1 and ended.stdout == ""
    for line in (3, 4, 7, 8, 11, 13, 16, 17):
        assert f"martlet.toml:{line}:" in ended.stderr, (line, ended.stderr)
    heads = [line for line in ended.stderr.splitlines() if line.startswith("martlet.toml:")]
    assert len(heads) == 8, ended.stderr
    assert "   17 | [rout.\"/e\"]" in ended.stderr


CONCERNS = {
    "log": ('access-log = "nowhere/x.log"\nroute."/".respond = "x"', 1, "access-log: there is no folder "),
    "log in the place of a folder": ('access-log = "."\nroute."/".respond = "x"', 1, "is a folder"),
    "fallback": ('[route."/"]\nfiles = "."\nfallback = "nope.html"', 3, "fallback: there is no file "),
    "circle": ('[route."/a"]\nredirect = "/a"', 2, "redirect: /a leads to this route again"),
    "circle below": ('[route."/"]\nredirect = "/app?x"', 2, "redirect: /app?x leads to this route again"),
    "expired": (
        'bind = "https://:0"\ntls = { certificate = "tls/old.pem", key = "tls/old.key" }\nroute."/".respond = "x"',
        2,
        "certificate: tls/old.pem has expired on 20",
    ),
    "no address": (
        'bind = "http://:0"\ntls = { certificate = "tls/a.pem", key = "tls/a.key" }\nroute."/".respond = "x"',
        2,
        "tls: no address of bind begins with https://, so it is not used",
    ),
    "nobody answered": (
        'bind = "http://:0"\ntls = { certificate = "tls/a.pem", key = "tls/a.key", client-ca = "tls/ca.pem" }\nroute."/".respond = "x"',
        2,
        "and with client-ca nobody is answered",
    ),
    "no certificate": (
        'bind = "https://:0"\n[site."a.test"]\ntls = { certificate = "tls/a.pem", key = "tls/a.key" }\nroute."/".respond = "x"\n'
        '[site."z.test"]\nroute."/".respond = "x"',
        5,
        "no certificate is for z.test, so clients that are sent to https refuse the site",
    ),
}


@pytest.mark.parametrize("name", CONCERNS)
def test_what_is_not_as_it_was_meant(site, authority, name):
    text, line, message = CONCERNS[name]
    (site.folder / "tls").symlink_to(authority.folder)
    ended = end(site, text)
    assert ended.code == 1
    assert f"martlet.toml:{line}:" in ended.stderr and message in ended.stderr, ended.stderr
    assert martlet_to_its_end("explain", "/", cwd=site.folder).code == 0


@pytest.mark.parametrize("name", ["fallback", "circle", "no certificate"])
def test_it_is_served_with_a_warning(site, authority, name):
    text, line, message = CONCERNS[name]
    (site.folder / "tls").symlink_to(authority.folder)
    bind = "" if text.startswith("bind") else 'bind = "127.0.0.1:0" '
    site.write("martlet.toml", text if not bind else text.replace("[", f"{bind}\n[", 1))
    with site.serve() as server:
        server.stderr.wait_for(f"warning.*{message}")
        server.stop()


@pytest.mark.parametrize(
    "text",
    [
        'bind = "127.0.0.1:0"\n[route."/a"]\nredirect = "/b"\n[route."/"]\nrespond = "x"',
        'bind = "127.0.0.1:0"\n[route."/a"]\nredirect = "/a/b"\n[route."/a/b"]\nrespond = "x"',
        'redirect-to-https = false\nbind = ["https://:0", "http://:0"]\n[site."a.test"]\ntls = { certificate = "tls/a.pem", key = "tls/a.key" }\n'
        'route."/".respond = "x"\n[site."z.test"]\nroute."/".respond = "x"',
        'tls = { certificate = "tls/a.pem", key = "tls/a.key" }\nroute."/".respond = "x"',
    ],
)
def test_what_may_be_meant(site, authority, text):
    (site.folder / "tls").symlink_to(authority.folder)
    ended = end(site, text)
    assert ended.code == 0, ended.stderr


@pytest.mark.parametrize(
    ("module", "is_there"), [("nomodule", False), ("nomodule.wsgi", False), ("here", True), ("package.wsgi", True), ("json", True)]
)
def test_a_module_that_is_nowhere_is_noted(site, module, is_there):
    site.write("here.py", "")
    site.write("package/wsgi.py", "")
    ended = end(site, f'bind = "127.0.0.1:0"\n[route."/"]\nwsgi = "{module}:app"\npython = "{sys.executable}"')
    assert ended.code == 0, ended.stderr
    assert ("there is no module 'nomodule' in" in ended.stdout) == (not is_there), ended.stdout


def test_what_cannot_be_printed_is_a_failure(site):
    site.write("martlet.toml", 'bind = "127.0.0.1:0"\nroute."/".respond = "x"')
    for command in (["check"], ["settings", "--markdown"], ["--version"], ["doctor"], []):
        for output in ("/dev/full", None):
            ended = subprocess.run(
                ["sh", "-c", f'exec "$0" "$@" >{output or "&-"}', built("martlet"), *command],
                cwd=site.folder, capture_output=True, text=True, timeout=60,
            )
            assert ended.returncode == 1 and "has not arrived on standard output" in ended.stderr, (command, output, ended)


# Secrets


def test_what_came_from_a_file_is_printed_nowhere(site):
    site.write("place", "/hush-hush/")
    site.write("app", "hush_hush:app")
    site.write("token", "hush-hush-token")
    site.write("port", "127.0.0.1:0")
    text = """
        bind = "${file:port}"
        [route."/a"]
        redirect = "${file:place}"
        headers = { set = { X-Token = "${file:token}" } }
        [route."/b"]
        wsgi = "${file:app}"
        """
    for command in (["check"], ["explain", "/a"], ["explain", "/b"], ["show"]):
        ended = end(site, text, *command)
        assert ended.code == 0, ended
        assert "hush" not in ended.stdout + ended.stderr, (command, ended)
    with_place = text.split("[route.\"/b\"]")[0]
    site.write("martlet.toml", with_place)
    with site.serve() as server:
        assert "redirect to …" in server.stderr.text and "hush" not in server.stderr.text
        server.stop()


# Asking


BOTH = """
    bind = ["http://:80", "https://:443", "https://:8443"]
    tls = { certificate = "tls/a.pem", key = "tls/a.key" }
    [site."a.test"]
    tls = { certificate = "tls/a.pem", key = "tls/a.key", client-ca = "tls/ca.pem" }
    route."/".respond = "x"
    """


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://a.test/x", "answer    308 Permanent Redirect to https://a.test/x (redirect-to-https)"),
        ("http://a.test/.well-known/acme-challenge/x", "answer    421 Misdirected Request: what comes without TLS"),
        ("https://a.test/x", "client    shows a certificate that tls/ca.pem vouches for (line 5), or has no connection"),
        ("https://u:p@a.test/x", "answer    400 Bad Request: no user stands in the URL of a request"),
    ],
)
def test_explain_knows_of_encryption(site, authority, url, said):
    (site.folder / "tls").symlink_to(authority.folder)
    ended = end(site, BOTH, "explain", url)
    assert ended.code == 0, ended
    assert said in ended.stdout, ended.stdout
    assert ("target    respond" in ended.stdout) == url.startswith("https://a.test")


def test_explain_without_a_url_shows_how_to_write_one(site):
    ended = end(site, BOTH, "explain", "")
    assert ended.code == 64
    assert ended.stderr == (
        "martlet: '' is no URL: it is empty, or has a blank or a control character in it; write it like "
        "https://example.com/shop, or /shop\n"
    )


def test_the_help_of_static_has_its_own_defaults():
    ended = martlet_to_its_end("static", "--help")
    words = " ".join(ended.stdout.split())
    assert "Show what is in a folder without an index. (default: on)" in words
    assert "(default: no-cache)" in words or "(default: 0" in words, words
