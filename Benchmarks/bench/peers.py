"""Who is measured: one record a server, with its command in the configuration that was found best for it.

`threads` is the number of application threads of one worker on one core. `note` says how that was found; to look
again: `compare.py --case wsgi-hello --only NAME --threads N`.
"""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

from . import nginx, places


@dataclass(frozen=True)
class Launch:
    """What a case asks of a server."""

    app: str
    """The WSGI application as MODULE:ATTRIBUTE, found in the folder that the server is started in."""
    port: int
    workers: int
    threads: int
    connections: int
    """How many may be open at once."""
    scratch: Path
    """A folder for configuration files and sockets."""
    upstream: int = 0
    """The port of whom a proxy asks."""
    strict: bool = False
    """Correct before fast: what `conformance.py` asks for."""


@dataclass(frozen=True)
class Peer:
    name: str
    commands: Callable[[Launch], "list[list[str]]"]
    """The processes to start, in order."""
    version: Callable[[], str]
    note: str
    threads: int = 1
    runs_application: bool = True
    """False for who answers by itself: all that it costs is the server's."""
    program: "Path | None" = None
    """What has to be built first; only Martlet's own programs are not installed by the benchmark."""
    behind: "Callable[[Launch], list[list[str]]] | None" = None
    """Whom it asks: processes on the core of the load, which are not counted."""


def python_package(name: str) -> Callable[[], str]:
    code = f"import importlib.metadata; print(importlib.metadata.version({name!r}))"
    return lambda: output([str(places.PYTHON), "-c", code])


def nginx_version() -> str:
    return output([nginx.program() or "nginx", "-v"]).rpartition("/")[2]


def hummingbird_version() -> str:
    match = re.search(r'hummingbird", exact: "([^"]+)"', (places.HUMMINGBIRD_PACKAGE / "Package.swift").read_text())
    return match.group(1) if match else "?"


def martlet_version() -> str:
    return output([str(places.MARTLET), "--version"]).rpartition(" ")[2]


def output(command: list[str]) -> str:
    finished = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return (finished.stdout.strip().splitlines() or ["?"])[0]


# Martlet's own flags, in one place: candidates for a better configuration are tried here.
MARTLET_FLAGS = ["--access-log", "off", "--python", str(places.PYTHON)]


def martlet_commands(launch: Launch) -> list[list[str]]:
    return [
        [
            *[str(places.MARTLET), "run", launch.app, "--bind", f"127.0.0.1:{launch.port}"],
            *["--workers", str(launch.workers), "--threads", str(launch.threads), *MARTLET_FLAGS],
        ]
    ]


def swift_hello_commands(launch: Launch) -> list[list[str]]:
    return [[str(places.SWIFT_HELLO), "--bind", f"127.0.0.1:{launch.port}", "--access-log", "off"]]


def nginx_commands(launch: Launch) -> list[list[str]]:
    return [nginx.command(launch.scratch / "nginx", launch.port, launch.workers, launch.connections, nginx.RETURN_200)]


def hummingbird_commands(launch: Launch) -> list[list[str]]:
    return [[str(places.HUMMINGBIRD), str(launch.port)]]


def granian_commands(launch: Launch) -> list[list[str]]:
    return [
        [
            *[places.venv_program("granian"), "--interface", "wsgi", "--http", "1", "--no-ws"],
            *["--host", "127.0.0.1", "--port", str(launch.port)],
            *["--workers", str(launch.workers), "--blocking-threads", str(launch.threads)],
            *["--runtime-mode", "mt", "--backlog", "4096", "--backpressure", str(launch.connections)],
            *["--log-level", "warning", "--no-access-log", launch.app],
        ]
    ]


def bjoern_commands(launch: Launch) -> list[list[str]]:
    script = Path(__file__).with_name("bjoern_server.py")
    return [[str(places.PYTHON), str(script), launch.app, str(launch.port), str(launch.workers)]]


def uwsgi(launch: Launch) -> list[str]:
    threads = ["--threads", str(launch.threads)] if launch.threads > 1 else []
    return [
        *[places.venv_program("uwsgi"), "--module", launch.app, "--pythonpath", ".", "--need-app", "--master"],
        *["--processes", str(launch.workers), *threads, "--listen", "1024", "--single-interpreter"],
        *["--disable-logging", "--die-on-term"],
    ]


def uwsgi_http_commands(launch: Launch) -> list[list[str]]:
    http = ["--http", f"127.0.0.1:{launch.port}", "--http-keepalive=75", "--http-auto-chunked"]
    strict = ["--http-chunked-input", "--http-manage-expect", "--wsgi-strict"] if launch.strict else []
    return [[*uwsgi(launch), *http, *strict]]


def nginx_uwsgi_commands(launch: Launch) -> list[list[str]]:
    launch.scratch.mkdir(parents=True, exist_ok=True)
    socket = launch.scratch / "uwsgi.sock"
    return [
        [*uwsgi(launch), "--socket", str(socket)],
        nginx.command(launch.scratch / "nginx-uwsgi", launch.port, 1, launch.connections, nginx.to_uwsgi(socket)),
    ]


