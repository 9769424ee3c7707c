"""`martlet cgi` and a Swift app as CGI programs: one request from the environment and standard input, one answer to standard output."""

import json
import os
import signal
import subprocess
from pathlib import Path

import cgiclient
import pytest
import waiting
from processes import children_of
from program import APPS, built

REQUEST = {
    "GATEWAY_INTERFACE": "CGI/1.1", "REQUEST_METHOD": "GET", "REQUEST_URI": "/cgi-bin/app.cgi/x?a=b", "SCRIPT_NAME": "/cgi-bin/app.cgi",
    "PATH_INFO": "/x", "QUERY_STRING": "a=b", "SERVER_PROTOCOL": "HTTP/1.1", "SERVER_NAME": "shop.test", "SERVER_PORT": "80",
    "REMOTE_ADDR": "192.0.2.1", "REMOTE_PORT": "4711", "HTTP_HOST": "shop.test",
}
ECHO = ("echo:application",)


def start(arguments, changes=None, **settings) -> subprocess.Popen:
    variables = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")} | REQUEST | (changes or {})
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | settings
    return subprocess.Popen(arguments, env={name: value for name, value in variables.items() if value is not None}, cwd=APPS, **pipes)


def run(arguments, body=b"", code=0, **changes) -> tuple[cgiclient.Answer, str]:
    changes = {"CONTENT_LENGTH": str(len(body)) if body else None} | changes
    process = start(arguments, changes)
    output, errors = process.communicate(body, waiting.DEADLINE)
    assert process.returncode == code, (process.returncode, output, errors.decode())
    return cgiclient.parse(output), errors.decode()


def martlet(*arguments: str) -> list[str]:
    return [built("martlet"), "cgi", *arguments]


@pytest.fixture
def site(tmp_path) -> Path:
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "a.txt").write_text("a file")
    file = tmp_path / "martlet.toml"
    file.write_text(
        'bind = "https://:443"\nuser = "nobody"\naccess-log = "access.log"\n'
        '[route."/"]\nrespond = "hello"\n[route."/cgi-bin/app.cgi/files"]\nfiles = "files"\n'
    )
    return file


def test_a_python_app_gets_the_request():
    answer, errors = run(martlet("front_cases:application"))
    seen = json.loads(answer.body)["environ"]
    assert answer.head.startswith(b"Status: 200 OK\r\n") and errors == ""
    assert (seen["SCRIPT_NAME"], seen["PATH_INFO"], seen["QUERY_STRING"]) == ("/cgi-bin/app.cgi", "/x", "a=b")
    assert (seen["REMOTE_ADDR"], seen["SERVER_NAME"], seen["SERVER_PORT"]) == ("192.0.2.1", "shop.test", "80")
    assert (seen["wsgi.url_scheme"], seen["HTTP_HOST"]) == ("http", "shop.test")


def test_environ_says_that_it_runs_once():
    answer, _ = run(martlet("cgi_cases:application"), PATH_INFO="/flags", REQUEST_URI="/cgi-bin/app.cgi/flags")
    assert json.loads(answer.body) == {"wsgi.run_once": True, "wsgi.multithread": False, "wsgi.multiprocess": True}


@pytest.mark.parametrize("size", [0, 1, 65_536, 5_000_000])
def test_bodies(size):
    body = os.urandom(size)
    answer, _ = run(martlet("cgi_cases:application"), body, REQUEST_METHOD="POST", PATH_INFO="/echo", REQUEST_URI="/cgi-bin/app.cgi/echo")
    assert answer.status == 200 and answer.body == body


def test_a_chunked_body_ends_with_the_input():
    """As Apache passes one on."""
    body = os.urandom(300_000)
    answer, _ = run(
        martlet("cgi_cases:application"), body, REQUEST_METHOD="POST", PATH_INFO="/echo", REQUEST_URI="/cgi-bin/app.cgi/echo",
        CONTENT_LENGTH=None, HTTP_TRANSFER_ENCODING="chunked",
    )
    assert answer.body == body


def test_no_more_is_read_than_the_length_says():
    process = start(martlet("cgi_cases:application"), {"REQUEST_METHOD": "POST", "PATH_INFO": "/echo", "CONTENT_LENGTH": "3"})
    process.stdin.write(b"abcdef")
    process.stdin.flush()
    # Standard input stays open.
    answer = cgiclient.parse(process.stdout.read())
    assert answer.body == b"abc" and process.wait(waiting.DEADLINE) == 0
    process.communicate()


def test_a_body_that_is_cut_short_is_refused():
    answer, _ = run(martlet("cgi_cases:application"), b"abc", REQUEST_METHOD="POST", PATH_INFO="/echo", CONTENT_LENGTH="10")
    assert answer.status == 400


def test_https():
    answer, _ = run(martlet("front_cases:application"), HTTPS="on", SERVER_PORT="443")
    assert json.loads(answer.body)["environ"]["wsgi.url_scheme"] == "https"


def test_the_application_does_not_inherit_what_a_client_has_chosen():
    """httpoxy, CVE-2016-5387."""
    answer, _ = run(
        martlet("cgi_cases:application"), PATH_INFO="/variables", REQUEST_URI="/cgi-bin/app.cgi/variables", HTTP_PROXY="http://evil.test", OWN="mine"
    )
    seen = json.loads(answer.body)
    assert seen["OWN"] == "mine"
    assert not [name for name in seen if name.startswith("HTTP_") or name in ("REQUEST_METHOD", "QUERY_STRING", "GATEWAY_INTERFACE")]


