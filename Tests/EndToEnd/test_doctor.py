"""`martlet doctor`: what it says of this machine, and of one where something is wrong."""

import json
import os
import pwd
import resource
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from certificates import DAY, Authority
from needs import refuse, requires_root
from program import built
from server import Finished, martlet_to_its_end
from sites import Site, installed

CHECKS = [
    "configuration", "ports", "open files", "accept queue", "Python", "permissions", "memory", "temporary files", "clock",
    "kernel", "TLS", "characters",
]


@pytest.fixture
def site(tmp_path):
    return Site(tmp_path)


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    authority = Authority(tmp_path_factory.mktemp("doctor") / "tls")
    authority.pair("a", ("a.test",))
    authority.pair("old", ("old.test",), starts=-9 * DAY, ends=-DAY)
    authority.pair("new", ("new.test",), starts=DAY, ends=9 * DAY)
    return authority


def doctor(site: Site, text: str | None, *arguments: str, **more) -> tuple[Finished, dict[str, list[dict]]]:
    """The whole answer, and the rows of each check."""
    if text is not None:
        site.write("martlet.toml", text)
    ended = martlet_to_its_end("doctor", "--json", *arguments, cwd=site.folder, **more)
    assert ended.stderr == "", ended.stderr
    report = json.loads(ended.stdout)
    rows: dict[str, list[dict]] = {}
    for row in report["checks"]:
        rows.setdefault(row["check"], []).append(row)
    states = [row["state"] for row in report["checks"]]
    assert (report["faults"], report["hints"]) == (states.count("fault"), states.count("hint"))
    assert ended.code == (1 if report["faults"] else 0)
    return ended, rows


def python(site: Site) -> str:
    return f"""
        bind = "127.0.0.1:0"
        [route."/"]
        wsgi = "app:app"
        python = "{site.environment("venv")}/bin/python"
        """


def test_a_site_that_is_right(site):
    _, rows = doctor(site, python(site))
    assert list(rows) == CHECKS
    assert {name: [row["state"] for row in rows[name]] for name in ("configuration", "ports", "Python", "permissions", "kernel")} == {
        "configuration": ["ok"], "ports": ["ok"], "Python": ["ok"], "permissions": ["ok"], "kernel": ["ok"],
    }, rows
    assert ".".join(map(str, sys.version_info[:3])) in rows["Python"][0]["found"]


def test_a_person_reads_a_table(site):
    site.write("martlet.toml", python(site))
    ended = martlet_to_its_end("doctor", cwd=site.folder)
    lines = ended.stdout.splitlines()
    for name in CHECKS:
        assert any(line[7:].startswith(name) and line.split()[0] in ("ok", "hint", "fault") for line in lines), name
    assert lines[-1].endswith(".")


def test_without_a_configuration_it_is_about_this_folder(site):
    site.write("app.py", "app = Flask(__name__)\n")
    _, rows = doctor(site, None)
    assert "app:app" in rows["Python"][0]["found"]
    assert "127.0.0.1:8000" in rows["ports"][0]["found"]


def test_a_port_that_somebody_has(site):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        _, rows = doctor(site, f'bind = "127.0.0.1:{port}"\nroute."/".respond = "x"')
        assert rows["ports"][0]["state"] == "fault"
        assert f"127.0.0.1:{port} is in use by process {os.getpid()}" in rows["ports"][0]["found"]
        assert rows["ports"][0]["advice"]
        # It is said once.
        assert rows["configuration"][0]["state"] == "ok"


def test_the_server_of_the_same_site_is_no_fault(site):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
    site.write("martlet.toml", f'bind = "127.0.0.1:{port}"\nroute."/".respond = "x"')
    with site.serve() as server:
        _, rows = doctor(site, None)
        assert rows["ports"][0]["state"] == "ok" and "has it" in rows["ports"][0]["found"]
        server.stop()


