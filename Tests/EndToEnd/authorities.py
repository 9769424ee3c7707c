"""Real certificate authorities on loopback, which speak ACME: Pebble, which is strict and can be slowed down and set wrong, and
Caddy. Nothing of them is kept."""

import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import threading
import urllib.request
from pathlib import Path

import dns.flags
import dns.message
import dns.rrset
import waiting
from certificates import Authority
from output import Output


def free_port() -> int:
    """A port that nobody has now. Another process may take it before it is used: then what wants it ends with an error."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Names:
    """A DNS server that says that every name is this machine."""

    def __init__(self):
        self._socket = socket.socket(type=socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.address = "127.0.0.1:{}".format(self._socket.getsockname()[1])
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            data, sender = self._socket.recvfrom(4096)
            if not data:
                return
            query = dns.message.from_wire(data)
            reply = dns.message.make_response(query)
            reply.flags |= dns.flags.RA
            if query.question[0].rdtype == 1:
                reply.answer.append(dns.rrset.from_text(query.question[0].name, 60, "IN", "A", "127.0.0.1"))
            self._socket.sendto(reply.to_wire(), sender)

    def close(self) -> None:
        with socket.socket(type=socket.SOCK_DGRAM) as last:
            last.sendto(b"", self._socket.getsockname())
        self._thread.join()
        self._socket.close()


class Pebble:
    """Runs until `stop`. It looks at `http_port` and `tls_port` of this machine for its proofs."""

    def __init__(self, folder: Path, names: Names, lifetime: int = 86_400, external: dict[str, str] | None = None, **variables):
        folder.mkdir(parents=True, exist_ok=True)
        self.http_port, self.tls_port, self.port, self._management = (free_port() for _ in range(4))
        own = Authority(folder, "Vouches for the directory")
        pair = own.pair("directory")
        self.path = own.path
        self.directory = f"https://localhost:{self.port}/dir"
        self._context = own.client()
        configuration = {
            "listenAddress": f"127.0.0.1:{self.port}",
            "managementListenAddress": f"127.0.0.1:{self._management}",
            "certificate": str(pair.certificate),
            "privateKey": str(pair.key),
            "httpPort": self.http_port,
            "tlsPort": self.tls_port,
            "ocspResponderURL": "",
            "externalAccountBindingRequired": bool(external),
            "externalAccountMACKeys": external or {},
            "certificateValidityPeriod": lifetime,
        }
        self._file = folder / "pebble.json"
        self._file.write_text(json.dumps({"pebble": configuration}))
        self._command = ["pebble", "-config", str(self._file), "-dnsserver", names.address, "-strict"]
        self._variables = {"PEBBLE_VA_NOSLEEP": "1", "PEBBLE_AUTHZREUSE": "0", **variables}
        self.start()

    def start(self) -> None:
        environment = {**os.environ, **self._variables}
        self.process = subprocess.Popen(
            self._command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        self.log = Output(self.process.stdout, "pebble")
        waiting.until(lambda: self._answers(), "pebble answers")

    def _answers(self) -> bool:
        assert self.process.poll() is None, "pebble ended:\n" + self.log.wait_for_end()
        try:
            return bool(self.get(f"https://localhost:{self.port}/dir"))
        except OSError:
            return False

    def get(self, url: str) -> bytes:
        with urllib.request.urlopen(url, timeout=30, context=self._context) as response:
            return response.read()

    def client(self) -> ssl.SSLContext:
        """For clients that trust the certificates that it gives."""
        root = self.get(f"https://localhost:{self._management}/roots/0").decode()
        return ssl.create_default_context(cadata=root)

    def orders(self) -> int:
        """How many certificates were asked for. Requests whose nonce was refused do not count."""
        return self.log.text.count("Added order")

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(30)
        self.log.wait_for_end()


CADDYFILE = """\
{{
    admin off
    storage file_system {folder}/storage
    skip_install_trust
    auto_https disable_redirects
    http_port {other}
    https_port {port}
}}
https://localhost:{port} {{
    bind 127.0.0.1
    tls internal
    acme_server
}}
"""


class Caddy:
    """Runs until `stop`. It looks at ports 80 and 443 for its proofs."""

    def __init__(self, folder: Path):
        folder.mkdir(parents=True, exist_ok=True)
        port = free_port()
        self.directory = f"https://localhost:{port}/acme/local/directory"
        self.path = folder / "storage" / "pki" / "authorities" / "local" / "root.crt"
        file = folder / "Caddyfile"
        file.write_text(CADDYFILE.format(folder=folder, port=port, other=free_port()))
        program = shutil.which("caddy") or "caddy"
        self.process = subprocess.Popen(
            [program, "run", "--config", str(file), "--adapter", "caddyfile"],
            env={**os.environ, "HOME": str(folder)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        self.log = Output(self.process.stderr, "caddy")
        waiting.until(self._answers, "caddy answers")

    def _answers(self) -> bool:
        assert self.process.poll() is None, "caddy ended:\n" + self.log.wait_for_end()
        try:
            urllib.request.urlopen(self.directory, timeout=30, context=self.client()).close()
            return True
        except OSError:
            return False

    def client(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.path))

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)
        self.log.wait_for_end()
