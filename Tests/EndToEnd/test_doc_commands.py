"""Every command that the README, the tutorial and the guides show is run, in the order of its page: in a folder that has what the page
speaks of, at free ports and in the place of folders of the system. What is not run is named in `doc_commands.py`, with the reason."""

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

import waiting
from certificates import Authority
from doc_commands import ELSEWHERE, NO_COMMANDS, NOT_RUN, PAGES, Step, steps
from front import free_address
from guides import SETUPS
from output import Output
from processes import signal_session
from program import EXAMPLES, ROOT, built
from rawclient import exchange
from server import Server, environment

SERVES = re.compile(r"^(?:\w+=\S+ )*(?:martlet (?:run|serve|static|proxy|cgi-bin)|swift-hello)\b")
ASKS = re.compile(r"^martlet (?:reload|status|upgrade|purge)\b")
OF_OTHERS = re.compile(r"^(?:gunicorn|uwsgi|waitress-serve)\b")
SITE = """\
bind = "127.0.0.1:0"
response-cache = true

[route."/"]
wsgi = "shop:app"
workers = 1

[route."/static/"]
files = "static"
"""
SCRIPT = "#!/bin/sh\nprintf 'Content-Type: text/plain\\n\\nhello'\n"
HELLO = "from flask import Flask\napp = Flask(__name__)\n@app.route('/hello')\ndef hello():\n    return 'Hello World!'\n"


class Reader:
    """Does what a page says, one step after the other."""

    def __init__(self, folder: Path, stack: ExitStack):
        self.folder = self.top = folder
        self.stack = stack
        self.server: Server | None = None
        (folder / "run").mkdir(mode=0o700)
        programs = {Path(built(name)).parent for name in ("martlet", "swift-hello")}
        path = os.pathsep.join([*map(str, programs), str(Path(sys.executable).parent), os.environ["PATH"]])
        self.variables = {"PATH": path, "XDG_RUNTIME_DIR": str(folder / "run"), "XDG_STATE_HOME": str(folder / "state")}

    def do(self, step: Step) -> None:
        if step.file:
            (self.folder / step.file).write_text(step.text)
        elif (text := self.placed(step.text)) and OF_OTHERS.match(text):
            self.start_another(text)
        elif SERVES.match(text) and (not step.output or any(" serves " in line for line in step.output)):
            self.serve(text, step)
        else:
            if ASKS.match(text) and self.server is None:
                self.serve("martlet serve", step)
            if text.startswith(("martlet new", "martlet import")):
                (self.top / "martlet.toml").unlink()
                self.folder = self.top / "empty" if "new" in text else self.folder
            self.run(text, step)
            if text == "martlet upgrade":
                # What runs now is another process, which no one waits for.
                self.server.kill()
                self.server = None

    def placed(self, text: str) -> str:
        """The command as it is run here."""

        def address(found: re.Match[str]) -> str:
            scheme, rest = re.fullmatch(r"((?:\w+://)?)(.*)", found[2]).groups()
            if rest.startswith("unix:"):
                return f"{found[1]}{scheme}unix:{self.top / 'run' / Path(rest).name}"
            return f"{found[1]}{scheme}127.0.0.1:0"

        text = re.sub(r"(--(?:metrics|status) )(\S+)", address, text)
        if not OF_OTHERS.match(text):
            text = re.sub(r"(--bind )(\S+)", address, text)
        if re.match(r"(?:\w+=\S+ )*martlet (?:run|static|proxy|cgi-bin)\b", text) and "--bind" not in text:
            text += " --bind 127.0.0.1:0"
        if self.server and text.startswith("curl"):
            text = text.replace("127.0.0.1:8000", self.server.host)
        text = re.sub(r"http://127.0.0.1:3000", lambda _: f"http://127.0.0.1:{self.upstream()}", text)
        return text.replace("/srv/shop", str(self.top))

    def upstream(self) -> int:
        """A server that answers everything."""
        return self.begin(["martlet", "static", str(self.top / "site"), "--bind", "127.0.0.1:0"]).address[1]

    def begin(self, words: list[str]) -> Server:
        listeners = max(1, words.count("--bind"))
        server = Server([shutil.which(words[0], path=self.variables["PATH"]) or words[0], *words[1:]], listeners, self.folder, self.variables)
        self.stack.enter_context(server)
        return server

    def serve(self, text: str, step: Step) -> None:
        self.end()
        self.server = self.begin(shlex.split(text))
        for address, bound in zip(self.server.addresses, re.findall(r"--bind (\S+)", text) or [""], strict=False):
            if "://" not in bound or bound.startswith("http://"):
                # No server stands behind the one that passes on HTTP/2.
                assert exchange(address, "/hello", host="localhost").status < 500 or "h2c://" in text, step.where
        shows(step, self.server.stderr.text)

    def start_another(self, text: str) -> None:
        """A server of somebody else's, at a port that is free."""
        port = free_address()[1]
        text, count = re.subn(r"(?:\*|0\.0\.0\.0)?:80[08]0", f"127.0.0.1:{port}", text)
        assert count == 1, text
        with subprocess.Popen(
            shlex.split(text), cwd=self.folder, env=environment(self.variables), stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True,
        ) as process:
            said = Output(process.stderr, text)
            try:
                waiting.until(lambda: answers(process, said, port), text)
            finally:
                signal_session(process.pid, signal.SIGKILL)
                said.wait_for_end()

    def run(self, text: str, step: Step) -> None:
        done = self.shell(text)
        assert done.returncode == (3 if "cannot serve" in "".join(step.output) else 0), f"{step.where}: {text}\n{done.stdout}{done.stderr}"
        shows(step, f"{done.stdout}\n{done.stderr}")

    def shell(self, text: str) -> subprocess.CompletedProcess[str]:
        """Runs it, and stays in the folder that it goes to."""
        place = self.top / "run" / "folder"
        command = f"{{ {text}\n}}; code=$?; pwd > {shlex.quote(str(place))}; exit $code"
        done = subprocess.run(
            ["sh", "-c", command], cwd=self.folder, env=environment(self.variables), stdin=subprocess.DEVNULL, capture_output=True,
            text=True, timeout=120,
        )
        self.folder = Path(place.read_text().strip())
        return done

    def lend_packages(self) -> None:
        """The packages of the tests, for the environment that the page has made."""
        (own,) = self.folder.glob(".venv/lib/python3*/site-packages")
        (own / "lent.pth").write_text("\n".join(path for path in sys.path if path.endswith("site-packages")))

    def end(self) -> None:
        if self.server:
            self.server.stop(same_workers=False)
            self.server = None


