"""An application that works against its server: what it can reach as a process that the server has started, it breaks."""

import ctypes
import os
import random
import threading

from routing import Routes, parameters, text

import checkpoint

application = Routes()


def descriptors():
    return [int(name) for name in os.listdir("/proc/self/fd") if int(name) > 2]


def abuse_descriptors(reads=True):
    """Everything that can be done to an open file, to each that is here. Who reads its own orders away hears none."""
    for descriptor in descriptors():
        for attempt in (
            lambda: os.ftruncate(descriptor, 0),
            lambda: os.ftruncate(descriptor, 1 << 40),
            lambda: os.posix_fallocate(descriptor, 0, 1 << 12),
            lambda: os.set_blocking(descriptor, False),
            lambda: os.write(descriptor, b"\xff" * 512),
            lambda: os.pwrite(descriptor, b"print('written by another application')\n", 0),
            lambda: reads and os.read(descriptor, 512),
            lambda: os.set_blocking(descriptor, True),
        ):
            try:
                attempt()
            except OSError:
                pass


if os.environ.get("HOSTILE_IMPORT"):
    abuse_descriptors(reads=False)


def region():
    """Address and size of the memory that is shared with the server."""
    for line in open("/proc/self/maps"):
        if "/memfd:martlet " in line:
            start, end = (int(number, 16) for number in line.split()[0].split("-"))
            return start, end - start
    raise RuntimeError("the shared memory is not mapped")


PARTS = {"control": (0, 4096 * 2), "queue": (0, 128), "slots": (4096 * 2, 512 * 1024), "all": (0, 1 << 40)}
PATTERNS = {"zeros": lambda count: bytes(count), "ones": lambda count: b"\xff" * count, "noise": random.randbytes}


def scribble(part, pattern):
    address, size = region()
    start, count = PARTS[part]
    end = min(size, start + count, start + (32 << 20))
    for position in range(start, end, 1 << 16):
        data = PATTERNS[pattern](min(1 << 16, end - position))
        ctypes.memmove(address + position, data, len(data))


@application.at("/pid")
def pid(environ, start_response):
    return text(start_response, str(os.getpid()))


@application.at("/descriptors")
def break_descriptors(environ, start_response):
    abuse_descriptors()
    return text(start_response, "done")


@application.at("/scribble")
def scribble_once(environ, start_response):
    scribble(parameters(environ)["part"], parameters(environ)["pattern"])
    return text(start_response, "done")


@application.at("/scribble-for-ever")
def scribble_for_ever(environ, start_response):
    """Until the process ends, beside whatever else it does."""
    query = parameters(environ)

    def body():
        while True:
            scribble(query["part"], query["pattern"])

    threading.Thread(target=body, daemon=True).start()
    checkpoint.tell(query["checkpoint"])
    return text(start_response, "done")


@application.at("/queue")
def queue(environ, start_response):
    """Says that all requests there will ever be have been taken, or that there are more than anyone can take."""
    address, _ = region()
    query = parameters(environ)
    for name, offset in (("tail", 0), ("head", 64)):
        if name in query:
            ctypes.c_uint64.from_address(address + offset).value = int(query[name])
    return text(start_response, "done")


@application.at("/hold")
def hold(environ, start_response):
    checkpoint.reach(parameters(environ)["checkpoint"])
    return text(start_response, "held and let go")
