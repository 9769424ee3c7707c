"""Signals in an application: its own handlers, what its children get, and what leaves a handler."""

import os
import signal
import subprocess
import sys

import checkpoint
from routing import Routes, parameters, text

application = Routes()


def leaves(number, frame):
    raise ValueError("from the handler of signal %d" % number)


def exits(number, frame):
    sys.exit(7)


def tells(number, frame):
    checkpoint.tell(os.environ["TELLS"], signal.Signals(number).name)


if "TELLS" in os.environ:
    signal.signal(signal.SIGTERM, tells)
if "LEAVES" in os.environ:
    signal.signal(signal.SIGTERM, leaves)
signal.signal(signal.SIGUSR1, leaves)
signal.signal(signal.SIGUSR2, exits)


@application.at("/pid")
def pid(environ, start_response):
    return text(start_response, str(os.getpid()))


@application.at("/hold")
def hold(environ, start_response):
    checkpoint.reach(parameters(environ)["checkpoint"])
    return text(start_response, "held and let go")


STATE = "import signal; print(repr(signal.getsignal(signal.SIGINT)), repr(signal.getsignal(signal.SIGTERM)))"


@application.at("/child")
def child(environ, start_response):
    """What a program that the application runs has for SIGINT and SIGTERM."""
    return text(start_response, subprocess.run([sys.executable, "-c", STATE], capture_output=True, check=True).stdout)


def target_of(descriptor):
    try:
        return os.readlink("/proc/self/fd/%d" % descriptor)
    except FileNotFoundError:
        return "the folder itself"


@application.at("/fork")
def fork(environ, start_response):
    """What a child without a program has, and which descriptors."""
    reader, writer = os.pipe()
    if os.fork() == 0:
        names = [target_of(int(name)) for name in os.listdir("/proc/self/fd")]
        bell = signal.set_wakeup_fd(-1)
        found = "%r %r bell %d %s" % (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM), bell, names)
        os.write(writer, found.encode())
        os._exit(0)
    os.close(writer)
    os.wait()
    return text(start_response, os.read(reader, 65536))
