"""A real nginx in front of a server: its own configuration in a folder of its own, on a port that the system chooses."""

import shutil
import socket
import subprocess
from pathlib import Path

import waiting
from output import Output
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


class Nginx:
    """Runs until `stop`."""

    def __init__(self, folder: Path, upstream: Address, server: str):
        program = shutil.which("nginx") or "/usr/sbin/nginx"
        name = f"unix:{upstream}" if isinstance(upstream, str) else "{}:{}".format(*upstream)
        # nginx cannot tell which port it was given for 0. Between this and its own bind, another process could take the port:
        # then it ends with an error, and says so.
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.address = probe.getsockname()
        file = folder / "nginx.conf"
        file.write_text(CONFIGURATION.format(folder=folder, upstream=name, port=self.address[1], server=server))
        self.process = subprocess.Popen(
            [program, "-e", "stderr", "-p", str(folder), "-c", str(file)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        self.stderr = Output(self.process.stderr, "nginx")
        waiting.until(self._accepts, "nginx accepts connections")

    def _accepts(self) -> bool:
        assert self.process.poll() is None, "nginx ended:\n" + self.stderr.wait_for_end()
        try:
            socket.create_connection(self.address, 5).close()
            return True
        except ConnectionRefusedError:
            return False

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(30)
        self.stderr.wait_for_end()
