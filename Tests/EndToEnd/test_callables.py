"""What is no WSGI application is told at the start, with what to write; what is one is never refused."""

import re
import sys

import pytest
from rawclient import exchange
from server import martlet_to_its_end

SOURCE = '''
import functools


def answer(environ, start_response):
    start_response("200 OK", [])
    return [b"served"]


def with_defaults(environ=None, start_response=None):
    return answer(environ, start_response)


def with_more(environ, start_response, extra=None, *, other=1):
    return answer(environ, start_response)


def other_names(e, s, /):
    return answer(e, s)


def stars(*args, **kwargs):
    return answer(*args)


def one_and_stars(environ, *rest):
    return answer(environ, *rest)


lambda_app = lambda e, s: answer(e, s)


class Instance:
    def __call__(self, environ, start_response):
        return answer(environ, start_response)

    def method(self, environ, start_response):
        return answer(environ, start_response)

    @classmethod
    def class_method(cls, environ, start_response):
        return answer(environ, start_response)

    @staticmethod
    def static_method(environ, start_response):
        return answer(environ, start_response)


class Stars:
    def __call__(*args):
        return answer(*args[1:])


class Class:
    def __init__(self, environ, start_response):
        self.result = answer(environ, start_response)

    def __iter__(self):
        return iter(self.result)


class Inherits(Class):
    pass


class New:
    def __new__(cls, environ, start_response):
        return answer(environ, start_response)


class Meta(type):
    def __call__(cls, environ, start_response):
        return answer(environ, start_response)


class WithMeta(metaclass=Meta):
    pass


class AsyncCallInside(Class):
    async def __call__(self, scope, receive, send):
        pass


instance, stars_instance = Instance(), Stars()
method, class_method, static_method = instance.method, Instance.class_method, Instance.static_method
partial = functools.partial(with_more, extra=1)
partial_first = functools.partial(lambda config, environ, start_response: answer(environ, start_response), {})
partial_of_partial = functools.partial(functools.partial(lambda a, b, e, s: answer(e, s), 1), 2)
partial_of_method = functools.partial(instance.method)
partial_of_class = functools.partial(Class)


def of_request(request):
    """The kind that a decorator makes an application of."""


@functools.wraps(of_request)
def wraps_one(environ, start_response):
    return answer(environ, start_response)


async def of_scope(scope, receive, send):
    pass


@functools.wraps(of_scope)
def wraps_asgi(environ, start_response):
    return answer(environ, start_response)


def lies(environ, start_response):
    return answer(environ, start_response)


import inspect
lies.__signature__ = inspect.Signature()


class Proxy:
    """As werkzeug's LocalProxy: everything is another one's."""

    def __getattr__(self, name):
        return getattr(answer, name)

    def __call__(self, *args, **kwargs):
        return answer(*args, **kwargs)


proxy = Proxy()
from unittest.mock import Mock
mock = Mock(side_effect=answer)
import ctypes, operator
c_callable = operator.methodcaller("nothing")


# None of these is one.

def create_app():
    return answer


def create_with_config(config):
    return answer


def create_with_optional(config=None):
    return answer


def needs_three(environ, start_response, database):
    return answer(environ, start_response)


def needs_keyword(environ, start_response, *, database):
    return answer(environ, start_response)


class Unmade:
    def __call__(self, environ, start_response):
        return answer(environ, start_response)


async def coroutine(scope, receive, send):
    pass


async def coroutine_of_two(environ, start_response):
    pass


async def generator(scope, receive, send):
    yield b""


class Asgi:
    async def __call__(self, scope, receive, send):
        pass


class Asgi2:
    def __init__(self, scope):
        pass


def asgi_plain(scope, receive, send):
    return coroutine(scope, receive, send)


asgi_lambda = lambda scope, receive, send: coroutine(scope, receive, send)
asgi, asgi_method, asgi_partial = Asgi(), Asgi().__call__, functools.partial(coroutine)


def make_asgi():
    return asgi


def make_nothing_of_it():
    return create_app


def looks_like_a_factory(config=None, testing=False):
    return answer


number = 7
'''