def test_a_configuration_that_is_wrong(site):
    _, rows = doctor(site, 'bnd = 5\nroute."/".respond = "x"')
    assert rows["configuration"][0]["state"] == "fault"
    assert "line 1: there is no setting 'bnd'" in rows["configuration"][0]["found"]
    _, rows = doctor(site, "bind = = 5")
    assert rows["configuration"][0]["state"] == "fault" and "not TOML" in rows["configuration"][0]["found"]
    _, rows = doctor(site, None, "nowhere.toml")
    assert rows["configuration"][0]["state"] == "fault"


PAIR = 'bind = "https://127.0.0.1:0"\ntls = {{ certificate = "{}", key = "{}" }}\nroute."/".respond = "x"'
CHECKED = {
    "expired": PAIR.format("tls/old.pem", "tls/old.key"),
    "not valid yet": PAIR.format("tls/new.pem", "tls/new.key"),
    "key of another pair": PAIR.format("tls/a.pem", "tls/old.key"),
    "a folder": PAIR.format("tls", "tls/a.key"),
    "a pipe": PAIR.format("pipe", "tls/a.key"),
    "a device": PAIR.format("/dev/zero", "tls/a.key"),
    "no program": 'bind = "127.0.0.1:0"\n[route."/"]\nswift = "nowhere"',
    "log in a folder": 'bind = "127.0.0.1:0"\naccess-log = "tls"\nroute."/".respond = "x"',
    "addresses that cover each other": 'bind = ["127.0.0.1:1234", "0.0.0.0:1234"]\nroute."/".respond = "x"',
    "right": PAIR.format("tls/a.pem", "tls/a.key"),
}


@pytest.mark.parametrize("name", CHECKED)
def test_it_says_what_check_says(site, authority, name):
    (site.folder / "tls").symlink_to(authority.folder)
    os.mkfifo(site.folder / "pipe")
    _, rows = doctor(site, CHECKED[name])
    checked = martlet_to_its_end("check", cwd=site.folder)
    assert checked.code == (0 if name == "right" else 1), checked.stderr
    (row,) = rows["configuration"]
    assert row["state"] == ("ok" if name == "right" else "fault")
    if name != "right":
        assert row["found"].partition(": line ")[2].partition(": ")[2] in checked.stderr


@pytest.mark.parametrize("path", ["a.sock", "here/a.sock", "{}/a.sock"])
def test_a_unix_socket_that_somebody_has(site, path):
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(site.folder / "a.sock"))
        other.listen()
        (site.folder / "here").symlink_to(".")
        _, rows = doctor(site, f'bind = "unix:{path.format(site.folder)}"\nroute."/".respond = "x"')
        assert rows["ports"][0]["state"] == "fault" and f"by process {os.getpid()}" in rows["ports"][0]["found"]
        checked = martlet_to_its_end("check", cwd=site.folder)
        assert checked.code == 1 and f"is in use by process {os.getpid()}" in checked.stderr
    assert doctor(site, None)[1]["ports"][0]["state"] == "ok"


def test_a_python_that_is_not_there(site):
    _, rows = doctor(site, 'bind = "127.0.0.1:0"\n[route."/"]\nwsgi = "app:app"\npython = "/nowhere/python"')
    assert rows["Python"][0]["state"] == "fault" and "/nowhere/python" in rows["Python"][0]["found"]


def test_a_python_that_is_not_whole(site):
    """As Debian's python3-minimal, which has not all of Python's own library."""
    environment = site.environment("env")
    (packages,) = environment.glob("lib/python3*/site-packages")
    (packages / "minimal.pth").write_text("import sys; sys.modules['difflib'] = None\n")
    site.write("app.py", "def app(environ, start_response):\n    pass\n")
    _, rows = doctor(site, 'bind = "127.0.0.1:0"\n[route."/"]\nwsgi = "app:app"\npython = "env/bin/python"')
    assert rows["Python"][0]["state"] == "fault" and "no module 'difflib'" in rows["Python"][0]["found"]
    ended = martlet_to_its_end("serve", cwd=site.folder)
    assert ended.code != 0 and "no module 'difflib', which is a part of Python's own library" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_library_that_is_for_another_system(site):
    """Beside the program, where packages put it."""
    program = Path(installed(site.folder))
    (site.folder / "libMartletWorker.so").write_bytes(b"\x7fELF of another machine")
    site.write("martlet.toml", python(site))
    ended = subprocess.run([program, "doctor", "--json"], cwd=site.folder, capture_output=True, text=True, timeout=120)
    (row,) = [row for row in json.loads(ended.stdout)["checks"] if row["check"] == "Python"]
    assert (ended.returncode, row["state"]) == (1, "fault") and "no worker can run in it" in row["found"]
    (site.folder / "libMartletWorker.so").unlink()
    ended = subprocess.run([program, "doctor"], cwd=site.folder, capture_output=True, text=True, timeout=120)
    assert ended.returncode == 1 and "The library that Python workers load is missing" in ended.stdout


