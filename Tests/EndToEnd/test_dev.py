"""`martlet dev` and `martlet new`: a Swift package while it is written."""

import shutil
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from program import APPS, ROOT, built
from server import Server, martlet_to_its_end


def ask(server: Server, accept: str = "text/html") -> tuple[int, str]:
    """Requests wait for a build, which takes as long as it takes."""
    host, port = server.address
    request = urllib.request.Request(f"http://{host}:{port}/", headers={"Accept": accept})
    try:
        with urllib.request.urlopen(request, timeout=300) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as answer:
        return answer.code, answer.read().decode()


@pytest.fixture
def package(tmp_path) -> Path:
    return Path(shutil.copytree(APPS / "devpackage", tmp_path / "tiny"))


def test_a_package_is_built_again_on_each_change_and_no_request_is_lost(package):
    source = package / "Sources" / "tiny" / "answer.swift"
    with Server([built("martlet"), "dev", str(package), "--bind", "127.0.0.1:0"], cwd=package.parent) as server:
        first = ask(server)
        assert first == (200, "one"), f"the first request waits for the first build: {first}\n{server.stderr.text}"

        source.write_text('func answer() -> String { "two" }\n')
        server.stderr.wait_for("Building tiny", 2)
        assert ask(server) == (200, "two"), "a request that comes during a build is for what is built"

        source.write_text('func answer() -> String { twoo }\n')
        server.stderr.wait_for("Building tiny", 3)
        status, page = ask(server)
        assert status == 500 and "cannot find &#39;twoo&#39; in scope" in page.replace("'", "&#39;")
        assert "func answer() -&gt; String { twoo }" in page, "with the line that is meant"
        status, text = ask(server, "text/plain")
        assert status == 500 and "answer.swift:1" in text and "<" not in text.replace("->", "")

        source.write_text('func answer() -> String { "three" }\n')
        server.stderr.wait_for("Building tiny", 4)
        assert ask(server) == (200, "three")
        server.stop(same_workers=False)


def test_a_stop_ends_a_build(package):
    with Server([built("martlet"), "dev", str(package), "--bind", "127.0.0.1:0"], cwd=package.parent) as server:
        server.stop(same_workers=False)


def test_where_there_is_no_package_it_says_what_to_do(tmp_path):
    refused = martlet_to_its_end("dev", cwd=tmp_path)
    assert refused.code == 64 and "This folder has no Package.swift. 'martlet new NAME' makes a package." in refused.stderr


def test_a_package_with_several_programs_asks_for_one(package):
    manifest = package / "Package.swift"
    second = package / "Sources" / "other"
    shutil.copytree(package / "Sources" / "tiny", second)
    manifest.write_text(manifest.read_text().replace('"tiny")])', '"tiny"), .executableTarget(name: "other")])'))
    refused = martlet_to_its_end("dev", str(package), deadline=300)
    assert refused.code == 64 and "tiny, other. Say which one with --product" in refused.stderr


def test_a_new_package_is_one(tmp_path):
    made = martlet_to_its_end("new", "shop", "--martlet", str(ROOT), cwd=tmp_path)
    assert made.code == 0 and "cd shop\n  martlet dev" in made.stdout and not made.stderr
    folder = tmp_path / "shop"
    assert (folder / "Sources" / "shop" / "Routes.swift").is_file() and (folder / "templates" / "index.html").is_file()
    described = subprocess.run(
        ["swift", "package", "--package-path", folder, "dump-package"], capture_output=True, text=True, timeout=300
    )
    assert described.returncode == 0, described.stderr
    again = martlet_to_its_end("new", "shop", cwd=tmp_path)
    assert again.code == 1 and "the folder shop cannot be made: it is there already" in again.stderr


@pytest.mark.parametrize("name", ["", "1st", "a/b", "../up", "Martlet", "ü", "a b", "x" * 101])
def test_a_name_that_is_no_module_is_refused(tmp_path, name):
    refused = martlet_to_its_end("new", name, cwd=tmp_path)
    assert refused.code == 64 and not list(tmp_path.iterdir())


def test_what_was_saved_a_moment_ago_is_what_is_answered(package):
    source = package / "Sources" / "tiny" / "answer.swift"
    with Server([built("martlet"), "dev", str(package), "--bind", "127.0.0.1:0"], cwd=package.parent) as server:
        assert ask(server) == (200, "one")
        for text in ("two", "three"):
            source.write_text(f'func answer() -> String {{ "{text}" }}\n')
            assert ask(server) == (200, text)
        server.stop(same_workers=False)


def test_a_build_that_does_not_end_is_ended_by_the_next_change(package):
    manifest = package / "Package.swift"
    good = manifest.read_text()
    manifest.write_text(good + "\nwhile true {}\n")
    with Server([built("martlet"), "dev", str(package), "--product", "tiny", "--bind", "127.0.0.1:0"]) as server:
        server.stderr.wait_for("Building tiny")
        manifest.write_text(good)
        assert ask(server) == (200, "one")
        server.stop(same_workers=False)


def test_words_of_swift_are_no_names(tmp_path):
    refused = martlet_to_its_end("new", "class", cwd=tmp_path)
    assert refused.code == 64 and "is a word of Swift" in refused.stderr
