"""CGI scripts as people have them, in Perl, Python and sh: `cgi = "DIR"` in a route, and `martlet cgi-bin`."""

import http.client
import json
import os
import re
import socket
import threading
import time
from contextlib import ExitStack
from pathlib import Path

import pytest
import waiting
from memory import MB, Peak
from needs import requires, requires_root
from processes import all_processes, children_of, is_alive
from program import built
from rawclient import Connection, Truncated, exchange
from server import Server, martlet_to_its_end
from sites import Site, installed

HELLO = """#!/usr/bin/perl
use strict;
print "Content-Type: text/plain\\r\\n\\r\\n";
print "Hello $ENV{QUERY_STRING} from Perl\\n";
"""
VARIABLES = """#!/usr/bin/env python3
import json, os, sys
body = sys.stdin.buffer.read()
facts = {"environment": dict(os.environ), "folder": os.getcwd(), "arguments": sys.argv, "body": body.decode("latin-1"),
         "open": sorted(os.listdir("/proc/self/fd")), "group": os.getpgrp() == os.getpid(), "user": os.getuid()}
print("Content-Type: application/json")
print()
print(json.dumps(facts))
"""
SHELL = """#!/bin/sh
echo "Status: 404 Not Here"
echo "X-Shell: yes"
echo "Set-Cookie: a=b"
echo "Set-Cookie: c=d"
echo "Content-Type: text/plain"
echo
echo "nothing at $PATH_INFO"
"""
SCRIPTS = {
    "hello.pl": HELLO,
    "variables.py": VARIABLES,
    "shell": SHELL,
    "nothing": "#!/bin/sh\n",
    "windows": "#!/bin/sh\r\necho\r\n",
    "plain": "echo hello\n",
    "fails": "#!/bin/sh\necho 'something is wrong' >&2\nexit 3\n",
    "text": "#!/bin/sh\necho hello world\n",
    "nph": "#!/bin/sh\nprintf 'HTTP/1.0 200 OK\\r\\n\\r\\nhello'\n",
    "split": "#!/bin/sh\nprintf 'Content-Type: a/b\\nX: a\\rSet-Cookie: evil=1\\n\\nhello'\n",
    "local": "#!/bin/sh\nprintf 'Location: /cgi-bin/hello.pl?redirected\\n\\n'\n",
    "circle": "#!/bin/sh\nprintf 'Location: /cgi-bin/circle\\n\\n'\n",
    "away": "#!/bin/sh\nprintf 'Location: https://example.com/x\\n\\n'\n",
    "short": "#!/bin/sh\nprintf 'Content-Type: a/b\\nContent-Length: 10\\n\\nhello'\n",
    "long": "#!/bin/sh\nprintf 'Content-Type: a/b\\nContent-Length: 3\\n\\nhello'\n",
    "dies": "#!/bin/sh\nprintf 'Content-Type: text/plain\\n\\nhalf'\nkill -9 $$\n",
    "hangs": "#!/bin/sh\necho $$ > $DOCUMENT_ROOT/../pid\nsleep 1000 &\nwait\n",
    "stubborn": "#!/bin/sh\ntrap '' TERM\necho $$ > $DOCUMENT_ROOT/../pid\nwhile :; do sleep 0.05; done\n",
    "half.py": "#!/usr/bin/env python3\nimport os, sys, time\nopen(os.environ['DOCUMENT_ROOT'] + '/../pid', 'w').write(str(os.getpid()))\n"
    "print('Content-Type: text/plain\\n\\nhalf', flush=True)\ntime.sleep(1000)\n",
    "slow": "#!/bin/sh\nprintf 'Content-Type: text/plain\\n\\n'\nfor i in 1 2 3 4 5 6; do echo $i; sleep 0.2; done\n",
    "huge": "#!/bin/sh\nprintf 'Content-Type: text/plain\\n\\n'\nhead -c 104857600 /dev/zero\n",
    "large": "#!/bin/sh\nprintf 'Content-Type: text/plain\\n\\n'\nhead -c 20971520 /dev/zero\n",
    "count": "#!/bin/sh\nprintf 'Content-Type: text/plain\\n\\n'\nwc -c\n",
    "deaf": "#!/bin/sh\nprintf 'Content-Type: text/plain\\n\\nI do not read'\n",
    "detached": "#!/bin/sh\nprintf 'Content-Type: text/plain\\n\\nstarted'\n"
    "(sleep 0.3; echo done > $DOCUMENT_ROOT/../done) </dev/null >/dev/null 2>&1 &\n",
    "noisy": "#!/bin/sh\nprintf 'Content-Type: text/plain\\n\\nfine'\nprintf 'one\\ntwo \\033[31m\\n' >&2\nhead -c 300000 /dev/zero | tr '\\0' x >&2\n",
    "wait": "#!/bin/sh\nprintf 'Content-Type: text/plain\\n\\n'\necho x >> $DOCUMENT_ROOT/../started\n"
    "while [ ! -e $DOCUMENT_ROOT/../go ]; do sleep 0.02; done\necho waited\n",
}


