"""What the server serves inside of a Swift app: Flask, files, and the server's own settings."""

import http.client
import json
import os
import re
import signal
import ssl
import subprocess
import sys

import pytest
from program import EXAMPLES, built
from server import Server

FOLDER = EXAMPLES / "beside"


def beside(*flags: str) -> Server:
    return Server([built("beside"), *flags], cwd=FOLDER, env={"VIRTUAL_ENV": sys.prefix})


@pytest.fixture(scope="module")
def server():
    server = beside("--bind", "127.0.0.1:0")
    yield server
    server.stop()


def ask(server: Server, path: str, context: ssl.SSLContext | None = None) -> tuple[int, dict[str, str], str]:
    host, port = server.address
    if context:
        connection = http.client.HTTPSConnection(host, port, timeout=30, context=context)
    else:
        connection = http.client.HTTPConnection(host, port, timeout=30)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read().decode()
    finally:
        connection.close()


def test_flask_answers_below_its_prefix_and_knows_it(server):
    assert ask(server, "/new/7")[2] == "Swift answers for 7."
    assert ask(server, "/legacy/")[2] == "Flask answers at /legacy/ for 127.0.0.1."
    assert ask(server, "/legacy/broken")[0] == 500


def test_a_route_goes_before_what_is_mounted(server):
    assert ask(server, "/legacy/moved")[2] == "Swift answers here now."


def test_who_knows_the_version_of_a_file_may_keep_it(server):
    page = ask(server, "/")[2]
    (url,) = re.findall(r'href="(/static/style\.css\?v=[0-9a-f]{12})"', page)
    status, fields, text = ask(server, url)
    assert status == 200 and fields["cache-control"] == "max-age=31536000, immutable"
    assert text == (FOLDER / "static" / "style.css").read_text() and fields["etag"]
    for other in ["/static/style.css", url[:-1] + "x", "/static/style.css?v="]:
        assert ask(server, other)[1]["cache-control"] == "no-cache"
    assert ask(server, "/static/nothing.css?v=0")[0] == 404
    assert ask(server, "/static/../main.swift")[0] == 404
    assert ask(server, "/static/%2e%2e/main.swift")[0] == 404


def test_the_banner_says_what_runs(server):
    assert "/legacy    legacy:app, Python 3" in server.stderr.text
    assert "/static    files of static" in server.stderr.text


def test_a_swift_app_speaks_https(tmp_path):
    with Server(
        [built("beside"), "--bind", "https://127.0.0.1:0", "--tls"],
        cwd=FOLDER,
        env={"VIRTUAL_ENV": sys.prefix, "XDG_STATE_HOME": str(tmp_path)},
    ) as server:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        assert ask(server, "/new/7", context)[2] == "Swift answers for 7."
        assert ask(server, "/legacy/", context)[2].startswith("Flask answers at /legacy/")
        server.stop()


def test_a_reload_starts_flask_anew():
    with beside("--bind", "127.0.0.1:0") as server:
        first = server.workers()
        os.kill(server.pid, signal.SIGHUP)
        server.wait_for_workers(len(first), other_than=first)
        assert ask(server, "/legacy/")[0] == 200
        server.stop(same_workers=False)


def test_its_routes_are_listed_with_what_is_mounted():
    run = subprocess.run([built("beside"), "routes", "--json"], cwd=FOLDER, capture_output=True, timeout=60, check=True)
    kinds = {route["pattern"]: route["kind"] for route in json.loads(run.stdout)}
    assert kinds["/legacy"] == "mount" and kinds["/static"] == "static" and kinds["/new/<int:id>"] == "route"


def test_a_folder_that_is_not_there_is_said():
    run = subprocess.run(
        [built("beside"), "--bind", "127.0.0.1:0"],
        cwd=EXAMPLES / "notes",
        env={"PATH": "/usr/bin:/bin", "VIRTUAL_ENV": sys.prefix},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert run.returncode == 3 and 'mount /static: static(from: "static"): there is no such folder' in run.stderr


def test_a_page_of_another_site_changes_nothing_in_what_is_mounted(server):
    host, port = server.address
    connection = http.client.HTTPConnection(host, port, timeout=30)
    connection.request("POST", "/legacy/", b"x=1", {"Origin": "http://evil.example", "Sec-Fetch-Site": "cross-site"})
    assert connection.getresponse().status == 403
    connection.close()
