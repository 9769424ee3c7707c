"""An application that leaves processes behind, for whoever inherits them."""

import os

import checkpoint
from routing import Routes, parameters, text

application = Routes()


@application.at("/pid")
def pid(environ, start_response):
    return text(start_response, str(os.getpid()))


@application.at("/parent")
def parent(environ, start_response):
    return text(start_response, str(os.getppid()))


@application.at("/hold")
def hold(environ, start_response):
    checkpoint.reach(parameters(environ)["checkpoint"])
    return text(start_response, "held and let go")


@application.at("/orphan")
def orphan(environ, start_response):
    """Starts a process that outlives its parent and then ends; answers with what the first process knows of it."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        grandchild = os.fork()
        if grandchild == 0:
            os.close(reading)
            while os.getppid() != 1:
                pass
            os._exit(0)
        os.write(writing, b"%d" % grandchild)
        os._exit(0)
    os.waitpid(child, 0)
    os.close(writing)
    grandchild = os.read(reading, 64).decode()
    os.close(reading)
    return text(start_response, grandchild)


@application.at("/state")
def state(environ, start_response):
    """What /proc says of a process: its state and its parent."""
    try:
        with open("/proc/%s/stat" % parameters(environ)["pid"]) as file:
            fields = file.read().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return text(start_response, "gone")
    return text(start_response, "%s %s" % (fields[0], fields[1]))
