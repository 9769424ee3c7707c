"""A server of somebody else's in front of ours, as a process."""

import socket
import subprocess

import waiting
from output import Output
from rawclient import Address


class Front:
    """Runs until `stop`, and is waited for until it accepts connections at `address`."""

    def __init__(self, name: str, command: list[str], address: Address):
        self.name = name
        self._address = address
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        self.stderr = Output(self.process.stderr, name)
        waiting.until(self._accepts, f"{name} accepts connections")

    def _accepts(self) -> bool:
        assert self.process.poll() is None, f"{self.name} ended:\n" + self.stderr.wait_for_end()
        try:
            socket.create_connection(self._address, 5).close()
            return True
        except ConnectionRefusedError:
            return False

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(30)
        self.stderr.wait_for_end()


def free_address() -> tuple[str, int]:
    """For one that cannot tell which port it was given for 0. Between this and its own bind, another process could take the port:
    then it ends with an error, and says so."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()
