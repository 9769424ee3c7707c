"""`martlet serve`: several applications behind one server, each with its own Python, environment, user and workers."""

import grp
import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from needs import refuse, requires_root
from rawclient import exchange
from server import martlet_to_its_end
from sites import Site, facts, installed, other_python, runs


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    site = Site(tmp_path_factory.mktemp("site"))
    for name in ("front", "shop"):
        site.application(name)
    site.environment("front/.venv")
    site.environment("venvs/shop", other_python())
    site.write(
        "martlet.toml",
        """
        bind = "127.0.0.1:0"

        [route."/shop"]
        wsgi = "facts:application"
        directory = "shop"
        python = "venvs/shop/bin/python"
        workers = 1
        environment = { NAME = "the shop", SHOP = "1" }

        [route."/"]
        wsgi = "facts:application"
        directory = "front"
        workers = 1

        [route."/".environment]
        NAME = "the front"
        """,
    )
    return site


@pytest.fixture(scope="module")
def server(site):
    # An environment that is active where the server starts cannot be meant for all of its applications.
    server = site.serve(NAME="the server", SERVER="1", VIRTUAL_ENV=str(site.folder / "venvs/shop"))
    yield server
    server.stop()


def test_the_banner_names_every_application(site, server):
    text = server.stderr.text
    assert "serves ./martlet.toml" in text or "serves martlet.toml" in text
    assert f"{site.folder}/venvs/shop/bin/python ('python')" in text
    assert "/front/.venv/bin/python (.venv beside the application)" in text
    assert text.index("  /shop ") > 0 and text.index("  /  ") > 0


def test_each_application_has_its_own_python_and_packages(site, server):
    front, shop = facts(server, "/"), facts(server, "/shop")
    assert front["prefix"] == str(site.folder / "front/.venv") and front["marker"] == "front/.venv"
    assert shop["prefix"] == str(site.folder / "venvs/shop") and shop["marker"] == "venvs/shop"
    assert front["folder"] == str(site.folder / "front")
    assert shop["folder"] == str(site.folder / "shop")
    assert front["pid"] != shop["pid"]


def test_each_application_has_its_own_variables(server):
    front, shop = facts(server, "/")["variables"], facts(server, "/shop")["variables"]
    assert (front["NAME"], shop["NAME"]) == ("the front", "the shop")
    assert (front.get("SHOP"), shop["SHOP"]) == (None, "1")
    assert front["SERVER"] == shop["SERVER"] == "1"


@pytest.mark.parametrize(
    "target, script, path",
    [
        ("/", "", "/"),
        ("/shop", "/shop", ""),
        ("/shop/", "/shop", "/"),
        ("/shop/cart?x=/y", "/shop", "/cart"),
        ("/shopping", "", "/shopping"),
        ("/sh%6fp/a%20b", "/shop", "/a b"),
        ("/shop%2Fcart", "", "/shop/cart"),
        ("/shop/../admin", "/shop", "/../admin"),
        ("/shop/%2e%2e/admin", "/shop", "/../admin"),
        ("/x/../shop", "", "/x/../shop"),
        ("//shop", "", "//shop"),
    ],
)
def test_paths_are_cut_between_segments(server, target, script, path):
    seen = facts(server, target)
    assert (seen["script"], seen["path"]) == (script, path)
    assert Path(seen["folder"]).name == ("shop" if script else "front")


def test_an_application_that_keeps_dying_does_not_disturb_the_other(site):
    with site.serve() as server:
        front = facts(server, "/")["pid"]
        for deaths in range(1, 4):
            assert exchange(server.address, "/shop/exit").status == 502
            server.stderr.wait_for(r"a new worker starts.* app=/shop$", deaths)
            assert facts(server, "/")["pid"] == front
            assert facts(server, "/shop")["path"] == ""
        assert "app=/\n" not in server.stderr.text
        server.stop(same_workers=False)


def test_a_path_of_no_application_is_not_found(site):
    site.write("only-the-shop.toml", """
        bind = "127.0.0.1:0"
        [route."/shop"]
        wsgi = "facts:application"
        directory = "shop"
        workers = 1
        """)
    with site.serve("only-the-shop.toml") as server:
        assert exchange(server.address, "/").status == 404
        assert exchange(server.address, "/shopping").status == 404
        assert facts(server, "/shop/x")["script"] == "/shop"
        server.stop()


@pytest.fixture
def public_site():
    """In a folder that every user can enter, unlike those of pytest."""
    folder = Path(tempfile.mkdtemp(prefix="martlet-"))
    folder.chmod(0o755)
    yield Site(folder)
    shutil.rmtree(folder)


PYTHON = "/usr/bin/python3"


