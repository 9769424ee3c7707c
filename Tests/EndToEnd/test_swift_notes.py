"""The framework's example with forms, sessions and templates, as a browser uses it."""

import http.cookiejar
import json
import urllib.error
import urllib.parse
import urllib.request

import pytest
from needs import requires
from program import EXAMPLES, built
from server import Server


@pytest.fixture(scope="module")
def server():
    server = Server([built("notes"), "--bind", "127.0.0.1:0"], cwd=EXAMPLES / "notes")
    yield server
    server.stop()


class Person:
    """A browser of its own: it keeps cookies and follows redirects."""

    def __init__(self, server: Server):
        self._root = "http://{}:{}".format(*server.address)
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))

    def get(self, path: str) -> str:
        with self._opener.open(self._root + path, timeout=30) as answer:
            return answer.read().decode()

    def post(self, path: str, fields: dict[str, str], **headers: str) -> str:
        request = urllib.request.Request(self._root + path, urllib.parse.urlencode(fields).encode(), headers)
        with self._opener.open(request, timeout=30) as answer:
            return answer.read().decode()


def test_a_person_logs_in_writes_and_leaves(server):
    ada = Person(server)
    assert "Log in" in ada.get("/") and "<textarea" not in ada.get("/")
    assert "ada" in ada.post("/login", {"name": "ada"})
    page = ada.post("/notes", {"text": "<b>1 & 2</b> über"})
    assert "Your note is kept." in page and "&lt;b&gt;1 &amp; 2&lt;/b&gt; über" in page
    assert "Your note is kept." not in ada.get("/")
    assert '"text":"<b>1 & 2</b> über"' in ada.get("/1")
    assert "<textarea" not in ada.post("/logout", {})


def test_who_is_not_logged_in_writes_nothing(server):
    assert "Please log in first." in Person(server).post("/notes", {"text": "spam"})
    assert "spam" not in Person(server).get("/")


def test_its_openapi_document_is_one(server):
    requires(modules=("openapi_spec_validator",))
    from openapi_spec_validator import validate

    root = "http://{}:{}".format(*server.address)
    with urllib.request.urlopen(root + "/openapi.json", timeout=30) as answer:
        document = json.load(answer)
    validate(document)
    assert document["info"] == {"title": "Notes", "version": "1"}
    body = document["paths"]["/notes"]["post"]["requestBody"]["content"]["application/x-www-form-urlencoded"]
    assert body["schema"] == {"$ref": "#/components/schemas/NewNote"}
    assert document["components"]["schemas"]["NewNote"]["required"] == ["text"]
    assert document["paths"]["/{id}"]["get"]["parameters"][0]["schema"] == {"type": "integer", "minimum": 0}
    assert document["paths"]["/{id}"]["get"]["responses"].keys() == {"200", "404", "default"}


@pytest.mark.parametrize(
    ("path", "fields", "headers", "status"),
    [
        ("/login", {"nme": "x"}, {}, 400),
        ("/login", {"name": "x"}, {"Sec-Fetch-Site": "cross-site"}, 403),
        ("/login", {"name": "x"}, {"Content-Type": "text/plain"}, 415),
    ],
)
def test_what_is_wrong_is_refused(server, path, fields, headers, status):
    with pytest.raises(urllib.error.HTTPError) as refused:
        Person(server).post(path, fields, **headers)
    with refused.value as answer:
        assert answer.code == status


def test_a_cookie_that_was_changed_is_nobodys(server):
    request = urllib.request.Request("http://{}:{}/".format(*server.address), headers={"Cookie": "martlet_session=eyJ1c2VyIjoiYWRhIn0.x.y"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert "Log out" not in answer.read().decode()
