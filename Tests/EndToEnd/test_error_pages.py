"""What is told of an error, and whom: in development all of it, else the id by which the log tells of it."""

import json
import subprocess

import pytest
from program import EXAMPLES, built
from rawclient import Connection, Truncated, exchange
from server import Server
from sites import Site

HTML = [("Accept", "text/html,*/*;q=0.8")]
JSON = [("Accept", "application/json")]


@pytest.fixture(scope="module")
def quiet(start_for_file):
    return start_for_file("error_cases:application", workers=1)


@pytest.fixture(scope="module")
def development(start_for_file):
    return start_for_file("error_cases:application", "--reload", workers=1)


def test_a_traceback_is_a_page_in_development(development):
    headers = [*HTML, ("Authorization", "Bearer abc"), ("Cookie", "session=xyz")]
    answer = exchange(development.address, "/key?token=abc&q=a+b", headers=headers)
    assert (answer.status, answer.header("Content-Type")) == (500, "text/html; charset=utf-8")
    assert "script" not in answer.header("Content-Security-Policy") and answer.header("Cache-Control") == "no-store"
    page = answer.body.decode()
    assert "<h1>KeyError</h1>" in page and "&#39;price&#39;" in page
    assert page.index("<code>price</code>") < page.index("<code>key</code>") < page.index("Traceback (most recent")
    assert "return item[&quot;price&quot;]  # &lt;is&gt; not there" in page
    assert "token=[redacted]&amp;q=a+b" in page and "Bearer [redacted]" in page and "session=[redacted]" in page
    assert "abc" not in page and "xyz" not in page


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/cause", ["RuntimeError: no <b>price</b>", "The above exception was the direct cause", "KeyError: 'price'"]),
        ("/module", ["ModuleNotFoundError", "Hint: If no_module_of_this_name is a package", "-m pip install"]),
        ("/no-text", ["Silent: (its text cannot be made: ValueError)"]),
        ("/surrogate", ["ValueError: \\ud800"]),
        ("/large", ['ValueError: <"<"']),
    ],
)
def test_a_terminal_gets_text(development, path, words):
    answer = exchange(development.address, path)
    assert (answer.status, answer.header("Content-Type")) == (500, "text/plain; charset=utf-8")
    for word in words:
        assert word in answer.body.decode()
    assert len(answer.body) < 100_000


def test_a_page_always_fits(development):
    assert len(exchange(development.address, "/large", headers=HTML).body) < 100_000


def test_a_program_gets_a_problem(development):
    answer = exchange(development.address, "/key", headers=JSON)
    assert answer.header("Content-Type") == "application/problem+json"
    problem = json.loads(answer.body)
    assert (problem["status"], problem["error"], problem["detail"]) == (500, "KeyError", "'price'")


def test_without_reload_it_is_quiet_and_the_log_has_the_rest(quiet):
    for headers in (HTML, JSON, []):
        answer = exchange(quiet.address, "/key", headers=headers)
        assert answer.status == 500 and b"price" not in answer.body and b"error_cases" not in answer.body
        assert answer.header("Vary") == "Accept"
    identifier = answer.body.decode().removeprefix("Internal Server Error\nRequest ").strip()
    quiet.stderr.wait_for(rf"exception in the application, GET /key \(request {identifier}\)")


@pytest.mark.parametrize("server", ["quiet", "development"])
def test_an_answer_that_has_begun_is_broken_off(request, server):
    address = request.getfixturevalue(server).address
    with pytest.raises(Truncated):
        exchange(address, "/begun")
    assert exchange(address, "/key").status == 500


@pytest.fixture(scope="module")
def notes():
    server = Server(
        [built("notes"), "--bind", "127.0.0.1:0"], cwd=EXAMPLES / "notes", env={"MARTLET_ENV": "development"}
    )
    yield server
    server.stop()


def test_a_swift_app_tells_what_is_near_and_its_routes(notes):
    page = exchange(notes.address, "/loginn", headers=HTML).body.decode()
    assert "Nothing answers at /loginn. Did you mean /login? It answers GET, POST." in page
    assert "<td>/login</td>" in page and "main.swift:" in page
    assert "Did you mean /login?" in exchange(notes.address, "/loginn").body.decode()


