"""The log as JSON: of the server, and of Python's workers."""

import json
import re
import sys
from urllib.parse import quote

import pytest
from program import built
from rawclient import Connection, exchange, request_bytes
from server import Server, martlet_to_its_end

NAMES = ["time", "level", "source", "pid", "message", "request_id", "trace_id", "details", "fields"]
LEVELS = {"trace", "debug", "info", "notice", "warning", "error", "critical"}


def records(server: Server) -> list[dict]:
    """All of the log, which is nothing else."""
    return [record(line) for line in server.stderr.lines()]


def record(line: str) -> dict:
    read = json.loads(line)
    assert list(read) == NAMES
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", read["time"])
    assert read["level"] in LEVELS and read["source"] in ("server", "worker") and read["pid"] > 1
    return read


def find(server: Server, text: str) -> dict:
    server.stderr.wait_for(re.escape(text))
    return next(read for read in records(server) if text in read["message"])


@pytest.fixture
def server(start):
    return start("worker_cases:application", "--log-format", "json", "--access-log-format", "json")


def test_the_start_is_records_too(server):
    first, banner = records(server)[:2]
    assert first["message"].startswith("importing worker_cases:application with ") and first["level"] == "info"
    assert "serves worker_cases:application\n" in banner["message"] and f"http://127.0.0.1:{server.address[1]}" in banner["message"]
    assert {read["source"] for read in records(server)} == {"server"} and first["pid"] == server.pid


def test_an_exception_has_its_request_and_its_traceback(server):
    answer = exchange(server.address, "/raises?text=%C3%BC%0A%22quoted%22")
    assert answer.status == 500
    read = find(server, "exception in the application, GET /raises")
    assert (read["level"], read["source"], read["pid"]) == ("error", "worker", server.first_workers[0])
    assert read["details"].startswith("Traceback (most recent call last):\n")
    assert read["details"].endswith('ValueError: ü\n"quoted"\n')
    server.stdout.wait_for("/raises")
    assert json.loads(server.stdout.lines()[-1])["request_id"] == read["request_id"]


def test_what_the_library_of_a_worker_says_has_its_request(start):
    server = start("header_cases:application", "--log-format", "json")
    exchange(server.address, "/headers?headers=" + quote(json.dumps([("Keep-Alive", "max=1")])))
    read = find(server, "the application sets the response header Keep-Alive")
    assert (read["level"], read["source"], read["details"]) == ("warning", "worker", None)
    assert read["message"].endswith(f" (request {read['request_id']})") and ": GET /headers?" in read["message"]


def test_what_the_server_says_of_a_request_has_its_id(server):
    with Connection(server.address) as connection:
        connection.send(b"GET / HTTP/9.9\r\nHost: a\r\n\r\n")
        assert connection.read_response().status == 505
    read = find(server, "Request refused")
    assert read["source"] == "server" and "127.0.0.1" in read["fields"]["client"]
    assert re.fullmatch(r"[0-9a-z]+-1", read["request_id"]) and "request" not in read["fields"]


def test_a_slow_request_has_its_stack(start, checkpoints):
    server = start("worker_cases:application", "--log-format", "json", "--slow-request", "1ms", env=checkpoints.env)
    name = checkpoints.new_name()
    with Connection(server.address) as connection:
        connection.send(request_bytes(f"/hold?checkpoint={name}"))
        arrival = checkpoints.wait_for(name)
        read = find(server, "slow request")
        assert "in hold" in read["details"] and read["request_id"] in read["message"]
        arrival.go()
        assert connection.read_response().status == 200


def test_an_import_that_fails_is_records(tmp_path):
    (tmp_path / "bad.py").write_text("import nothing_of_that_name\n")
    done = martlet_to_its_end(
        "run", "bad:app", "--chdir", str(tmp_path), "--python", sys.executable, "--log-format", "json", "--bind", "127.0.0.1:0"
    )
    assert done.code == 3
    reads = [record(line) for line in done.stderr.splitlines()]
    failed = next(read for read in reads if "the import of bad:app has failed" in read["message"])
    assert "ModuleNotFoundError: No module named 'nothing_of_that_name'" in failed["details"]
    assert reads[-1]["level"] == "critical" and "cannot serve bad:app" in reads[-1]["message"]


def test_a_swift_app_has_it_too():
    with Server([built("swift-hello"), "--bind", "127.0.0.1:0", "--log-format", "json"]) as server:
        (banner,) = records(server)
        assert "serves swift-hello" in banner["message"]
        server.stop(same_workers=False)


def test_a_line_without_an_end_swallows_no_record(server):
    assert exchange(server.address, "/unfinished").status == 500
    assert find(server, "exception in the application, GET /unfinished")["level"] == "error"
    server.stdout.wait_for('"target":"/unfinished"')
    assert all(json.loads(line) for line in server.stdout.lines())
    server.stop()
    lines = [line for line in server.stderr.lines() if not line.startswith("{")]
    assert sorted(lines) == ["to standard error", "to wsgi.errors"]
    assert "printed" in server.stdout.lines()
