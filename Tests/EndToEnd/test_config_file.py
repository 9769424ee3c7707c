"""`martlet serve` and `martlet check`: which file is read, what is said about it, and what becomes of it."""

import re
import socket

import pytest

from rawclient import exchange
from server import martlet_to_its_end
from sites import Site, facts

SMALL = """\
bind = "127.0.0.1:0"
[route."/"]
wsgi = "facts:application"
directory = "app"
workers = 1
"""


@pytest.fixture
def site(tmp_path):
    site = Site(tmp_path)
    site.application("app")
    return site


def end(site: Site, *arguments: str):
    return martlet_to_its_end(*arguments, cwd=site.folder)


def test_the_settings_of_a_file_are_in_force(site):
    site.write(
        "conf/martlet.toml",
        """
        bind = ["127.0.0.1:0", "unix:site.sock"]
        access-log = "access.log"
        log-level = "error"

        [limits]
        body = "1KB"

        [route."/"]
        wsgi = "facts:application"
        directory = "../app"
        workers = 2
        threads = 1
        """,
    )
    with site.serve("conf/martlet.toml") as server:
        assert len(server.workers()) == 2
        assert exchange(str(site.folder / "conf/site.sock"), "/", "PUT").status == 200
        assert exchange(server.address, "/", "POST", [], b"x" * 1024).status == 200
        assert exchange(server.address, "/", "POST", [], b"x" * 1025).status == 413
        assert facts(server, "/")["folder"] == str(site.folder / "app")
        server.stop()
    log = (site.folder / "conf/access.log").read_text()
    assert log.count('"POST / HTTP/1.1"') == 2 and log.count('"GET / HTTP/1.1"') == 1


def test_without_a_name_it_is_martlet_toml_here(site):
    site.write("martlet.toml", SMALL)
    site.write("pyproject.toml", "[tool.martlet]\nbind = 1\n")
    with site.serve() as server:
        assert facts(server, "/x")["path"] == "/x"
        server.stop()


def test_or_the_table_of_pyproject_toml(site):
    text = SMALL.replace("[route.", "[tool.martlet.route.").replace("bind", "[tool.martlet]\nbind")
    site.write("pyproject.toml", '[project]\nname = "x"\n' + text)
    with site.serve() as server:
        assert facts(server, "/x")["path"] == "/x"
        server.stop()


def test_no_file_at_all_is_answered_with_an_example(site):
    site.write("pyproject.toml", '[project]\nname = "x"\n')
    for command in ("serve", "check"):
        finished = end(site, command)
        assert finished.code == 1
        assert "there is neither a martlet.toml nor a pyproject.toml with [tool.martlet] in this folder" in finished.stderr
        assert 'wsgi = "hello:app"' in finished.stderr


def test_a_name_that_is_nearly_right(site):
    site.write("martlet.toml", SMALL)
    assert "there is no file martlet.tom. Did you mean 'martlet.toml'?" in end(site, "check", "martlet.tom").stderr


def test_the_check_says_what_will_be_served_and_imports_nothing(site):
    site.write("martlet.toml", SMALL)
    site.write("app/facts.py", "raise SystemExit('imported')\n")
    finished = end(site, "check")
    assert finished.code == 0, finished.stderr
    assert finished.stdout.startswith("./martlet.toml is right.\n") or finished.stdout.startswith("martlet.toml is right.\n")
    assert "/  facts:application, Python 3." in finished.stdout
    assert finished.stderr == ""


@pytest.mark.parametrize("command", ["check", "serve"])
def test_errors_have_a_place_an_excerpt_and_a_suggestion(site, command):
    site.write("martlet.toml", SMALL + "worker = 2\nrequest-timeout = 30\n")
    finished = end(site, command, "martlet.toml")
    assert finished.code == 1 and finished.stdout == ""
    assert finished.stderr == (
        "martlet.toml:6:1: there is no setting 'worker' in [route.\"/\"]; did you mean 'workers'?\n"
        "    6 | worker = 2\n"
        "      | ^^^^^^\n"
        "martlet.toml:7:19: request-timeout: a duration has a unit: ms, s, m or h, as in 75s, or off\n"
        "    7 | request-timeout = 30\n"
        "      |                   ^^\n"
    )


@pytest.mark.parametrize("command", ["check", "serve"])
def test_interpreters_and_users_are_looked_up_first(site, command):
    site.write("martlet.toml", SMALL + 'python = "nowhere/python"\n[route."/b"]\nwsgi = "facts"\nuser = "harlequin"\n')
    finished = end(site, command, "martlet.toml")
    assert finished.code == 1
    assert "martlet.toml:6:10: " in finished.stderr and "there is no such program" in finished.stderr
    assert "martlet.toml:9:8: There is no user 'harlequin' on this machine.\n" in finished.stderr
    assert "--" not in finished.stderr


def test_advice_on_a_port_in_use_is_written_as_in_the_file(site):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        site.write("martlet.toml", SMALL.replace(":0", f":{port}"))
        finished = end(site, "serve", "martlet.toml")
    assert finished.code == 1
    assert re.search(r'or try bind = "127\.0\.0\.1:\d+"\.', finished.stderr), finished.stderr


def test_advice_on_a_missing_module_is_written_as_in_the_file(site):
    site.write("martlet.toml", SMALL.replace("facts:application", "nowhere:app"))
    finished = end(site, "serve", "martlet.toml")
    assert finished.code == 3
    assert "name the folder with 'directory'." in finished.stderr
    assert "--chdir" not in finished.stderr


def test_an_application_that_cannot_be_imported_is_named(site):
    site.write("martlet.toml", SMALL + '\n[route."/broken"]\nwsgi = "broken:app"\ndirectory = "app"\nworkers = 1\n')
    site.write("app/broken.py", "1 / 0\n")
    finished = end(site, "serve", "martlet.toml")
    assert finished.code == 3
    assert "ZeroDivisionError" in finished.stderr
    assert "martlet: cannot serve broken:app at /broken (martlet.toml:7). " in finished.stderr
    assert "Listening" not in finished.stderr
    assert "facts:application" not in finished.stderr
