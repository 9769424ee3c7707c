"""The control socket, on which server and worker send each other messages. control_table.py says which there are.

A message is a letter and the texts of its fields, with a zero byte between two of them.
"""
import _socket
import sys
from os import write

from martlet_worker.control_table import TO_SERVER, TO_SERVER_LIMIT, TO_WORKER


class Message:
    """Its name, and an attribute for each field."""

    def __init__(self, name, fields):
        self.name = name
        self.__dict__.update(fields)


def encode(name, **fields):
    """What a worker says, in bytes. The last field is cut where it is too long for a message."""
    letter, kinds = TO_SERVER[name]
    if set(fields) != {field for field, _ in kinds}:
        raise TypeError("the message %s has the fields %s" % (name, [field for field, _ in kinds]))
    texts = [str(kind(fields[field])) for field, kind in kinds]
    texts[:-1] = [text.replace("\0", "") for text in texts[:-1]]
    return (letter + "\0".join(texts)).encode("utf-8", "backslashreplace")[:TO_SERVER_LIMIT]


def decode(message):
    """What the server says; ValueError where it is none of its messages."""
    text = message.decode("utf-8", "replace")
    for name, (letter, kinds) in TO_WORKER.items():
        if text[:1] == letter:
            texts = text[1:].split("\0", len(kinds) - 1) if kinds or len(text) > 1 else []
            if len(texts) != len(kinds):
                break
            return Message(name, {field: kind(value) for (field, kind), value in zip(kinds, texts)})
    raise ValueError("this is no message of the server: %r" % message)


def tell(control, name, **fields):
    """Says something to the server. What it cannot take, because it is gone or knows already, is lost."""
    try:
        write(control, encode(name, **fields))
    except OSError:
        pass


def fail(control, advice, traceback):
    """Tells the server why the application cannot be imported: the advice, and a traceback or a stack. It shows them once."""
    tell(control, "failed", advice=advice[:4000], traceback=traceback[-50_000:])
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:
            pass


def receive(control):
    """A message of the server, or None when it is gone, and its descriptors, which no program that is run inherits."""
    channel = _socket.socket(fileno=control)
    try:
        room = _socket.CMSG_SPACE(253 * 4)  # SCM_MAX_FD
        message, ancillary, _, _ = channel.recvmsg(64, room, _socket.MSG_CMSG_CLOEXEC)
    finally:
        channel.detach()
    descriptors = []
    for level, kind, data in ancillary:
        if level == _socket.SOL_SOCKET and kind == _socket.SCM_RIGHTS:
            whole = len(data) - len(data) % 4
            descriptors += [int.from_bytes(data[index:index + 4], sys.byteorder) for index in range(0, whole, 4)]
    return (decode(message) if message else None), descriptors
