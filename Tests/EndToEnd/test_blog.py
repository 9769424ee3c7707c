"""The blog in Swift and in Flask, side by side: the same deeds of the same people, and what they see, in Chromium."""

import sys

import pytest
from devtools import Browser
from program import EXAMPLES, built
from server import Server

BLOG = EXAMPLES / "blog"
SECRET = "for tests only, and long enough"


@pytest.fixture(scope="module")
def servers(tmp_path_factory):
    """By name, the addresses of both."""
    started = {}
    for name, command, folder in [
        ("swift", [built("blog"), "--bind", "127.0.0.1:0"], BLOG),
        (
            "flask",
            [built("martlet"), "run", "blog:app", "--bind", "127.0.0.1:0", "--python", sys.executable],
            BLOG / "flask",
        ),
    ]:
        database = tmp_path_factory.mktemp(name) / "blog.db"
        environment = {"BLOG_DATABASE": str(database), "BLOG_SECRET": SECRET}
        started[name] = Server(command, cwd=folder, env=environment)
    yield {name: "http://{}:{}".format(*server.address) for name, server in started.items()}
    for server in started.values():
        server.stop()


class Pair:
    """One person in front of both applications, who does everything twice."""

    def __init__(self, servers, tmp_path_factory):
        self._servers = servers
        self.browsers = {name: Browser(tmp_path_factory.mktemp("browser")) for name in servers}

    def do(self, deed, *arguments, **fields) -> dict:
        """What is seen afterwards, which has to be the same."""
        for name, browser in self.browsers.items():
            if deed == "go":
                browser.go(self._servers[name] + arguments[0])
            elif deed == "send":
                browser.fill(**fields)
                browser.press(*arguments)
            else:
                browser.follow(*arguments)
        swift, flask = (browser.sight() for browser in self.browsers.values())
        assert swift == flask, (deed, arguments, fields)
        return swift

    def close(self) -> None:
        for browser in self.browsers.values():
            browser.close()


@pytest.fixture
def person(servers, tmp_path_factory):
    pairs = []

    def make() -> Pair:
        pairs.append(Pair(servers, tmp_path_factory))
        return pairs[-1]

    yield make
    for pair in pairs:
        pair.close()


def log_in(pair: Pair, name: str) -> dict:
    pair.do("go", "/auth/register")
    pair.do("send", "Register", name=name, password=f"secret of {name}")
    return pair.do("send", "Log in", name=name, password=f"secret of {name}")


def test_accounts(person):
    ada = person()
    assert "Nobody has written anything yet." in ada.do("go", "/")["text"]
    ada.do("follow", "Register")
    assert ada.do("send", "Register", name="", password="x")["messages"] == ["A name is needed."]
    assert ada.do("send", "Register", name="ada", password="")["messages"] == ["A password is needed."]
    welcome = ada.do("send", "Register", name="ada", password="pass wörd & <b>")
    assert (welcome["address"], welcome["messages"]) == ("/auth/login", ["Welcome, ada. Now log in."])
    wrong = ada.do("send", "Log in", name="ada", password="pass word")
    assert wrong["messages"] == ["Nobody has this name and this password."]
    assert wrong["forms"][0]["fields"][0]["value"] == "ada"
    home = ada.do("send", "Log in", name="ada", password="pass wörd & <b>")
    assert home["address"] == "/" and "ada" in home["text"]
    assert ["New", "/create"] in home["links"]
    ada.do("go", "/auth/register")
    assert ada.do("send", "Register", name="ada", password="x")["messages"] == ["Somebody else is called ada."]
    assert ["Log in", "/auth/login"] in ada.do("send", "Log out")["links"]


def test_posts(person):
    bob, eve = person(), person()
    assert bob.do("go", "/create")["address"] == "/auth/login"
    log_in(bob, "bob")
    log_in(eve, "<i>eve</i>")
    bob.do("follow", "New")
    kept = bob.do("send", "Save", title="", body="two\nlines")
    assert kept["messages"] == ["A title is needed."] and kept["forms"][1]["fields"][1]["value"] == "two\nlines"
    page = bob.do("send", "Save", title="1 < 2 & \"so\" 'on' — ünï", body="<script>alert(1)</script>\nsecond line")
    assert "1 < 2 & \"so\" 'on' — ünï" in page["text"] and "<script>alert(1)</script>\nsecond line" in page["text"]
    edit = next(path for text, path in page["links"] if text == "Edit")
    assert all(text != "Edit" for text, _ in eve.do("go", "/")["links"])
    assert "That is somebody else's." in eve.do("go", edit)["text"]
    assert "There is nothing here." in eve.do("go", "/999/update")["text"]
    assert "There is nothing here." in eve.do("go", "/nowhere")["text"]
    eve.do("go", "/create")
    assert "by <i>eve</i> on " in eve.do("send", "Save", title="Mine", body="")["text"]
    bob.do("go", edit)
    assert bob.do("send", "Save", title="", body="changed")["messages"] == ["A title is needed."]
    assert "A new title" in bob.do("send", "Save", title="A new title", body="changed")["text"]
    bob.do("go", edit)
    gone = bob.do("send", "Delete")
    assert "A new title" not in gone["text"] and "Mine" in gone["text"]
    assert "There is nothing here." in bob.do("go", edit)["text"]