def test_what_the_application_prints_is_not_the_answer():
    answer, errors = run(martlet("cgi_cases:application"), PATH_INFO="/print", REQUEST_URI="/cgi-bin/app.cgi/print")
    assert answer.body == b"answered" and "printed by a view" in errors


def test_a_stream_is_passed_on_at_once():
    process = start(martlet("cgi_cases:application"), {"PATH_INFO": "/endless", "REQUEST_URI": "/cgi-bin/app.cgi/endless"})
    assert process.stdout.readline() == b"Status: 200 OK\r\n"
    process.kill()
    process.communicate()


def test_a_site_from_a_file(site):
    assert run(martlet("--file", str(site)), SCRIPT_NAME="", PATH_INFO="/", REQUEST_URI="/")[0].body == b"hello"
    answer, errors = run(martlet("--file", str(site)), SCRIPT_NAME="", PATH_INFO="/cgi-bin/app.cgi/files/a.txt", REQUEST_URI="/cgi-bin/app.cgi/files/a.txt")
    assert (answer.status, answer.body) == (200, b"a file")
    log = (site.parent / "access.log").read_text().splitlines()
    assert log[-1].startswith("192.0.2.1 ") and '"GET /cgi-bin/app.cgi/files/a.txt HTTP/1.1" 200 6' in log[-1] and errors == ""


def test_an_app_that_cannot_be_imported_is_a_500():
    answer, errors = run(martlet("cgi_cases:nothing"), code=3)
    assert (answer.status, answer.body) == (500, b"Internal Server Error\n") and "nothing" in errors


def test_a_file_that_is_wrong_is_a_500(tmp_path):
    file = tmp_path / "martlet.toml"
    file.write_text('[route."/"]\nrespnd = "x"\n')
    answer, errors = run(martlet("--file", str(file)), code=1)
    assert answer.status == 500 and "respond" in errors


def test_faults_of_the_request_are_answered(site):
    assert run(martlet("--file", str(site)), CONTENT_LENGTH="x")[0].status == 400
    assert run(martlet("--file", str(site)), HTTP_LONG="x" * 100_000)[0].status == 431


def test_without_a_request_it_says_how_to_try_it():
    process = start(martlet(*ECHO), dict.fromkeys(REQUEST))
    output, errors = process.communicate(timeout=waiting.DEADLINE)
    assert (process.returncode, output) == (1, b"") and b"REQUEST_METHOD=GET" in errors


@pytest.mark.parametrize("query", ["--file+/tmp/evil", "x+%2D%2Dfile+%2ftmp/evil", "/tmp/evil"])
def test_words_of_a_query_are_no_arguments(query):
    """CVE-2012-1823."""
    process = start(martlet(*ECHO, "--file", "/tmp/evil"), {"QUERY_STRING": query})
    output, errors = process.communicate(timeout=waiting.DEADLINE)
    assert (process.returncode, output) == (64, b"") and b"a stranger has chosen" in errors


def test_a_query_without_an_equals_sign_is_served():
    answer, _ = run(martlet("front_cases:application"), QUERY_STRING="a+b", REQUEST_URI="/cgi-bin/app.cgi/x?a+b")
    assert json.loads(answer.body)["environ"]["QUERY_STRING"] == "a+b"


def test_a_web_server_that_goes_away_ends_it():
    process = start(martlet("cgi_cases:application"), {"PATH_INFO": "/endless", "REQUEST_URI": "/cgi-bin/app.cgi/endless"})
    assert process.stdout.read(10)
    process.stdout.close()
    process.stdin.close()
    assert process.wait(waiting.DEADLINE) == 1
    process.stderr.close()


def test_term_ends_it_with_its_worker():
    process = start(martlet("cgi_cases:application"), {"PATH_INFO": "/endless", "REQUEST_URI": "/cgi-bin/app.cgi/endless"})
    assert process.stdout.read(10)
    (worker,) = waiting.until(lambda: children_of(process.pid), "a worker")
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=waiting.DEADLINE)
    waiting.until(lambda: not Path(f"/proc/{worker}/exe").exists(), "the end of the worker")


class TestASwiftApp:
    def test_hello(self):
        answer, errors = run([built("conformance-app")], PATH_INFO="/hello", REQUEST_URI="/cgi-bin/app.cgi/hello")
        assert (answer.status, answer.body, errors) == (200, b"Hello World!", "")

    def test_its_mount_and_its_client(self):
        answer, _ = run([built("conformance-app")], PATH_INFO="/facts", REQUEST_URI="/cgi-bin/app.cgi/facts?a=b")
        seen = json.loads(answer.body)
        assert (seen["mount"], seen["path"], seen["address"]) == ("/cgi-bin/app.cgi", "/facts", "192.0.2.1")

    def test_a_body(self):
        body = os.urandom(1_000_000)
        answer, _ = run([built("conformance-app")], body, REQUEST_METHOD="POST", PATH_INFO="/echo", REQUEST_URI="/cgi-bin/app.cgi/echo")
        assert answer.body == body

    def test_arguments_of_its_process_are_not_read(self):
        """They may be words of a query."""
        answer, _ = run([built("conformance-app"), "--bind", "0.0.0.0:80"], PATH_INFO="/hello", REQUEST_URI="/cgi-bin/app.cgi/hello")
        assert answer.body == b"Hello World!"

    def test_an_error(self):
        answer, errors = run([built("conformance-app")], PATH_INFO="/error", REQUEST_URI="/cgi-bin/app.cgi/error")
        assert answer.status == 500 and b"secret" not in answer.body and "secret" in errors
