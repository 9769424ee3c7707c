"""The access log in combined format."""

import os
import pwd
import re
import resource
import signal
import sys
from datetime import datetime, timedelta, timezone

import pytest
import waiting
from needs import requires_root
from program import built
from rawclient import Connection, exchange, request_bytes
from server import Server, martlet_to_its_end

QUOTED = r'"((?:[^"\\\x00-\x1f\x7f]|\\.)*)"'
LINE = re.compile(rf"(\S+) - (\S+) \[([^\]]+)\] {QUOTED} (\d{{3}}) (\d+|-) {QUOTED} {QUOTED}")


def logged(server) -> list[tuple]:
    """Stops the server and returns the log's lines, taken apart."""
    server.stop()
    return parsed(server.stdout.text)


def parsed(text: str) -> list[tuple]:
    lines = [(line, LINE.fullmatch(line)) for line in text.splitlines()]
    for line, match in lines:
        assert match, f"not in combined format: {line!r}"
    return [match.groups() for _, match in lines]


def test_a_request_is_one_line_in_combined_format(start):
    server = start("echo:application")
    before = datetime.now(timezone.utc)
    headers = [("Referer", "http://martlet.test/from"), ("User-Agent", "test/1.0 (one; two)")]
    exchange(server.address, "/ignores-the-body?x=1&y=%20", headers=headers)
    [(host, user, time, request, status, size, referer, agent)] = logged(server)
    assert (host, user) == ("127.0.0.1", "-")
    assert request == "GET /ignores-the-body?x=1&y=%20 HTTP/1.1"
    assert (status, size) == ("200", "8")
    assert (referer, agent) == ("http://martlet.test/from", "test/1.0 (one; two)")
    when = datetime.strptime(time, "%d/%b/%Y:%H:%M:%S %z")
    assert before - timedelta(seconds=2) <= when <= datetime.now(timezone.utc) + timedelta(seconds=2)


def test_every_request_of_a_connection_has_its_line_in_order(start):
    server = start("echo:application")
    with Connection(server.address) as connection:
        connection.send(b"".join(request_bytes(f"/{number}") for number in range(100)))
        for _ in range(100):
            connection.read_response()
    assert [line[3] for line in logged(server)] == [f"GET /{number} HTTP/1.1" for number in range(100)]


@pytest.mark.parametrize(
    ("request_line", "method", "path", "status", "size"),
    [
        ("HEAD /ignores-the-body HTTP/1.1", "HEAD", "/ignores-the-body", "200", ("0", "-")),
        ("GET /no-content HTTP/1.1", "GET", "/no-content", "204", ("0", "-")),
        ("GET /unknown-length HTTP/1.1", "GET", "/unknown-length", "200", ("11",)),
    ],
)
def test_the_size_is_the_bodys(start, request_line, method, path, status, size):
    server = start("echo:application")
    exchange(server.address, path, method)
    [line] = logged(server)
    assert line[3:5] == (request_line, status)
    assert line[5] in size


def test_statuses_that_the_server_itself_gives_are_logged(start):
    server = start("worker_cases:application", "--limit-body", "1KB")
    exchange(server.address, "/raises?text=logged")
    exchange(server.address, "/", "POST", body=b"x" * 2000)
    exchange(server.address, "/missing")
    # Each is of a connection of its own, and the event loops of these hand their lines over when they like.
    assert sorted(line[4] for line in logged(server)) == ["404", "413", "500"]


