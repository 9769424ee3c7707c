"""The examples of the settings' page: each setting has one, and the program accepts them all."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from certificates import Authority
from needs import requires_root
from program import EXAMPLES, ROOT, built
from server import environment, martlet_to_its_end

sys.path.insert(0, str(ROOT / "Scripts"))
import settings_examples as examples  # noqa: E402

PAGE = (ROOT / "docs" / "reference" / "settings.md").read_text()
FILES = sorted((ROOT / examples.FOLDER).glob("*.toml"))


def test_each_setting_has_an_example_and_stands_on_the_page_of_the_site():
    files = examples.documents(ROOT)
    page = examples.described(PAGE, ROOT)
    rows = examples.rows(PAGE)
    assert len(rows) > 150
    for row in rows:
        value = examples.value_of(row, files)
        assert value is not None, f"{examples.FOLDER} has no example for '{row.key}' of “{row.section}”"
        assert f"\n{row.key} = {examples.text_of(value)}\n```" in page
        assert row.compare and f"* **Compare:** {row.compare}\n" in page
    for said in re.findall(r"^\*\*`[\w-]+`\*\* (.*)$", PAGE, re.MULTILINE):
        assert said in page
    assert "| Flag | Key |" not in page and "\n## Exit codes\n" in page


@pytest.fixture
def folder() -> Iterator[Path]:
    """What the examples speak of, where other users can reach it."""
    with TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        fill(Path(folder))
        yield Path(folder)


def fill(tmp_path: Path) -> None:
    for name in ("logs", "static", "scripts", "errors", "run", "files", "www", "cache", "state"):
        (tmp_path / name).mkdir()
    shutil.copytree(EXAMPLES / "django" / "shop", tmp_path / "shop")
    (tmp_path / "shop" / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / "shop" / ".venv" / "bin" / "python").symlink_to("/usr/bin/python3")
    for name in ("errors/missing.html", "errors/broken.html", "missing.html", "broken.html", "maintenance.html", "static/index.html"):
        (tmp_path / name).touch()
    shutil.copy(EXAMPLES / "django" / "prepare", tmp_path / "scripts" / "hello")
    (tmp_path / "errors" / "404.html").touch()
    (tmp_path / "passwords").write_text("ada:$2y$05$dlR3wMxEQvLQ0qMMwqMSNuXoGVJTcUbFqXXcSNVVVSaPAPTEIvxPa\n")
    (tmp_path / "blog").symlink_to("/bin/true")
    authority = Authority(tmp_path / "authority")
    pair = authority.pair("pair", ("shop.example.com", "*.shop.example.org", "*.example.com", "*.shop.example.com"))
    shutil.copy(pair.certificate, tmp_path / "cert.pem")
    shutil.copy(pair.key, tmp_path / "key.pem")
    for name in ("clients.pem", "authority.pem"):
        shutil.copy(pair.certificate, tmp_path / name)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_program_accepts_them(file, folder):
    requires_root("users of applications are for a server of root's")
    text = file.read_text()
    for written, here in {
        "http://:80": "http://127.0.0.1:0", "https://:443": "https://127.0.0.1:0", ":9100": ":0", ":9101": ":0",
        "/run/shop": f"{folder}/run", "/srv/files": f"{folder}/files", "/srv/www": f"{folder}/www",
        "/var/cache/martlet": f"{folder}/cache", "/var/lib/martlet": f"{folder}/state",
    }.items():
        text = text.replace(written, here)
    (folder / "martlet.toml").write_text(text)
    done = martlet_to_its_end("check", cwd=folder, env={"PATH": "/usr/bin:/bin"})
    assert done.code == 0, done.stdout + done.stderr


BLOCK = re.compile(r"^```toml\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SHOWN = [
    (f"{page.relative_to(ROOT)}:{page.read_text().count(chr(10), 0, block.start()) + 2}", block[1])
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    for block in BLOCK.finditer(page.read_text())
]


def test_what_pages_show_of_a_file_has_settings_that_there_are(tmp_path):
    """Folders, certificates and programs are not there; what is misspelled, or no value of its setting, would be said as well."""
    assert len(SHOWN) > 20
    for where, text in SHOWN:
        name = "pyproject.toml" if "[tool.martlet]" in text else "martlet.toml"
        (tmp_path / name).write_text(text)
        command = [built("martlet"), "check", name]
        said = subprocess.run(command, cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=60).stderr
        assert not re.search(r"there is no (setting|table)|did you mean|is one text|it takes|has a unit|expected", said), f"{where}: {said}"
        (tmp_path / name).unlink()