RIGHT = [
    "answer", "with_defaults", "with_more", "other_names", "stars", "one_and_stars", "lambda_app", "instance", "stars_instance", "method",
    "class_method", "static_method", "Instance.static_method", "Class", "Inherits", "New", "WithMeta", "AsyncCallInside", "partial",
    "partial_first", "partial_of_partial", "partial_of_method", "partial_of_class", "wraps_one", "wraps_asgi", "lies", "proxy", "mock",
    "create_app()", "create_with_config(1)", "Unmade()", "create_with_optional()",
]  # fmt: skip

WRONG = {
    "create_app": r"function that takes no arguments.*write kinds:create_app\(\)",
    "create_with_config": r"function that takes 1 argument \(config\).*write kinds:create_with_config\(…\)",
    "create_with_optional": r"function that takes 1 argument \(config\).*write kinds:create_with_optional\(\)",
    "needs_three": r"function that takes 3 arguments \(environ, start_response, database\)",
    "needs_keyword": r"function that takes 3 arguments \(environ, start_response, database\)",
    "Unmade": r"class that takes no arguments.*write kinds:Unmade\(\)",
    "Asgi2": r"ASGI application \(a class that takes 1 argument \(scope\)\)",
    "asgi_plain": r"ASGI application \(a function that takes 3 arguments \(scope, receive, send\)\)",
    "asgi_lambda": r"ASGI application \(a function that takes 3 arguments",
    "coroutine": r"ASGI application \(a coroutine function\).*uvicorn.*a2wsgi",
    "coroutine_of_two": r"ASGI application \(a coroutine function\)",
    "generator": r"ASGI application \(a coroutine function\)",
    "asgi": r"ASGI application \(an Asgi object\)",
    "asgi_method": r"ASGI application \(a coroutine function\)",
    "asgi_partial": r"ASGI application \(a coroutine function\)",
    "make_asgi()": r"ASGI application \(an Asgi object\)",
    "make_nothing_of_it()": r"returned a function that takes no arguments",
    "number": r"an int, not a WSGI application",
    "number()": r"is an int and cannot be called; write kinds:number",
}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("kinds")
    (folder / "kinds.py").write_text(SOURCE)
    return folder


@pytest.mark.parametrize("name", RIGHT)
def test_every_callable_that_takes_environ_and_start_response_is_served(start, site, name):
    server = start(f"kinds:{name}", chdir=site)
    assert exchange(server.address).body == b"served"
    assert "warning" not in server.stderr.text or name == "with_defaults"


def test_a_callable_in_c_is_not_judged(start, site):
    assert exchange(start("kinds:c_callable", chdir=site).address).status == 500


@pytest.mark.parametrize("name", WRONG)
def test_what_is_none_is_told_at_the_start_with_what_to_write(site, name):
    ended = martlet_to_its_end(
        "run", f"kinds:{name}", "--bind", "127.0.0.1:0", "--workers", "2", "--python", sys.executable, cwd=site
    )
    assert ended.code == 3
    assert re.search(f"cannot serve kinds:{re.escape(name)}\\. .*{WRONG[name]}", ended.stderr), ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_factory_whose_arguments_are_optional_is_warned_of(start, site):
    server = start("kinds:looks_like_a_factory", chdir=site)
    server.stderr.wait_for(r"warning .*looks_like_a_factory.*write kinds:looks_like_a_factory\(\)")


def test_a_module_without_an_application_whose_factory_is_there(tmp_path):
    (tmp_path / "shop.py").write_text("def create_app():\n    pass\n")
    ended = martlet_to_its_end("run", "shop", "--bind", "127.0.0.1:0", "--python", sys.executable, cwd=tmp_path)
    assert ended.code == 3
    assert "Did you mean shop:create_app()?" in ended.stderr