@pytest.mark.parametrize(
    ("sent", "status", "line", "reason"),
    [
        (b"GET /a?b HTTP/1.1\r\n\r\n", "400", "GET /a?b HTTP/1.1", "must have a Host header"),
        (b"GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", "400", "GET /a b HTTP/1.1", "The request target is neither"),
        (b"BREW /pot\r\n\r\n", "400", "BREW /pot", "The request line is not"),
        (b"GET /v HTTP/3.0\r\n\r\n", "505", "GET /v HTTP/3.0", "and no other version"),
        (b'GET /"\x7f HTTP/1.1\r\n\r\n', "400", r"GET /\x22\x7F HTTP/1.1", "a control character"),
        (b"\r\nGET /h HTTP/1.1\r\nHost: a\r\n X: 1\r\n\r\n", "400", "GET /h HTTP/1.1", "begins with white space"),
        (b"\x16\x03\x01\x02 \r\n", "400", r"\x16\x03\x01\x02 ", "speaks TLS"),
        (b"GET /" + b"a" * 9000, "414", "GET /" + "a" * 2043, "longer than the limit"),
        (b"POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", "400", "POST /c HTTP/1.1", "size of a chunk"),
    ],
    ids=["host", "target", "line", "version", "control", "field", "tls", "too-long", "chunk"],
)
def test_a_refused_request_is_logged_as_far_as_it_was_read_and_the_reason_beside_it(start, sent, status, line, reason):
    server = start("echo:application")
    with Connection(server.address) as connection:
        connection.send(sent)
        assert connection.read_response().status == int(status)
    [entry] = logged(server)
    assert entry[3:5] == (line, status)
    [told] = [text for text in server.stderr.lines() if "Request refused" in text]
    assert " info " in told and reason in told and "127.0.0.1" in told


def test_a_client_cannot_forge_a_line(start):
    server = start("echo:application")
    agent = 'x" 200 1 "-" "-"\\" \\n \t \x80\xff'
    exchange(server.address, "/%22%0A%0D", headers=[("User-Agent", agent), ("Referer", '"')])
    text = server.stdout.wait_for(r"^127\.0\.0\.1 .*")[0][0]
    [line] = logged(server)
    assert '"' not in re.sub(r"\\.", "", line[7]) and text.isascii()


def test_the_log_goes_to_a_file(start, tmp_path):
    path = tmp_path / "access.log"
    path.write_text('127.0.0.1 - - [01/Jan/2026:00:00:00 +0000] "GET /earlier HTTP/1.1" 200 1 "-" "-"\n')
    server = start("echo:application", "--access-log", str(path))
    exchange(server.address, "/ignores-the-body")
    server.stop()
    assert [line[3] for line in parsed(path.read_text())] == ["GET /earlier HTTP/1.1", "GET /ignores-the-body HTTP/1.1"]
    assert server.stdout.text == ""


def test_the_log_reaches_its_reader_while_the_server_runs(start):
    """It is buffered, but not for ever."""
    server = start("echo:application")
    exchange(server.address, "/ignores-the-body")
    server.stdout.wait_for(r'"GET /ignores-the-body HTTP/1\.1" 200 8')


def test_the_log_can_be_off(start):
    server = start("echo:application", "--access-log", "off")
    exchange(server.address, "/ignores-the-body")
    assert logged(server) == []


def test_a_client_of_a_unix_socket_has_a_line_too(start, tmp_path):
    server = start("echo:application", bind=[f"unix:{tmp_path / 's'}"])
    exchange(server.address, "/ignores-the-body")
    [line] = logged(server)
    assert line[3:6] == ("GET /ignores-the-body HTTP/1.1", "200", "8")


def test_a_file_that_cannot_be_written_is_an_error_at_start(tmp_path):
    finished = martlet_to_its_end("run", "echo:application", "--access-log", str(tmp_path / "no" / "folder" / "log"))
    assert finished.code != 0
    assert str(tmp_path / "no" / "folder" / "log") in finished.stderr


def test_a_reader_that_has_gone_does_not_stop_the_server():
    """Standard output may be a pipe into a program that ends."""
    reader, writer = os.pipe()
    command = [built("martlet"), "run", "echo:application", "--bind", "127.0.0.1:0", "--python", sys.executable]
    server = Server(command, stdout=writer)
    os.close(writer)
    os.close(reader)
    try:
        with Connection(server.address) as connection:
            for _ in range(2_000):
                connection.send(request_bytes("/ignores-the-body"))
                assert connection.read_response().status == 200
    finally:
        server.stop()


def test_a_log_that_cannot_grow_is_said_once_and_ends_nothing(tmp_path):
    """`ulimit -f` would end the server with a signal; a full disk is the same for a reader of the messages."""
    limit, path = 1 << 33, tmp_path / "access.log"
    path.touch()
    os.truncate(path, limit - 10)
    command = [built("martlet"), "run", "echo:application", "--bind", "127.0.0.1:0", "--python", sys.executable]
    options = ["--access-log", str(path), "--workers", "1"]
    with Server([*command, *options], prepare=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))) as server:
        exchange(server.address, "/ignores-the-body")
        server.stderr.wait_for(r"The access log cannot be written: File too large\.")
        for _ in range(100):
            assert exchange(server.address, "/ignores-the-body").status == 200
        server.stop()
        assert server.stderr.text.count("cannot be written") == 1


