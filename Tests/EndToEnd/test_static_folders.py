"""The static folders of Flask and Django, which the server answers for where nothing is lost by it."""

import http.client
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import static_cases
import waiting
from program import APPS
from rawclient import exchange
from server import martlet_to_its_end
from sites import Site
from werkzeug.datastructures import Headers
from werkzeug.test import Client

OLD = 1_700_000_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("static")
    (folder / "deep").mkdir()
    contents = {
        "style.css": "p { color: red }\n" * 100, "app.js": "let x = 1;\n", "data.json": '{"a": 1}', "page.html": "<p>ü</p>",
        "image.svg": "<svg xmlns='http://www.w3.org/2000/svg'/>", "a b.txt": "blank", "picture.png": "\x89PNG" * 100,
        "module.wasm": "wasm", "site.webmanifest": "{}", "font.woff2": "font", "odd.odd": "odd", "noext": "nothing is known of it",
        "strange.qqq": "nothing is known of it", "build.js.gz": "compressed once", "archive.tar.gz": "an archive", ".hidden": "hidden",
        "deep/inner.css": "deep", "large.bin": "x" * 200_000, "empty.css": "", "deep.txt": "0123456789",
    }
    for name, text in contents.items():
        (folder / name).write_text(text)
    for path in folder.rglob("*"):
        os.utime(path, (OLD, OLD))
    (folder / "leak.css").symlink_to("/etc/hostname")
    return folder


@pytest.fixture(scope="module")
def start_case(start_for_file, folder):
    return lambda name, *options, **settings: start_for_file(
        f"static_cases:{name}", *options, env={"STATIC_CASES": str(folder)}, **settings
    )


@pytest.fixture(scope="module")
def server(start_case):
    return start_case("plain")


@dataclass
class Answer:
    status_code: int
    headers: Headers
    data: bytes


@pytest.fixture(scope="module")
def flasks_own(folder):
    """What Flask itself answers, without a server."""
    client = Client(static_cases.flask.Flask("static_cases", static_folder=str(folder), static_url_path="/static"))

    def answer(path: str, method: str = "GET", headers: dict[str, str] | None = None) -> Answer:
        with client.open(path, method=method, headers=headers) as response:
            return Answer(response.status_code, response.headers, response.get_data())

    return answer


def ask(server, path, method="GET", **fields):
    connection = http.client.HTTPConnection(*server.address, timeout=waiting.DEADLINE)
    connection.request(method, path, headers={name.replace("_", "-"): value for name, value in fields.items()})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer, body


def is_from_server(answer) -> bool:
    """Flask says a name for the file, and the server does not."""
    return answer.headers["Content-Disposition"] is None and answer.headers["X-Content-Type-Options"] == "nosniff"


def test_the_banner_says_so(server, folder):
    assert f"Static     /static from {folder}, without the app" in server.stderr.text


NAMES = ["style.css", "app.js", "data.json", "page.html", "image.svg", "a%20b.txt", "picture.png", "module.wasm", "site.webmanifest",
         "font.woff2", "odd.odd", "deep/inner.css", "large.bin", "empty.css"]
LEFT = ["noext", "strange.qqq", "build.js.gz", "archive.tar.gz", ".hidden", "leak.css"]


def essence(content_type: str) -> tuple[str, str]:
    """Without what is the same by another name: JavaScript (RFC 9239), and the encoding that XML has anyway (RFC 7303)."""
    kind, _, parameters = content_type.partition(";")
    kind = kind.replace("application/javascript", "text/javascript")
    return kind, "" if kind.endswith("+xml") else parameters.strip()


@pytest.mark.parametrize("name", NAMES)
def test_a_file_is_what_flask_makes_of_it(server, flasks_own, name):
    own = flasks_own(f"/static/{name}")
    for _ in range(2):
        answer, body = ask(server, f"/static/{name}")
        assert is_from_server(answer)
        assert (answer.status, body) == (own.status_code, own.data)
        assert essence(answer.headers["Content-Type"]) == essence(own.headers["Content-Type"])
        for field in ("Content-Length", "Last-Modified", "Cache-Control", "Content-Encoding", "Content-Language"):
            assert answer.headers[field] == own.headers.get(field), field
        assert answer.headers["ETag"]
        assert answer.headers["Accept-Ranges"] == "bytes"
    head, body = ask(server, f"/static/{name}", "HEAD")
    assert (head.status, body, head.headers["Content-Length"]) == (200, b"", own.headers["Content-Length"])


