"""`martlet` alone: what it finds in a folder, and that what it says to type works when it is typed."""

import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from program import EXAMPLES, built
from rawclient import exchange
from server import Server, martlet_to_its_end
from sites import Site

FLASK = """
    from flask import Flask

    app = Flask(__name__)

    @app.get("/")
    def index():
        return "found"
    """

FACTORY = '''
    """The application of Flask's tutorial."""
    import os

    from flask import Flask


    def create_app(test_config=None):
        """Create and configure an instance of the Flask application."""
        app = Flask(__name__, instance_relative_config=True)
        app.config.from_mapping(SECRET_KEY="dev")
        os.makedirs(app.instance_path, exist_ok=True)

        @app.route("/")
        def index():
            return "found"

        return app
    '''

CALLABLE = """
    def application(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"found"]
    """

PYTHON = {
    "app.py": ({"app.py": FLASK}, "run app:app"),
    "main.py": ({"main.py": FLASK}, "run main:app"),
    "any name": ({"shop_front.py": FLASK, "notes.py": "x = 1\n"}, "run shop_front:app"),
    "a name that no module has": ({"my-app.py": FLASK}, "run my-app.py:app"),
    "wsgi.py before others": ({"wsgi.py": "from shop import app\n", "shop.py": FLASK}, "run wsgi:app"),
    "wsgi.py of a factory": (
        {"wsgi.py": "from flaskr import create_app\n\napplication = create_app()\n", "flaskr/__init__.py": FACTORY},
        "run wsgi:application",
    ),
    "flaskr": ({"flaskr/__init__.py": FACTORY, "flaskr/db.py": "", "tests/test_app.py": ""}, "run 'flaskr:create_app()'"),
    "src": ({"src/flaskr/__init__.py": FACTORY, "pyproject.toml": ""}, "run 'flaskr:create_app()' --chdir src"),
    "package": ({"shop/__init__.py": "", "shop/app.py": FLASK}, "run shop.app:app"),
    "folder beside": ({"backend/app.py": FLASK, "frontend/package.json": "{}"}, "run app:app --chdir backend"),
    "module behind a package": ({"app/__init__.py": "", "app.py": FLASK}, "run app.py:app"),
    "callable": ({"hello.py": CALLABLE}, "run hello:application"),
    "instances": (
        {
            "shop.py": """
                class Shop:
                    def __call__(self, environ, start_response):
                        start_response("200 OK", [("Content-Type", "text/plain")])
                        return [b"found"]

                shop = Shop()
                """
        },
        "run shop:shop",
    ),
    "a wrapper": (
        {
            "main.py": FLASK.replace("app = ", "admin = ").replace("@app", "@admin")
            + """
    from werkzeug.middleware.dispatcher import DispatcherMiddleware; web = DispatcherMiddleware(admin, {})
    """
        },
        "run main:web",
    ),
    "in blocks": ({"app.py": FLASK.replace("    app = Flask(__name__)", "    if True:\n        app = Flask(__name__)")}, "run app:app"),
    "a name with a dot": ({"app.v2.py": FLASK}, "run app.v2.py:app"),
    "a folder with a hyphen": ({"-dash/app.py": FLASK}, "run app:app --chdir ./-dash"),
    "a file with a hyphen": ({"-app.py": FLASK}, "run ./-app.py:app"),
    "FLASK_APP": ({"app.py": "app = None\n", "other.py": FLASK, "wsgi.py": CALLABLE, ".flaskenv": "FLASK_APP=other\n"}, "run other:app"),
}


@pytest.fixture
def site(tmp_path):
    return Site(tmp_path)


def found(folder: Path, **variables: str) -> str:
    """What `martlet` says in a folder."""
    ended = martlet_to_its_end(cwd=folder, env={"FLASK_APP": "", **variables})
    assert ended.code == 0 and ended.stderr == "", ended
    return ended.stdout


def commands(text: str) -> list[str]:
    return re.findall(r"^    martlet (.+)$", text, re.MULTILINE)


