"""Templates at random, for the comparison with Jinja2: what they do makes no sense, but has one meaning."""

import json
import random

import templates_corpus

# Names that the data has, by what they hold; `gone` is nowhere.
DATA = {
    "n": 7,
    "m": -3,
    "z": 0,
    "x": 2.5,
    "y": -0.125,
    "t": "a<b & 'c'",
    "u": "Hello World",
    "e": "",
    "w": "ünï 日本 😀",
    "h": {"$safe": "<b>x</b>&lt;"},
    "l": [3, 1, 2],
    "k": ["b", "A", "<", "c d"],
    "g": [],
    "d": {"b": 1, "a": "<x>", "name": "D"},
    "r": [{"n": "x", "v": 1, "on": True}, {"n": "<y>", "v": 3, "on": False}, {"n": "X", "v": 2, "on": True}],
    "p": {"$tuple": [1, "two", None]},
    "q": None,
    "v": True,
}
NUMBERS, TEXTS, LISTS = "nmzxy", "tuewh", "lkgp"

UNARY_FILTERS = [
    "abs", "capitalize", "count", "e", "escape", "first", "float", "forceescape", "int", "last", "length", "list", "lower", "max",
    "min", "reverse|list", "round", "safe", "select|list", "sort", "string", "striptags", "sum", "title", "tojson", "trim",
    "unique|list", "upper", "urlencode", "urlize", "wordcount", "wordwrap(5)", "xmlattr", "filesizeformat", "items|list", "dictsort",
    "default('d')", "d('d', true)", "center(9)", "indent(2, true)", "truncate(6, leeway=0)", "truncate(5, true, '<', 0)",
    "replace('a', '<')", "replace('<', h)", "join('-')", "join(h)", "batch(2)|list", "batch(2, 'f')|list", "slice(2)|list",
    "map('upper')|list", "map('string')|join(',')", "reject('none')|list", "round(1)", "round(1, 'floor')", "round(0, 'ceil')",
    "sort(reverse=true)", "sort(case_sensitive=true)", "int(3)", "format(1, 'a')", "attr('nope')", "trim('<a')",
    "map(attribute='n')|list", "selectattr('on')|map(attribute='v')|list", "groupby('on')|map('last')|map('length')|list",
    "sum(attribute='v')", "sort(attribute='n')|map(attribute='v')|list", "max(attribute='v')", "unique(attribute='n')|list|length",
]
TESTS = [
    "boolean", "callable", "defined", "escaped", "even", "false", "float", "integer", "iterable", "lower", "mapping", "none", "number",
    "odd", "sequence", "string", "true", "undefined", "upper", "divisibleby(3)", "divisibleby 2", "eq 7", "ne(7)", "lt 3", "ge 2",
    "in [1, 7]", "in l", "sameas(none)", "equalto 2.5", "not defined", "not none", "gt m",
]
METHODS = [
    "upper()", "lower()", "strip()", "split()", "split('a')", "replace('l', '<')", "title()", "capitalize()", "startswith('H')",
    "endswith('d')", "find('o')", "count('l')", "center(15, '*')", "join(['<', h])", "format(1)", "swapcase()", "isdigit()", "splitlines()",
    "rsplit(' ', 1)", "partition(' ')", "zfill(8)", "ljust(12, '.')", "index('l')", "islower()", "lstrip('aH')", "get('a')", "get('c', 2)",
]


