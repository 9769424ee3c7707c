"""The page of the settings for the site: what is a row of a table in docs/reference/settings.md gets a heading, a paragraph, an example and its
precedent.

The examples are from docs/reference/examples, files that `martlet check` accepts; Tests/EndToEnd/test_settings_page.py holds that each setting
has one.
"""

import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path("docs/reference/examples")
TARGETS = {
    "A Python application": "wsgi",
    "A folder of files": "files",
    "CGI scripts": "cgi",
    "A redirect": "redirect",
    "The same answer to everybody": "respond",
    "Other servers": "proxy",
    "A Swift program": "swift",
}
"""Sections of a route, and the key that says that it is one."""
PLACES = {
    "The server": "",
    "TLS": "tls",
    "Certificates that are got by themselves": "acme",
    "A site": 'site."shop.example.com"',
    "A command beside the applications": 'command."celery"',
    "Limits": "limits",
}
"""The table of a file that the keys of a section stand in."""


@dataclass(frozen=True)
class Row:
    section: str
    flag: str
    """As the command line has it, with the placeholder of its value; empty where there is none."""
    key: str
    default: str
    accepts: str
    meaning: str
    compare: str


def rows(page: str) -> list[Row]:
    return [row for section, lines in sections(page) for row in of_tables(section, lines)]


def sections(page: str) -> Iterator[tuple[str, list[str]]]:
    """The headings, without the marks of code, and the lines below each."""
    section, lines = "", []
    for line in page.splitlines():
        if heading := re.match(r"##+ (.*)", line):
            yield section, lines
            section, lines = heading[1].strip("`"), []
        else:
            lines.append(line)
    yield section, lines


def of_tables(section: str, lines: list[str]) -> list[Row]:
    found: list[Row] = []
    is_table, has_flags = False, False
    for line in lines:
        if line.startswith(("| Flag | Key |", "| Key |")):
            is_table, has_flags = True, line.startswith("| Flag")
        elif not line.startswith("|"):
            is_table = False
        elif is_table and line.startswith("| `"):
            cells = [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
            flag, key, *rest = cells if has_flags else ["", *cells]
            found.append(Row(section, flag.strip("`"), key.strip("`"), *rest))
    return found


def documents(root: Path) -> list[dict]:
    return [tomllib.loads(path.read_text()) for path in sorted((root / FOLDER).glob("*.toml"), reverse=True)]


def tables(document: dict, section: str) -> list[dict]:
    """Those of a file that a section of the page is about."""
    sites = list(document.get("site", {}).values())
    if key := TARGETS.get(section):
        return [route for owner in [document, *sites] for route in owner.get("route", {}).values() if key in route]
    match section:
        case "The server":
            return [{key: value for key, value in document.items() if key not in ("tls", "acme", "limits", "command", "site", "route")}]
        case "TLS" | "Limits":
            return [document.get(section.lower(), {})]
        case "Certificates that are got by themselves":
            return [document.get("acme", {})]
        case "A site":
            return [{"names": site["names"]} for site in sites if "names" in site]
        case "A command beside the applications":
            return list(document.get("command", {}).values())
        case _:
            return [site[section] for site in sites if section in site]


def value_of(row: Row, files: list[dict]) -> object:
    """None where there is no example."""
    found = (table[row.key] for document in files for table in tables(document, row.section) if row.key in table)
    return next(found, None)


def text_of(value: object) -> str:
    """As TOML has it."""
    if isinstance(value, dict):
        names = {name: name if re.fullmatch(r"[\w-]+", name) else json.dumps(name) for name in value}
        pairs = (f"{names[name]} = {text_of(each)}" for name, each in value.items())
        return "{ " + ", ".join(pairs) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(text_of, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def flags_of(row: Row, value: object) -> str:
    """The same on a command line; empty where there is no flag."""
    name, _, placeholder = row.flag.partition(" ")
    if not name.startswith("--"):
        return ""
    if isinstance(value, bool):
        return f"{name} {'on' if value else 'off'}" if placeholder else (name if value else "")
    if isinstance(value, dict):
        return " ".join(f"{name} {key}={each}" for key, each in value.items())
    return " ".join(f"{name} {quoted(str(each))}" for each in (value if isinstance(value, list) else [value]))


def quoted(text: str) -> str:
    return text if re.fullmatch(r"[\w@%+=:,./-]+", text) else f"'{text}'"


def place_of(section: str) -> str:
    if section in TARGETS:
        return 'route."/"'
    return PLACES.get(section, section)


def described(page: str, root: Path) -> str:
    """The page with a heading for each setting."""
    files = documents(root)
    known = {(row.section, row.flag, row.key): row for row in rows(page)}
    parts = []
    for section, lines in sections(page):
        heading = next((line for line in page.splitlines() if re.fullmatch(rf"##+ `?{re.escape(section)}`?", line)), "")
        own = [row for row in known.values() if row.section == section]
        parts += [heading, *without_rows(lines, own), *(part for row in own for part in entry(row, details(lines, row), files))]
    return "\n".join(parts) + "\n"


def without_rows(lines: list[str], own: list[Row]) -> list[str]:
    """The lines of a section but the tables of settings and what is said more about each."""
    kept, inside = [], False
    for line in lines:
        inside = line.startswith(("| Flag | Key |", "| Key |")) or (inside and line.startswith("|"))
        if not inside and not any(line.startswith(f"**`{name}`** ") for row in own for name in names_of(row)):
            kept.append(line)
    return kept


def names_of(row: Row) -> list[str]:
    return [row.key, row.flag.partition(" ")[0]] if row.flag else [row.key]


def details(lines: list[str], row: Row) -> str:
    starts = [f"**`{name}`** " for name in names_of(row)]
    return next((line.removeprefix(start) for line in lines for start in starts if line.startswith(start)), "")


def entry(row: Row, more: str, files: list[dict]) -> list[str]:
    slug = re.sub(r"[^a-z0-9]+", "-", row.section.lower()).strip("-")
    value = value_of(row, files)
    place = place_of(row.section)
    shown = [f"[{place}]"] if place else []
    shown.append(f"{row.key} = {text_of(value)}")
    flags = flags_of(row, value)
    return [
        "",
        f"#### `{row.key}` {{ #{slug}--{row.key} }}",
        "",
        f"{row.meaning}.{' ' + more if more else ''}",
        "",
        *(["```toml", *shown, "```", ""] if value is not None else []),
        *([f"On a command line: `{flags}`", ""] if flags else []),
        f"* **Default:** {row.default or 'empty'}",
        f"* **Accepts:** {row.accepts}",
        f"* **Compare:** {row.compare}",
        "",
    ]
