"""The set-ups of `docs/guides/examples`, run as they stand there: in a folder and on ports of the test's."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import waiting
from front import free_address
from needs import requires
from output import Output
from program import ROOT
from rawclient import Address, Connection, Response, Truncated, request_bytes
from server import environment
from sites import Site
from tlsclient import SecureConnection

SETUPS = ROOT / "docs" / "guides" / "examples"
STYLE = b"".join(b".class-%d { color: #%06d }\n" % (number, number) for number in range(500))
IMAGE = bytes(range(256)) * 40
COMPARED = (
    "Content-Type", "Content-Length", "Content-Encoding", "Content-Range", "Last-Modified", "Vary", "Allow", "Set-Cookie",
    "Cache-Control", "Location",
)


class Place:
    """`/srv/shop`: the application, its static files, and the files of one set-up."""

    def __init__(self, folder: Path):
        self.folder = folder
        (folder / "static").mkdir()
        (folder / "static" / "style.css").write_bytes(STYLE)
        (folder / "static" / "image.png").write_bytes(IMAGE)
        for file in (folder / "static").iterdir():
            os.utime(file, (1_700_000_000, 1_700_000_000))
        for name in ("shop.py", "wsgi.py"):
            shutil.copy(SETUPS / name, folder / name)
        # The daemon processes of Apache are another user's when the tests run as root.
        folder.chmod(0o755)

    def put(self, name: str, **changes: str) -> Path:
        """Writes a file of a set-up, such as `mod-wsgi/shop.conf`, with what the test has to have otherwise; each has to be there."""
        return Site(self.folder).write(Path(name).name, self.text(name, changes))

    def text(self, name: str, changes: dict[str, str]) -> str:
        text = (SETUPS / name).read_text()
        for written, other in changes.items():
            assert written in text, f"{name} does not say {written}"
            text = text.replace(written, other)
        return text.replace("/srv/shop", str(self.folder))


class Peers:
    """Processes that make up a former set-up, until `stop`."""

    def __init__(self, folder: Path, *commands: list[str], **variables: str):
        self.processes = [
            subprocess.Popen(
                command, cwd=folder, env=environment(variables), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE, start_new_session=True,
            )
            for command in commands
        ]
        self.outputs = [Output(process.stderr, str(process.args[0])) for process in self.processes]

    def wait_until(self, answers: Callable[[], bool]) -> None:
        def answer() -> bool:
            for process, output in zip(self.processes, self.outputs, strict=True):
                assert process.poll() is None, output.text
            try:
                return answers()
            except (ConnectionError, EOFError, Truncated):
                return False

        try:
            waiting.until(answer, "the former set-up answers")
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        for process, output in zip(self.processes, self.outputs, strict=True):
            process.terminate()
            process.wait(30)
            output.wait_for_end()


def nginx_command(folder: Path, site: str) -> list[str]:
    """nginx with the text of a site."""
    requires("nginx")
    parts = "".join(f"{part}_temp_path {folder}/{part};" for part in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    user = "user root;" if os.geteuid() == 0 else ""
    main = f"{user} daemon off; pid {folder}/nginx.pid; error_log stderr; events {{}}"
    (folder / "nginx.conf").write_text(
        f"{main}\nhttp {{ include /etc/nginx/mime.types; access_log off; {parts}\n{site} }}\n"
    )
    return [shutil.which("nginx") or "/usr/sbin/nginx", "-e", "stderr", "-p", str(folder), "-c", str(folder / "nginx.conf")]


def free_port() -> int:
    return free_address()[1]


def facts(response: Response, names: tuple[str, ...] = COMPARED) -> dict[str, object]:
    """What a client acts on. The charset of a text, which some leave out for files, spelling, and the order of methods do not count."""
    fields: dict[str, object] = {}
    for name in names:
        values = sorted(value.lower().replace(" ", "") for value in response.all(name))
        fields[name] = sorted(",".join(values).split(",")) if name in ("Allow", "Vary") else values
    fields["Content-Type"] = [value.partition(";")[0] for value in response.all("Content-Type")]
    if response.status == 304:
        # What the client has already need not be told again.
        fields.pop("Last-Modified", None)
    return {"status": response.status, **fields}


def ask_securely(address: Address, context, host: str, target: str, method="GET", headers=(), body=None) -> Response:
    with SecureConnection(address, context, host) as connection:
        return ask_on(connection, target, method, headers, body, host)


def ask(address: Address, target: str, method="GET", headers=(), body=None, host: str = "shop.example.com") -> Response:
    with Connection(address) as connection:
        return ask_on(connection, target, method, headers, body, host)


def ask_on(connection: Connection, target: str, method: str, headers, body: bytes | None, host: str) -> Response:
    try:
        connection.send(request_bytes(target, method, [*headers, ("Connection", "close")], body, host))
    except ConnectionError:
        pass  # The answer came before the last byte was sent.
    return connection.read_response(method)


