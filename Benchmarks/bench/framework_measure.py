"""Measurements of the frameworks' cases: one measurement of one running server each, as in `measure.py`.

`hello_us`, `fixed_us`, `number_us`: CPU microseconds of a request to `/hello` and to the two paths in the table;
`fixed_added_us`, `number_added_us`: what the latter take more than the former.
"""

from __future__ import annotations

import html
import json
from dataclasses import dataclass
from typing import Callable

from . import load, web_measure
from .failure import Failure
from .load import Load
from .measure import BODY, Figures
from .server import Server
from .settings import Settings

FORM_FIELDS = ("Content-Type: application/x-www-form-urlencoded",)


@dataclass(frozen=True)
class Exchange:
    """A request, and whether a body is its right answer."""

    path: str
    is_right: Callable[[bytes], bool]
    post: "str | None" = None

    @property
    def fields(self) -> "tuple[str, ...]":
        return () if self.post is None else FORM_FIELDS

    def check(self, server: Server) -> None:
        """A fast wrong answer must not win."""
        status, body = server.ask("GET" if self.post is None else "POST", self.path, self.fields, self.post)
        if status != 200 or not self.is_right(body):
            raise Failure(f"{server.name} answered {status} {body[:200]!r} for {self.path}, which is wrong")

    def load(self, server: Server, settings: Settings, seconds: int) -> Load:
        url = server.url(self.path[1:])
        return load.run(url, settings.connections, seconds, settings.load_core, self.fields, self.post)


def measure(exchange: Exchange) -> Callable[[Server, Settings], Figures]:
    def measured(server: Server, settings: Settings) -> Figures:
        exchange.check(server)
        return web_measure.figures(server, settings, lambda seconds: exchange.load(server, settings, seconds))

    return measured


def text(expected: str) -> Callable[[bytes], bool]:
    return lambda body: body == expected.encode()


PRODUCT = {
    "id": 4711,
    "name": "Walking boots",
    "sku": "WB-4711-42",
    "category": "Shoes",
    "description": "Leather boots with a sole that can be replaced.",
    "price": 129.75,
    "currency": "EUR",
    "stock": 17,
    "rating": 4.5,
    "active": True,
}


def is_product(body: bytes) -> bool:
    """The same fields in any order, without spaces; Flask ends with a newline."""
    try:
        fields = json.loads(body)
    except ValueError:
        return False
    return fields == PRODUCT and len(body.rstrip(b"\n")) == len(json.dumps(PRODUCT, separators=(",", ":")))


def shelf() -> str:
    """The page that `shelf.html` and `shelf.mustache` are to give."""
    rows = "".join(
        f"<tr><td>{number}</td><td>{html.escape(f'Bolt <M{number}> & nut')}</td><td>{number + 0.25}</td>"
        f"<td>{'yes' if number % 4 else 'no'}</td></tr>\n"
        for number in range(1, 21)
    )
    title = html.escape("Nuts & bolts")
    return (
        f'<!doctype html>\n<html lang="en">\n<head><title>{title}</title></head>\n<body>\n<h1>{title}</h1>\n'
        f"<table>\n{rows}</table>\n</body>\n</html>\n"
    )


def is_shelf(body: bytes) -> bool:
    """Jinja2 leaves out the newline at the end of a template."""
    return body.rstrip(b"\n") == shelf().rstrip("\n").encode()


JSON = Exchange("/product", is_product)
TEMPLATE = Exchange("/shelf", is_shelf)
FORM = Exchange(
    "/order",
    text("Ada Lovelace (ada@example.org) orders 3."),
    post="name=Ada+Lovelace&email=ada%40example.org&quantity=3",
)

HELLO = Exchange("/hello", text(BODY.decode()))
FIXED = Exchange("/section-10/things-12", text(BODY.decode()))
NUMBER = Exchange("/section-10/things-12/4711", text("Hello 4711!"))


def table(server: Server, settings: Settings) -> Figures:
    """The three paths one after the other and back again, so that what changes slowly meets all of them alike."""
    exchanges = {"hello": HELLO, "fixed": FIXED, "number": NUMBER}
    for exchange in exchanges.values():
        exchange.check(server)
        exchange.load(server, settings, settings.warm_up_seconds)
    used = dict.fromkeys(exchanges, 0.0)
    answered = dict.fromkeys(exchanges, 0)
    errors = 0
    for name in [*exchanges, *reversed(exchanges)]:
        before = server.cpu_seconds()
        outcome = exchanges[name].load(server, settings, settings.light_seconds)
        used[name] += server.cpu_seconds() - before
        answered[name] += outcome.requests
        errors += outcome.errors
    if not all(answered.values()):
        raise Failure(f"{server.name} answered nothing under load; its log:\n{server.log_tail()}")
    cost = {name: used[name] / answered[name] * 1e6 for name in exchanges}
    return {
        **{f"{name}_us": value for name, value in cost.items()},
        "fixed_added_us": cost["fixed"] - cost["hello"],
        "number_added_us": cost["number"] - cost["hello"],
        "memory": server.memory_bytes(),
        "errors": errors,
    }