@pytest.mark.parametrize("name", LEFT)
def test_what_the_server_does_not_know_is_flasks_own_answer(server, flasks_own, name):
    own = flasks_own(f"/static/{name}")
    answer, body = ask(server, f"/static/{name}")
    assert answer.headers["Content-Disposition"] == own.headers.get("Content-Disposition") is not None
    assert (answer.status, body) == (own.status_code, own.data)
    for field in ("Content-Type", "Content-Encoding", "Cache-Control", "ETag"):
        assert answer.headers[field] == own.headers.get(field), field


def test_conditions_and_ranges_are_as_flasks_own(server, flasks_own):
    path = "/static/deep.txt"
    # While a file is new its tag is a weak one, by which no part is resumed; each event loop looks for itself.
    waiting.until(lambda: not any(ask(server, path)[0].headers["ETag"].startswith("W/") for _ in range(20)), "strong tags")
    tags = {"server": ask(server, path)[0].headers["ETag"], "flask": flasks_own(path).headers["ETag"]}
    date = ask(server, path)[0].headers["Last-Modified"]

    def both(**fields):
        (ours, body), own = (
            ask(server, path, **{name: value.replace("TAG", tags["server"]) for name, value in fields.items()}),
            flasks_own(path, headers={name.replace("_", "-"): value.replace("TAG", tags["flask"]) for name, value in fields.items()}),
        )
        assert is_from_server(ours)
        assert (ours.status, body) == (own.status_code, own.data)
        assert ours.headers["Content-Range"] == own.headers.get("Content-Range")
        return ours.status

    assert both(If_None_Match="TAG") == 304
    assert both(If_None_Match='"other"') == 200
    assert both(If_Modified_Since=date) == 304
    assert both(If_Modified_Since="Thu, 01 Jan 2015 00:00:00 GMT") == 200
    assert both(Range="bytes=2-4") == 206
    assert both(Range="bytes=-3") == 206
    assert both(Range="bytes=2-4", If_Range="TAG") == 206
    assert both(Range="bytes=2-4", If_Range='"other"') == 200


def test_what_is_no_file_is_the_applications(server):
    assert ask(server, "/static/route")[1] == b"a route below the folder"
    for path in ("/static/none.css", "/static", "/static/", "/static/deep", "/static/deep/", "/static/..%2fsecret.css",
                 "/static/%2e%2e/none.css", "/static/none.css?x=1"):
        answer, body = ask(server, path)
        assert answer.status == 404 and b"the app's own 404 for /static" in body, path


@pytest.mark.parametrize("method", ["POST", "OPTIONS", "DELETE"])
def test_other_methods_are_the_applications(server, flasks_own, method):
    own = flasks_own("/static/style.css", method)
    answer, _ = ask(server, "/static/style.css", method)
    assert answer.status == own.status_code
    assert sorted(answer.headers["Allow"].split(", ")) == sorted(own.headers["Allow"].split(", "))


def test_a_maximum_age_is_told(start_case, folder):
    server = start_case("kept")
    answer, _ = ask(server, "/static/style.css")
    assert is_from_server(answer)
    assert sorted(answer.headers["Cache-Control"].split(", ")) == ["max-age=3600", "public"]


def test_proxy_fix_has_no_say(start_case):
    assert is_from_server(ask(start_case("proxied"), "/static/style.css")[0])


def test_the_folders_of_blueprints(start_case):
    server = start_case("of_blueprints")
    assert is_from_server(ask(server, "/static/style.css")[0])
    answer, body = ask(server, "/inner/deep/inner.css")
    assert is_from_server(answer) and body == b"deep"
    assert ask(server, "/inner/deep/style.css")[0].status == 404


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("asked", "Asker is around the application"),
        ("watched", r"a function of static_cases is called for each of them \(before_request\)"),
        ("decorated", "the view of /static is not Flask's"),
        ("own", "the application has a get_send_file_max_age of its own"),
        ("at_root", "its static folder is at the root"),
        ("rival", "other routes lie below /static"),
        ("hosts", "it answers under some hosts only"),
        ("signalled", "the signal request_started has receivers"),
        ("sessions", "its session_interface is not Flask's"),
        ("requests", "its request_class is not Flask's"),
        ("mapped", "its url_map is not Flask's"),
    ],
)
def test_what_is_not_certain_is_left_to_the_application(start_case, name, reason):
    server = start_case(name)
    server.stderr.wait_for(f"Static     left to the app: {reason}")
    path = "/style.css" if name == "at_root" else "/static/style.css"
    assert not is_from_server(ask(server, path)[0])


