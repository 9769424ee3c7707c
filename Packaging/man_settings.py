"""martlet.toml.5, from the reference page that the program makes of its tables of settings."""

import re
import subprocess
from pathlib import Path

from release import Release
from roff import entry, escaped, heading, inline, page, paragraph, subheading

CELL = re.compile(r"(?<!\\)\|")


def text(martlet: Path, release: Release) -> str:
    told = subprocess.run([martlet, "settings", "--markdown"], check=True, capture_output=True, text=True).stdout
    # What stands before the first heading is about that page.
    _, *sections = re.split(r"^## ", told, flags=re.MULTILINE)
    body = heading("Name") + "martlet.toml \\- what martlet serves\n"
    body += heading("Description")
    body += "\\fBmartlet serve\\fR reads this file, in TOML, and \\fBmartlet check\\fR says what is wrong with it. Paths in it are\n"
    body += "relative to its folder. A duration has a unit, ms, s, m or h; so has a size, B, KB, MB or GB. Both stand in quotes.\n"
    body += "".join(section(each) for each in sections)
    body += heading("See also") + "\\fBmartlet\\fR(1), \\fBmartlet\\-serve\\fR(1), \\fBmartlet\\-check\\fR(1)\n"
    return page("martlet.toml", 5, release.date, release.version, re.sub(r"(\.S[HS] .*\n)\.PP\n", r"\1", body))


def section(markdown: str) -> str:
    title, _, rest = markdown.partition("\n")
    first, *subsections = re.split(r"^### ", rest, flags=re.MULTILINE)
    body = heading(plain(title)) + blocks(first)
    for each in subsections:
        name, _, content = each.partition("\n")
        body += subheading(plain(name)) + blocks(content)
    return body


def plain(title: str) -> str:
    return title.replace("`", "")


def blocks(markdown: str) -> str:
    """Paragraphs, and tables with what is said of their rows further down."""
    parts = [each.strip() for each in re.split(r"\n\s*\n", markdown) if each.strip()]
    details = dict(match.groups() for match in map(DETAIL.fullmatch, parts) if match)
    made = ""
    for part in parts:
        if part.startswith("|"):
            made += table(part.split("\n"), details)
        elif not DETAIL.fullmatch(part):
            made += paragraph(inline(part))
    return made


DETAIL = re.compile(r"\*\*`(?P<name>[^`]+)`\*\* (?P<text>.+)", re.DOTALL)


def table(lines: list[str], details: dict[str, str]) -> str:
    columns, _, *rows = [[cell.strip().replace("\\|", "|") for cell in CELL.split(line)[1:-1]] for line in lines]
    return "".join(row(dict(zip(columns, cells)), details) for cells in rows)


def row(cells: dict[str, str], details: dict[str, str]) -> str:
    if "Key" not in cells:
        term, *rest = cells.values()
        return entry(inline(term), *map(inline, rest))
    flag = cells.get("Flag", "").strip("`")
    said = details.get(flag.split(" ")[0]) or details.get(cells["Key"].strip("`"))
    facts = f"Default: {inline(cells['Default'])}. Accepts {inline(cells['Accepts'])}."
    known = f"On a command line \\fB{escaped(flag)}\\fR." if flag.startswith("-") else ""
    return entry(inline(cells["Key"]), inline(cells["Meaning"]) + ".", f"{facts} {known}".strip(), inline(said) if said else "")
