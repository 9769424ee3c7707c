"""The same server serves an application in every CPython of this machine that is 3.9 or newer."""

import json
import os
import signal

import pytest
from load import run_requests
from pythons import pythons_of_this_machine
from rawclient import Connection, chunked, exchange, request_bytes
from server import martlet_to_its_end

FOUND = pythons_of_this_machine()
SUPPORTED = [python for python in FOUND if python.is_supported]
TOO_OLD = [python for python in FOUND if not python.is_supported]


def named(python):
    return f"{python.version}-{'system' if python.path.startswith('/usr') else 'pyenv'}"


def test_there_is_a_python_to_test():
    assert SUPPORTED


@pytest.fixture(scope="module", params=SUPPORTED, ids=named)
def python(request):
    return request.param


@pytest.fixture(scope="module")
def server(start_for_file, python):
    return start_for_file("any_python", python=python.path, workers=2)


def test_the_application_runs_in_that_very_python(server, python):
    version, executable, implementation = json.loads(exchange(server.address).body)
    assert version == python.version
    assert os.path.samefile(executable, python.path)
    assert implementation == "CPython"


def test_the_banner_names_it(server, python):
    assert python.path in server.stderr.text and python.version.rstrip("+") in server.stderr.text


def test_bodies_go_both_ways(server):
    body = bytes(range(256)) * 4000
    with Connection(server.address) as connection:
        assert connection.request("/echo", "POST", body=body).body == body
        te = [("Transfer-Encoding", "chunked")]
        assert connection.request("/echo", "POST", te, chunked(body[:1000], body[1000:])).body == body
        assert connection.request("/stream").body == b"".join(b"%d\n" % number for number in range(1000))
        assert connection.request("/write").body == b"written"


@pytest.mark.parametrize("size", [1_000, 1_000_000], ids=["in memory", "in a file"])
def test_a_body_is_read_again(server, size):
    body = bytes(range(256)) * (size // 256)
    answer = exchange(server.address, "/reads-again", "POST", body=body).body
    assert json.loads(answer) == [len(body), 0, len(body), len(body), True]


def test_an_error_is_a_500_and_a_traceback(server, python):
    assert exchange(server.address, "/raises").status == 500
    server.stderr.wait_for("ValueError: raised by " + python.version)


def test_two_thousand_requests(server):
    def check(response):
        assert response.status == 200

    assert run_requests(server.address, request_bytes("/"), check, 2000, connections=4) == {200: 2000}


def test_a_dead_worker_is_replaced(start, python):
    server = start("any_python", python=python.path)
    victim = server.workers()[0]
    os.kill(victim, signal.SIGKILL)
    server.wait_for_workers(1, other_than=[victim])
    assert exchange(server.address).status == 200
    server.stop(same_workers=False)


@pytest.mark.parametrize("python", TOO_OLD, ids=named)
def test_an_older_python_is_refused_with_a_clear_word(python):
    finished = martlet_to_its_end("run", "any_python", "--bind", "127.0.0.1:0", "--python", python.path)
    assert finished.code != 0
    assert "3.9" in finished.stderr and python.version in finished.stderr, finished.stderr
