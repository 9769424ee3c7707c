"""An application that writes into the memory that its worker shares with the server."""

import ctypes
import os
import struct

from routing import Routes, parameters, text

application = Routes()

TAKEN = 0x80000000
PHASE = 256
"""Where the response's phase is in a slot, in bytes."""
CONSUMED = PHASE + 32
SLOT = 320


def slots_in_use():
    """The addresses of the slots that this worker has."""
    for line in open("/proc/self/maps"):
        if "memfd:martlet " in line and "rw-s" in line:
            start = int(line.partition("-")[0], 16)
            memory = ctypes.string_at(start, 2_000_000)
            for offset in range(4096, len(memory) - SLOT, 64):
                claim, = struct.unpack_from("<I", memory, offset)
                if claim & TAKEN and claim & 0x7FFF0000 == 0:
                    yield start + offset


@application.at("/phase")
def phase(environ, start_response):
    """Says that its response is in a phase that there is not; `begun` when some of it is out."""
    query = parameters(environ)
    start_response("200 OK", [])
    if "begun" in query:
        yield b"begun"
    found = list(slots_in_use())
    assert found, "no slot is in use"
    for slot in found:
        ctypes.memmove(slot + PHASE, struct.pack("<I", int(query["phase"])), 4)
    os.read(os.pipe()[0], 1)


@application.at("/consumed")
def consumed(environ, start_response):
    """Says that it has read more of its body than there was, and reads on."""
    for slot in slots_in_use():
        ctypes.memmove(slot + CONSUMED, struct.pack("<Q", 1 << int(parameters(environ)["bits"])), 8)
    return text(start_response, environ["wsgi.input"].read()[:10])


@application.at("/pid")
def pid(environ, start_response):
    return text(start_response, str(os.getpid()))
