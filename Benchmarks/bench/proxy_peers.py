"""Who is measured as a proxy: nginx, HAProxy, Caddy and Martlet, in front of one nginx on the load's core, over connections that are
kept. All tell the upstream who the client is."""

from __future__ import annotations

import os

from . import material, nginx, peers, places
from .peers import Launch, Peer

UPSTREAM = """\
{user}daemon off;
worker_processes 1;
worker_rlimit_nofile 65536;
pid {scratch}/upstream.pid;
error_log stderr warn;
events {{ worker_connections {connections}; }}
http {{
    access_log off;
    keepalive_requests 1000000000;
    client_body_temp_path {scratch}/upstream-body;
    proxy_temp_path {scratch}/upstream-proxy;
    fastcgi_temp_path {scratch}/upstream-fastcgi;
    uwsgi_temp_path {scratch}/upstream-uwsgi;
    scgi_temp_path {scratch}/upstream-scgi;
    open_file_cache max=1000 inactive=60s;
    open_file_cache_valid 60s;
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        root {files};
        sendfile on;
        location = /hello {{ {hello} }}
    }}
}}
"""


def upstream(launch: Launch) -> list[list[str]]:
    launch.scratch.mkdir(parents=True, exist_ok=True)
    file = launch.scratch / "upstream.conf"
    file.write_text(
        UPSTREAM.format(
            user="user root;\n" if os.geteuid() == 0 else "",
            scratch=launch.scratch,
            connections=launch.connections,
            port=launch.upstream,
            files=material.FILES,
            hello=nginx.RETURN_200,
        )
    )
    return [[nginx.program() or "nginx", "-e", "stderr", "-p", str(launch.scratch), "-c", str(file)]]


TO_UPSTREAM = """\
proxy_pass http://behind;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-For $remote_addr;
            proxy_set_header X-Forwarded-Proto $scheme;
            proxy_set_header X-Forwarded-Host $http_host;"""


def nginx_commands(launch: Launch) -> list[list[str]]:
    behind = f"upstream behind {{ server 127.0.0.1:{launch.upstream}; keepalive 64; keepalive_requests 1000000000; }}"
    return [nginx.command(launch.scratch / "front", launch.port, 1, launch.connections, TO_UPSTREAM, behind)]


HAPROXY = """\
global
    nbthread 1
    maxconn {connections}
defaults
    mode http
    timeout connect 5s
    timeout client 75s
    timeout server 60s
    option forwardfor
    http-reuse always
frontend front
    bind 127.0.0.1:{port}
    http-request set-header X-Forwarded-Proto http
    http-request set-header X-Forwarded-Host %[req.hdr(host)]
    default_backend behind
backend behind
    server one 127.0.0.1:{upstream}
"""


def haproxy_commands(launch: Launch) -> list[list[str]]:
    file = launch.scratch / "haproxy.cfg"
    file.write_text(HAPROXY.format(connections=launch.connections, port=launch.port, upstream=launch.upstream))
    return [["haproxy", "-q", "-db", "-f", str(file)]]


CADDY = """\
{{
    admin off
    auto_https off
}}
http://:{port} {{
    bind 127.0.0.1
    reverse_proxy 127.0.0.1:{upstream}
}}
"""


def caddy_commands(launch: Launch) -> list[list[str]]:
    file = launch.scratch / "Caddyfile"
    file.write_text(CADDY.format(port=launch.port, upstream=launch.upstream))
    home = [f"XDG_DATA_HOME={launch.scratch}", f"XDG_CONFIG_HOME={launch.scratch}", "GOMAXPROCS=1"]
    return [["env", *home, "caddy", "run", "--config", str(file), "--adapter", "caddyfile"]]


def martlet_commands(launch: Launch) -> list[list[str]]:
    bind = ["--bind", f"127.0.0.1:{launch.port}", "--keepalive", "64", "--access-log", "off"]
    return [[str(places.MARTLET), "proxy", f"http://127.0.0.1:{launch.upstream}", *bind]]


def proxy_peer(name, commands, version, note, program=None) -> Peer:
    return Peer(
        name=name,
        commands=commands,
        version=version,
        note=note,
        runs_application=False,
        program=program,
        behind=upstream,
    )


PEERS = (
    proxy_peer("nginx", nginx_commands, peers.nginx_version, "`proxy_pass` with `keepalive 64`; one worker, no access log"),
    proxy_peer(
        "martlet",
        martlet_commands,
        peers.martlet_version,
        "`martlet proxy` with `--keepalive 64`; access log off",
        places.MARTLET,
    ),
    proxy_peer(
        "haproxy",
        haproxy_commands,
        lambda: peers.output(["haproxy", "-v"]).split(" ")[2],
        "`http-reuse always`, `nbthread 1`; no log",
    ),
    proxy_peer(
        "caddy",
        caddy_commands,
        lambda: peers.output(["caddy", "version"]).split(" ")[0],
        "`reverse_proxy`; `GOMAXPROCS=1`, since it has one core",
    ),
)


def nginx_martlet_commands(launch: Launch) -> list[list[str]]:
    launch.scratch.mkdir(parents=True, exist_ok=True)
    socket = launch.scratch / "martlet.sock"
    command = [str(places.MARTLET), "run", launch.app, "--bind", f"uwsgi://unix:{socket}"]
    return [
        [*command, "--workers", str(launch.workers), "--threads", str(launch.threads), *peers.MARTLET_FLAGS],
        nginx.command(launch.scratch / "nginx-martlet", launch.port, 1, launch.connections, nginx.to_uwsgi(socket)),
    ]


NGINX_MARTLET = Peer(
    name="nginx+martlet",
    commands=nginx_martlet_commands,
    version=peers.martlet_version,
    note="`uwsgi_pass` over a Unix socket to `martlet run --bind uwsgi://unix:…`",
    program=places.MARTLET,
)