def test_before_request_keeps_its_say(start_case):
    server = start_case("watched")
    assert ask(server, "/static/style.css", X_Refuse="1")[:1][0].status == 403


def test_a_folder_that_is_set_by_hand_is_named_once(start_case, folder):
    server = start_case("plain", "--static", f"/static={folder}")
    assert server.stderr.text.count("  /static ") == 1, server.stderr.text
    assert "Static " not in server.stderr.text
    assert exchange(server.address, "/static/style.css").status == 200


def test_it_can_be_turned_off(start_case):
    server = start_case("plain", "--static-folders", "off")
    assert "Static " not in server.stderr.text
    assert not is_from_server(ask(server, "/static/style.css")[0])


def test_in_development_what_is_saved_is_there_at_once(start_case):
    server = start_case("plain", "--reload")
    assert "Static     left to the app: what is saved has to be there at once" in server.stderr.text
    assert not is_from_server(ask(server, "/static/style.css")[0])


def test_a_worker_with_one_thread_and_one_that_is_forked(start_case):
    assert is_from_server(ask(start_case("plain", threads=1), "/static/style.css")[0])
    assert is_from_server(ask(start_case("plain", "--preload", workers=2), "/static/style.css")[0])


def test_files_reach_no_worker(start_case):
    server = start_case("plain", threads=1)
    assert exchange(server.address, "/pid").status == 200
    for _ in range(20):
        assert ask(server, "/static/style.css")[0].status == 200
    status = json.loads(martlet_to_its_end("status", "--pid", str(server.pid), "--json").stdout)
    assert [worker["requestsServed"] for worker in status["applications"][0]["workers"]] == [1]


def test_a_reload_changes_the_folder(start, tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "style.css").write_text(name)
    which = tmp_path / "which"
    which.write_text(str(tmp_path / "one"))
    env = {"STATIC_CASES": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path)}
    server = start("changing_static:app", workers=2, env=env)
    try:
        for name in ("one", "two", "one"):
            which.write_text(str(tmp_path / name))
            done = martlet_to_its_end("reload", "--pid", str(server.pid), env={"XDG_RUNTIME_DIR": str(tmp_path)})
            assert done.stdout == "reloaded\n", done
            answer, body = ask(server, "/static/style.css")
            assert is_from_server(answer) and body == name.encode()
        server.stderr.wait_for(f"static files: /static from {tmp_path / 'two'}, without the app")
        which.write_text(str(tmp_path / "nowhere"))
        martlet_to_its_end("reload", "--pid", str(server.pid), env={"XDG_RUNTIME_DIR": str(tmp_path)})
        assert ask(server, "/static/style.css")[0].status == 404
    finally:
        server.stop(same_workers=False)


def test_in_a_file(tmp_path, folder):
    site = Site(tmp_path)
    text = f"""
        bind = "127.0.0.1:0"
        [route."/"]
        wsgi = "static_cases:plain"
        directory = "{APPS}"
        python = "{sys.executable}"
        workers = 1
        environment = {{ STATIC_CASES = "{folder}" }}
        [route."/shop"]
        wsgi = "static_cases:plain"
        directory = "{APPS}"
        python = "{sys.executable}"
        workers = 1
        static-folders = false
        environment = {{ STATIC_CASES = "{folder}" }}
        [route."/other"]
        wsgi = "static_cases:kept"
        directory = "{APPS}"
        python = "{sys.executable}"
        workers = 1
        environment = {{ STATIC_CASES = "{folder}" }}
        """
    site.write("martlet.toml", text)
    with site.serve() as server:
        assert is_from_server(ask(server, "/static/style.css")[0])
        assert is_from_server(ask(server, "/other/static/style.css")[0])
        answer, _ = ask(server, "/shop/static/style.css")
        assert answer.status == 200 and not is_from_server(answer)
        server.stop()


