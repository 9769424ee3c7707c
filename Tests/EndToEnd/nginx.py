"""A real nginx in front of a server: its own configuration in a folder of its own, on a port that the system chooses."""

import shutil
from pathlib import Path

from front import Front, free_address
from rawclient import Address

CONFIGURATION = """\
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log stderr;
events {{ }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    upstream behind {{ server {upstream}; keepalive 4; }}
    server {{
        listen 127.0.0.1:{port};
        {server}
    }}
}}
"""


class Nginx(Front):
    def __init__(self, folder: Path, upstream: Address, server: str):
        program = shutil.which("nginx") or "/usr/sbin/nginx"
        name = f"unix:{upstream}" if isinstance(upstream, str) else "{}:{}".format(*upstream)
        self.address = free_address()
        file = folder / "nginx.conf"
        file.write_text(CONFIGURATION.format(folder=folder, upstream=name, port=self.address[1], server=server))
        super().__init__("nginx", [program, "-e", "stderr", "-p", str(folder), "-c", str(file)], self.address)
