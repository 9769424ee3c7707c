"""A real HAProxy in front of a server, which passes bytes on and says who its client is."""

import shutil
from pathlib import Path

from front import Front, free_address
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


class HAProxy(Front):
    """`addresses` has one for each of the servers behind it, in their order."""

    def __init__(self, folder: Path, *servers: tuple[Address, str]):
        program = shutil.which("haproxy") or "/usr/sbin/haproxy"
        self.addresses = []
        text = CONFIGURATION
        for index, (upstream, options) in enumerate(servers):
            name = f"unix@{upstream}" if isinstance(upstream, str) else "{}:{}".format(*upstream)
            self.addresses.append(free_address())
            port = self.addresses[-1][1]
            text += LISTENER.format(name=f"number{index}", port=port, upstream=name, options=options)
        file = folder / "haproxy.cfg"
        file.write_text(text)
        super().__init__("haproxy", [program, "-db", "-f", str(file)], self.addresses[-1])