class Generator:
    def __init__(self, chance: random.Random):
        self.chance = chance
        self.names: list[str] = []
        self.count = 0
        self.jinja = templates_corpus.environment({}, {})
        self.values = templates_corpus.value(DATA)

    def works(self, expression: str) -> bool:
        """Whether Jinja can make something of it, with the data and nothing else."""
        try:
            self.jinja.from_string("{{ " + expression + " }}").render(self.values)
        except Exception:
            return False
        return True

    def case(self) -> dict:
        self.names, self.count = [], 0
        templates = {
            "part": self.body(2),
            "lib": "{% macro f(a, b=n) %}" + self.body(2) + "{{ a }}{{ b }}{% endmacro %}{% set c = " + self.expression(2) + " %}",
            "base": self.body(2) + "{% block a %}" + self.body(2) + "{% endblock %}{% block b scoped %}" + self.body(2) + "{% endblock %}",
        }
        main = self.body(3)
        if self.chance.random() < 0.3:
            inner = "{{ super() }}" if self.chance.random() < 0.5 else ""
            main = "{% extends 'base' %}" + self.statement(2) + "{% block a %}" + inner + self.body(3) + "{% endblock %}"
        options = {"trim_blocks": self.chance.random() < 0.3, "lstrip_blocks": self.chance.random() < 0.3}
        return {"templates": {"main": main, **templates}, "main": "main", "data": json.loads(json.dumps(DATA)), "options": options}

    def pick(self, *choices):
        return self.chance.choice(choices)

    # Statements

    def body(self, depth: int) -> str:
        return "".join(self.statement(depth) for _ in range(self.chance.randint(1, 3)))

    def begin(self) -> str:
        return "{%" + self.pick("", "", "", "-", "+") + " "

    def end(self) -> str:
        return " " + self.pick("", "", "", "-") + "%}"

    def text(self) -> str:
        return self.pick("text", " ", "\n", "\n\n", "  \n  ", "<i>", "a\n  ", "\t", "{ }", "% }")

    def statement(self, depth: int) -> str:
        kind = self.chance.random()
        if depth <= 0 or kind < 0.35:
            sign = self.pick("", "", "", "-")
            return self.text() + "{{" + sign + " " + self.expression(max(1, depth)) + " " + self.pick("", "", "-") + "}}"
        if kind < 0.4:
            return self.text() + "{#" + self.pick("", "-") + " c " + self.pick("", "-", "+") + "#}" + self.text()
        if kind < 0.55:
            return self.loop(depth)
        if kind < 0.68:
            otherwise = self.begin() + "else" + self.end() + self.body(depth - 1) if self.chance.random() < 0.5 else ""
            test = self.expression(2)
            middle = self.begin() + "elif " + self.expression(1) + self.end() + self.body(depth - 1) if self.chance.random() < 0.3 else ""
            return self.tag("if " + test, self.body(depth - 1) + middle + otherwise, "endif")
        if kind < 0.78:
            return self.begin() + "set " + self.target() + " = " + self.expression(2) + self.end()
        if kind < 0.82:
            return self.tag("set " + self.target() + self.pick("", " | upper", " | trim | lower"), self.body(depth - 1), "endset")
        if kind < 0.86:
            return self.tag(f"with {self.target()} = {self.expression(2)}", self.body(depth - 1), "endwith")
        if kind < 0.89:
            return self.tag("filter " + self.pick("upper", "trim", "striptags", "replace('a', 'A')", "indent(1)", "e"), self.body(depth - 1), "endfilter")
        if kind < 0.93:
            name = f"macro{self.count}"
            self.count += 1
            macro = self.tag(f"macro {name}(o, i={self.expression(1)})", "{{ o }}{{ i }}" + self.body(depth - 1) + self.pick("", "{{ caller() if caller }}"), "endmacro")
            call = self.pick("{{ NAME(ARG) }}", "{{ NAME(ARG, i=ARG) }}", "{% call NAME(ARG) %}in{{ n }}{% endcall %}", "{{ NAME() }}")
            return macro + call.replace("NAME", name).replace("ARG", self.expression(1))
        if kind < 0.97 and depth >= 3:
            return self.pick("{% include 'part' %}", "{% include 'part' without context %}", "{% include ['none', 'part'] ignore missing %}")
        return self.pick(
            "{% from 'lib' import f, c %}{{ f(1) }}{{ c }}",
            "{% import 'lib' as i with context %}{{ i.f(n, b=m) }}",
            "{% raw %} {{ x }} {% endraw %}",
            "{% set ns = namespace(c=0) %}{% for o in l %}{% set ns.c = ns.c + o %}{% endfor %}{{ ns.c }}",
        )

    def tag(self, head: str, body: str, end: str) -> str:
        return self.begin() + head + self.end() + body + self.begin() + end + self.end()

    def loop(self, depth: int) -> str:
        target = self.target()
        iterable = self.pick(*LISTS, "r", "d", "t", "range(3)", "gone", "d.items()", "k|sort", "r|map(attribute='n')|list", self.expression(1))
        test = self.pick("", "", f" if {target}", f" if {target} is defined and n > z")
        inner = self.body(depth - 1)
        extra = self.pick(
            "", "{{ loop.index }}/{{ loop.length }}", "{{ loop.cycle('o', 'e') }}", "{{ loop.first }}{{ loop.last }}", f"{{{{ loop.changed({target}) }}}}",
            "{{ loop.previtem }}|{{ loop.nextitem }}", "{% if loop.index == 2 %}{% break %}{% endif %}", "{% if loop.first %}{% continue %}{% endif %}",
        )
        otherwise = "{% else %}" + self.body(depth - 1) if self.chance.random() < 0.3 else ""
        return self.tag(f"for {target} in {iterable}{test}", f"{{{{ {target} }}}}" + extra + inner + otherwise, "endfor")

    def target(self) -> str:
        name = self.pick("o", "i", "j", "n", "t", "l", "new")
        self.names.append(name)
        return name

    # Expressions

    def name(self) -> str:
        if self.names and self.chance.random() < 0.3:
            return self.chance.choice(self.names)
        return self.pick(*DATA, "gone", "d.a", "d.name", "d['b']", "r[0].n", "l[1]", "t[0]", "d.nope", "p[1]")

    def literal(self) -> str:
        return self.pick("0", "1", "2", "10", "3", "1.5", "0.1", "1e3", "'a'", "'<'", '"it\'s"', "'%s'", "''", "true", "false", "none", "[]", "[1, 'b']", "(1, 2)", "{'k': 1}", "'l'")

    def expression(self, depth: int) -> str:
        """Most of the time one without an error: a template with one says nothing of the rest of it."""
        found = self.any_expression(depth)
        for _ in range(6):
            if self.works(found) or self.chance.random() < 0.01:
                break
            found = self.any_expression(depth)
        return found

    def any_expression(self, depth: int) -> str:
        if depth <= 0:
            return self.name() if self.chance.random() < 0.65 else self.literal()
        inner = lambda: self.any_expression(depth - 1)  # noqa: E731
        kind = self.chance.random()
        if kind < 0.2:
            return self.any_expression(0)
        if kind < 0.38:
            return f"{self.operand(depth)}|{self.chance.choice(UNARY_FILTERS)}"
        if kind < 0.46:
            return f"{self.operand(depth)} is {self.chance.choice(TESTS)}"
        if kind < 0.62:
            sign = self.pick("+", "+", "-", "*", "/", "//", "%", "**")
            # A power of a power is a number that takes minutes.
            right = self.pick("2", "3", "-1", "z", "0.5") if sign == "**" else inner()
            left = self.pick("n", "m", "x", "2", "y") if sign == "**" else inner()
            return f"({left} {sign} {right})"
        if kind < 0.68:
            # Of constants alone Jinja forgets that one is safe.
            return f"({self.name()} ~ {self.operand(depth)} ~ {self.operand(depth)})"
        if kind < 0.78:
            first, second = self.pick("==", "!=", "<", "<=", ">", ">=", "in", "not in"), self.pick("==", "<", "in", ">=")
            return f"({inner()} {first} {inner()})" if self.chance.random() < 0.8 else f"({inner()} {first} {inner()} {second} {inner()})"
        if kind < 0.85:
            return self.pick(f"({inner()} and {inner()})", f"({inner()} or {inner()})", f"(not {inner()})", f"{inner()} or {inner()} and not {inner()}")
        if kind < 0.89:
            return f"({inner()} if {inner()} else {inner()})"
        if kind < 0.94:
            return f"{self.pick(*TEXTS, 'd', 'k[0]', 'r[1].n')}.{self.chance.choice(METHODS)}"
        if kind < 0.97:
            cut = lambda: self.pick("", "0", "1", "-1", "2", "-3", "9")  # noqa: E731
            return f"{self.pick(*TEXTS, *LISTS)}[{cut()}:{cut()}{self.pick('', ':', ':2', ':-1', ':-2')}]"
        return self.pick(f"[{inner()}, {inner()}]", f"({inner()}, {inner()})", f"{{'a': {inner()}}}", f"-{self.pick(*NUMBERS)}", f"range({self.pick('2', '0', 'n', '1, 4')})|list")

    def operand(self, depth: int) -> str:
        return self.any_expression(0) if self.chance.random() < 0.6 else f"({self.any_expression(depth - 1)})"
