"""Sites for tests: a folder with a configuration file, applications and virtual environments of their own."""

import json
import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

from program import built
from rawclient import exchange
from server import Server

FACTS = '''
"""Answers with what it was given and who it is."""
import json, os, sys


def application(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/exit":
        os._exit(1)
    facts = {
        "file": __file__, "prefix": sys.prefix, "version": list(sys.version_info[:3]), "folder": os.getcwd(),
        "variables": dict(os.environ), "script": environ["SCRIPT_NAME"], "path": path, "pid": os.getpid(),
        "user": os.getresuid(), "group": os.getresgid(), "groups": os.getgroups(),
    }
    try:
        import marker
        facts["marker"] = marker.NAME
    except ImportError:
        pass
    body = json.dumps(facts).encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]
'''


class Site:
    def __init__(self, folder: Path):
        self.folder = folder

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))
        return path

    def application(self, name: str) -> None:
        """An application that tells facts, such as `shop/facts.py` for the name `shop`."""
        self.write(f"{name}/facts.py", FACTS)

    def environment(self, name: str, python: str = sys.executable) -> Path:
        """A virtual environment with a module `marker` that no other one has."""
        folder = self.folder / name
        subprocess.run([python, "-m", "venv", "--without-pip", folder], check=True, timeout=120)
        (packages,) = folder.glob("lib/python3*/site-packages")
        (packages / "marker.py").write_text(f"NAME = {name!r}\n")
        return folder

    def serve(self, *arguments: str, listeners: int = 1, program: str | None = None, **variables: str) -> Server:
        return Server([program or built("martlet"), "serve", *arguments], listeners, self.folder, variables)


def facts(server: Server, target: str) -> dict:
    response = exchange(server.address, target)
    assert response.status == 200, response
    return json.loads(response.body)


def other_python() -> str:
    """A Python of another installation than the one that runs the tests, if the machine has one."""
    own = os.path.realpath(sys.executable)
    candidates = ["/usr/bin/python3", *(str(path) for path in sorted(Path.home().glob(".pyenv/versions/3.1*/bin/python3")))]
    for path in candidates:
        if os.access(path, os.X_OK) and os.path.realpath(path) != own and runs(path):
            return path
    return sys.executable


def runs(python: str) -> bool:
    code = "import sys, venv; sys.exit(sys.version_info < (3, 9))"
    return subprocess.run([python, "-c", code], capture_output=True, timeout=60).returncode == 0


def installed(folder: Path) -> str:
    """A copy of the program in a folder that everyone can enter."""
    program = Path(built("martlet"))
    target = folder / "martlet"
    shutil.copy2(program, target)
    shutil.copy2(program.with_name("libMartletWorker.so"), folder)
    return str(target)
