"""Sites with names, redirects and fixed answers; `explain` and `show`; a reload of the whole file."""

import os
import signal

import pytest

import waiting
from http2client import Client
from rawclient import exchange
from server import martlet_to_its_end
from sites import Site, facts

NAMED = """
bind = "127.0.0.1:0"

[site."example.com"]
names = ["*.example.org"]

[site."example.com".route."/"]
respond = "example"

[site."example.com".route."/old/"]
redirect = "/new/"

[site."example.com".route."/gone"]
respond = "<h1>Gone</h1>"
status = 410
type = "text/html"

[site."elsewhere.test".route."/"]
redirect = "https://www.elsewhere.test"
status = 302
"""
DEFAULT = '[route."/"]\nrespond = "default"\n'


@pytest.fixture
def site(tmp_path):
    return Site(tmp_path)


def serve(site: Site, text: str, **variables: str):
    site.write("martlet.toml", text)
    return site.serve(XDG_RUNTIME_DIR=str(site.folder), **variables)


@pytest.fixture(scope="module")
def named(tmp_path_factory):
    with serve(Site(tmp_path_factory.mktemp("named")), NAMED) as server:
        yield server
        server.stop()


@pytest.mark.parametrize(
    "host, status, body",
    [
        ("example.com", 200, b"example"),
        ("EXAMPLE.com:80", 200, b"example"),
        ("example.com.", 200, b"example"),
        ("a.example.org", 200, b"example"),
        ("a.b.example.org", 421, None),
        ("example.org", 421, None),
        ("127.0.0.1", 421, None),
        ("elsewhere.test", 302, None),
    ],
)
def test_the_site_is_chosen_by_its_name(named, host, status, body):
    response = exchange(named.address, "/", host=host)
    assert response.status == status
    assert body is None or response.body == body


def test_an_absolute_target_goes_before_the_host_field(named):
    assert exchange(named.address, "http://example.com/", host="elsewhere.test").body == b"example"


@pytest.mark.parametrize(
    "host, target, location",
    [
        ("example.com", "/old", "/new/"),
        ("example.com", "/old/", "/new/"),
        ("example.com", "/old/a/b?c=d&e", "/new/a/b?c=d&e"),
        ("example.com", "/old/a%2Fb%20c", "/new/a%2Fb%20c"),
        ("example.com", "/old//other.test/x", "/new//other.test/x"),
        ("elsewhere.test", "/", "https://www.elsewhere.test/"),
        ("elsewhere.test", "/a?b", "https://www.elsewhere.test/a?b"),
        ("elsewhere.test", "//other.test", "https://www.elsewhere.test//other.test"),
        ("elsewhere.test", "/@other.test", "https://www.elsewhere.test/@other.test"),
    ],
)
def test_a_redirect_keeps_the_rest_of_the_path_and_the_query(named, host, target, location):
    response = exchange(named.address, target, host=host)
    assert response.status == (308 if host == "example.com" else 302)
    assert response.all("location") == [location]


@pytest.mark.parametrize("target", ["/out//other.test", "/out/%5Cother.test", "/out/\\other.test", "/out///other.test"])
def test_a_redirect_never_leads_to_another_server(site, target):
    with serve(site, 'bind = "127.0.0.1:0"\n[route."/out"]\nredirect = "/"\n') as server:
        response = exchange(server.address, target)
        for location in response.all("location"):
            assert location.startswith("/") and location[1:2] not in ("/", "\\"), location
        server.stop()


def test_a_fixed_answer_has_its_status_and_its_type(named):
    response = exchange(named.address, "/gone/x", host="example.com")
    assert (response.status, response.body) == (410, b"<h1>Gone</h1>")
    assert response.all("content-type") == ["text/html"]
    head = exchange(named.address, "/gone/x", "HEAD", host="example.com")
    assert (head.status, head.body) == (410, b"") and head.all("content-length") == ["13"]