def typed(command: str, folder: Path, *options: str, listeners: int = 1, **variables: str) -> Server:
    return Server([built("martlet"), *shlex.split(command), *options], listeners, folder, variables)


def answers(command: str, folder: Path, body: bytes = b"found", **variables: str) -> None:
    options = ("--bind", "127.0.0.1:0", "--python", sys.executable, "--workers", "1")
    with typed(command, folder, *options, **variables) as server:
        response = exchange(server.address)
        assert (response.status, response.body) == (200, body)
        server.stop()


@pytest.mark.parametrize("layout", PYTHON)
def test_an_application_is_found_and_the_command_serves_it(site, layout):
    files, command = PYTHON[layout]
    for name, text in files.items():
        site.write(name, text)
    assert commands(found(site.folder))[0] == command
    answers(command, site.folder)


def test_the_examples_of_flask_and_django(tmp_path):
    for name, command in {"flask": "run hello:app", "django": "run shop.wsgi:application", "wsgi": "run hello:application"}.items():
        folder = shutil.copytree(EXAMPLES / name, tmp_path / name, ignore=shutil.ignore_patterns("martlet.toml"))
        assert commands(found(folder))[0] == command
    with typed("run shop.wsgi:application", tmp_path / "django", "--bind", "127.0.0.1:0", "--python", sys.executable) as server:
        assert exchange(server.address, host="localhost").status == 200
        server.stop()


@pytest.mark.parametrize("package", ["mysite", "config"])
def test_what_startproject_makes(tmp_path, package):
    subprocess.run(
        [sys.executable, "-m", "django", "startproject", package, str(tmp_path)], check=True, timeout=120, capture_output=True
    )
    text = found(tmp_path)
    assert commands(text)[0] == f"run {package}.wsgi:application", text
    assert f"Django: manage.py with the settings {package}.settings" in text
    with typed(commands(text)[0], tmp_path, "--bind", "127.0.0.1:0", "--python", sys.executable) as server:
        assert b"The install worked successfully" in exchange(server.address, host="localhost").body
        server.stop()


def test_django_without_a_wsgi_file(tmp_path):
    subprocess.run(
        [sys.executable, "-m", "django", "startproject", "mysite", str(tmp_path)], check=True, timeout=120, capture_output=True
    )
    (tmp_path / "mysite" / "wsgi.py").unlink()
    settings = tmp_path / "mysite" / "settings.py"
    settings.write_text(settings.read_text().replace("WSGI_APPLICATION", "# WSGI_APPLICATION"))
    (command, *_) = commands(found(tmp_path))
    assert command == "run 'django.core.wsgi:get_wsgi_application()' --env DJANGO_SETTINGS_MODULE=mysite.settings"
    with typed(command, tmp_path, "--bind", "127.0.0.1:0", "--python", sys.executable) as server:
        assert exchange(server.address, host="localhost").status == 200
        server.stop()


def test_all_that_there_is_is_listed_and_the_likeliest_is_first(site):
    site.write("other.py", FLASK)
    site.write("app.py", FLASK)
    site.write("public/index.html", "<p>found")
    site.write("Procfile", "web: gunicorn app:app\n")
    text = found(site.folder)
    assert commands(text) == ["run app:app", "run other:app", "import Procfile", "static public"]
    assert "Flask: app in app.py, line 4" in text and "martlet init" in text


def test_files(site):
    site.write("index.html", "found")
    assert commands(found(site.folder)) == ["static"]
    with typed("static", site.folder, "--bind", "127.0.0.1:0") as server:
        assert exchange(server.address).body == b"found"
        server.stop()


@pytest.mark.parametrize("name", ["martlet.toml", "pyproject.toml"])
def test_a_configuration_goes_before_everything(site, name):
    root = "" if name == "martlet.toml" else "tool.martlet."
    head = 'bind = "127.0.0.1:0"' if not root else '[tool.martlet]\nbind = "127.0.0.1:0"'
    site.write(name, f'{head}\n[{root}route."/"]\nrespond = "found"\n')
    site.write("app.py", FLASK)
    assert commands(found(site.folder))[0] == "serve"
    with typed("serve", site.folder) as server:
        assert exchange(server.address).body == b"found"
        server.stop()


