"""Policies as a file says them: where they hold, how they add up, and what a reload does to them."""

import base64
import json
import os
import signal
import subprocess

import pytest

import waiting
from rawclient import exchange
from server import martlet_to_its_end
from sites import Site

APP = '''
import json


def app(environ, start_response):
    body = environ["wsgi.input"].read()
    names = ("REMOTE_USER", "HTTP_AUTHORIZATION", "HTTP_X_SITE", "HTTP_X_USER", "HTTP_COOKIE")
    facts = {name: environ.get(name) for name in names} | {"length": len(body), "query": environ["QUERY_STRING"]}
    if environ["PATH_INFO"] == "/broken":
        start_response("500 Internal Server Error", [("Content-Type", "text/plain")])
        return [b"its own words"]
    if environ["PATH_INFO"] == "/crash":
        raise RuntimeError("on purpose")
    start_response("200 OK", [("Content-Type", "application/json"), ("X-Powered-By", "snakes"), ("X-Own", "1")])
    return [json.dumps(facts).encode()]


def gate(environ, start_response):
    if environ.get("HTTP_COOKIE") == "session=good":
        start_response("204 No Content", [("X-User", "Änne".encode().decode("latin-1"))])
        return []
    start_response("302 Found", [("Location", "/login?next=" + environ["HTTP_X_FORWARDED_URI"])])
    return [b""]
'''

FILE = """
bind = "127.0.0.1:0"
headers = { preset = "secure", set = { X-Top = "1" } }
errors = "errors"

[limits]
body = "1KB"

[route."/"]
wsgi = "shop:app"
workers = 1

[route."/large"]
wsgi = "shop:app"
workers = 1
limits = { body = "1MB", head = "4KB" }

[route."/secret"]
wsgi = "shop:app"
workers = 1
auth = "users"

[route."/asked"]
wsgi = "shop:app"
workers = 1
auth = { forward = "/gate", forward-user = "X-User" }

[route."/gate"]
wsgi = "shop:gate"
workers = 1
auth = { users = { nobody = "${file:hash}" } }

[route."/plain"]
respond = "plain"
headers = false
errors = false

[route."/own"]
wsgi = "shop:app"
workers = 1
headers = { remove = ["X-Powered-By", "X-Frame-Options"], set = { X-Top = "2" }, request-set = { X-Site = "yes" } }
errors = { replace = true, pages = { 500 = "errors/own.html" } }

[route."/api"]
respond = "{}"
cors = "https://app.example.com"

[route."/denied"]
respond = "x"
access = { deny = "127.0.0.0/8" }

[route."/closed"]
respond = "x"
maintenance = "closed"

[site."limited.test"]
rate = "2/h"

[site."limited.test".route."/"]
respond = "x"

[site."limited.test".route."/other"]
respond = "x"

[site."limited.test".route."/free"]
respond = "x"
rate = false
"""


def hashed(password: str) -> str:
    finished = subprocess.run(
        ["openssl", "passwd", "-6", "-stdin"], input=password, capture_output=True, text=True, check=True, timeout=60
    )
    return finished.stdout.strip()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    site = Site(tmp_path_factory.mktemp("policies"))
    site.write("shop.py", APP)
    site.write("hash", hashed("never"))
    site.write("users", f"anna:{hashed('secret')}\n# a comment\n")
    site.write("errors/404.html", "<h1>{status} {title}</h1><p>{request}</p>")
    site.write("errors/5xx.html", "<h1>Broken</h1>")
    site.write("errors/own.html", "<h1>Ours</h1>")
    site.write("martlet.toml", FILE)
    with site.serve(XDG_RUNTIME_DIR=str(site.folder)) as server:
        server.site = site
        yield server
        # A reload imports the applications anew.
        server.stop(same_workers=False)


def get(server, target="/", fields=(), **keywords):
    return exchange(server.address, target, headers=[*fields], **keywords)


