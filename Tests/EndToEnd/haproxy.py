"""A real HAProxy in front of a server, which passes bytes on and says who its client is."""

import shutil
import socket
import subprocess
from pathlib import Path

import waiting
from output import Output
from rawclient import Address

CONFIGURATION = """\
defaults
    mode tcp
    timeout connect 10s
    timeout client 60s
    timeout server 60s
"""

LISTENER = """
listen {name}
    bind 127.0.0.1:{port}
    server behind {upstream} {options}
"""


class HAProxy:
    """Runs until `stop`; `addresses` has one for each of the servers behind it, in their order."""

    def __init__(self, folder: Path, *servers: tuple[Address, str]):
        program = shutil.which("haproxy") or "/usr/sbin/haproxy"
        self.addresses = []
        text = CONFIGURATION
        for index, (upstream, options) in enumerate(servers):
            name = f"unix@{upstream}" if isinstance(upstream, str) else "{}:{}".format(*upstream)
            # As with nginx: another process could take the port in between, and then it says so.
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                self.addresses.append(probe.getsockname())
            port = self.addresses[-1][1]
            text += LISTENER.format(name=f"number{index}", port=port, upstream=name, options=options)
        file = folder / "haproxy.cfg"
        file.write_text(text)
        self.process = subprocess.Popen(
            [program, "-db", "-f", str(file)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        self.stderr = Output(self.process.stderr, "haproxy")
        waiting.until(self._accepts, "HAProxy accepts connections")

    def _accepts(self) -> bool:
        assert self.process.poll() is None, "HAProxy ended:\n" + self.stderr.wait_for_end()
        try:
            socket.create_connection(self.addresses[-1], 5).close()
            return True
        except ConnectionRefusedError:
            return False

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(30)
        self.stderr.wait_for_end()
