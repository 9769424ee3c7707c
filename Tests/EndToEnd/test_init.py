"""`martlet init`: a configuration and a unit of systemd, of what is in the folder."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from needs import requires
from program import EXAMPLES, ROOT, built
from rawclient import exchange
from server import Finished, martlet_to_its_end
from sites import Site
from test_first_minutes import FACTORY, FLASK


@pytest.fixture
def site(tmp_path):
    return Site(tmp_path)


def init(site: Site, *arguments: str) -> Finished:
    return martlet_to_its_end("init", *arguments, cwd=site.folder)


def serves(site: Site, expected: bytes = b"found") -> None:
    """What was written passes the check, and serves: at a port that is free."""
    path = site.folder / "martlet.toml"
    path.write_text(path.read_text().replace("127.0.0.1:8000", "127.0.0.1:0").replace('# python = ".venv/bin/python"', f'python = "{sys.executable}"'))
    checked = martlet_to_its_end("check", cwd=site.folder)
    assert checked.code == 0, checked.stderr
    with site.serve() as server:
        response = exchange(server.address, host="localhost")
        assert response.status == 200 and expected in response.body
        server.stop()


LAYOUTS = {
    "Flask": ({"app.py": FLASK}, 'wsgi = "app:app"'),
    "factory in src": ({"src/flaskr/__init__.py": FACTORY}, 'wsgi = "flaskr:create_app()"'),
    "files": ({"public/index.html": "found"}, 'files = "public"'),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_what_it_writes_is_served(site, layout):
    files, line = LAYOUTS[layout]
    for name, text in files.items():
        site.write(name, text)
    ended = init(site)
    assert ended.code == 0, ended.stderr
    assert line in (site.folder / "martlet.toml").read_text().splitlines()
    serves(site)


def test_django(tmp_path):
    folder = shutil.copytree(EXAMPLES / "django", tmp_path / "django", ignore=shutil.ignore_patterns("martlet.toml"))
    assert init(Site(folder)).code == 0
    serves(Site(folder), b"")


def test_a_folder_with_nothing_gets_what_works_at_once(site):
    ended = init(site)
    assert ended.code == 0 and "Nothing that can be served was found" in ended.stdout
    assert '# wsgi = "hello:app"' in (site.folder / "martlet.toml").read_text()
    serves(site, b"Hello World!")


def test_what_is_not_served_as_it_is_is_said(site):
    site.write("main.py", "app = FastAPI()\n")
    site.write("app.py", "def create_app(config):\n    pass\n")
    ended = init(site)
    text = " ".join((site.folder / "martlet.toml").read_text().replace("\n#", "").split())
    for words in ("it speaks ASGI", "it needs arguments"):
        assert words in ended.stdout and words in text
    assert martlet_to_its_end("check", cwd=site.folder).code == 0


def test_settings_of_another_server_are_named(site):
    site.write("app.py", FLASK)
    site.write("gunicorn.conf.py", "workers = 2\n")
    site.write("Procfile", "web: gunicorn app:app\n")
    ended = init(site)
    for command in ("martlet import gunicorn.conf.py --app app:app", "martlet import Procfile"):
        command += " --output -"
        assert command in ended.stdout
        assert martlet_to_its_end(*command.split()[1:], cwd=site.folder).code == 0
    serves(site)


def test_an_active_environment_is_written_down(site, tmp_path_factory):
    site.write("app.py", FLASK)
    other = Site(tmp_path_factory.mktemp("elsewhere")).environment("shop")
    martlet_to_its_end("init", cwd=site.folder, env={"VIRTUAL_ENV": str(other)})
    assert f'python = "{other}/bin/python"' in (site.folder / "martlet.toml").read_text().splitlines()
    assert martlet_to_its_end("check", cwd=site.folder).code == 0


@pytest.mark.parametrize("name", [".venv", "venv", "env", "mine"])
def test_an_environment_of_the_folder(site, name):
    site.write("app.py", FLASK)
    environment = site.environment(name)
    martlet_to_its_end("init", cwd=site.folder, env={"VIRTUAL_ENV": str(environment)})
    lines = (site.folder / "martlet.toml").read_text().splitlines()
    assert ('python = "mine/bin/python"' in lines) == (name == "mine")
    assert f"/{name}/bin/python" in martlet_to_its_end("check", cwd=site.folder).stdout


def test_each_setting_is_in_the_words_of_its_table(site):
    """Every comment is a row of the page of settings, and every line that is not in force can be put in force."""
    site.write("app.py", FLASK)
    init(site)
    text = (site.folder / "martlet.toml").read_text()
    page = (ROOT / "docs" / "reference" / "settings.md").read_text()
    for key in ("workers", "threads", "request-timeout", "bind", "body"):
        summaries = re.findall(rf"^\| `[^|]*` \| `{key}` \|(?:[^|]*\|){{2}} ([^|]*) \|", page, re.MULTILINE)
        assert any(summary in " ".join(text.replace("\n#", "").split()) for summary in summaries), key
    site.write("martlet.toml", re.sub(r"^# (?=[\w-]+ = |\[)", "", text, flags=re.MULTILINE))
    site.write("secret-key", "x")
    site.environment(".venv")
    checked = martlet_to_its_end("check", cwd=site.folder)
    assert checked.code == 0, checked.stderr


def test_nothing_is_written_over(site):
    site.write("app.py", FLASK)
    site.write("martlet.toml", "# mine\n")
    first = init(site)
    assert first.code == 0 and "martlet.toml is there already and stays as it is" in first.stderr
    unit = (site.folder / "martlet.service").read_text()
    again = init(site)
    assert again.code == 1 and "nothing was written" in again.stderr
    assert (site.folder / "martlet.toml").read_text() == "# mine\n"
    assert (site.folder / "martlet.service").read_text() == unit


def test_a_link_in_the_place_of_a_file_is_not_followed(site, tmp_path_factory):
    target = tmp_path_factory.mktemp("elsewhere") / "file"
    (site.folder / "martlet.toml").symlink_to(target)
    init(site)
    assert not target.exists()


def test_another_folder(site):
    site.write("shop/app.py", FLASK)
    ended = init(site, "shop")
    assert ended.code == 0 and "martlet check shop" in ended.stdout
    assert martlet_to_its_end("init", "nowhere", cwd=site.folder).code == 64


def test_a_name_that_controls_a_terminal(tmp_path):
    folder = tmp_path / "a\x1b[31m\n\x9b"
    folder.mkdir()
    site = Site(folder)
    site.write("b\x1b[2J.py", FLASK)
    ended = martlet_to_its_end("init", str(folder), cwd=tmp_path)
    assert ended.code == 0 and "no unit of systemd can have the name" in ended.stderr
    assert not (folder / "martlet.service").exists() and (folder / "martlet.toml").exists()
    checked = martlet_to_its_end("check", str(folder), cwd=tmp_path)
    site.write("martlet.toml", 'bnd = ""\n[route."/"]\nfiles = "nothing\\u001b[2Jhere"\n')
    wrong = [martlet_to_its_end(command, str(folder), cwd=tmp_path) for command in ("check", "serve", "doctor")]
    assert [it.code for it in wrong] == [1, 1, 1]
    for said in (ended, martlet_to_its_end(cwd=folder), martlet_to_its_end("doctor", str(folder), cwd=tmp_path), checked, *wrong):
        text = (said.stdout + said.stderr).replace("\n", "")
        assert text.isprintable(), repr(text)


# The unit


def installed(folder: Path) -> Path:
    """A copy of the unit under a name of its own, as it would be installed."""
    unit = folder / "martlet-init-test.service"
    shutil.copy(folder / "martlet.service", unit)
    return unit


@pytest.mark.parametrize("name", ["shop", "my shop", "50% off", 'a "b" $HOME', "größe"])
def test_systemd_finds_the_unit_right(tmp_path, name):
    requires("systemd-analyze")
    folder = tmp_path / name
    folder.mkdir()
    site = Site(folder)
    site.write("app.py", FLASK)
    site.write("instance/app.sqlite", "")
    assert init(site).code == 0
    verified = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(installed(folder))], capture_output=True, text=True, timeout=120
    )
    said = [line for line in (verified.stdout + verified.stderr).splitlines() if "martlet-init-test" in line]
    assert said == []
    text = (folder / "martlet.service").read_text()
    assert f"ReadWritePaths=" in text and "@" not in text


def test_a_name_that_a_unit_of_the_machine_has(tmp_path):
    requires("nginx")
    folder = tmp_path / "nginx"
    folder.mkdir()
    ended = init(Site(folder))
    assert "martlet.service /etc/systemd/system/nginx-2.service\n  systemctl enable --now nginx-2" in ended.stdout
    assert "StateDirectory=nginx-2" in (folder / "martlet.service").read_text().splitlines()


def test_the_guide_shows_the_same_unit(tmp_path):
    folder = tmp_path / "shop"
    folder.mkdir()
    init(Site(folder))
    unit = (folder / "martlet.service").read_text()
    unit = unit.replace(str(folder), "/srv/shop").replace(built("martlet"), "/usr/local/bin/martlet")
    unit = re.sub(r"^(# A user that systemd makes.*\nDynamicUser=yes|User=.*)$", "User=shop", unit, flags=re.MULTILINE)
    unit = re.sub(r"^ProtectHome=.*$", "ProtectHome=yes", unit, flags=re.MULTILINE)
    unit = re.sub(r"^PrivateTmp=.*$", "PrivateTmp=yes", unit, flags=re.MULTILINE)
    guide = (ROOT / "docs" / "guides" / "deploy.md").read_text()
    shown = re.search(r"^```ini\n(\[Unit\]\nDescription=shop.*?)^```", guide, re.DOTALL | re.MULTILINE)[1]
    assert shown == unit
