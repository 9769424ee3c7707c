"""`git clone` and `git push` over `git http-backend`, a CGI script that people have (smart HTTP)."""

import os
import subprocess

import pytest
from needs import requires
from sites import Site


def git(*words: str, cwd, **variables: str) -> str:
    own = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null", "GIT_TERMINAL_PROMPT": "0", **variables}
    result = subprocess.run(
        ["git", "-c", "user.name=a", "-c", "user.email=a@b", "-c", "init.defaultBranch=main", *words],
        cwd=cwd, env={**os.environ, **own}, capture_output=True, text=True, timeout=120,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    requires("git")
    folder = tmp_path_factory.mktemp("git")
    backend = os.path.join(git("--exec-path", cwd=folder), "git-http-backend")
    git("init", "--bare", "repositories/project.git", cwd=folder)
    git("config", "http.receivepack", "true", cwd=folder / "repositories/project.git")
    site = Site(folder)
    site.write(
        "martlet.toml",
        f"""
        bind = "127.0.0.1:0"
        [route."/git"]
        cgi = "{backend}"
        environment = {{ GIT_PROJECT_ROOT = "{folder}/repositories", GIT_HTTP_EXPORT_ALL = "1" }}
        """,
    )
    with site.serve(XDG_RUNTIME_DIR=str(folder)) as server:
        yield server
        server.stop(same_workers=False)


def test_push_and_clone(server, tmp_path):
    url = "http://{}:{}/git/project.git".format(*server.address)
    git("clone", url, "one", cwd=tmp_path)
    one = tmp_path / "one"
    (one / "small.txt").write_text("hello")
    # More than git's http.postBuffer of 1 MB, so that it is pushed in chunks.
    (one / "large.bin").write_bytes(os.urandom(5 << 20))
    git("add", ".", cwd=one)
    git("commit", "-m", "first", cwd=one)
    git("push", "origin", "HEAD:refs/heads/main", cwd=one)
    git("clone", "--branch", "main", url, "two", cwd=tmp_path)
    two = tmp_path / "two"
    assert (two / "large.bin").read_bytes() == (one / "large.bin").read_bytes()
    (two / "small.txt").write_text("changed")
    git("commit", "-a", "-m", "second", cwd=two)
    git("push", "origin", "HEAD:refs/heads/main", cwd=two)
    git("fetch", "origin", cwd=one)
    assert git("rev-parse", "origin/main", cwd=one) == git("rev-parse", "HEAD", cwd=two)


def test_a_shallow_clone_and_protocol_1(server, tmp_path):
    url = "http://{}:{}/git/project.git".format(*server.address)
    git("clone", "--depth", "1", "--branch", "main", url, "shallow", cwd=tmp_path)
    assert git("rev-list", "--count", "HEAD", cwd=tmp_path / "shallow") == "1"
    git("-c", "protocol.version=1", "clone", "--branch", "main", url, "old", cwd=tmp_path)
    assert (tmp_path / "old" / "small.txt").read_text() == "changed"
