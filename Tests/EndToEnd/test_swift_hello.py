"""The framework's example, `swift-hello`, on the same server code."""

import re
import signal
import subprocess
from collections import Counter

import pytest
from load import run_requests
from needs import requires
from output import Output
from program import built
from rawclient import Connection, exchange, request_bytes
from server import Server


@pytest.fixture(scope="module")
def server():
    server = Server([built("swift-hello"), "--bind", "127.0.0.1:0"])
    yield server
    server.stop()


def test_version():
    ended = subprocess.run([built("swift-hello"), "--version"], capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0
    assert re.fullmatch(r"swift-hello, with Martlet \d+\.\d+\.\d+\S*\n", ended.stdout)


def test_a_negative_value_is_named():
    ended = subprocess.run([built("swift-hello"), "--limit-body", "-1"], capture_output=True, text=True, timeout=60)
    assert ended.returncode == 64 and "it cannot be negative" in ended.stderr


def test_hello(server):
    response = exchange(server.address, "/hello")
    assert (response.status, response.body) == (200, b"Hello World!")
    assert response.header("Content-Type").lower().startswith("text/")
    assert response.header("Content-Length") == "12"


def test_hello_ten_thousand_times(server):
    def check(response):
        assert (response.status, response.body) == (200, b"Hello World!")

    assert run_requests(server.address, request_bytes("/hello"), check) == {200: 10_000}


def test_what_has_no_route_is_a_404(server):
    assert exchange(server.address, "/missing").status == 404


def test_another_method_is_a_405_that_names_those_allowed(server):
    response = exchange(server.address, "/hello", "POST", body=b"")
    assert response.status == 405
    assert methods(response) == {"GET", "HEAD", "OPTIONS"}


def test_head_is_automatic(server):
    with Connection(server.address) as connection:
        got = connection.request("/hello")
        head = connection.request("/hello", "HEAD")
        assert [field for field in head.headers if field[0] != "Date"] == [
            field for field in got.headers if field[0] != "Date"
        ]
        assert connection.request("/hello").body == b"Hello World!"


def test_options_is_automatic(server):
    response = exchange(server.address, "/hello", "OPTIONS")
    assert response.status in (200, 204)
    assert methods(response) == {"GET", "HEAD", "OPTIONS"}


def test_options_of_the_whole_server(server):
    assert exchange(server.address, "*", "OPTIONS").status in (200, 204, 404)


def methods(response) -> set[str]:
    return {method.strip() for method in response.header("Allow").split(",")}


def test_term_ends_it_with_exit_code_0():
    server = Server([built("swift-hello"), "--bind", "127.0.0.1:0"])
    with Connection(server.address) as idle:
        assert idle.request("/hello").status == 200
        server.send_signal(signal.SIGTERM)
        idle.expect_end()
        assert server.wait() == 0
    server.stop()


def sections(text: str) -> str:
    """What `--help` says about the server and its limits."""
    found = re.findall(r"^(SERVER|TLS|LIMITS):\n((?:  .*\n)+)", text, re.MULTILINE)
    assert [name for name, _ in found] == ["SERVER", "TLS", "LIMITS"]
    return "".join(part for _, part in found)


def test_its_help_says_of_the_server_what_that_of_martlet_run_says():
    own, run = (
        subprocess.run([built(program), *words, "--help"], capture_output=True, text=True, timeout=60, check=True)
        for program, words in (("swift-hello", []), ("martlet", ["run"]))
    )
    assert "--limit-body <size>" in own.stdout and "--grace <time>" in own.stdout
    assert sections(own.stdout) == sections(run.stdout)


def test_its_flags_set_the_limits_of_the_server():
    server = Server([built("swift-hello"), "--bind", "127.0.0.1:0", "--limit-body", "1KB"])
    try:
        assert exchange(server.address, "/hello", "POST", [], b"x" * 1024).status == 405
        assert exchange(server.address, "/hello", "POST", [], b"x" * 1025).status == 413
    finally:
        server.stop()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--limit-head", "64KB"], "it is at most 65535 B"),
        (["--access-log", ""], "it is empty; write '-' for standard output, 'off' or the path of a file"),
        (["--access-log-format", "jsn"], "did you mean 'json'?"),
        (["--bind", "127.0.0.1:1", "--bind", "127.0.0.1:1"], "--bind 127.0.0.1:1 is given twice"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bad_usage_is_explained_as_martlet_run_explains_it(arguments, words):
    for command in ([built("swift-hello")], [built("martlet"), "run", "hello:app"]):
        ended = subprocess.run([*command, *arguments], capture_output=True, text=True, timeout=60)
        assert ended.returncode == 64
        assert words in ended.stderr


def test_a_request_on_a_kept_connection_costs_three_system_calls(server):
    """`epoll_wait`, `read`, `write`. Counted by strace over all threads, between one request's read and the next one's.

    The median of many requests is taken, so that what happens once a second (the date, the log) is not counted in.
    """
    requires("strace")
    count = 301
    # A date that is rendered or a log that is flushed may add calls to some of the requests, never to most.
    with Connection(server.address) as connection:
        connection.request("/hello")
        tracer = subprocess.Popen(
            ["strace", "-f", "-qq", "-s", "64", "-e", "trace=all", "-p", str(server.pid)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        trace = Output(tracer.stderr, "strace")
        try:
            # The loop waits in epoll_wait; strace has it in hand once a request shows up in the trace.
            attached = 0
            while "GET /hello" not in trace.text:
                attached += 1
                assert attached < 10_000, trace.text
                assert connection.request(f"/hello?attach={attached}").status == 200
            for number in range(count):
                assert connection.request(f"/hello?n={number}").status == 200
            trace.wait_for(rf"GET /hello\?n={count - 1} ")
        finally:
            tracer.send_signal(signal.SIGINT)
            tracer.wait(60)
        trace.wait_for_end()
    calls = calls_between_requests(trace.text)
    assert len(calls) >= count - 2
    usual, _ = Counter(map(tuple, calls)).most_common(1)[0]
    assert sorted(normalized(call) for call in usual) == ["epoll_wait", "read", "write"], usual
    costs = sorted(len(call) for call in calls)
    assert costs[len(costs) // 2] == 3, Counter(map(tuple, calls)).most_common(5)


def calls_between_requests(trace: str) -> list[list[str]]:
    """The names of the calls from each request's read up to the next one's.

    A call whose line another thread interrupted is written in two halves and counts once.
    """
    requests: list[list[str]] = []
    for line in trace.splitlines():
        match = re.match(r"(?:\[pid +\d+\] )?(?:<\.\.\. )?(\w+)(\(| resumed>)", line)
        if not match or (match[2] == " resumed>" and "GET /hello?n=" not in line):
            continue
        if "GET /hello?n=" in line:
            requests.append([match[1]])
        elif requests:
            requests[-1].append(match[1])
    return requests[:-1]


def normalized(call: str) -> str:
    """The same call under its other names."""
    return {
        "epoll_pwait": "epoll_wait",
        "epoll_pwait2": "epoll_wait",
        "recvfrom": "read",
        "sendto": "write",
        "writev": "write",
    }.get(call, call)