@pytest.mark.parametrize(
    ("status", "reason"),
    [(200, "OK"), (204, "No Content"), (301, "Moved Permanently"), (404, "Not Found"), (503, "Service Unavailable"), (599, "")],
)
def test_a_status_of_the_file_has_its_usual_reason(site, status, reason):
    kind = 'redirect = "/a"' if status == 301 else 'respond = "a"'
    with serve(site, f'bind = "127.0.0.1:0"\n[route."/"]\n{kind}\nstatus = {status}\n') as server:
        response = exchange(server.address, "/")
        assert (response.status, response.reason) == (status, reason)
        server.stop()


@pytest.mark.parametrize("host", ["example.com", "elsewhere.test", "nobody.test"])
def test_options_of_the_server_are_none_of_a_route(named, host):
    """Not an application's, not a redirect's: whoever asks wants to know whether there is a server."""
    response = exchange(named.address, "*", "OPTIONS", host=host)
    assert (response.status, response.body, response.all("location")) == (204, b"", [])
    with Client(named.address) as client:
        assert client.answer(client.request("*", "OPTIONS", authority=host)).status == 204


def test_routes_without_a_site_serve_every_other_name(site):
    with serve(site, NAMED + DEFAULT) as server:
        assert exchange(server.address, "/", host="example.com").body == b"example"
        assert exchange(server.address, "/", host="nobody.test").body == b"default"
        server.stop()


# Asking


def ask(site: Site, *arguments: str, **variables: str):
    return martlet_to_its_end(*arguments, cwd=site.folder, env=variables)


def test_explain_says_what_a_request_meets_and_why_not_the_rest(site):
    site.write("martlet.toml", NAMED)
    ended = ask(site, "explain", "https://example.com/old/a?b")
    assert ended.code == 0, ended
    assert "site      example.com (line 4), by its name\n" in ended.stdout
    assert "route     /old (line 10)\n" in ended.stdout
    assert "target    redirect to /new/ with 308\n" in ended.stdout
    assert "path      '/a' below '/old'\n" in ended.stdout
    assert "not route /: /old is longer\n" in ended.stdout
    assert "not route /gone: the path is not below it\n" in ended.stdout
    assert "not site  elsewhere.test: another name\n" in ended.stdout
    assert "by its wildcard *.example.org" in ask(site, "explain", "x.example.org").stdout
    assert "421 Misdirected Request" in ask(site, "explain", "http://nobody.test/").stdout
    assert ask(site, "explain", "ftp://example.com").code == 64
    site.write("martlet.toml", 'health = "/healthz"\n' + NAMED)
    for url in ("http://nobody.test/healthz", "https://example.com/healthz?a"):
        assert "answer    200 OK, or 503 while the server is not ready (health)" in ask(site, "explain", url).stdout


def test_show_prints_every_value_and_its_origin_but_no_secret(site):
    site.application("app")
    site.write("password", "hush-hush\n")
    site.write(
        "martlet.toml",
        """
        bind = "127.0.0.1:0"
        access-log-format = "${FORMAT:-json}"

        [limits]
        body = "${BODY}"

        [route."/"]
        wsgi = "facts"
        directory = "app"

        [route."/".environment]
        PASSWORD = "${file:password}"
        """,
    )
    ended = ask(site, "show", BODY="5MB")
    assert ended.code == 0, ended
    lines = {line.split(" = ")[0]: " ".join(line.split()) for line in ended.stdout.splitlines() if " = " in line}
    assert lines["bind"] == 'bind = "127.0.0.1:0" # martlet.toml:2'
    assert lines["access-log-format"] == 'access-log-format = "json" # martlet.toml:3'
    assert lines["body"] == 'body = "5 MB" # martlet.toml:6, $BODY'
    assert lines["socket-mode"] == 'socket-mode = "666" # default'
    assert lines["environment"].startswith('environment = "(not shown)" # martlet.toml:12, ')
    assert "hush-hush" not in ended.stdout
    missing = ask(site, "show")
    assert missing.code == 1 and "the environment has no BODY; set it, or write ${BODY:-VALUE}" in missing.stderr


