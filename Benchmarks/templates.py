#!/usr/bin/env python3
"""templates.py: the same templates and data rendered by Martlet's engine and by Jinja2, in processor time of one rendering.

Wants the release build of `template-render` (`make build`, or TEMPLATE_RENDER=/path) and a Python with Jinja2, such as
Tests/EndToEnd/.venv/bin/python. Both render once before they are measured, and have to give the same text; the best of five
runs counts, which leaves out what else the machine does.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "Tests" / "EndToEnd"))

import templates_corpus  # noqa: E402

PROGRAM = os.environ.get("TEMPLATE_RENDER", ROOT / ".build" / "release" / "template-render")

PAGE = """{% extends "layout.html" %}
{% block title %}Users{% endblock %}
{% block content %}
<table>
{% for user in users %}
  <tr class="{{ loop.cycle('odd', 'even') }}">
    <td>{{ loop.index }}</td>
    <td><a href="/users/{{ user.id }}">{{ user.name }}</a></td>
    <td>{{ user.mail|lower }}</td>
    <td>{% if user.active %}yes{% else %}no{% endif %}</td>
    <td>{{ user.note|default("-") }}</td>
  </tr>
{% endfor %}
</table>
{% endblock %}
"""
LAYOUT = """<!doctype html>
<html><head><title>{% block title %}{% endblock %} - {{ site }}</title></head>
<body>
<h1>{{ self.title() }}</h1>
{% block content %}{% endblock %}
<footer>{{ year }} &copy; {{ site }}</footer>
</body></html>
"""
TABLE = "<table>{% for row in rows %}<tr>{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>{% endfor %}</table>"
MACROS = """{% macro field(name, value="", type="text") %}<input type="{{ type }}" name="{{ name }}" value="{{ value }}">{% endmacro %}
{% for name in names %}<p>{{ field(name, value=values[name]) }}</p>{% endfor %}"""


def users() -> list[dict]:
    rows = [
        {"id": i, "name": f"User <{i}>" if i % 5 == 0 else f"User number {i}", "mail": f"USER{i}@Example.com", "active": i % 2 == 0}
        for i in range(20)
    ]
    for row in rows[::3]:
        row["note"] = "likes tea & cake"
    return rows


NAMES = [f"field{i}" for i in range(20)]
CASES = {
    "a page with a layout, 20 users": ({"page": PAGE, "layout.html": LAYOUT}, {"users": users(), "site": "Example", "year": 2026}),
    "a table of 20 rows and 10 columns": ({"page": TABLE}, {"rows": [[f"cell {r} {c}" for c in range(10)] for r in range(20)]}),
    "a form of 20 macros": ({"page": MACROS}, {"names": NAMES, "values": {name: f'"{name}"' for name in NAMES}}),
    "a text with one value": ({"page": "Hello {{ name }}!"}, {"name": "World"}),
}


def jinja(case: dict, count: int) -> tuple[str, float]:
    template = templates_corpus.environment(case["templates"], {}).get_template("page")
    data = templates_corpus.value(case["data"])
    text, best = template.render(data), float("inf")
    for _ in range(5):
        start = time.process_time_ns()
        for _ in range(count):
            template.render(data)
        best = min(best, (time.process_time_ns() - start) / count)
    return text, best


def martlet(case: dict, *options: str):
    ran = subprocess.run([PROGRAM, *options], input=json.dumps([case]), capture_output=True, text=True, check=True)
    return json.loads(ran.stdout)


def main() -> None:
    print("| Rendered | Bytes | Jinja2 | Martlet | Ratio |\n|---|---|---|---|---|")
    for name, (templates, data) in CASES.items():
        case = {"templates": templates, "main": "page", "data": data, "options": {}}
        count = 1000 if len(templates["page"]) > 30 else 10_000
        text, theirs = jinja(case, count)
        if martlet(case)[0] != {"output": text}:
            sys.exit(f"{name}: the texts differ")
        ours = min(martlet(case, "--time", str(count * 5))["nanoseconds"] for _ in range(5))
        print(f"| {name} | {len(text)} | {theirs / 1000:.1f} µs | {ours / 1000:.1f} µs | {theirs / ours:.1f} |")


if __name__ == "__main__":
    main()
