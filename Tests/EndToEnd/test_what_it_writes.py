"""What SECURITY.md promises: the server writes to its log and its sockets, and to nothing else."""

import os
import re
import stat
import sys

import pytest
import waiting
from needs import requires
from program import built
from rawclient import exchange
from server import Server, martlet_to_its_end

CALLS = (
    "open,openat,openat2,creat,mkdir,mkdirat,mknod,mknodat,rename,renameat,renameat2,unlink,unlinkat,rmdir,link,linkat,symlink,"
    "symlinkat,chmod,fchmodat,chown,lchown,fchownat,truncate,utimensat,bind,setxattr"
)
"""All that makes, changes or removes something under a name."""


@pytest.fixture
def folders(tmp_path):
    made = {name: tmp_path / name for name in ("run", "tmp", "logs", "sockets", "app")}
    for folder in made.values():
        folder.mkdir()
    (made["app"] / "app.py").write_text(
        "def application(environ, start_response):\n"
        "    size = len(environ['wsgi.input'].read())\n"
        "    start_response('200 OK', [('Content-Length', '2000000')])\n"
        "    return [b'x' * 2_000_000]\n"
    )
    return made


def test_the_server_writes_to_its_log_its_sockets_and_nameless_files(folders, tmp_path):
    requires("strace")
    trace, log, path = tmp_path / "trace", folders["logs"] / "access.log", folders["sockets"] / "s"
    # Three times D: the tracer is neither child nor session member of the server.
    tracer = ["strace", "-DDD", "-f", "-qq", "-s", "200", "-e", f"trace={CALLS}", "-o", str(trace)]
    command = [built("martlet"), "run", "app:application", "--bind", "127.0.0.1:0", "--bind", f"unix:{path}"]
    options = ["--workers", "1", "--python", sys.executable, "--access-log", str(log), "--socket-owner", f":{os.getgid()}"]
    env = {"XDG_RUNTIME_DIR": str(folders["run"]), "TMPDIR": str(folders["tmp"])}
    with Server([*tracer, *command, *options], 2, cwd=folders["app"], env=env) as server:
        for address in server.addresses:
            for body in (b"", b"x" * 2_000_000):
                assert exchange(address, "/", "POST", [], body).status == 200
        assert martlet_to_its_end("reload", env=env).code == 0
        assert exchange(server.address).status == 200
        control = folders["run"] / "martlet" / f"{server.pid}.sock"
        assert stat.S_IMODE(control.parent.stat().st_mode) == 0o700
        assert stat.S_IMODE(control.stat().st_mode) == 0o600
        server.stop(same_workers=False)
    waiting.until(lambda: f"unlink(\"{control}\")" in trace.read_text(), "the end of the trace")
    named = {str(log), str(path), str(control), str(control.parent), "/dev/null"}
    found = {line: target for line in trace.read_text().splitlines() if (target := changed(line)) is not None}
    surprising = {
        line for line, target in found.items() if target not in named and not target.startswith(str(folders["tmp"]))
    }
    assert not surprising, "\n".join(sorted(surprising))
    assert {str(log), str(path), str(control), str(control.parent)} <= set(found.values()), "the trace is not whole"
    left = sorted(str(each) for folder in folders.values() for each in folder.rglob("*"))
    assert left == sorted([str(folders["app"] / "app.py"), str(log), str(control.parent)])


def changed(line: str) -> str | None:
    """What a call of the trace makes, changes or removes; None for one that fails, that only reads, or that names no file."""
    call = re.match(r"\d+ +(\w+)\((.*)", line)
    if call is None or re.search(r"= -1 E\w+", line):
        return None
    name, arguments = call.groups()
    if name in ("open", "openat", "openat2") and not re.search(r"O_WRONLY|O_RDWR|O_CREAT|O_TRUNC|O_TMPFILE", arguments):
        return None
    if name == "bind":
        path = re.search(r'sun_path="([^"]*)"', arguments)
        return path[1] if path else None
    if name == "fchownat" and "AT_EMPTY_PATH" in arguments:
        return None
    path = re.search(r'"([^"]*)"', arguments)
    return path[1] if path else line


# The control socket


def test_a_control_folder_that_somebody_else_has_made_is_not_used(start, tmp_path):
    """In /tmp anyone may be first; and what answers there is not asked."""
    run, other = tmp_path / "run", tmp_path / "other"
    run.mkdir()
    other.mkdir(mode=0o700)
    precious = other / "999999999.sock"
    precious.write_text("precious")
    (run / "martlet").symlink_to(other)
    env = {"XDG_RUNTIME_DIR": str(run)}
    server = start("echo:application", env=env)
    assert exchange(server.address, "/ignores-the-body").status == 200
    for command in ("status", "reload"):
        finished = martlet_to_its_end(command, env=env)
        assert finished.code != 0 and "could not make its socket" in finished.stderr
    assert [each.name for each in other.iterdir()] == [precious.name]
    assert precious.read_text() == "precious"
