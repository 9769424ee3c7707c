"""An application that writes into the memory that its worker shares with the server."""

import ctypes
import os
import socket
import struct

from routing import Routes, parameters, text

application = Routes()

TAKEN = 0x80000000
PHASE = 256
"""Where the response's phase is in a slot, in bytes."""
CONSUMED = PHASE + 32
SLOT = 320
BODY = 4
"""The kind of a message that asks for a body."""


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


def sockets_to_the_server():
    """The control socket is the lowest; behind it those to the event loops."""
    found = []
    for name in os.listdir("/proc/self/fd"):
        try:
            with socket.socket(fileno=os.dup(int(name))) as one:
                if one.type == socket.SOCK_SEQPACKET:
                    found.append(int(name))
        except OSError:
            pass
    return sorted(found)


@application.at("/says")
def says(environ, start_response):
    """Sends bytes on the control socket, as if they were the worker's, a number of times."""
    query = parameters(environ)
    with socket.socket(fileno=os.dup(sockets_to_the_server()[0])) as control:
        for _ in range(int(query.get("times", 1))):
            control.send(bytes.fromhex(query["bytes"]) * int(query.get("length", 1)))
    return text(start_response, "said")


def full_socket():
    one, other = socket.socketpair()
    one.setblocking(False)
    try:
        while True:
            one.send(bytes(65536))
    except BlockingIOError:
        other.detach()
        return one.detach()


@application.at("/fills-the-sockets")
def fills_the_sockets(environ, start_response):
    """Sends what nobody has asked for until there is no more room, tells nobody, and reads its body."""
    for descriptor in sockets_to_the_server()[1:]:
        with socket.socket(fileno=os.dup(descriptor)) as sender:
            try:
                while True:
                    sender.sendmsg([struct.pack("<IIIIq", 0, 0, 99, 0, 0)], [], socket.MSG_DONTWAIT)
            except BlockingIOError:
                pass
    return text(start_response, "%d bytes" % len(environ["wsgi.input"].read()))


@application.at("/asks-with")
def asks_with(environ, start_response):
    """Asks for the file with its body by itself, and says that it is to be sent to something that it cannot be sent to."""
    descriptor = {
        "nothing": lambda: None,
        "a file": lambda: os.open("/dev/null", os.O_RDWR),
        "a pipe": lambda: os.pipe()[1],
        "a socket of the network": lambda: socket.socket().detach(),
        "a socket without another end": lambda: socket.socket(socket.AF_UNIX).detach(),
        "a full socket": full_socket,
    }[parameters(environ)["kind"]]()
    sockets = sockets_to_the_server()[1:]
    lanes = len(sockets)
    first_slot = -(-(128 + 192 * lanes + 128 * 2 + 8 * 256 * lanes) // 4096) * 4096
    (slot,) = slots_in_use()
    start = next(int(line.partition("-")[0], 16) for line in open("/proc/self/maps") if "memfd:martlet " in line)
    index = (slot - start - first_slot) // SLOT
    generation, = struct.unpack("<I", ctypes.string_at(slot + 4, 4))
    passed = [] if descriptor is None else [(socket.SOL_SOCKET, socket.SCM_RIGHTS, struct.pack("i", descriptor))]
    with socket.socket(fileno=os.dup(sockets[index // 256])) as sender:
        for _ in range(3):
            sender.sendmsg([struct.pack("<IIIIq", index, generation, BODY, 0, 0)], passed)
    try:
        return text(start_response, "%d bytes" % len(environ["wsgi.input"].read()))
    except OSError as error:
        return text(start_response, "OSError: %s" % error)
