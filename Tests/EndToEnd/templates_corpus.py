"""The corpus of templates: cases in Tests/Corpus/templates, and what Jinja2 itself makes of them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import jinja2
import jinja2.ext
from markupsafe import Markup

FOLDER = Path(__file__).resolve().parents[1] / "Corpus" / "templates"


@dataclass
class Case:
    """A template with what it needs, and what comes out: see Tests/Corpus/README.md for the form of the files."""

    name: str
    file: Path
    templates: dict[str, str] = field(default_factory=dict)
    data: str = ""
    options: str = ""
    expected: "str | None" = None
    error: "str | None" = None

    def __str__(self) -> str:
        return f"{self.file.stem}: {self.name}"

    @property
    def main(self) -> str:
        return next(iter(self.templates))

    def for_martlet(self) -> dict:
        return {
            "templates": self.templates,
            "main": self.main,
            "data": json.loads(self.data or "{}"),
            "options": json.loads(self.options or "{}"),
        }

    def with_jinja(self) -> str:
        """What Jinja renders, with Flask's options and escaping on for every name."""
        return render(self.for_martlet())

    def text(self) -> str:
        parts = [f"=== {self.name}"]
        parts += [f"--- file {name}\n{text}" for name, text in self.templates.items()]
        if self.data:
            parts.append(f"--- data\n{self.data}")
        if self.options:
            parts.append(f"--- options\n{self.options}")
        if self.error is not None:
            parts.append(f"--- error\n{self.error}")
        elif self.expected is not None:
            parts.append(f"--- expect\n{self.expected}")
        return "\n".join(parts) + "\n"


def value(json_value):
    """What stands for a value in the JSON of a case."""
    if isinstance(json_value, list):
        return [value(element) for element in json_value]
    if not isinstance(json_value, dict):
        return json_value
    if "$safe" in json_value:
        return Markup(json_value["$safe"])
    if "$function" in json_value:
        return function(json_value["$function"])
    if "$tuple" in json_value:
        return tuple(value(element) for element in json_value["$tuple"])
    return {key: value(element) for key, element in json_value.items()}


def function(name: str):
    """Says how it was called."""
    return lambda *values, **named: f"/{name}?" + "&".join([*map(str, values), *(f"{key}={value}" for key, value in named.items())])


def environment(templates: dict[str, str], options: dict) -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.DictLoader(templates),
        autoescape=True,
        extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"],
        **options,
    )
    # Flask's provider of JSON sorts keys too.
    made.policies["json.dumps_kwargs"] = {"sort_keys": True}
    return made


def render(case: dict) -> str:
    made = environment(case["templates"], case["options"])
    return made.get_template(case["main"]).render(value(case["data"]))


def read(file: Path) -> Iterator[Case]:
    case: "Case | None" = None
    section, lines = None, []

    def finish() -> None:
        text = "\n".join(lines)
        if case is None or section is None:
            return
        kind, _, name = section.partition(" ")
        if kind == "file":
            case.templates[name] = text
        else:
            setattr(case, {"expect": "expected"}.get(kind, kind), text)

    for line in file.read_bytes().decode().removesuffix("\n").split("\n"):
        if line.startswith("=== "):
            finish()
            if case:
                yield case
            case, section, lines = Case(line[4:], file), None, []
        elif line.startswith("--- "):
            finish()
            section, lines = line[4:], []
        else:
            lines.append(line)
    finish()
    if case:
        yield case


def files() -> list[Path]:
    return sorted(FOLDER.glob("*.cases"))


def cases() -> list[Case]:
    return [case for file in files() for case in read(file)]


def update() -> None:
    """Writes into every case what Jinja makes of it. What Martlet says of an error is for people to write."""
    for file in files():
        updated = list(read(file))
        for case in updated:
            if case.error is None:
                case.expected = case.with_jinja()
        file.write_bytes("".join(case.text() for case in updated).encode())


if __name__ == "__main__":
    update()