@pytest.mark.parametrize(
    ("name", "text", "command"),
    [
        ("gunicorn.conf.py", "workers = 3\n", "import gunicorn.conf.py --app app:app"),
        ("gunicorn.conf.py", 'wsgi_app = "app:app"\nworkers = 3\n', "import gunicorn.conf.py"),
        ("uwsgi.ini", "[uwsgi]\nmodule = app:app\nprocesses = 3\n", "import uwsgi.ini"),
        ("Procfile", "web: gunicorn app:app --workers 3\n", "import Procfile"),
    ],
)
def test_settings_of_other_servers_are_translated(site, name, text, command):
    site.write("app.py", FLASK)
    site.write(name, text)
    assert command in commands(found(site.folder))
    assert martlet_to_its_end(*shlex.split(command), cwd=site.folder).code == 0
    assert "app:app" in (site.folder / "martlet.toml").read_text()


def test_a_swift_package(site):
    site.write("Package.swift", "let martlet = 1\n")
    assert commands(found(site.folder))[0] == "dev"
    site.write("Package.swift", "let other = 1\n")
    text = found(site.folder)
    assert "dev" not in commands(text) and "does not depend on Martlet" in text


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("main.py", "from fastapi import FastAPI\napp = FastAPI()\n", "ASGI"),
        ("app.py", "def create_app(config):\n    pass\n", "martlet run 'app:create_app(…)'"),
        ("main.py", "async def app(scope, receive, send):\n    pass\n", "ASGI: app in main.py, line 1"),
        ("flask.py", FLASK, "give it another name"),
        ("app.py", "# long\n" * (1 << 16), "Not looked into: app.py"),
        ("index.php", "<?php phpinfo();", "php-fpm"),
    ],
)
def test_what_is_there_but_not_served_as_it_is(site, name, text, words):
    site.write(name, text)
    said = found(site.folder)
    assert words in said
    # Sources are not for everybody to read.
    assert "martlet static" not in said


def test_in_an_empty_folder_there_is_the_smallest_application_and_it_works(site):
    text = found(site.folder)
    assert "Nothing that can be served" in text and "martlet run hello:app" in text
    program = re.search(r"^    def app.*?(?=\n\n)", text, re.DOTALL | re.MULTILINE)[0]
    site.write("hello.py", program)
    answers("run hello:app", site.folder, b"Hello World!\n")
    assert "martlet --help" in text


# Nothing is run


def test_nothing_is_imported(site):
    evil = 'open("imported", "w").close()\n'
    site.write("app.py", evil + "app = Flask(__name__)\n")
    site.write("manage.py", evil + 'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")\n')
    site.write("shop/__init__.py", evil)
    site.write("shop/settings.py", evil)
    site.write("gunicorn.conf.py", evil)
    site.write("Package.swift", "// martlet\n")
    found(site.folder)
    for command in ("init", "doctor"):
        martlet_to_its_end(command, cwd=site.folder)
    assert not (site.folder / "imported").exists()


def test_what_is_no_source_holds_nothing_up(site):
    os.mkfifo(site.folder / "app.py")
    os.mkfifo(site.folder / "pyproject.toml")
    (site.folder / "wsgi.py").write_bytes(os.urandom(1 << 16))
    (site.folder / "main.py").write_bytes(b"(" * (1 << 17) + b'"""')
    (site.folder / "server.py").write_bytes(b"app = Flask()\n" * (1 << 16))
    (site.folder / "loop").symlink_to(site.folder)
    (site.folder / "run.py").symlink_to("/dev/zero")
    site.write("other.py", FLASK)
    assert "run other:app" in commands(found(site.folder))


def test_a_folder_with_very_many_files(site):
    for number in range(3000):
        (site.folder / f"module_{number}.py").write_text("x = 1\n" * 50)
    site.write("app.py", FLASK)
    started = time.monotonic()
    assert commands(found(site.folder))[0] == "run app:app"
    assert time.monotonic() - started < 30
