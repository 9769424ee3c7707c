"""Swift programs as targets of a site: `swift = "…"` in martlet.toml."""

import json
import os
import shutil
import signal
import sys
import tempfile
import threading
import urllib.request
from pathlib import Path

import pytest
import waiting
from processes import children_of, is_keeper
from program import EXAMPLES, built
from rawclient import exchange
from server import Server, martlet_to_its_end


def site(folder: Path, text: str) -> Server:
    (folder / "martlet.toml").write_text('bind = "127.0.0.1:0"\n' + text)
    return Server([built("martlet"), "serve", "martlet.toml"], cwd=folder)


def get(server: Server, path: str, **headers: str) -> str:
    host, port = server.address
    request = urllib.request.Request(f"http://{host}:{port}{path}", headers=headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.read().decode()


def programs(server: Server) -> list[int]:
    return [pid for pid in children_of(server.pid) if not is_keeper(pid)]


HELLO = f'[route."/"]\nswift = "{built("swift-hello")}"\n'


def test_a_program_answers_where_it_is_mounted(tmp_path):
    notes = f'[route."/notes"]\nswift = "{built("notes")}"\ndirectory = "{EXAMPLES / "notes"}"\n'
    with site(tmp_path, HELLO + notes) as server:
        assert get(server, "/hello") == "Hello World!"
        assert 'href="/notes/login"' in get(server, "/notes/"), "it knows its prefix"
        server.stop(same_workers=False)


def test_a_program_that_ends_is_started_again(tmp_path):
    with site(tmp_path, HELLO) as server:
        (first,) = programs(server)
        os.kill(first, signal.SIGKILL)

        def answers() -> bool:
            try:
                return get(server, "/hello") == "Hello World!" and programs(server) != [first]
            except OSError:
                return False

        waiting.until(answers, "another program")
        server.stop(same_workers=False)


def test_a_reload_loses_no_request(tmp_path):
    with site(tmp_path, HELLO) as server:
        first = programs(server)
        seen: list[str] = []
        faults: list[Exception] = []
        done = threading.Event()

        def ask() -> None:
            while not done.is_set():
                try:
                    seen.append(get(server, "/hello"))
                except Exception as fault:  # noqa: BLE001
                    faults.append(fault)

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        try:
            for count in range(1, 4):
                os.kill(server.pid, signal.SIGHUP)
                server.stderr.wait_for("The site was reloaded", count)
        finally:
            done.set()
            for thread in threads:
                thread.join()
        assert not faults and set(seen) == {"Hello World!"}
        assert not set(first) & set(programs(server))
        server.stop(same_workers=False)


def test_a_program_that_is_built_anew_takes_over(tmp_path):
    program = tmp_path / "hello"
    program.symlink_to(built("swift-hello"))
    with site(tmp_path, '[route."/"]\nswift = "hello"\nreload = true\n') as server:
        (first,) = programs(server)
        program.unlink()
        program.write_bytes(Path(built("swift-hello")).read_bytes())
        program.chmod(0o755)
        waiting.until(lambda: programs(server) and first not in programs(server), "another program")
        assert get(server, "/hello") == "Hello World!"
        server.stop(same_workers=False)


def test_the_client_and_its_scheme_are_known(tmp_path):
    text = f'[route."/"]\nswift = "{built("notes")}"\ndirectory = "{EXAMPLES / "notes"}"\narguments = ["--access-log", "access.log"]\n'
    log = EXAMPLES / "notes" / "access.log"
    try:
        with site(tmp_path, text) as server:
            get(server, "/")
            waiting.until(lambda: log.exists() and '127.0.0.1 - - ' in log.read_text(), "a line with the client")
            server.stop(same_workers=False)
    finally:
        log.unlink(missing_ok=True)


def test_the_status_shows_it_once(tmp_path):
    with site(tmp_path, HELLO) as server:
        (pid,) = programs(server)
        status = martlet_to_its_end("status", "--pid", str(server.pid))
        assert f"swift-hello, generation 1, process {pid}" in status.stdout
        # A program that a server runs is no server of its own to those who look.
        assert martlet_to_its_end("status", "--pid", str(pid)).code != 0
        server.stop(same_workers=False)


def test_the_status_shows_the_routes(tmp_path):
    notes = f'[route."/notes"]\nswift = "{built("notes")}"\ndirectory = "{EXAMPLES / "notes"}"\n'
    with site(tmp_path, HELLO + notes) as server:
        status = martlet_to_its_end("status", "--pid", str(server.pid))
        lines = status.stdout.splitlines()
        assert any(line.startswith("/: ") and "swift-hello, generation 1" in line for line in lines), status.stdout
        assert any(line.startswith("/notes: ") and "notes, generation 1" in line for line in lines), status.stdout
        listed = json.loads(martlet_to_its_end("status", "--json", "--pid", str(server.pid)).stdout)
        assert [(each["route"], each["kind"]) for each in listed["applications"]] == [("/", "program"), ("/notes", "program")]
        server.stop(same_workers=False)


# Programs that do not start


FOREIGN = """#!{python}
import http.server, os, socketserver, sys

if not os.path.exists("{ready}"):
    sys.exit(7)


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path.endswith("/exit"):
            os._exit(1)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"foreign %d" % os.getpid())

    do_OPTIONS = do_GET

    def address_string(self):
        return "local"


# It removes neither a socket that it finds, nor the one that it leaves.
path = sys.argv[sys.argv.index("--bind") + 1].removeprefix("unix:")
socketserver.UnixStreamServer(path, Handler).serve_forever()
"""


def foreign(folder: Path, is_ready: bool) -> str:
    """A program that is no Swift, and does not start before a file is there. Its route."""
    ready = folder / "ready"
    if is_ready:
        ready.touch()
    program = folder / "foreign"
    program.write_text(FOREIGN.format(python=sys.executable, ready=ready))
    program.chmod(0o755)
    return '[route."/foreign"]\nswift = "foreign"\n'


def status_of(server: Server, path: str) -> int:
    return exchange(server.address, path).status


def test_a_program_that_does_not_start_does_not_stop_the_rest(tmp_path):
    with site(tmp_path, '[route."/"]\nrespond = "here"\n' + foreign(tmp_path, is_ready=False)) as server:
        assert get(server, "/") == "here"
        refused = exchange(server.address, "/foreign")
        assert refused.status == 503 and refused.header("Retry-After") == "5"
        server.stderr.wait_for("foreign exited with status 7.*It is tried again in 1 s.*the rest of the site is served")
        shown = martlet_to_its_end("status", "--pid", str(server.pid)).stdout
        assert "/foreign: " in shown and "it is tried again" in shown
        # The pause grows.
        server.stderr.wait_for("It is tried again in 2 s")
        (tmp_path / "ready").touch()
        server.stderr.wait_for("foreign is started")
        assert get(server, "/foreign").startswith("foreign ")
        server.stop(same_workers=False)


def test_a_reload_tries_it_at_once(tmp_path):
    with site(tmp_path, '[route."/"]\nrespond = "here"\n' + foreign(tmp_path, is_ready=False)) as server:
        assert status_of(server, "/foreign") == 503
        (tmp_path / "ready").touch()
        assert martlet_to_its_end("reload", "--pid", str(server.pid)).code == 0
        assert get(server, "/foreign").startswith("foreign ")
        server.stop(same_workers=False)


def test_a_stop_does_not_wait_for_the_next_try(tmp_path):
    with site(tmp_path, '[route."/"]\nrespond = "here"\n' + foreign(tmp_path, is_ready=False)) as server:
        server.stderr.wait_for("It is tried again in 2 s")
        server.stop(same_workers=False)


def test_a_program_that_leaves_its_socket_is_started_again(tmp_path):
    with site(tmp_path, foreign(tmp_path, is_ready=True)) as server:
        first = get(server, "/foreign")
        assert status_of(server, "/foreign/exit") == 502

        def is_another() -> bool:
            answer = exchange(server.address, "/foreign")
            return answer.status == 200 and answer.body.decode() != first

        waiting.until(is_another, "another process of the program")
        server.stop(same_workers=False)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('swift = "nothing"', "there is no program {folder}/nothing; build it first, with swift build -c release"),
        ('swift = "text"', "swift: {folder}/text is no program: it may not be executed"),
    ],
)
def test_a_program_that_is_not_there_is_said_before_the_start(tmp_path, text, says):
    (tmp_path / "text").write_text("no program\n")
    (tmp_path / "martlet.toml").write_text(f'[route."/"]\n{text}\n')
    checked = martlet_to_its_end("check", cwd=tmp_path)
    assert checked.code == 1 and says.format(folder=tmp_path) in checked.stdout + checked.stderr


