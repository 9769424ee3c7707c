"""Django with its admin: byte for byte what Django's test client gets, tokens that differ by design masked."""

import os
import re
import subprocess
import sys
from dataclasses import replace

import pytest
from answers import Answer, answer, answer_on_the_wire
from load import run_requests
from program import EXAMPLES
from rawclient import Connection, Response, request_bytes

SITE = EXAMPLES / "django"
HOST = "127.0.0.1"


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    """A migrated database with one superuser."""
    path = tmp_path_factory.mktemp("django") / "shop.sqlite3"
    env = {**os.environ, "SHOP_DATABASE": str(path), "PYTHONDONTWRITEBYTECODE": "1"}
    user = {
        "DJANGO_SUPERUSER_USERNAME": "martin",
        "DJANGO_SUPERUSER_PASSWORD": "swift",
        "DJANGO_SUPERUSER_EMAIL": "m@martlet.test",
    }
    for command in (["migrate", "--verbosity=0"], ["createsuperuser", "--noinput", "--verbosity=0"]):
        subprocess.run([sys.executable, "manage.py", *command], cwd=SITE, env={**env, **user}, check=True, timeout=120)
    return path


@pytest.fixture(scope="module")
def server(start_for_file, database):
    return start_for_file("shop.wsgi:application", chdir=SITE, workers=2, env={"SHOP_DATABASE": str(database)})


@pytest.fixture(scope="module")
def django_client(database):
    """Django's own test client, on the same settings and database."""
    patch = pytest.MonkeyPatch()
    patch.syspath_prepend(str(SITE))
    patch.setenv("DJANGO_SETTINGS_MODULE", "shop.settings")
    patch.setenv("SHOP_DATABASE", str(database))
    import django
    from django.test import Client

    django.setup()
    yield Client(headers={"host": HOST})
    from django.db import connections

    connections.close_all()
    patch.undo()


def answer_by_django(client, method, path) -> Answer:
    response = client.generic(method, path)
    body = b"".join(response) if response.streaming else response.content
    # As `WSGIHandler` hands them to start_response.
    cookies = [("Set-Cookie", cookie.output(header="")) for cookie in response.cookies.values()]
    headers = [*response.items(), *((name, value.strip()) for name, value in cookies)]
    return masked(answer(f"{response.status_code} {response.reason_phrase}", headers, body))


def masked(got: Answer) -> Answer:
    """Django's CSRF tokens, the expiry of their cookies and the dates of its pages are different at every answer."""

    def mask(text: str) -> str:
        text = re.sub(r'(csrftoken=|name="csrfmiddlewaretoken" value=")\w+', r"\1(token)", text)
        return re.sub(r"expires=[^;]+", "expires=(date)", text)

    def masked_value(name: str, value: str) -> str:
        # The admin's pages say when they were made.
        return "(date)" if name in ("Expires", "Last-Modified") else mask(value) if name == "Set-Cookie" else value

    # The server adds that it knows ranges of the files that an application returns.
    headers = [(name, masked_value(name, value)) for name, value in got.headers if name != "Accept-Ranges"]
    return replace(got, headers=headers, body=mask(got.body.decode("latin-1")).encode("latin-1"))


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/admin/login/?next=/admin/",
        "/admin/",
        "/admin/auth/user/?q=caf%C3%A9",
        "/missing",
        "/admin",
        "/static/admin/css/base.css",
        "/static/admin/img/icon-yes.svg",
    ],
)
def test_django_answers_as_under_its_own_test_client(server, django_client, method, path):
    expected = answer_by_django(django_client, method, path)
    with Connection(server.address) as connection:
        got = answer_on_the_wire(connection.request(path, method, host=HOST), expected)
    assert masked(got) == expected


def test_a_person_logs_in_to_the_admin_and_adds_a_group(server):
    with Connection(server.address) as connection:
        cookies: dict[str, str] = {}

        def visit(path: str, form: dict[str, str] | None = None) -> Response:
            headers = [("Cookie", "; ".join(f"{name}={value}" for name, value in cookies.items()))]
            body = None
            if form is not None:
                headers.append(("Content-Type", "application/x-www-form-urlencoded"))
                form = {"csrfmiddlewaretoken": cookies["csrftoken"], **form}
                body = "&".join(f"{name}={value}" for name, value in form.items()).encode()
            response = connection.request(path, "GET" if form is None else "POST", headers, body, host=HOST)
            for cookie in response.all("Set-Cookie"):
                name, _, value = cookie.split(";")[0].partition("=")
                cookies[name] = value
            return response

        assert visit("/admin/login/").status == 200
        assert visit("/admin/login/", {"username": "martin", "password": "wrong"}).status == 200
        logged_in = visit("/admin/login/?next=/admin/", {"username": "martin", "password": "swift"})
        assert (logged_in.status, logged_in.header("Location")) == (302, "/admin/")
        assert b"Site administration" in visit("/admin/").body
        assert visit("/admin/auth/group/add/").status == 200
        assert visit("/admin/auth/group/add/", {"name": "swifts"}).status == 302
        assert b"swifts" in visit("/admin/auth/group/").body


def test_the_log_in_page_is_served_ten_thousand_times(server):
    def check(response):
        assert response.status == 200
        assert b'name="csrfmiddlewaretoken"' in response.body and response.body.rstrip().endswith(b"</html>")

    request = request_bytes("/admin/login/", host=HOST)
    assert run_requests(server.address, request, check) == {200: 10_000}
    assert "Traceback" not in server.stderr.text