# Links in the place of the log


def plant(path, target) -> None:
    """Puts a link of another user there, as whoever owns the folder of the log can."""
    path.symlink_to(target)
    nobody = pwd.getpwnam("nobody")
    os.chown(path, nobody.pw_uid, nobody.pw_gid, follow_symlinks=False)


@pytest.mark.parametrize("exists", [True, False], ids=["over a file", "for a file that is new"])
def test_a_log_is_not_opened_anew_through_a_link_of_another_user(start, tmp_path, exists):
    requires_root("only root can make links of another user")
    path, victim = tmp_path / "access.log", tmp_path / "victim"
    if exists:
        victim.write_text("precious\n")
    server = start("echo:application", "--access-log", str(path))
    exchange(server.address, "/ignores-the-body?before")
    path.rename(tmp_path / "access.log.1")
    plant(path, victim)
    server.send_signal(signal.SIGUSR1)
    server.stderr.wait_for(
        rf"The access log {path} cannot be opened: it is a symbolic link of another user \(65534\), which could lead to any file"
    )
    exchange(server.address, "/ignores-the-body?after")
    server.stop()
    assert victim.exists() == exists and (not exists or victim.read_text() == "precious\n")
    # Nothing is lost: the former file takes the lines until there is a new one.
    lines = parsed((tmp_path / "access.log.1").read_text())
    assert sorted(line[3] for line in lines) == [f"GET /ignores-the-body?{name} HTTP/1.1" for name in ("after", "before")]


def test_nor_is_it_opened_so_at_the_start(tmp_path):
    requires_root("only root can make links of another user")
    path, victim = tmp_path / "access.log", tmp_path / "victim"
    # Over a link of our own, which is followed.
    path.symlink_to("between")
    plant(tmp_path / "between", victim)
    finished = martlet_to_its_end("run", "echo:application", "--access-log", str(path))
    assert finished.code == 1 and "it is a symbolic link of another user" in finished.stderr
    assert not victim.exists()


def test_a_link_of_ones_own_is_followed(start, tmp_path):
    (tmp_path / "logs").mkdir()
    path = tmp_path / "access.log"
    path.symlink_to("logs/today")
    server = start("echo:application", "--access-log", str(path))
    exchange(server.address, "/ignores-the-body?first")
    waiting.until((tmp_path / "logs" / "today").read_text, "the first line")
    (tmp_path / "logs" / "today").rename(tmp_path / "logs" / "yesterday")
    server.send_signal(signal.SIGUSR1)
    waiting.until((tmp_path / "logs" / "today").exists, "the new file")
    exchange(server.address, "/ignores-the-body?second")
    server.stop()
    for name, word in (("yesterday", "first"), ("today", "second")):
        assert [line[3] for line in parsed((tmp_path / "logs" / name).read_text())] == [
            f"GET /ignores-the-body?{word} HTTP/1.1"
        ]


@pytest.mark.parametrize("name", ["/dev/stdout", "/proc/self/fd/1"])
def test_standard_output_by_its_name_is_a_log(start, name):
    server = start("echo:application", "--access-log", name)
    exchange(server.address, "/ignores-the-body")
    server.send_signal(signal.SIGUSR1)
    exchange(server.address, "/ignores-the-body")
    server.stop()
    assert [line[4] for line in parsed(server.stdout.text)] == ["200", "200"]


def test_a_circle_of_links_is_an_error_at_the_start(tmp_path):
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    finished = martlet_to_its_end("run", "echo:application", "--access-log", str(tmp_path / "a"))
    assert finished.code == 1 and "cannot be opened: Too many levels of symbolic links" in finished.stderr


def test_a_pipe_that_nobody_reads_is_an_error_at_the_start(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    finished = martlet_to_its_end("run", "echo:application", "--access-log", str(tmp_path / "pipe"))
    assert finished.code == 1 and "cannot be opened: it is a pipe that nobody reads" in finished.stderr