def test_a_swift_app_lists_its_routes():
    def run(*arguments):
        return subprocess.run([built("notes"), "routes", *arguments], capture_output=True, text=True, timeout=60, check=True)

    lines = run().stdout.splitlines()
    assert lines[0].split() == ["METHODS", "PATTERN", "NAME", "REGISTERED", "AT"]
    assert any(line.startswith("POST     /login ") for line in lines)
    routes = json.loads(run("--json").stdout)
    assert len(routes) == len(lines) - 1
    assert {"GET", "POST"} <= {method for route in routes for method in route["methods"]}


# Errors that the server has found itself

SITE = f"""
bind = "127.0.0.1:0"
[limits]
body = "5B"
[route."/files"]
files = "{EXAMPLES}/static-site/site"
[route."/upstream"]
proxy = "http://127.0.0.1:1"
[route."/closed"]
respond = "x"
maintenance = true
[route."/own"]
respond = "404 Not Found\\n"
status = 404
"""


@pytest.fixture(scope="module")
def errors(tmp_path_factory):
    site = Site(tmp_path_factory.mktemp("errors"))
    site.write("martlet.toml", SITE)
    with site.serve() as server:
        yield server
        server.stop()


@pytest.mark.parametrize(
    ("method", "path", "status", "title", "words"),
    [
        ("GET", "/nowhere", 404, "Not Found", ""),
        ("GET", "/files/nothing", 404, "Not Found", ""),
        ("POST", "/files/index.html", 405, "Method Not Allowed", ""),
        ("GET", "/upstream", 502, "Bad Gateway", "The server behind this one gave no usable answer."),
        ("GET", "/closed", 503, "Service Unavailable", ""),
        ("GET", "/upstream/..%2ffiles/x", 400, "Bad Request", "The path can be read in two ways"),
    ],
)
def test_an_error_of_the_server_comes_in_the_form_that_is_liked_best(errors, method, path, status, title, words):
    def answer(*headers):
        answer = exchange(errors.address, path, method=method, headers=headers)
        assert answer.status == status and answer.header("Vary") == "Accept"
        return answer

    page = answer(*HTML)
    assert page.header("Content-Type") == "text/html; charset=utf-8" and "script" not in page.header("Content-Security-Policy")
    text = page.body.decode()
    assert f"<h1>{title}</h1>" in text and words in text and ("Request <code>" in text) == (status >= 500)
    problem = answer(*JSON)
    assert problem.header("Content-Type") == "application/problem+json"
    told = json.loads(problem.body)
    assert (told["status"], told["title"]) == (status, title) and words in told.get("detail", "")
    plain = answer()
    assert plain.header("Content-Type") == "text/plain; charset=utf-8"
    assert plain.body.decode().startswith(f"{status} {title}\n") and words in plain.body.decode()


def test_a_body_that_is_too_large_for_a_browser(errors):
    answer = exchange(errors.address, "/own", method="POST", headers=HTML, body=b"123456")
    assert answer.status == 413 and b"<h1>Content Too Large</h1>" in answer.body


def test_an_answer_of_the_site_stays_as_it_is(errors):
    answer = exchange(errors.address, "/own", headers=HTML)
    assert (answer.status, answer.body, answer.header("Vary")) == (404, b"404 Not Found\n", None)


def test_a_request_without_a_head_gets_text(errors):
    with Connection(errors.address) as connection:
        connection.send(b"GET / HTTP/1.1\r\nHost: a\r\nAccept: text/html\r\nContent-Length: x\r\n\r\n")
        answer = connection.read_response()
    assert answer.status == 400 and answer.header("Content-Type") == "text/plain; charset=utf-8"
    assert answer.body.startswith(b"400 Bad Request\n\n")


def test_pages_of_the_site_stand_in_for_missing_files(tmp_path):
    site = Site(tmp_path)
    site.write("pages/404.html", "<h1>gone: {status}</h1>")
    site.write("public/a.txt", "a")
    site.write("martlet.toml", 'bind = "127.0.0.1:0"\nerrors = "pages"\n[route."/"]\nfiles = "public"\n')
    with site.serve() as server:
        for headers in (HTML, []):
            answer = exchange(server.address, "/nothing", headers=headers)
            assert (answer.status, answer.body) == (404, b"<h1>gone: 404</h1>")
        server.stop()
