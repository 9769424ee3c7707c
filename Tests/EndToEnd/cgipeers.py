"""A real php-fpm with the application in apps/php, as Debian's package has it, and other servers that speak CGI's protocols."""

import glob
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import waiting
from front import Front, free_address
from needs import refuse
from output import Output
from program import APPS

CONFIGURATION = """\
[global]
error_log = /dev/stderr
daemonize = no
[www]
listen = {listen}
listen.mode = 0666
pm = static
pm.max_children = {children}
ping.path = /ping
php_admin_value[session.save_path] = {folder}
php_admin_value[upload_tmp_dir] = {folder}
php_admin_value[upload_max_filesize] = 64M
php_admin_value[post_max_size] = 64M
php_admin_value[log_errors] = on
php_admin_value[display_errors] = off
"""

SCRIPTS = APPS / "php"


def fpm_program() -> str:
    """Debian's has the version in its name, and is not in everyone's PATH."""
    found = [shutil.which("php-fpm"), *sorted(glob.glob("/usr/sbin/php-fpm*"))]
    if not any(found):
        refuse("missing on this machine: php-fpm")
    return next(path for path in reversed(found) if path)


class SocketProgram:
    """A program that accepts at a Unix socket, until `stop`."""

    def __init__(self, name: str, command: list[str], path: str, env: dict[str, str] | None = None):
        self.name = name
        self.path = path
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=env
        )
        self.stderr = Output(self.process.stderr, name)
        waiting.until(self._accepts, f"{name} accepts connections")

    def _accepts(self) -> bool:
        assert self.process.poll() is None, f"{self.name} ended:\n" + self.stderr.wait_for_end()
        with socket.socket(socket.AF_UNIX) as client:
            try:
                client.connect(self.path)
                return True
            except (FileNotFoundError, ConnectionRefusedError):
                return False

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(30)
        self.stderr.wait_for_end()


def php_fpm(folder: Path, unix: bool, children: int = 4) -> tuple[Front | SocketProgram, str]:
    """The process, and its address for `proxy`."""
    program = fpm_program()
    file = folder / "php-fpm.conf"
    path, address = str(folder / "fpm.sock"), free_address()
    listen = path if unix else "{}:{}".format(*address)
    text = CONFIGURATION.format(folder=folder, listen=listen, children=children)
    if os.geteuid() == 0:
        text += "user = root\ngroup = root\n"
    file.write_text(text)
    command = [program, "-n", "-R", "-F", "-y", str(file)]
    if unix:
        return SocketProgram("php-fpm", command, path), f"fastcgi://unix:{path}"
    return Front("php-fpm", command, address), f"fastcgi://{listen}"


def uwsgi(folder: Path, unix: bool, app: str = "echo:application") -> tuple[Front | SocketProgram, str]:
    """uWSGI with an application of the tests."""
    path, address = str(folder / "uwsgi.sock"), free_address()
    listen = path if unix else "{}:{}".format(*address)
    command = [str(Path(sys.executable).with_name("uwsgi")), "--socket", listen, "--master", "--die-on-term"]
    command += ["--need-app", "--pythonpath", str(APPS), "--module", app, "--buffer-size", "65535", "--processes", "2"]
    if unix:
        return SocketProgram("uwsgi", command, path), f"uwsgi://unix:{path}"
    return Front("uwsgi", command, address), f"uwsgi://{listen}"


FLUP = """\
import importlib, sys
sys.path.insert(0, {apps!r})
from flup.server import {kind}
application = importlib.import_module("echo").application
{kind}.WSGIServer(application, bindAddress={address!r}).run()
"""


def flup(kind: str, unix: str | None) -> tuple[Front | SocketProgram, str]:
    """flup's server for SCGI or FastCGI."""
    address = free_address()
    command = [sys.executable, "-c", FLUP.format(apps=str(APPS), kind=kind, address=unix or address)]
    scheme = {"scgi": "scgi", "fcgi": "fastcgi"}[kind]
    if unix:
        return SocketProgram("flup", command, unix), f"{scheme}://unix:{unix}"
    return Front("flup", command, address), "{}://{}:{}".format(scheme, *address)


def fcgiwrap(folder: Path) -> tuple[SocketProgram, str]:
    """CGI scripts behind FastCGI."""
    path = str(folder / "fcgiwrap.sock")
    program = shutil.which("fcgiwrap") or shutil.which("fcgiwrap", path="/usr/sbin")
    if not program:
        refuse("missing on this machine: fcgiwrap")
    return SocketProgram("fcgiwrap", [program, "-f", "-c", "4", "-s", f"unix:{path}"], path), f"fastcgi://unix:{path}"
