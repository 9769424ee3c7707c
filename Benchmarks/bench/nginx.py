"""nginx's configuration, in its best form for this work: no access log, connections that are kept, `reuseport`."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

TEMPLATE = """\
{user}daemon off;
worker_processes {workers};
worker_rlimit_nofile 65536;
pid {scratch}/nginx.pid;
error_log stderr warn;
events {{
    worker_connections {connections};
}}
http {{
    access_log off;
    keepalive_timeout 75s;
    keepalive_requests 1000000000;
    client_body_temp_path {scratch}/body;
    proxy_temp_path {scratch}/proxy;
    fastcgi_temp_path {scratch}/fastcgi;
    uwsgi_temp_path {scratch}/uwsgi;
    scgi_temp_path {scratch}/scgi;
    {upstream}
    server {{
        listen 127.0.0.1:{port} reuseport backlog=4096;
        location / {{
            {location}
        }}
    }}
}}
"""

RETURN_200 = 'default_type text/plain; return 200 "Hello World!";'


def program() -> str | None:
    """nginx's path; the folder of Debian's is not in everyone's PATH."""
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")


def command(
    scratch: Path, port: int, workers: int, connections: int, location: str, upstream: str = ""
) -> list[str]:
    """Writes the configuration into `scratch` and gives the command that serves it."""
    scratch.mkdir(parents=True, exist_ok=True)
    # Started by root, workers would become `nobody`, who may not enter the folder of the Unix socket.
    user = "user root;\n" if os.geteuid() == 0 else ""
    file = scratch / "nginx.conf"
    text = TEMPLATE.format(
        user=user,
        workers=workers,
        connections=connections,
        scratch=scratch,
        port=port,
        location=location,
        upstream=upstream,
    )
    file.write_text(text, encoding="utf-8")
    return [program() or "nginx", "-e", "stderr", "-p", str(scratch), "-c", str(file)]


def to_uwsgi(socket: Path) -> str:
    """The uwsgi protocol closes its connection after each answer, so `keepalive` in an upstream has no effect on it."""
    return f"include /etc/nginx/uwsgi_params; uwsgi_pass unix:{socket};"


TO_HTTP = """\
proxy_pass http://application;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host $http_host;"""
"""nginx's defaults otherwise: it takes in a request's body first, and an answer at the application's speed."""


def http_upstream(socket: Path) -> str:
    """Connections to the application that are kept, which takes a field that nginx would send empty."""
    return f"upstream application {{ server unix:{socket}; keepalive 32; }}"
