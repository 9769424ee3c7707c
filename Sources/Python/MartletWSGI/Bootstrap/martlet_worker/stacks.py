"""What of Python's stacks and tracebacks is shown: not the frames of Martlet and of the import system."""
import importlib
import traceback


def is_own(filename):
    return filename.startswith(("<martlet", "<frozen importlib")) or filename == importlib.__file__


def stack_text(frame):
    """A stack, the most recent call last."""
    stack = traceback.extract_stack(frame)
    if stack and stack[0].filename == "<string>":
        del stack[0]  # the program that has imported this
    return "".join(traceback.format_list([entry for entry in stack if not is_own(entry.filename)]))


def import_traceback(error):
    """The traceback of an application that could not be imported."""
    trace = error.__traceback__
    while trace is not None and is_own(trace.tb_frame.f_code.co_filename):
        trace = trace.tb_next
    error.__cause__ = error.__context__ = None
    return "".join(traceback.format_exception(type(error), error, trace))
