"""`martlet import`: what it writes can be checked, and nothing is written over."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from needs import requires_root
from program import CORPUS
from server import martlet_to_its_end

FILES = sorted(path for path in (CORPUS / "import").iterdir() if path.suffix in (".ini", ".py", ".Procfile"))
APP = "def application(environ, start_response):\n    start_response('200 OK', [])\n    return [b'x']\n\napp = create_app = application\n"
VARIABLES = {"SHOP_SECRET": "s", "REDIS": "redis-server", "THREADS": "2", "LIMIT": "30", "PORT": "0", "WEB_CONCURRENCY": "2"}

EXPECTED = {
    "02-flask-vassal.ini": ["access-log: there is no folder /var/log/uwsgi"],
    "01-django-nginx.ini": [
        "nothing can be made in /run/uwsgi/",
        "directory: there is no such folder",
        "'python' /srv/shop/venv/bin/python: there is no such program",
    ],
}
"""What is not there on this machine: those files name folders of others."""


def usual_name(name: str) -> str:
    return "Procfile" if name.endswith("Procfile") else "gunicorn.conf.py" if name.endswith(".py") else "uwsgi.ini"


@pytest.fixture
def folder():
    """What the files name, in a folder that every user can enter."""
    with tempfile.TemporaryDirectory(prefix="martlet-") as name:
        Path(name).chmod(0o755)
        yield filled(Path(name))


def filled(folder: Path) -> Path:
    for app in ("app", "."):
        (folder / app).mkdir(exist_ok=True)
        for name in ("hello.py", "api.py"):
            (folder / app / name).write_text(APP)
    for name in ("static", "public/media", "tls", "templates", "run"):
        (folder / name).mkdir(parents=True)
    (folder / "secret.txt").write_text("a secret\n")
    for name, command in {"tls/site": "tls/site.key", "cert": "key.pem"}.items():
        certificate = f"{name}.crt" if "/" in name else f"{name}.pem"
        os.system(
            f"cd {folder} && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN=a.test "
            f"-addext subjectAltName=DNS:a.test -keyout {command} -out {certificate} 2>/dev/null"
        )
    return folder


def translate(folder, name: str, *options: str):
    target = folder / usual_name(name)
    shutil.copy(CORPUS / "import" / name, target)
    return martlet_to_its_end("import", target.name, *options, cwd=folder, env=VARIABLES)


@pytest.mark.parametrize("name", [path.name for path in FILES])
def test_what_is_written_is_right(folder, name):
    requires_root("some of the files name a user to run as")
    application = ["--app", "hello:app"] if name.startswith("12") else []
    if name.startswith("02"):
        (folder / "venv/bin").mkdir(parents=True)
        os.symlink("/usr/bin/python3", folder / "venv/bin/python")
    ended = translate(folder, name, *application)
    assert ended.code == 0, ended
    assert f"martlet: ./martlet.toml is written." in ended.stderr or "martlet.toml is written." in ended.stderr
    expected = CORPUS / "import" / f"{name}.toml"
    if not application:
        assert (folder / "martlet.toml").read_text() == expected.read_text()
    text = (folder / "martlet.toml").read_text()
    if "wsgi = " not in text:
        (folder / "martlet.toml").write_text(text + '[route."/"]\nwsgi = "hello:app"\n')
    checked = martlet_to_its_end("check", cwd=folder, env=VARIABLES)
    complaints = [line for line in checked.stderr.splitlines() if line.startswith("martlet.toml:")]
    known = EXPECTED.get(name, [])
    assert all(any(word in line for word in known) for line in complaints), checked.stderr
    assert checked.code == (1 if complaints else 0), checked


def test_nothing_is_written_over(folder):
    (folder / "martlet.toml").write_text("mine")
    ended = translate(folder, "03-static-map.ini")
    assert ended.code == 1 and "martlet.toml is there already. Write over it with --force" in ended.stderr
    assert (folder / "martlet.toml").read_text() == "mine"
    assert translate(folder, "03-static-map.ini", "--force").code == 0
    assert "static" in (folder / "martlet.toml").read_text()


def test_standard_output_and_another_folder_have_whole_paths(folder):
    ended = translate(folder, "03-static-map.ini", "--output", "-")
    assert ended.code == 0 and f'files = "{folder}/static"' in ended.stdout
    assert "Not translated:" in ended.stderr and "written" not in ended.stderr
    (folder / "other").mkdir()
    assert translate(folder, "03-static-map.ini", "--output", "other/site.toml").code == 0
    assert f'directory = "{folder}/app"' in (folder / "other/site.toml").read_text()


def test_a_section(folder):
    (folder / "uwsgi.ini").write_text("[uwsgi]\nmodule = a\n[shop]\nmodule = shop:app\n")
    ended = martlet_to_its_end("import", "uwsgi.ini:shop", "-o", "-", cwd=folder)
    assert 'wsgi = "shop:app"' in ended.stdout
    ended = martlet_to_its_end("import", "uwsgi.ini:nope", "-o", "-", cwd=folder)
    assert ended.code == 1 and "has no section [nope]; it has [uwsgi], [shop]" in ended.stderr


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("gone.ini", None, "gone.ini cannot be read: there is no such file."),
        ("a.yaml", b"uwsgi:\n", "a.yaml is YAML, which is not translated."),
        ("a.ini", b"[uwsgi]\nmodule = \xff\n", "a.ini is not text in UTF-8."),
        ("b.ini", b"x" * (1 << 20) + b"x", "b.ini cannot be read: it is too large."),
        ("c.txt", b"hello", "c.txt is none of the files that are translated"),
    ],
)
def test_what_cannot_be_read(folder, name, content, message):
    if content is not None:
        (folder / name).write_bytes(content)
    ended = martlet_to_its_end("import", name, cwd=folder)
    assert ended.code == 1 and message in ended.stderr, ended
    assert not (folder / "martlet.toml").exists()
