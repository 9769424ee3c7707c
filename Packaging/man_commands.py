"""martlet.1 and a page for each subcommand, from what the program says of itself."""

import json
import re
import subprocess
from pathlib import Path

from release import Release
from roff import entry, escaped, example, heading, page, paragraph

Command = dict


def pages(martlet: Path, release: Release) -> dict[str, str]:
    """The text of each page by its name."""
    told = subprocess.run([martlet, "--experimental-dump-help"], check=True, capture_output=True, text=True).stdout
    program = json.loads(told)["command"]
    commands = [each for each in program["subcommands"] if each["shouldDisplay"] and each["commandName"] != "help"]
    made = {"martlet.1": main_page(program, commands, release)}
    for command in commands:
        made[f"martlet-{command['commandName']}.1"] = command_page(command, release)
    return made


def main_page(program: Command, commands: list[Command], release: Release) -> str:
    body = opening("martlet", program["abstract"])
    body += heading("Synopsis") + "\\fBmartlet\\fR \\fICOMMAND\\fR [\\fIoptions\\fR]\n"
    body += discussion(program)
    body += heading("Commands") + "".join(
        entry(f"\\fBmartlet\\-{escaped(each['commandName'])}\\fR(1)", escaped(each["abstract"])) for each in commands
    )
    body += options(program)
    body += heading("Files") + entry("\\fI/etc/martlet/martlet.toml\\fR", "What \\fBmartlet.service\\fR serves.")
    body += entry("\\fI/etc/martlet/NAME.toml\\fR", "What \\fBmartlet@NAME.service\\fR serves.")
    body += heading("See also") + "\\fBmartlet.toml\\fR(5)\n"
    return page("martlet", 1, release.date, release.version, body)


def command_page(command: Command, release: Release) -> str:
    name = command["commandName"]
    body = opening(f"martlet-{name}", command["abstract"])
    positional = [each for each in shown(command) if each["kind"] == "positional"]
    words = ["[\\fIoptions\\fR]"] + [
        f"[\\fI{escaped(each['valueName'])}\\fR]" if each["isOptional"] else f"\\fI{escaped(each['valueName'])}\\fR"
        for each in positional
    ]
    body += heading("Synopsis") + f"\\fBmartlet {escaped(name)}\\fR {' '.join(words)}\n"
    body += discussion(command)
    if positional:
        body += heading("Arguments") + "".join(
            entry(f"\\fI{escaped(each['valueName'])}\\fR", escaped(each.get("abstract", ""))) for each in positional
        )
    body += options(command)
    body += heading("See also") + "\\fBmartlet\\fR(1), \\fBmartlet.toml\\fR(5)\n"
    return page(f"martlet-{name}", 1, release.date, release.version, body)


def opening(name: str, abstract: str) -> str:
    return heading("Name") + f"{escaped(name)} \\- {escaped(abstract.rstrip('.')[0].lower() + abstract.rstrip('.')[1:])}\n"


def shown(command: Command) -> list[dict]:
    return [each for each in command.get("arguments") or [] if each["shouldDisplay"]]


def discussion(command: Command) -> str:
    """What the help says at length: lines that are indented are shown as they are, and a line such as EXAMPLES: is a heading."""
    body, kept = heading("Description"), []
    text = command.get("discussion") or command["abstract"]
    for line in [*text.split("\n"), ""]:
        if line.startswith("  "):
            kept.append(line[2:])
            continue
        if kept:
            body, kept = body + example(kept), []
        if re.fullmatch(r"[A-Z ]+:", line):
            body += heading(line.rstrip(":"))
        elif line:
            body += paragraph(escaped(line))
    # A paragraph that follows its heading at once is none.
    return re.sub(r"(\.SH .*\n)\.PP\n", r"\1", body)


def options(command: Command) -> str:
    """Those of each group below its title."""
    groups: dict[str, list[dict]] = {}
    for each in shown(command):
        if each["kind"] != "positional":
            groups.setdefault(each.get("sectionTitle") or "Options", []).append(each)
    return "".join(
        heading(title if title == "Options" else f"{title} options") + "".join(map(option, members))
        for title, members in groups.items()
    )


def option(argument: dict) -> str:
    names = [("--" if each["kind"] == "long" else "-") + each["name"] for each in argument["names"]]
    names.sort(key=len)
    value = f" \\fI{escaped(argument['valueName'].upper())}\\fR" if argument["kind"] == "option" else ""
    term = ", ".join(f"\\fB{escaped(each)}\\fR{value}" for each in names)
    return entry(term, escaped(argument.get("abstract") or "") or "See above.")
