"""What is measured of the frameworks: a table of 1,000 routes, JSON, a template, a form."""

from __future__ import annotations

from . import framework_measure
from .cases import CPU, Case, Column, count, megabytes, microseconds, milliseconds, ratio
from .framework_measure import Exchange
from .framework_peers import all_frameworks

TIMES = Column("× martlet", "cpu_us", ratio, unit_of="martlet")
COLUMNS = (
    CPU,
    TIMES,
    Column("requests/s", "rps", count, spread=True),
    Column("p50 ms", "p50", milliseconds),
    Column("p99 ms", "p99", milliseconds),
    Column("memory MB", "memory", megabytes),
    Column("errors", "errors", count),
)


def added(value: float) -> str:
    return f"{value:.2f}"


FIXED_ADDED = Column("fixed path adds µs", "fixed_added_us", added, spread=True)
TABLE_COLUMNS = (
    Column("hello µs", "hello_us", microseconds, spread=True),
    Column("fixed path µs", "fixed_us", microseconds, spread=True),
    Column("with a number µs", "number_us", microseconds, spread=True),
    FIXED_ADDED,
    Column("number adds µs", "number_added_us", added, spread=True),
    Column("memory MB", "memory", megabytes),
    Column("errors", "errors", count),
)

ROUTES = Case(
    name="routes-1000",
    title="A table of 1,000 routes",
    about="In 20 sections 25 things each, with a fixed path and one that ends in a number, beside `/hello` of the same program. "
    "`/section-10/things-12` and `/section-10/things-12/4711` are in the middle. What they add to hello is in CPU µs a request, "
    "and has the longer path and the number in it.",
    measure=framework_measure.table,
    peers=all_frameworks("ROUTE_TABLE"),
    columns=TABLE_COLUMNS,
    plot=FIXED_ADDED,
    app="flask_cases:table",
)


def framework_case(name: str, title: str, about: str, exchange: Exchange) -> Case:
    return Case(
        name=name,
        title=title,
        about=about,
        measure=framework_measure.measure(exchange),
        peers=all_frameworks("CASES"),
        columns=COLUMNS,
        plot=TIMES,
        app="flask_cases:app",
    )


FRAMEWORK_CASES = (
    ROUTES,
    framework_case(
        "json",
        "JSON of ten fields",
        "A struct of ten fields, in Flask a dictionary. The bytes are the same but for the order of the keys, which Martlet sorts "
        "and the others do not, and for the newline that Flask ends with.",
        framework_measure.JSON,
    ),
    framework_case(
        "template",
        "A template of 20 rows",
        "A page with a table, two of its four columns texts and one a condition; everything escaped. Martlet and Flask "
        "render the same file, Hummingbird its counterpart with swift-mustache; the bytes are the same but for the newline "
        "at the end.",
        framework_measure.TEMPLATE,
    ),
    framework_case(
        "form",
        "A form of three fields",
        "`POST` with two texts and a number, urlencoded, which are read into a struct and answered with a sentence.",
        framework_measure.FORM,
    ),
)