def make(folder: Path) -> Path:
    """A folder of scripts, and what must not be run beside them."""
    scripts = folder / "cgi-bin"
    (scripts / "deeper").mkdir(parents=True)
    for name, text in SCRIPTS.items():
        (scripts / name).write_text(text)
        (scripts / name).chmod(0o755)
    (scripts / "deeper" / "hello.pl").write_text(HELLO)
    (scripts / "deeper" / "hello.pl").chmod(0o755)
    (scripts / ".hidden").write_text(SHELL)
    (scripts / ".hidden").chmod(0o755)
    (scripts / "data.txt").write_text("canary")
    (folder / "outside").write_text(SHELL)
    (folder / "outside").chmod(0o755)
    (scripts / "leak").symlink_to("../outside")
    (scripts / "inside").symlink_to("hello.pl")
    (scripts / "fifo").exists() or os.mkfifo(scripts / "fifo", 0o755)
    return scripts


CONFIGURATION = """
bind = "127.0.0.1:0"

[limits]
body = "1GB"

[route."/"]
respond = "root"

[route."/cgi-bin"]
cgi = "cgi-bin"
timeout = "60s"
environment = { GREETING = "hello", PATH_INFO_MODE = "x" }

[route."/one"]
cgi = "cgi-bin/variables.py"

[route."/quick"]
cgi = "cgi-bin"
timeout = "500ms"

[route."/direct"]
cgi = "cgi-bin"
timeout = "500ms"
request-buffering = false
response-buffering = false

[route."/bounded"]
cgi = "cgi-bin"
response-buffering-limit = "4MB"

[route."/narrow"]
cgi = "cgi-bin"
processes = 2
queue = 1
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    requires("perl", "python3")
    site = Site(tmp_path_factory.mktemp("cgi"))
    make(site.folder)
    site.write("martlet.toml", CONFIGURATION)
    return site


@pytest.fixture(scope="module")
def server(site):
    server = site.serve(XDG_RUNTIME_DIR=str(site.folder), SECRET="not for scripts")
    yield server
    server.stop(same_workers=False)


def scripts_of(server: Server) -> list[int]:
    """The scripts that run, with all that they have started."""
    return [process.pid for process in all_processes() if process.session == server.pid and process.pid != server.pid]


def facts(server: Server, target: str, **request) -> dict:
    answer = exchange(server.address, target, **request)
    assert answer.status == 200, answer
    return json.loads(answer.body)


def test_perl_python_and_sh(server):
    answer = exchange(server.address, "/cgi-bin/hello.pl?you")
    assert (answer.status, answer.body) == (200, b"Hello you from Perl\n")
    assert answer.header("Content-Type") == "text/plain"
    answer = exchange(server.address, "/cgi-bin/shell/a%20b/c")
    assert (answer.status, answer.reason, answer.body) == (404, "Not Here", b"nothing at /a b/c\n")
    assert (answer.header("X-Shell"), answer.all("Set-Cookie")) == ("yes", ["a=b", "c=d"])
    assert exchange(server.address, "/cgi-bin/deeper/hello.pl").status == 200
    assert exchange(server.address, "/cgi-bin/inside").status == 200


def test_the_variables_of_a_request(server, site):
    told = facts(
        server,
        "/cgi-bin/variables.py/info%2Fmore/x?a=b%20c",
        method="POST",
        headers=[
            ("Content-Type", "text/x"), ("X-Custom", "1"), ("X-Custom", "2"), ("Proxy", "http://evil"), ("X_Under", "1"),
            ("Authorization", "Basic secret"), ("Cookie", "a=1"), ("Cookie", "b=2"),
        ],
        body=b"hello",
    )
    given = told["environment"]
    scripts = str(site.folder / "cgi-bin")
    wanted = {
        "GATEWAY_INTERFACE": "CGI/1.1", "REQUEST_METHOD": "POST", "SCRIPT_NAME": "/cgi-bin/variables.py",
        "PATH_INFO": "/info/more/x", "PATH_TRANSLATED": scripts + "/info/more/x", "QUERY_STRING": "a=b%20c",
        "REQUEST_URI": "/cgi-bin/variables.py/info%2Fmore/x?a=b%20c", "CONTENT_LENGTH": "5", "CONTENT_TYPE": "text/x",
        "SERVER_PROTOCOL": "HTTP/1.1", "REMOTE_ADDR": "127.0.0.1", "SERVER_PORT": str(server.address[1]),
        "SCRIPT_FILENAME": scripts + "/variables.py", "DOCUMENT_ROOT": scripts, "HTTP_COOKIE": "a=1; b=2",
        "GREETING": "hello", "HTTP_HOST": "martlet.test", "REDIRECT_STATUS": "200",
    }
    assert {name: given.get(name) for name in wanted} == wanted
    assert given["HTTP_X_CUSTOM"].replace(" ", "") == "1,2"
    assert not {"HTTP_PROXY", "HTTP_X_UNDER", "HTTP_AUTHORIZATION", "SECRET", "XDG_RUNTIME_DIR", "HOME"} & given.keys()
    assert "/usr/bin" in given["PATH"]
    assert (told["folder"], told["body"], told["group"]) == (scripts, "hello", True)
    # The query never becomes arguments (CVE-2012-1823).
    assert len(facts(server, "/cgi-bin/variables.py?-s")["arguments"]) == 1
    # Three streams, and the folder that is being read.
    assert len(told["open"]) == 4


def test_a_request_without_a_body(server):
    told = facts(server, "/cgi-bin/variables.py")
    assert told["body"] == "" and "CONTENT_LENGTH" not in told["environment"]
    assert "PATH_INFO" not in told["environment"]


def test_a_chunked_body_has_a_length_in_CGI(server):
    for size in (5, 300_000):
        with Connection(server.address) as client:
            client.send(b"POST /cgi-bin/variables.py HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
            for start in range(0, size, 10_000):
                piece = b"x" * min(10_000, size - start)
                client.send(b"%x\r\n%s\r\n" % (len(piece), piece))
            client.send(b"0\r\n\r\n")
            told = json.loads(client.read_response().body)
        assert told["environment"]["CONTENT_LENGTH"] == str(size)
        assert len(told["body"]) == size


def test_one_script_answers_every_path(server, site):
    given = facts(server, "/one/a/b")["environment"]
    assert (given["SCRIPT_NAME"], given["PATH_INFO"]) == ("/one", "/a/b")
    assert given["SCRIPT_FILENAME"] == str(site.folder / "cgi-bin/variables.py")
    assert "PATH_INFO" not in facts(server, "/one")["environment"]


@pytest.mark.parametrize(
    "path, status",
    [
        ("/none", 404), ("/.hidden", 404), ("/leak", 404), ("/../outside", 404), ("/%2e%2e/outside", 404),
        ("/..%2foutside", 404), ("/deeper", 404), ("/deeper/", 404), ("/", 404), ("", 404), ("//hello.pl", 404),
        ("/fifo", 404), ("/hello.pl%00", 404), ("/hello.pl/%00", 404), ("/data.txt", 403), ("/deeper%2fhello.pl", 404),
        ("/hello.pl/../data.txt", 200),
    ],
)
def test_what_is_not_run(server, path, status):
    answer = exchange(server.address, "/cgi-bin" + path)
    assert answer.status == status
    assert b"canary" not in answer.body


def test_a_script_that_is_not_executable_is_named_in_the_log(server):
    exchange(server.address, "/cgi-bin/data.txt")
    server.stderr.wait_for(r"data.txt is not executable: chmod \+x ")


@pytest.mark.parametrize(
    "name, reason",
    [
        ("nothing", "ended without an answer"),
        ("windows", "is not run: No such file or directory: the interpreter that its first line names is not there"),
        ("plain", "is not run: Exec format error: it is no program, and its first line names no interpreter"),
        ("fails", "ended without an answer; it exited with status 3"),
        ("text", 'wrote a header line without a colon, "hello world"'),
        ("nph", "answers with a status line of HTTP"),
        ("split", "wrote a carriage return into its head that no line feed follows"),
        ("long", "wrote a longer body than its Content-Length of 3 bytes"),
        ("short", "ended 5 bytes before the end of the body of 10 bytes that it announced"),
    ],
)
def test_an_answer_that_is_none_gives_502(server, name, reason):
    before = len(server.stderr.text)
    try:
        answer = exchange(server.address, "/cgi-bin/" + name)
        assert answer.status == 502
        assert answer.body.startswith(b"502 Bad Gateway\n\nThe script ")
        assert not answer.all("Set-Cookie")
    except Truncated as truncated:
        # Its first bytes were on their way already.
        assert name in ("short", "long") and truncated.response.status == 200
    server.stderr.wait_for(re.escape(f"/cgi-bin/{name} {reason}"))
    assert "error" in server.stderr.text[before:].lower()
    if name == "fails":
        server.stderr.wait_for("something is wrong")


def test_a_script_that_dies_half_way_breaks_its_answer_off(server):
    with pytest.raises(Truncated) as raised:
        exchange(server.address, "/cgi-bin/dies")
    assert raised.value.response.status == 200
    server.stderr.wait_for("cgi-bin/dies broke its answer off: it was ended by signal 9")


def test_redirects(server):
    answer = exchange(server.address, "/cgi-bin/local", method="POST", body=b"hello")
    assert (answer.status, answer.body) == (200, b"Hello redirected from Perl\n")
    answer = exchange(server.address, "/cgi-bin/away")
    assert (answer.status, answer.header("Location")) == (302, "https://example.com/x")
    assert exchange(server.address, "/cgi-bin/circle").status == 502
    server.stderr.wait_for("cgi-bin/circle redirects to a path whose answer is a redirect, again and again")


def test_head_and_keep_alive(server):
    with Connection(server.address) as client:
        for _ in range(2):
            assert client.request("/cgi-bin/hello.pl", "HEAD").status == 200
            assert client.request("/cgi-bin/hello.pl").body == b"Hello  from Perl\n"


def test_output_goes_to_the_client_as_it_comes(server):
    with Connection(server.address) as client:
        client.send(b"GET /cgi-bin/slow HTTP/1.1\r\nHost: a\r\n\r\n")
        answer = client.read_response()
    assert answer.body == b"1\n2\n3\n4\n5\n6\n"
    assert len(answer.chunks) >= 4


@pytest.mark.parametrize("name", ["hangs", "stubborn"])
def test_a_script_that_hangs_is_ended_with_all_that_it_has_started(server, site, name):
    answer = exchange(server.address, "/quick/" + name)
    assert (answer.status, answer.body) == (504, b"504 Gateway Timeout\n\nThe script did not answer in time.\n")
    pid = int((site.folder / "pid").read_text())
    waiting.until(lambda: not is_alive(pid), f"{name} ({pid}) has ended")
    waiting.until(lambda: not scripts_of(server), "nothing of it is left")
    server.stderr.wait_for(f"/{name} is ended: it neither wrote nor read for 0.5 seconds")


def test_a_script_that_hangs_half_way(server):
    with pytest.raises(Truncated):
        exchange(server.address, "/quick/half.py")
    waiting.until(lambda: not scripts_of(server), "it has ended")


@pytest.mark.parametrize("name", ["hangs", "half.py"])
def test_a_client_that_goes_takes_its_script_along(server, site, name):
    (site.folder / "pid").unlink(missing_ok=True)
    with Connection(server.address) as client:
        client.send(b"GET /cgi-bin/%s HTTP/1.1\r\nHost: a\r\n\r\n" % name.encode())
        waiting.until((site.folder / "pid").exists, "it has begun")
        if name == "half.py":
            client.read_head()
        client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    waiting.until(lambda: not scripts_of(server), "it has ended")


def test_a_script_may_leave_something_in_the_background(server, site):
    assert exchange(server.address, "/cgi-bin/detached").body == b"started"
    waiting.until((site.folder / "done").exists, "it went on")


def test_standard_error_goes_to_the_log_with_the_request_and_is_bounded(server):
    before = len(server.stderr.text)
    assert exchange(server.address, "/cgi-bin/noisy").body == b"fine"
    server.stderr.wait_for(r"it writes more, which is not logged")
    text = server.stderr.text[before:]
    assert re.search(r"cgi-bin/noisy: one.*request=", text)
    assert "\x1b" not in text and "two ?[31m" in text
    assert len(text) < 80_000


def test_so_many_scripts_at_a_time(server, site):
    for name in ("go", "started"):
        (site.folder / name).unlink(missing_ok=True)
    answers = []
    # Two run, one waits, and whichever comes last is refused.
    threads = [threading.Thread(target=lambda: answers.append(exchange(server.address, "/narrow/wait"))) for _ in range(4)]
    for thread in threads:
        thread.start()
    waiting.until(lambda: [answer.status for answer in answers] == [503], "the queue is full")
    started = site.folder / "started"
    waiting.until(lambda: started.exists() and started.read_text() == "x\nx\n", "two run")
    (site.folder / "go").touch()
    for thread in threads:
        thread.join(waiting.DEADLINE)
    assert [answer.body for answer in answers[1:]] == [b"waited\n"] * 3
    server.stderr.wait_for("too many requests wait for scripts to end")


@pytest.mark.parametrize("route", ["cgi-bin", "direct"])
def test_100_MB_each_way_with_flat_memory(server, route):
    with Peak(lambda: [server.pid]) as peak:
        connection = http.client.HTTPConnection(*server.address, timeout=60)
        connection.request("GET", f"/{route}/huge")
        answer = connection.getresponse()
        received = 0
        while piece := answer.read(1 << 20):
            received += len(piece)
        assert received == 100 * MB
        connection.request("POST", f"/{route}/count", body=(b"x" * MB for _ in range(100)), headers={"Content-Length": str(100 * MB)})
        assert connection.getresponse().read().strip() == str(100 * MB).encode()
        # Chunked: a file takes it in first.
        connection.request("POST", f"/{route}/count", body=(b"x" * MB for _ in range(100)), encode_chunked=True)
        assert connection.getresponse().read().strip() == str(100 * MB).encode()
        connection.close()
    assert peak.growth < 30 * MB, str(peak)


def test_slow_uploads_and_slow_readers_hold_no_process(server):
    """As many of each as there may be processes; others are answered meanwhile."""
    body = os.urandom(200_000)
    with ExitStack() as stack:
        slow = [stack.enter_context(Connection(server.address, receive_buffer=4096)) for _ in range(4)]
        for client in slow[:2]:
            client.send(b"POST /narrow/count HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n" + body[:150_000])
        for client in slow[2:]:
            client.send(b"GET /narrow/large HTTP/1.1\r\nHost: a\r\n\r\n")
            client.read_head()
        # Their scripts write all they have, and end; of the uploads none has begun.
        waiting.until(lambda: not scripts_of(server), "no script runs")
        assert exchange(server.address, "/narrow/hello.pl").status == 200
        for client in slow[:2]:
            client.send(body[150_000:])
            assert client.read_response().body.strip() == b"200000"
        for client in slow[2:]:
            assert sum(map(len, iter(client.read_chunk, b""))) == 20 * MB


def test_what_is_kept_of_an_answer_is_bounded(server):
    with Peak(lambda: [server.pid]) as peak, Connection(server.address, receive_buffer=4096) as client:
        client.send(b"GET /bounded/huge HTTP/1.1\r\nHost: a\r\n\r\n")
        client.read_head()
        waiting.until(lambda: spooled(server) >= 4 * MB, "the file is full")
        assert scripts_of(server) and spooled(server) < 8 * MB
    assert peak.growth < 20 * MB, str(peak)
    waiting.until(lambda: not scripts_of(server), "it has ended")


def spooled(server: Server) -> int:
    """How much is in files without a name."""
    total = 0
    for name in os.listdir(f"/proc/{server.pid}/fd"):
        path = f"/proc/{server.pid}/fd/{name}"
        try:
            if "(deleted)" in os.readlink(path):
                total += os.stat(path).st_size
        except FileNotFoundError:
            pass
    return total


def test_without_buffering_a_slow_client_holds_the_script_and_not_memory(server):
    with Peak(lambda: [server.pid]) as peak, Connection(server.address, receive_buffer=4096) as client:
        client.send(b"GET /direct/huge HTTP/1.1\r\nHost: a\r\n\r\n")
        client.read_head()
        # Longer than its time limit: it is the client's turn.
        time.sleep(1.5)
        assert len(scripts_of(server)) >= 1
    assert peak.growth < 20 * MB, str(peak)
    waiting.until(lambda: not scripts_of(server), "it has ended")


def test_a_script_that_does_not_read_its_input(server):
    connection = http.client.HTTPConnection(*server.address, timeout=60)
    connection.request("POST", "/cgi-bin/deaf", body=b"x" * 1_000_000)
    answer = connection.getresponse()
    assert (answer.status, answer.read()) == (200, b"I do not read")
    connection.close()


def test_a_body_that_breaks_off_starts_no_script(server):
    with Connection(server.address) as client:
        client.send(b"POST /cgi-bin/variables.py HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nhalf")
        client.socket.shutdown(socket.SHUT_WR)
        assert client.read_response().status == 400
    assert not scripts_of(server)


def test_a_body_that_is_passed_on_as_it_comes_and_breaks_off_never_looks_whole(server, site):
    with Connection(server.address) as client:
        client.send(b"POST /direct/variables.py HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nhalf")
        waiting.until(lambda: scripts_of(server), "it has begun")
        client.socket.shutdown(socket.SHUT_WR)
        answer = client.read_response()
    assert answer.status == 400
    waiting.until(lambda: not scripts_of(server), "it has ended")


def test_no_descriptors_and_no_zombies_are_left(server):
    def count() -> int:
        return len(os.listdir(f"/proc/{server.pid}/fd"))

    exchange(server.address, "/cgi-bin/hello.pl")
    waiting.until(lambda: not scripts_of(server), "nothing runs")
    before = count()
    for _ in range(10):
        exchange(server.address, "/cgi-bin/hello.pl")
        exchange(server.address, "/cgi-bin/nothing")
    waiting.until(lambda: count() <= before + 2, f"descriptors: {before} and {count()}")

    def zombies() -> list[str]:
        found = []
        for entry in os.listdir("/proc"):
            if entry.isdigit():
                try:
                    text = Path("/proc", entry, "stat").read_text()
                except (FileNotFoundError, ProcessLookupError):
                    continue
                state, parent = text[text.rindex(")") + 1 :].split()[:2]
                if state == "Z" and int(parent) == server.pid:
                    found.append(entry)
        return found

    waiting.until(lambda: not zombies(), "no zombie is left")


def test_martlet_cgi_bin(site, tmp_path):
    with Server([built("martlet"), "cgi-bin", str(site.folder / "cgi-bin"), "--bind", "127.0.0.1:0", "--env", "A=b"]) as server:
        assert exchange(server.address, "/hello.pl?you").body == b"Hello you from Perl\n"
        assert facts(server, "/variables.py")["environment"]["A"] == "b"
        server.stop(same_workers=False)
    with Server([built("martlet"), "cgi-bin", "cgi-bin/hello.pl", "--bind", "127.0.0.1:0"], cwd=site.folder) as server:
        assert exchange(server.address, "/any/path?you").body == b"Hello you from Perl\n"
        server.stop(same_workers=False)


@pytest.mark.parametrize(
    "path, message",
    [
        ("cgi-bim", "there is neither a folder nor a script cgi-bim; did you mean 'cgi-bin'?"),
        ("cgi-bin/data.txt", "cgi-bin/data.txt is not executable: chmod +x cgi-bin/data.txt"),
    ],
)
def test_what_cannot_be_run_is_said_at_once(site, path, message):
    ended = martlet_to_its_end("cgi-bin", path, cwd=site.folder)
    assert ended.code == 64 and message in ended.stderr
    site.write("wrong.toml", f'[route."/"]\ncgi = "{path}"\n')
    ended = martlet_to_its_end("check", "wrong.toml", cwd=site.folder)
    assert ended.code == 1
    assert message.replace("cgi-bi", f"{site.folder}/cgi-bi") in ended.stderr or message in ended.stderr


def test_check_and_explain(site, tmp_path):
    own = Site(tmp_path)
    own.write("scripts/forgotten.pl", "#!/usr/bin/perl\n")
    own.write("martlet.toml", 'bind = "127.0.0.1:0"\n[route."/"]\ncgi = "scripts"\n')
    ended = martlet_to_its_end("check", cwd=tmp_path)
    assert ended.code == 1 and "scripts/forgotten.pl is not executable: chmod +x" in ended.stderr
    ended = martlet_to_its_end("explain", "/cgi-bin/hello.pl/a?b", "--file", str(site.folder / "martlet.toml"), cwd=tmp_path)
    assert f"Script: {site.folder}/cgi-bin/hello.pl, PATH_INFO '/a'" in ended.stdout
    ended = martlet_to_its_end("explain", "/cgi-bin/none", "--file", str(site.folder / "martlet.toml"), cwd=tmp_path)
    assert "Script: none: 404 Not Found" in ended.stdout


def test_scripts_of_another_user(tmp_path):
    requires_root("only root can run scripts as another user")
    tmp_path.chmod(0o755)
    for path in list(tmp_path.parents)[:3]:
        path.chmod(path.stat().st_mode | 0o055)
    site = Site(tmp_path)
    make(tmp_path)
    site.write("martlet.toml", 'bind = "127.0.0.1:0"\n[route."/"]\ncgi = "cgi-bin"\nuser = "nobody"\n')
    with site.serve(XDG_RUNTIME_DIR=str(tmp_path), program=installed(tmp_path)) as server:
        told = facts(server, "/variables.py")
        assert told["user"] != 0 and told["environment"]["USER"] == "nobody"
        server.stop(same_workers=False)


@pytest.mark.parametrize("name", ["half.py", "hangs"])
def test_scripts_end_with_a_server_that_is_killed_and_so_does_what_they_have_started(site, name):
    (site.folder / "pid").unlink(missing_ok=True)
    with Server([built("martlet"), "cgi-bin", str(site.folder / "cgi-bin"), "--bind", "127.0.0.1:0"]) as server:
        assert not server.keepers()
        with Connection(server.address) as client:
            client.send(b"GET /%s HTTP/1.1\r\nHost: a\r\n\r\n" % name.encode())
            waiting.until(lambda: (site.folder / "pid").exists() and (site.folder / "pid").read_text(), "it has begun")
            script = int((site.folder / "pid").read_text())
            started = waiting.until(lambda: children_of(script), "its child") if name == "hangs" else []
            everything = [script, *started, *server.keepers()]
            assert len(server.keepers()) == 1
            os.kill(server.pid, 9)
            server.wait()
            waiting.until(lambda: not any(map(is_alive, everything)), "all have ended")