def test_each_application_has_its_own_user(public_site):
    requires_root("only root can run an application as another user")
    if not runs(PYTHON):
        refuse(f"{PYTHON}, which every user can run, is missing")
    nobody, daemon = pwd.getpwnam("nobody"), pwd.getpwnam("daemon")
    public_site.application("app")
    # What a virtual environment brings along runs before the application does: not as root either.
    environment = public_site.environment("venv", PYTHON)
    for packages in environment.glob("lib/python3*/site-packages"):
        (packages / "early.pth").write_text("import os; os.environ['EARLY_USER'] = str(os.getuid())\n")
    public_site.write(
        "martlet.toml",
        f"""
        bind = "127.0.0.1:0"
        [route."/"]
        wsgi = "facts:application"
        directory = "app"
        python = "venv/bin/python"
        workers = 1
        user = "nobody"

        [route."/other"]
        wsgi = "facts:application"
        directory = "app"
        python = "{PYTHON}"
        workers = 1
        user = "{daemon.pw_uid}:nogroup"
        environment = {{ HOME = "/elsewhere" }}

        [route."/root"]
        wsgi = "facts:application"
        directory = "app"
        python = "{PYTHON}"
        workers = 1
        """,
    )
    with public_site.serve(program=installed(public_site.folder)) as server:
        seen = facts(server, "/")
        assert seen["user"] == [nobody.pw_uid] * 3 and seen["group"] == [nobody.pw_gid] * 3
        assert seen["groups"] == sorted(os.getgrouplist("nobody", nobody.pw_gid))
        assert seen["variables"]["EARLY_USER"] == str(nobody.pw_uid)
        assert [seen["variables"][name] for name in ("HOME", "USER", "LOGNAME")] == [nobody.pw_dir, "nobody", "nobody"]
        other = facts(server, "/other")
        assert other["user"] == [daemon.pw_uid] * 3 and other["group"] == [grp.getgrnam("nogroup").gr_gid] * 3
        assert other["variables"]["USER"] == "daemon" and other["variables"]["HOME"] == "/elsewhere"
        assert facts(server, "/root")["user"] == [0, 0, 0]
        # A body goes through the shared memory, whoever has it open.
        assert exchange(server.address, "/other", "POST", [], b"x" * 200_000).status == 200
        assert exchange(server.address, "/exit").status == 502
        server.stderr.wait_for("is back")
        assert facts(server, "/")["user"] == [nobody.pw_uid] * 3
        server.stop(same_workers=False)


def test_what_the_user_cannot_read_is_named(public_site):
    requires_root("only root can run an application as another user")
    public_site.application("private")
    (public_site.folder / "private").chmod(0o700)
    public_site.write(
        "martlet.toml",
        f"""
        [route."/"]
        wsgi = "facts:application"
        directory = "private"
        python = "{PYTHON}"
        user = "nobody"
        """,
    )
    command = [installed(public_site.folder), "check"]
    finished = subprocess.run(command, cwd=public_site.folder, capture_output=True, text=True, timeout=60)
    assert finished.returncode == 1
    assert "The user nobody, whom the application is to run as, cannot read " in finished.stderr
    assert "martlet.toml:6:8: " in finished.stderr and "private. " in finished.stderr


def test_only_root_can_run_an_application_as_another_user(public_site):
    requires_root("becoming another user needs root")
    program = installed(public_site.folder)
    public_site.application("app")
    finished = subprocess.run(
        [program, "run", "facts:application", "--chdir", "app", "--worker-user", "daemon", "--bind", "127.0.0.1:0"],
        cwd=public_site.folder, user="nobody", group="nogroup", capture_output=True, text=True, timeout=60,
    )
    assert finished.returncode == 1
    assert "Only root can run an application as another user ('daemon')." in finished.stderr


@pytest.mark.parametrize(
    "user",
    ["4294967295", "4294967295:0", "nobody:4294967295", "-1", "-1:-1", "0:-1", "4294967296", "+0:0", "99999999999999999999"],
)
def test_a_number_that_is_no_users_is_refused(user):
    """The system takes -1 for "leave it as it is": the application would run as root, in silence."""
    finished = martlet_to_its_end("run", "echo:application", f"--user={user}")
    assert finished.code == 1
    wrong = next(part for part in user.split(":") if part not in ("0", "nobody"))
    assert f"'{wrong}' is no number of a user or a group: they go from 0 to 4294967294." in finished.stderr


def test_the_largest_number_is_a_user(public_site):
    requires_root("only root can run an application as another user")
    if not os.access(PYTHON, os.X_OK):
        refuse(f"{PYTHON}, which every user can run, is missing")
    public_site.application("app")
    public_site.write(
        "martlet.toml",
        f"""
        bind = "127.0.0.1:0"
        [route."/"]
        wsgi = "facts:application"
        directory = "app"
        python = "{PYTHON}"
        workers = 1
        user = "4294967294:4294967293"
        """,
    )
    with public_site.serve(program=installed(public_site.folder)) as server:
        seen = facts(server, "/")
        assert seen["user"] == [4294967294] * 3 and seen["group"] == [4294967293] * 3
        server.stop()
