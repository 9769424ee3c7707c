"""A network of its own: every port of its loopback is free."""

import contextlib
import ctypes
import fcntl
import os
import socket
import struct
from collections.abc import Iterator

CLONE_NEWNET = 0x4000_0000
SIOCSIFFLAGS = 0x8914
IFF_UP = 1


@contextlib.contextmanager
def own_network() -> Iterator[None]:
    """Has this thread, and the processes that it starts, in a network where there is nothing but loopback. For root."""
    libc = ctypes.CDLL(None, use_errno=True)
    before = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        check(libc.unshare(CLONE_NEWNET))
        try:
            with socket.socket(type=socket.SOCK_DGRAM) as any_socket:
                fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))
            yield
        finally:
            check(libc.setns(before, CLONE_NEWNET))
    finally:
        os.close(before)


@contextlib.contextmanager
def network_of(pid: int) -> Iterator[None]:
    """Has this thread in the network of another process. For root."""
    libc = ctypes.CDLL(None, use_errno=True)
    with open("/proc/thread-self/ns/net") as before, open(f"/proc/{pid}/ns/net") as other:
        check(libc.setns(other.fileno(), CLONE_NEWNET))
        try:
            yield
        finally:
            check(libc.setns(before.fileno(), CLONE_NEWNET))


def check(result: int) -> None:
    if result != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