def basic(name: str, password: str) -> tuple[str, str]:
    return ("Authorization", "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode())


def test_header_rules_of_the_file_and_of_a_route_add_up(server):
    outer = get(server, "/")
    assert outer.header("x-top") == "1" and outer.header("x-powered-by") == "snakes"
    assert outer.header("x-content-type-options") == "nosniff" and outer.header("x-frame-options") == "SAMEORIGIN"
    assert outer.header("strict-transport-security") is None
    inner = get(server, "/own")
    assert inner.header("x-top") == "2" and inner.header("x-own") == "1"
    assert inner.header("x-powered-by") is None and inner.header("x-frame-options") is None
    assert inner.header("x-content-type-options") == "nosniff"
    assert json.loads(inner.body)["HTTP_X_SITE"] == "yes"
    assert json.loads(get(server, "/own", [("X-Site", "forged")]).body)["HTTP_X_SITE"] == "yes"


def test_false_turns_off_what_is_said_further_out(server):
    response = get(server, "/plain")
    assert response.header("x-top") is None and response.header("x-content-type-options") is None


def test_a_route_may_take_a_larger_body_than_the_others(server):
    def post(target: str, size: int, **keywords):
        return exchange(server.address, target, method="POST", body=b"x" * size, **keywords)

    assert post("/", 1024).status == 200
    assert post("/", 1025).status == 413
    assert post("/own", 200_000).status == 413
    large = post("/large", 200_000)
    assert large.status == 200 and json.loads(large.body)["length"] == 200_000
    assert post("/large", (1 << 20) + 1).status == 413


def test_a_head_may_be_limited_for_a_route(server):
    fields = [("X-Long", "a" * 5000)]
    assert get(server, "/", fields).status == 200
    assert get(server, "/large", fields).status == 431


def test_a_password_is_asked_for(server):
    response = get(server, "/secret")
    assert response.status == 401 and response.header("www-authenticate").startswith('Basic realm="restricted"')
    assert get(server, "/secret", [basic("anna", "wrong")]).status == 401
    assert get(server, "/secret", [basic("bert", "secret")]).status == 401
    for _ in range(2):
        response = get(server, "/secret", [basic("anna", "secret")])
        facts = json.loads(response.body)
        assert (response.status, facts["REMOTE_USER"], facts["HTTP_AUTHORIZATION"]) == (200, "anna", None)


def test_who_may_come_is_asked_of_another_route(server):
    response = get(server, "/asked/page?a=b")
    assert response.status == 302 and response.header("location") == "/login?next=/asked/page?a=b"
    response = get(server, "/asked/page?a=b", [("Cookie", "session=good"), ("X-User", "forged")])
    facts = json.loads(response.body)
    assert response.status == 200 and facts["query"] == "a=b"
    assert facts["REMOTE_USER"].encode("latin-1").decode() == "Änne"
    assert facts["HTTP_X_USER"] == facts["REMOTE_USER"]
    posted = exchange(server.address, "/asked", method="POST", body=b"abc", headers=[("Cookie", "session=good")])
    assert json.loads(posted.body)["length"] == 3
    # The route itself stays closed to clients.
    assert get(server, "/gate", [("Cookie", "session=good")]).status == 401


def test_remote_user_cannot_be_forged(server):
    assert json.loads(get(server, "/", [("Remote-User", "root"), ("Remote_User", "root")]).body)["REMOTE_USER"] is None


def test_pages_stand_for_errors(server):
    missing = get(server, "/denied/x")
    assert missing.status == 403 and missing.body.startswith(b"403 Forbidden")
    broken = get(server, "/crash")
    assert broken.status == 500 and broken.body == b"<h1>Broken</h1>"
    assert get(server, "/broken").body == b"its own words"
    assert get(server, "/own/broken").body == b"<h1>Ours</h1>"
    problem = get(server, "/crash", [("Accept", "application/json")])
    assert problem.header("content-type") == "application/problem+json" and json.loads(problem.body)["status"] == 500


def test_a_preflight_is_answered_in_the_place_of_the_application(server):
    fields = [("Origin", "https://app.example.com"), ("Access-Control-Request-Method", "PUT")]
    response = get(server, "/api", fields, method="OPTIONS")
    assert response.status == 204 and response.header("access-control-allow-origin") == "https://app.example.com"
    other = [("Origin", "https://evil.example.com"), ("Access-Control-Request-Method", "PUT")]
    assert get(server, "/api", other, method="OPTIONS").header("access-control-allow-origin") is None


def test_an_address_may_be_refused(server):
    assert get(server, "/denied").status == 403


def test_a_site_is_closed_while_a_file_exists(server):
    assert get(server, "/closed").status == 200
    mark = server.site.write("closed", "")
    waiting.until(lambda: get(server, "/closed").status == 503, "the site to close")
    mark.unlink()
    waiting.until(lambda: get(server, "/closed").status == 200, "the site to open")


def test_a_rate_counts_over_all_of_a_site_and_over_a_reload(server):
    def ask(target):
        return get(server, target, host="limited.test")

    assert [ask("/").status, ask("/other").status] == [200, 200]
    refused = ask("/")
    assert refused.status == 429 and int(refused.header("retry-after")) > 0
    assert ask("/free").status == 200
    os.kill(server.pid, signal.SIGHUP)
    server.stderr.wait_for("The site was reloaded")
    assert ask("/other").status == 429


WORDS = [
    ('auth = "nothing"', "nothing: there is no such file"),
    ('auth = { forward = "/nowhere" }', "no route of the routes without a site answers at /nowhere"),
    ('errors = "empty"', "there is no folder"),
    ('errors = { pages = { 404 = "gone.html" } }', "gone.html: there is no such file"),
    ('maintenance = { page = "gone.html" }', "gone.html: there is no such file"),
]


@pytest.mark.parametrize("line, words", WORDS)
def test_what_is_missing_is_said_before_the_start(tmp_path, line, words):
    site = Site(tmp_path)
    file = site.write("martlet.toml", f'[route."/own"]\nrespond = "x"\n{line}\n')
    finished = martlet_to_its_end("check", str(file))
    assert finished.code == 1 and words in finished.stderr and ":3:" in finished.stderr


def test_a_bad_file_of_users_is_refused_with_its_line(tmp_path):
    site = Site(tmp_path)
    site.write("users", "anna:$apr1$abc$def\n")
    file = site.write("martlet.toml", '[route."/"]\nrespond = "x"\nauth = "users"\n')
    finished = martlet_to_its_end("check", str(file))
    assert finished.code == 1 and "line 1" in finished.stderr and "MD5" in finished.stderr


def test_explain_names_the_policies_that_count(server):
    file = str(server.site.folder / "martlet.toml")
    finished = martlet_to_its_end("explain", "/own", "--file", file)
    assert "headers:" in finished.stdout and "X-Top: 2" in finished.stdout and "errors:" in finished.stdout
    assert "headers" not in martlet_to_its_end("explain", "/plain", "--file", file).stdout


def test_show_prints_policies_without_hashes(server):
    finished = martlet_to_its_end("show", str(server.site.folder / "martlet.toml"))
    assert finished.code == 0 and "$6$" not in finished.stdout
    assert '[route."/secret".auth]' in finished.stdout and 'file = "' in finished.stdout


def test_a_hash_is_made_of_a_password():
    finished = martlet_to_its_end("hash-password", "--user", "anna", stdin=b"secret\n")
    assert finished.code == 0 and finished.stdout.startswith("anna:$2b$12$") and len(finished.stdout) == 66
    for password, words in (("", "empty"), ("x" * 73, "72 bytes")):
        finished = martlet_to_its_end("hash-password", stdin=password.encode() + b"\n")
        assert finished.code == 1 and words in finished.stderr and finished.stdout == ""
