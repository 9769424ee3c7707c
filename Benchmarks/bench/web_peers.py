"""Who is measured as a web server: nginx in its best settings, Caddy, and Martlet. Each serves the same folder and answers
`/hello` by itself."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

from . import material, nginx, peers, places
from .peers import Launch, Peer

NGINX = """\
{user}daemon off;
worker_processes 1;
worker_rlimit_nofile 65536;
pid {scratch}/nginx.pid;
error_log stderr warn;
events {{ worker_connections {connections}; }}
http {{
    access_log off;
    types {{ application/json json; }}
    keepalive_timeout 300s;
    keepalive_requests 1000000000;
    client_body_temp_path {scratch}/body;
    proxy_temp_path {scratch}/proxy;
    fastcgi_temp_path {scratch}/fastcgi;
    uwsgi_temp_path {scratch}/uwsgi;
    scgi_temp_path {scratch}/scgi;
    open_file_cache max=1000 inactive=60s;
    open_file_cache_valid 60s;
    tcp_nopush on;
    {settings}
    server {{
        listen 127.0.0.1:{port} {protocol} reuseport backlog=4096;
        root {files};
        location = /hello {{ {hello} }}
    }}
}}
"""

TLS_SETTINGS = "ssl_certificate {}; ssl_certificate_key {}; ssl_session_cache shared:SSL:10m; ssl_session_timeout 1h;"


@dataclass(frozen=True)
class Kind:
    """How a case is served."""

    certificate: "tuple[Path, Path] | None" = None
    http2: bool = False
    compresses: bool = False

    @property
    def scheme(self) -> str:
        return "https" if self.certificate else "h2c" if self.http2 else "http"


def nginx_peer(kind: Kind, sendfile: str = "on", name: str = "nginx") -> Peer:
    def commands(launch: Launch) -> list[list[str]]:
        settings = [f"sendfile {sendfile};"]
        if kind.certificate:
            settings.append(TLS_SETTINGS.format(*kind.certificate))
        if kind.compresses:
            settings.append("gzip on; gzip_types application/json; gzip_comp_level 5;")
        protocol = " ".join([*(["ssl"] if kind.certificate else []), *(["http2"] if kind.http2 else [])])
        launch.scratch.mkdir(parents=True, exist_ok=True)
        file = launch.scratch / "nginx.conf"
        file.write_text(
            NGINX.format(
                user="user root;\n" if os.geteuid() == 0 else "",
                scratch=launch.scratch,
                connections=launch.connections,
                settings=" ".join(settings),
                port=launch.port,
                protocol=protocol,
                files=material.FILES,
                hello=nginx.RETURN_200,
            )
        )
        return [[nginx.program() or "nginx", "-e", "stderr", "-p", str(launch.scratch), "-c", str(file)]]

    return Peer(
        name=name,
        commands=commands,
        version=peers.nginx_version,
        note=f"`open_file_cache`, `sendfile {sendfile}`, `return 200` for hello; one worker, no access log",
        runs_application=False,
    )


CADDY = """\
{{
    admin off
    auto_https off
    servers {{
        protocols h1 h2 h2c
    }}
}}
{scheme}://:{port} {{
    bind 127.0.0.1
    {tls}
    {encode}
    respond /hello "Hello World!"
    root * {files}
    file_server
}}
"""


def caddy_peer(kind: Kind) -> Peer:
    def commands(launch: Launch) -> list[list[str]]:
        launch.scratch.mkdir(parents=True, exist_ok=True)
        file = launch.scratch / "Caddyfile"
        file.write_text(
            CADDY.format(
                scheme="https" if kind.certificate else "http",
                port=launch.port,
                tls="tls {} {}".format(*kind.certificate) if kind.certificate else "",
                encode="encode {\n        gzip 5\n    }" if kind.compresses else "",
                files=material.FILES,
            )
        )
        home = f"XDG_DATA_HOME={launch.scratch}"
        environment = ["env", home, f"XDG_CONFIG_HOME={launch.scratch}", "GOMAXPROCS=1"]
        return [[*environment, "caddy", "run", "--config", str(file), "--adapter", "caddyfile"]]

    return Peer(
        name="caddy",
        commands=commands,
        version=lambda: peers.output(["caddy", "version"]).split(" ")[0],
        note="`file_server`, `respond` for hello, no access log; `GOMAXPROCS=1`, since it has one core",
        runs_application=False,
    )


MARTLET = """\
bind = "{scheme}://127.0.0.1:{port}"
access-log = "off"
{tls}
{policies}

[route."/"]
files = "{files}"
types = {{ json = "application/json" }}

[route."/hello"]
respond = "Hello World!"
"""


def martlet_peer(kind: Kind) -> Peer:
    def commands(launch: Launch) -> list[list[str]]:
        launch.scratch.mkdir(parents=True, exist_ok=True)
        file = launch.scratch / "martlet.toml"
        tls = 'tls = {{ certificate = "{}", key = "{}" }}'.format(*kind.certificate) if kind.certificate else ""
        file.write_text(
            MARTLET.format(
                scheme="https" if kind.certificate else "http",
                port=launch.port,
                tls=tls,
                policies='compress = { codings = ["gzip"], gzip-level = 5 }' if kind.compresses else "",
                files=material.FILES,
            )
        )
        return [[str(places.MARTLET), "serve", str(file)]]

    return Peer(
        name="martlet",
        commands=commands,
        version=peers.martlet_version,
        note="`martlet serve`: a folder, and `respond` for hello; access log off",
        program=places.MARTLET,
    )


def swift_hello_peer(kind: Kind) -> Peer:
    """The framework's example, with a router and a handler."""

    def commands(launch: Launch) -> list[list[str]]:
        scheme = "https" if kind.certificate else "http"
        pair = ["--certificate", str(kind.certificate[0]), "--key", str(kind.certificate[1])] if kind.certificate else []
        bind = ["--bind", f"{scheme}://127.0.0.1:{launch.port}"]
        return [[str(places.SWIFT_HELLO), *bind, *pair, "--access-log", "off"]]

    return Peer(
        name="martlet",
        commands=commands,
        version=peers.martlet_version,
        note="`swift-hello`, the framework's example",
        program=places.SWIFT_HELLO,
    )


def wsgi_peer(name: str, commands: Callable[[Launch], "list[list[str]]"], like: Peer) -> Peer:
    return Peer(name=name, commands=commands, version=like.version, note=like.note + "; HTTP/2", threads=like.threads)


def nginx_uwsgi_http2(launch: Launch) -> list[list[str]]:
    uwsgi, front = peers.nginx_uwsgi_commands(launch)
    file = Path(front[-1])
    file.write_text(file.read_text().replace(" reuseport backlog", " http2 reuseport backlog"))
    return [uwsgi, front]


def granian_http2(launch: Launch) -> list[list[str]]:
    (command,) = peers.granian_commands(launch)
    return [["2" if part == "1" and command[number - 1] == "--http" else part for number, part in enumerate(command)]]
