"""What the server wants of a worker that serves."""
import sys

from martlet_worker.control import tell
from martlet_worker.error_log import say
from martlet_worker.stacks import stack_text


class RequestTimeout(BaseException):
    """The request took longer than its limit; the client has been answered with 504."""


RequestTimeout.__module__ = "martlet"  # as the other exceptions that an application can see


def obey(martlet, control, command, pool, terminal):
    if command.name == "allow":
        martlet.allow(command.requests)
    elif command.name in ("interrupt", "write_stack") and 0 <= command.thread < len(pool):
        obey_about_request(martlet, control, command, pool, terminal)


def obey_about_request(martlet, control, command, pool, terminal):
    request = (command.thread, command.slot, command.use)
    frame = sys._current_frames().get(pool[command.thread].ident)
    if command.name == "write_stack":
        if frame is not None and martlet.working(*request):
            say("warning", "slow request, %d s so far, %s (request %s); its stack now:"
                % (command.seconds, command.line, command.id), stack_text(frame), request=command.id)
    elif terminal.is_debugging(frame) and martlet.working(*request):
        tell(control, "debugged")
    else:
        martlet.interrupt(*request, RequestTimeout)