def test_an_application_gets_what_its_file_takes_from_elsewhere(site):
    site.application("app")
    site.write("password", "hush-hush\n")
    text = """
        bind = "127.0.0.1:0"
        [route."/"]
        wsgi = "facts"
        directory = "${FOLDER}"
        environment = { PASSWORD = "<${file:password}>", OTHER = "$${HOME}" }
    """
    with serve(site, text, FOLDER="app") as server:
        variables = facts(server, "/")["variables"]
        assert (variables["PASSWORD"], variables["OTHER"]) == ("<hush-hush>", "${HOME}")
        server.stop()


# A reload


def by_signal(site: Site, server) -> None:
    os.kill(server.pid, signal.SIGHUP)


def by_command(site: Site, server) -> None:
    ended = ask(site, "reload", "--pid", str(server.pid), XDG_RUNTIME_DIR=str(site.folder))
    assert (ended.code, ended.stdout) == (0, "reloaded\n"), ended


@pytest.mark.parametrize("reload", [by_signal, by_command])
def test_a_reload_serves_what_the_file_says_now(site, reload):
    site.application("app")
    app = '[site."app.test".route."/"]\nwsgi = "facts"\ndirectory = "app"\nworkers = 1\n'
    with serve(site, NAMED + DEFAULT + app) as server:
        (worker,) = server.workers()
        site.write("martlet.toml", NAMED.replace('"example"', '"another"') + app + "[limits]\nbody = \"1KB\"\n")
        reload(site, server)
        server.stderr.wait_for("The site was reloaded")
        assert exchange(server.address, "/", host="example.com").body == b"another"
        assert exchange(server.address, "/", host="nobody.test").status == 421
        assert exchange(server.address, "/", "POST", body=b"x" * 1025, host="app.test").status == 413
        # The pool has gone on; its application was imported anew.
        server.wait_for_workers(1, other_than=[worker])
        site.write("martlet.toml", NAMED)
        reload(site, server)
        server.stderr.wait_for("The site was reloaded", 2)
        assert exchange(server.address, "/", host="app.test").status == 421
        waiting.until(lambda: not server.workers(), "the worker of the application that is gone to end")
        site.write("martlet.toml", NAMED + app)
        reload(site, server)
        server.stderr.wait_for("The site was reloaded", 3)
        assert exchange(server.address, "/", host="app.test").status == 200
        server.stop(same_workers=False)


def test_a_bad_file_is_refused_with_its_reasons_and_nothing_changes(site):
    site.application("app")
    site.write("app/broken.py", "import nothing_of_that_name\n")
    app = '[site."app.test".route."/"]\nwsgi = "facts"\ndirectory = "app"\nworkers = 1\n'
    broken = '[site."broken.test".route."/"]\nwsgi = "broken:app"\ndirectory = "app"\nworkers = 1\n'
    with serve(site, NAMED + app) as server:
        for count, (text, reason) in enumerate([
            (NAMED + "[limits]\nbdy = 1\n", "there is no setting 'bdy' in [limits]; did you mean 'body'?"),
            (app + broken, "broken:app at broken.test/: "),
            # Here the parser would end the process.
            (NAMED + "[é]\n", "this is not TOML: the name of a table begins with"),
        ]):
            site.write("martlet.toml", text)
            ended = ask(site, "reload", "--pid", str(server.pid), XDG_RUNTIME_DIR=str(site.folder))
            assert ended.code == 1 and "The reload is refused" in ended.stderr and reason in ended.stderr, ended
            os.kill(server.pid, signal.SIGHUP)
            server.stderr.wait_for("The reload is refused", count + 1)
            assert exchange(server.address, "/", host="example.com").body == b"example"
            assert exchange(server.address, "/", host="app.test").status == 200
            server.wait_for_workers(1)
        server.stop(same_workers=False)


def test_what_needs_a_new_start_is_said(site):
    with serve(site, NAMED) as server:
        site.write("martlet.toml", 'metrics = "127.0.0.1:0"\n' + NAMED)
        by_command(site, server)
        server.stderr.wait_for("The file has changed in metrics: that takes effect when the server is started anew")
        server.stop()
