"""Forking the workers of an application that has been imported once (`--preload`)."""


def fork_workers(control):
    """Forks a worker whenever the server asks for one. Returns in the workers, with the control descriptor of each."""
    refuse_threads()
    leads_group = os.getpgrp() == os.getpid()
    gc.collect()
    gc.freeze()  # the collector leaves the pages of what is here alone, so that they stay shared
    tell(control, b"R")
    while True:
        request, descriptors = receive(control)
        if not request or not descriptors:
            os._exit(0)
        middle = quiet_fork()
        if middle:
            os.close(descriptors[0])
            waitpid(middle, 0)
        elif quiet_fork():
            os._exit(0)  # the worker is the server's child now
        else:
            if leads_group:
                os.setpgid(0, 0)  # what hangs on the way to a worker is ended with the group of the first process
            tell(descriptors[0], b"%d" % os.getpid())
            gevent = sys.modules.get("gevent")
            if gevent is not None:
                gevent.reinit()  # its event loop is the parent's still
            return descriptors[0]


def quiet_fork():
    """Python warns of every thread; those that matter have been looked at."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return fork()


def refuse_threads():
    """A thread of Python does not survive a fork, and what it holds stays locked for ever. Those of libraries in C, such as NumPy's,
    know that they may be forked, or are made again when they are needed."""
    end = monotonic() + 0.25
    count = 2
    while count > 1 and monotonic() < end:
        others = [thread for thread in sys._current_frames() if thread != get_ident()]
        if others:
            names = [thread.name for thread in threading.enumerate() if thread.ident in others] or ["without a name"]
            raise Advice("The application starts threads while it is imported (%s), and a process with threads cannot be forked "
                         "safely. Run it without {preload}, or start the threads with the first request." % ", ".join(names))
        try:
            count = len(os.listdir("/proc/self/task"))
        except OSError:
            return
        # That of the start may not be quite gone, and one that has just been started shows as Python's when it runs.
        sleep(0.002)
    if count > 1:
        say("warning", "a library of the application has started %d threads of its own while it was imported; the workers that are "
            "forked from here do not have them. If they hang, run without preload." % (count - 1))


def receive(control):
    """A message of the server with descriptors, which no program that is run inherits."""
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
    return message.decode("latin-1"), descriptors