def gunicorn(launch: Launch, bind: str) -> list[str]:
    return [
        *[places.venv_program("gunicorn"), "--bind", bind, "--worker-class", "gthread"],
        *["--workers", str(launch.workers), "--threads", str(launch.threads), "--keep-alive", "75"],
        *["--worker-connections", str(launch.connections), "--http-parser", "fast", "--worker-tmp-dir", "/dev/shm"],
        *["--no-control-socket", "--log-level", "warning", launch.app],
    ]


def gunicorn_commands(launch: Launch) -> list[list[str]]:
    return [gunicorn(launch, f"127.0.0.1:{launch.port}")]


def nginx_gunicorn_commands(launch: Launch) -> list[list[str]]:
    launch.scratch.mkdir(parents=True, exist_ok=True)
    socket = launch.scratch / "gunicorn.sock"
    scratch = launch.scratch / "nginx-gunicorn"
    upstream = nginx.http_upstream(socket)
    return [
        gunicorn(launch, f"unix:{socket}"),
        nginx.command(scratch, launch.port, 1, launch.connections, nginx.TO_HTTP, upstream),
    ]


def waitress_commands(launch: Launch) -> list[list[str]]:
    return [
        [
            *[places.venv_program("waitress-serve"), f"--listen=127.0.0.1:{launch.port}"],
            *[f"--threads={launch.workers * launch.threads}", "--asyncore-use-poll", "--channel-timeout=75"],
            *[f"--connection-limit={launch.connections}", "--backlog=4096", launch.app],
        ]
    ]


# CPU of raw/Flask hello with 1, 2, 4, 8, 16 threads, 0.1.0 on a busy machine: 14/72, 14/72, 17/74, 17/66, 16/67 µs.
MARTLET = Peer(
    name="martlet",
    commands=martlet_commands,
    version=martlet_version,
    note="`martlet run`, access log off",
    threads=1,
    program=places.MARTLET,
)

SWIFT_HELLO = Peer(
    name="martlet",
    commands=swift_hello_commands,
    version=martlet_version,
    note="`swift-hello`, the framework's example",
    program=places.SWIFT_HELLO,
)

NGINX = Peer(
    name="nginx",
    commands=nginx_commands,
    version=nginx_version,
    note="`return 200`, the unit of the ratios; one worker, `reuseport`, no access log, unlimited keep-alive requests",
    runs_application=False,
)

HUMMINGBIRD = Peer(
    name="hummingbird",
    commands=hummingbird_commands,
    version=hummingbird_version,
    note="release build, one route, no middleware, log level error",
)

# CPU of raw/Flask hello with 1, 2, 4, 8, 16, 32, 64 threads: 15/75, 11/64, 12/53, 10/53, 10/50, 11/52, 13/57 µs. The
# multi-threaded runtime with one thread is never worse than the single-threaded one and steadier.
GRANIAN = Peer(
    name="granian",
    commands=granian_commands,
    version=python_package("granian"),
    note="`--runtime-mode mt` with one runtime thread; of 1 to 64 threads 8 and 16 cost least",
    threads=16,
)

BJOERN = Peer(
    name="bjoern",
    commands=bjoern_commands,
    version=python_package("bjoern"),
    note="the application runs inside the event loop; no threads. More processes: `reuse_port`",
)

# 66, 67, 68, 68 µs with 1, 2, 4, 8 threads; Flask 111 with each.
UWSGI = Peer(
    name="uwsgi",
    commands=uwsgi_http_commands,
    version=python_package("uWSGI"),
    note="`--http` with `--http-keepalive`; threads change nothing, so none",
)

# 36, 36, 37, 38 µs with 1, 2, 4, 8 threads.
NGINX_UWSGI = Peer(
    name="nginx+uwsgi",
    commands=nginx_uwsgi_commands,
    version=python_package("uWSGI"),
    note="`uwsgi_pass` over a Unix socket; the uwsgi protocol has no keep-alive, so neither has the upstream",
)

# CPU of raw/Flask hello with 1, 2, 4, 8, 16, 32, 64 threads: 108/179, 99/170, 94/163, 84/154, 87/154, 90/160,
# 92/156 µs.
GUNICORN = Peer(
    name="gunicorn",
    commands=gunicorn_commands,
    version=python_package("gunicorn"),
    note="`gthread` with keep-alive and the C parser (`gunicorn[fast]`); of 1 to 64 threads 8 cost least",
    threads=8,
)

NGINX_GUNICORN = Peer(
    name="nginx+gunicorn",
    commands=nginx_gunicorn_commands,
    version=python_package("gunicorn"),
    note="`proxy_pass` over a Unix socket with kept connections; nginx's own buffering, which is on by default",
    threads=8,
)

# CPU of raw/Flask hello with 1, 2, 4, 8 threads: 72/169, 53/138, 60/122, 57/124 µs.
WAITRESS = Peer(
    name="waitress",
    commands=waitress_commands,
    version=python_package("waitress"),
    note="of 1 to 8 threads 2 cost least for the raw hello, 4 and 8 for Flask. Has one process only",
    threads=4,
)

PYTHON_PEERS = (GRANIAN, BJOERN, UWSGI, NGINX_UWSGI, GUNICORN, WAITRESS)