def answers(process: subprocess.Popen, said: Output, port: int) -> bool:
    assert process.poll() is None, said.text
    try:
        return exchange(("127.0.0.1", port), "/hello").status < 500
    except (ConnectionError, EOFError):
        return False


def shows(step: Step, text: str) -> None:
    """The output that the page shows is there: its lines, where `…` stands for anything, and a number for any number."""
    lines = [" ".join(line.split()) for line in text.splitlines()]
    for wanted in (" ".join(line.split()) for line in step.output):
        pattern = re.escape(wanted).replace("…", ".*").replace("/home/ada/hello", ".*").replace("/srv/shop", ".*")
        pattern = re.sub(r"\d+(?:\\\.\d+)*", r"[\\d.]+", pattern)
        assert any(re.fullmatch(pattern, line) for line in lines), f"{step.where}: not shown is {wanted!r}:\n{text}"


@pytest.fixture
def reader(tmp_path) -> Iterator[Reader]:
    """Everything that the pages speak of."""
    (tmp_path / "hello.py").write_text(HELLO)
    shutil.copytree(EXAMPLES / "static-site" / "site", tmp_path / "site")
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "hello").write_text(SCRIPT)
    (tmp_path / "scripts" / "hello").chmod(0o755)
    (tmp_path / "shop").mkdir()
    shutil.copy(SETUPS / "shop.py", tmp_path / "shop" / "__init__.py")
    (tmp_path / "shop" / "wsgi.py").write_text("from shop import app as application\n")
    (tmp_path / "static").mkdir()
    (tmp_path / "shop" / "static").mkdir()
    (tmp_path / "empty").mkdir()
    (tmp_path / ".venv").symlink_to(sys.prefix)
    (tmp_path / "martlet.toml").write_text(SITE)
    (tmp_path / "uwsgi.ini").write_text((SETUPS / "uwsgi-nginx" / "uwsgi.ini").read_text().replace("/srv/shop", str(tmp_path)))
    pair = Authority(tmp_path / "authority").pair("pair", ("localhost",))
    shutil.copy(pair.certificate, tmp_path / "cert.pem")
    shutil.copy(pair.key, tmp_path / "key.pem")
    with ExitStack() as stack:
        reader = Reader(tmp_path, stack)
        yield reader
        reader.end()


@pytest.mark.parametrize("page", [page for page in PAGES if any(not step.file for step in steps(page))])
def test_the_commands_of_a_page(page, reader):
    for step in steps(page):
        if step.reason() is None:
            reader.do(step)
        elif step.text.startswith(".venv/bin/pip install"):
            reader.lend_packages()


def test_what_is_not_run_is_there():
    """The tables have nothing that no page has any more."""
    known = {page: steps(page) for page in PAGES}
    for page, start in NOT_RUN:
        assert any(step.text.startswith(start) for step in known[page]), f"{page} has no command {start!r}"
    for page, start in NO_COMMANDS:
        assert re.search(rf"^(?:    )?{re.escape(start)}", (ROOT / page).read_text(), re.MULTILINE), f"{page} has no block {start!r}"
    assert all(reason for reason in [*NOT_RUN.values(), *NO_COMMANDS.values(), *ELSEWHERE.values()])