def test_few_open_files(site):
    def few():
        resource.setrlimit(resource.RLIMIT_NOFILE, (512, 512))

    _, rows = doctor(site, 'bind = "127.0.0.1:0"\nroute."/".respond = "x"', prepare=few)
    assert rows["open files"][0]["state"] == "hint" and "512" in rows["open files"][0]["found"]
    assert "LimitNOFILE" in rows["open files"][0]["advice"]


def test_a_temporary_folder_that_is_not_there(site):
    _, rows = doctor(site, 'bind = "127.0.0.1:0"\nroute."/".respond = "x"', env={"TMPDIR": "/nowhere/at/all"})
    assert rows["temporary files"][0]["state"] == "fault"


def test_characters(site):
    text = 'bind = "127.0.0.1:0"\nroute."/".respond = "x"'
    assert doctor(site, text, env={"LC_ALL": "de_DE.ISO-8859-1"})[1]["characters"][0]["state"] == "hint"
    assert doctor(site, text, env={"LC_ALL": "C"})[1]["characters"][0]["state"] == "ok"


def test_a_folder_that_the_user_of_the_site_may_not_enter(site):
    requires_root("the user of a site is root's to choose")
    os.chmod(site.folder, 0o700)
    (site.folder / "page").mkdir()
    _, rows = doctor(site, 'user = "nobody"\nbind = "127.0.0.1:0"\n[route."/"]\nfiles = "page"')
    assert [row["state"] for row in rows["permissions"]] == ["fault"]
    assert "user nobody may not enter" in rows["permissions"][0]["found"]


def test_a_key_that_everybody_can_read(site):
    for name in ("cert.pem", "key.pem"):
        site.write(name, "x")
    (site.folder / "key.pem").chmod(0o644)
    _, rows = doctor(site, 'bind = "127.0.0.1:0"\ntls = { certificate = "cert.pem", key = "key.pem" }\nroute."/".respond = "x"')
    assert any(row["state"] == "hint" and "every user of this machine" in row["found"] for row in rows["permissions"])


def test_a_port_that_only_root_may_have(site):
    requires_root("becoming another user needs root")
    nobody = pwd.getpwnam("nobody")

    def become_nobody():
        os.setgroups([])
        os.setgid(nobody.pw_gid)
        os.setuid(nobody.pw_uid)

    lowest = int(Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").read_text())
    if lowest < 81:
        refuse("every user may listen at port 80 here")
    with tempfile.TemporaryDirectory(prefix="martlet-") as folder:
        os.chmod(folder, 0o755)
        Path(folder, "martlet.toml").write_text('bind = "127.0.0.1:80"\nroute."/".respond = "x"\n')
        # The program is opened before: nobody may not enter the folder that it was built in.
        program = os.open(built("martlet"), os.O_RDONLY)
        try:
            process = subprocess.run(
                [f"/proc/self/fd/{program}", "doctor", "--json", folder],
                pass_fds=[program], preexec_fn=become_nobody, cwd="/", capture_output=True, text=True, timeout=60,
            )
        finally:
            os.close(program)
    assert process.returncode == 1
    (ports,) = [row for row in json.loads(process.stdout)["checks"] if row["check"] == "ports"]
    assert ports["state"] == "fault" and "may not listen below" in ports["found"]
    assert "CAP_NET_BIND_SERVICE" in ports["advice"]
