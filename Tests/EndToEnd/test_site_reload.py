"""What a reload of a site takes up besides its routes: logs, and the owners of sockets."""

import json
import os
import re

import pytest
import waiting
from needs import requires_root
from rawclient import Connection, exchange, request_bytes
from sites import Site
from test_sites import NAMED, ask, by_command, serve


@pytest.fixture
def site(tmp_path):
    return Site(tmp_path)


def test_a_reload_takes_up_another_access_log(site):
    """Also for connections that were open before, and without losing a line."""
    one, two = site.folder / "one.log", site.folder / "two.log"
    with serve(site, 'access-log = "one.log"\n' + NAMED) as server, Connection(server.address) as connection:

        def change(first: str) -> None:
            site.write("martlet.toml", first + NAMED)
            by_command(site, server)

        def request(path: str) -> None:
            connection.send(request_bytes(path, host="example.com"))
            assert connection.read_response().status == 200

        request("/first")
        change('access-log = "two.log"\naccess-log-format = "json"\n')
        assert '"GET /first HTTP/1.1" 200' in one.read_text()
        request("/second")
        change('access-log = "two.log"\n')
        request("/third")
        change('access-log = "off"\n')
        first, second = two.read_text().splitlines()
        assert json.loads(first)["target"] == "/second" and json.loads(first)["client"] == "127.0.0.1"
        assert re.match(r'127\.0\.0\.1 - - \[.*\] "GET /third HTTP/1\.1" 200', second)
        request("/fourth")
        change('access-log = "one.log"\naccess-log-format = "json"\n')
        request("/fifth")
        change("")
        assert json.loads(one.read_text().splitlines()[1])["target"] == "/fifth" and "/fourth" not in two.read_text()
        assert "takes effect when the server is started anew" not in server.stderr.text
        server.stop()


def test_an_access_log_that_does_not_log_at_first(site):
    with serve(site, 'access-log = "off"\n' + NAMED) as server, Connection(server.address) as connection:
        connection.send(request_bytes("/first", host="example.com"))
        assert connection.read_response().status == 200
        site.write("martlet.toml", 'access-log = "new.log"\n' + NAMED)
        by_command(site, server)
        connection.send(request_bytes("/second", host="example.com"))
        assert connection.read_response().status == 200
        waiting.until(lambda: "/second" in (site.folder / "new.log").read_text(), "the line")
        assert (site.folder / "new.log").read_text().startswith("127.0.0.1 - - [")
        server.stop()


def test_an_access_log_that_cannot_be_opened_refuses_the_reload(site):
    with serve(site, 'access-log = "one.log"\n' + NAMED) as server:
        site.write("martlet.toml", 'access-log = "nowhere/two.log"\n' + NAMED.replace('"example"', '"another"'))
        ended = ask(site, "reload", "--pid", str(server.pid), XDG_RUNTIME_DIR=str(site.folder))
        assert ended.code == 1
        assert "The reload is refused, and the server goes on as before: The access log" in ended.stderr
        assert "nowhere/two.log cannot be opened: No such file or directory." in ended.stderr
        assert exchange(server.address, "/", host="example.com").body == b"example"
        server.stop()
        assert (site.folder / "one.log").read_text().count("GET /") == 1


def test_a_reload_takes_up_what_the_log_shows_and_how(site):
    broken = '[site."broken.test".route."/"]\nwsgi = "nothing:app"\n'
    with serve(site, 'log-level = "warning"\n' + NAMED) as server:

        def change(text: str, code: int = 0) -> None:
            site.write("martlet.toml", text)
            assert ask(site, "reload", "--pid", str(server.pid), XDG_RUNTIME_DIR=str(site.folder)).code == code

        change('log-level = "warning"\n' + NAMED)
        assert "The site was reloaded" not in server.stderr.text
        change(NAMED)
        server.stderr.wait_for(r"info     The site was reloaded\.")
        change('log-format = "json"\n' + NAMED)
        line = next(line for line in server.stderr.lines() if line.startswith("{") and "was reloaded" in line)
        assert json.loads(line)["message"] == "The site was reloaded."
        # One that is refused changes nothing, also where workers were to start already.
        change(NAMED + broken, code=1)
        change('log-format = "json"\n' + NAMED)
        waiting.until(lambda: sum("was reloaded" in line for line in server.stderr.lines()) == 3, "the third record")
        assert json.loads(server.stderr.lines()[-1])["message"] == "The site was reloaded."
        server.stop()


def test_a_reload_gives_sockets_to_whom_the_file_names(site):
    requires_root("only root can give a socket to another user")
    path = site.folder / "own.sock"
    text = NAMED.replace('bind = "127.0.0.1:0"', 'bind = ["127.0.0.1:0", "unix:own.sock"]')
    assert text != NAMED

    def owner() -> tuple[int, int]:
        return path.stat().st_uid, path.stat().st_gid

    with serve(site, text, listeners=2) as server:
        assert owner() == (os.geteuid(), os.getegid())
        inode = path.stat().st_ino
        for setting, wanted in [
            ('socket-owner = "65534"\n', (65534, os.getegid())),
            ('socket-owner = "1:65534"\n', (1, 65534)),
            ("", (os.geteuid(), os.getegid())),
        ]:
            site.write("martlet.toml", setting + text)
            by_command(site, server)
            assert owner() == wanted and path.stat().st_ino == inode
        # A reload that is refused later gives nothing away.
        site.write("app/broken.py", "import nothing_of_that_name\n")
        broken = '[site."broken.test".route."/"]\nwsgi = "broken:app"\ndirectory = "app"\nworkers = 1\n'
        site.write("martlet.toml", 'socket-owner = "65534"\n' + text + broken)
        assert ask(site, "reload", "--pid", str(server.pid), XDG_RUNTIME_DIR=str(site.folder)).code == 1
        assert owner() == (os.geteuid(), os.getegid())
        assert "takes effect when the server is started anew" not in server.stderr.text
        server.stop()
