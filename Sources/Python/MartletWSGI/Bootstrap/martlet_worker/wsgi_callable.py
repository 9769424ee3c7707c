"""Whether an object can be called as PEP 3333 says, `application(environ, start_response)`, as far as that can be known.

Only code of Python's own functions is believed: a `__signature__`, or what a decorator says that it wraps, may be another one's. What
has no such code, as callables in C have none, is right.
"""
import functools
import types

from martlet_worker.advice import Advice, with_article
from martlet_worker.error_log import say

is_coroutine = 0x80  # CO_COROUTINE and the other flags of code objects: see the documentation of `inspect`
is_async_generator = 0x200
has_star_arguments = 0x04


def check_application(value, name, where, target):
    """Returns the application, or says what it is and what to write."""
    named = "'%s' in %s" % (name, where)
    if not callable(value):
        raise Advice("%s is %s, not a WSGI application: it cannot be called." % (named, with_article(type(value).__name__)))
    call = Call.of(value)
    if call is None:
        return value
    if call.is_asgi:
        raise Advice("%s is an ASGI application (%s), and Martlet serves WSGI: run it with an ASGI server such as uvicorn, or make "
                     "a WSGI application of it with ASGIMiddleware of the package a2wsgi." % (named, call.describe(value)))
    is_named_call = name.endswith(")")
    if not call.takes_two:
        what = call.describe(value)
        if is_named_call:
            raise Advice("%s returned %s, which is no WSGI application: that is called with two arguments, environ and "
                         "start_response." % (named, what))
        raise Advice("%s is %s, not a WSGI application, which is called with two, environ and start_response. If it makes the "
                     "application, write %s:%s(%s)." % (named, what, target, name, call.example))
    if call.needs_none and not is_named_call:
        say("warning", "%s can be called without arguments; if it makes the application, write %s:%s()." % (named, target, name))
    return value


class Call:
    """What calling an object calls: a function of Python, and what of its arguments is given already."""

    def __init__(self, function, given, keywords=()):
        code = function.__code__
        names = code.co_varnames[:code.co_argcount]
        defaults = set(names[len(names) - len(function.__defaults__ or ()):])
        defaults.update(function.__kwdefaults__ or ())
        defaults.update(keywords)
        self.flags = code.co_flags
        self.positional = list(names[given:])
        self.has_star = bool(code.co_flags & has_star_arguments)
        others = code.co_varnames[code.co_argcount:code.co_argcount + code.co_kwonlyargcount]
        self.required = [name for name in [*self.positional, *others] if name not in defaults]
        has_room = len(self.positional) >= 2 or self.has_star
        self.takes_two = has_room and set(self.required) <= set(self.positional[:2])
        self.needs_none = not self.required and len(self.positional) >= 2

    @classmethod
    def of(cls, value):
        """None where it cannot be known."""
        given, keywords = 0, {}
        while type(value) is functools.partial:
            given += len(value.args)
            keywords.update(value.keywords)
            value = value.func
        if type(value) is types.MethodType:
            value, given = value.__func__, given + 1
        elif isinstance(value, type):
            if type(value).__call__ is not type.__call__:
                return None
            maker = value.__new__ if value.__new__ is not object.__new__ else value.__init__
            if maker is object.__init__:
                maker = takes_no_arguments
            value, given = maker, given + 1
        elif type(value) is not types.FunctionType:
            value, given = type(value).__call__, given + 1
        return cls(value, given, keywords) if type(value) is types.FunctionType else None

    @property
    def is_asynchronous(self):
        return bool(self.flags & (is_coroutine | is_async_generator))

    @property
    def is_asgi(self):
        """Also a function that is none of a coroutine may be: ASGI's names of the arguments tell, those of version 2 too."""
        return self.is_asynchronous or self.positional[:3] == ["scope", "receive", "send"] or self.positional == ["scope"]

    @property
    def example(self):
        """What stands between the brackets of a factory's call."""
        return "" if not self.required else "…"

    def describe(self, value):
        if isinstance(value, type):
            kind = "a class"
        elif type(value) in (types.FunctionType, types.MethodType, functools.partial):
            kind = "a coroutine function" if self.is_asynchronous else "a function"
        else:
            kind = with_article(type(value).__name__) + " object"
        if self.is_asynchronous:
            return kind
        if not self.positional and not self.required:
            return kind + " that takes no arguments"
        wanted = self.required or self.positional
        return "%s that takes %s (%s)" % (kind, "1 argument" if len(wanted) == 1 else "%d arguments" % len(wanted), ", ".join(wanted))


def takes_no_arguments(self):
    """Stands for the constructor of a class that has none of its own."""