def test_a_program_that_serves_nothing_fails_the_start(tmp_path):
    (tmp_path / "martlet.toml").write_text('bind = "127.0.0.1:0"\n[route."/"]\nswift = "/bin/false"\n')
    started = martlet_to_its_end("serve", cwd=tmp_path)
    assert started.code == 1
    assert "/bin/false exited with status 1; the log has what it said" in started.stderr


def test_nothing_is_left_when_the_server_is_killed(tmp_path):
    with site(tmp_path, HELLO) as server:
        (pid,) = programs(server)
        os.kill(server.pid, signal.SIGKILL)
        server.wait()

        def gone() -> bool:
            try:
                return "State:\tZ" in Path(f"/proc/{pid}/status").read_text()
            except OSError:
                return True

        waiting.until(gone, "the program's end")


def test_the_sockets_of_a_killed_server_are_removed_by_the_next(tmp_path):
    # A socket's path is short.
    runtime = Path(tempfile.mkdtemp(dir="/tmp"))
    (tmp_path / "martlet.toml").write_text('bind = "127.0.0.1:0"\n' + HELLO)
    words = [built("martlet"), "serve", "martlet.toml"]
    with Server(words, cwd=tmp_path, env={"XDG_RUNTIME_DIR": str(runtime)}) as server:
        os.kill(server.pid, signal.SIGKILL)
        server.wait()
    left = set(runtime.glob("martlet-programs-*"))
    assert len(left) == 1
    with Server(words, cwd=tmp_path, env={"XDG_RUNTIME_DIR": str(runtime)}) as server:
        assert not left & set(runtime.glob("martlet-programs-*"))
        server.stop(same_workers=False)
    assert not list(runtime.glob("martlet-programs-*"))
    shutil.rmtree(runtime)