# Django

SETTINGS = """
import sys
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import path

settings.configure(
    **{"SECRET_KEY": "x", "ROOT_URLCONF": __name__, "ALLOWED_HOSTS": ["*"], "INSTALLED_APPS": ["django.contrib.staticfiles"], **OPTIONS}
)
urlpatterns = [path("", lambda request: HttpResponse("the page"))]
application = get_wsgi_application()
"""


@pytest.fixture
def django(start, tmp_path):
    root = tmp_path / "collected"
    root.mkdir()
    (root / "site.css").write_text("collected")
    (root / "site.css.gz").write_bytes(b"gz")

    (tmp_path / "routed.py").write_text(
        "from django.contrib.staticfiles.urls import staticfiles_urlpatterns\nurlpatterns = staticfiles_urlpatterns()\n"
    )

    def begin(*options, **settings):
        settings = {"STATIC_URL": "static/", "STATIC_ROOT": str(root), **settings}
        (tmp_path / "djangosite.py").write_text(SETTINGS.replace("OPTIONS", repr(settings)))
        return start("djangosite:application", *options, chdir=tmp_path)

    return begin


@pytest.mark.parametrize(("url", "path"), [("static/", "/static"), ("/assets/v1/", "/assets/v1")])
def test_what_django_has_collected(django, url, path):
    server = django(STATIC_URL=url)
    answer, body = ask(server, f"{path}/site.css")
    assert (answer.status, body) == (200, b"collected")
    assert answer.headers["Cache-Control"] == "public, max-age=60"
    assert ask(server, f"{path}/site.css.gz")[1] == b"gz"
    assert ask(server, f"{path}/none.css")[0].status == 404
    assert ask(server, "/")[1] == b"the page"


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"DEBUG": True}, "DEBUG is on, so files may be newer than in STATIC_ROOT"),
        ({"STATIC_URL": "https://cdn.example/"}, "STATIC_URL is no path of this site"),
        ({"STATIC_URL": "/"}, "STATIC_URL is the root"),
        ({"STATIC_ROOT": "/nonexistent"}, "there is no folder /nonexistent; collectstatic makes it"),
        ({"FORCE_SCRIPT_NAME": "/x"}, "FORCE_SCRIPT_NAME says another path"),
        (
            {"STORAGES": {"staticfiles": {"BACKEND": "django.core.files.storage.InMemoryStorage"}}},
            "its storage is not of files in STATIC_ROOT",
        ),
    ],
)
def test_django_where_it_is_not_certain(django, settings, reason):
    server = django(**settings)
    server.stderr.wait_for(f"Static     left to the app: {reason}")
    assert ask(server, "/static/site.css")[0].status == 404


@pytest.mark.parametrize("options", [(), ("--reload",), ("--preload",)])
@pytest.mark.parametrize("debug", [True, False], ids=["debug", "production"])
def test_django_has_its_files_in_debug_mode_as_runserver_has(django, tmp_path, debug, options):
    """Before anybody has collected them."""
    server = django(*options, STATIC_ROOT=None, STATICFILES_DIRS=[str(tmp_path / "collected")], DEBUG=debug)
    answer, body = ask(server, "/static/site.css")
    assert (answer.status, body == b"collected") == ((200, True) if debug else (404, False))
    assert ask(server, "/static/none.css")[0].status == 404
    assert ask(server, "/")[1] == b"the page"


def test_django_that_has_them_as_a_route_answers_by_that(django, tmp_path):
    """Its middleware has to see them."""
    django_site = django(
        STATIC_ROOT=None, STATICFILES_DIRS=[str(tmp_path / "collected")], DEBUG=True,
        MIDDLEWARE=["django.middleware.security.SecurityMiddleware"], ROOT_URLCONF="routed",
    )  # fmt: skip
    answer, body = ask(django_site, "/static/site.css")
    assert (answer.status, body) == (200, b"collected") and answer.headers["X-Content-Type-Options"] == "nosniff"


def test_django_without_collected_files_says_nothing(django):
    assert "Static " not in django(STATIC_ROOT=None).stderr.text
