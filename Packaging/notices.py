"""The texts that the licences of what is inside ask to be passed on."""

import re
from pathlib import Path

from components import BROUGHT, Component, licence_file


def text(parts: list[Component]) -> str:
    """Each notice, and each licence that is not the Apache one that Martlet has itself."""
    made = []
    for part in sorted((each for each in parts if each.folder and not each.brought_by), key=lambda each: each.name):
        files = sorted(part.folder.glob("NOTICE*"))
        if part.licence != "Apache-2.0":
            files.insert(0, licence_file(part.folder))
        for file in files:
            made.append(f"{part.name} {part.version}, {part.licence}: {file.name}\n{'=' * 78}\n\n{tidied(file)}\n")
    return "\n".join(made)


def texts_of(part: Component) -> dict[str, str]:
    """All that the licence of a part asks to be passed on, by the names of files."""
    if part.folder is None:
        return {}
    if not part.brought_by:
        files = [licence_file(part.folder), *sorted(part.folder.glob("NOTICE*"))]
        return {file.name: tidied(file) for file in files}
    for module, (name, _, file, _) in BROUGHT.items():
        folder = part.folder / "Sources" / module
        if name != part.name or not folder.is_dir():
            continue
        if own := sorted(folder.glob("LICENSE*")):
            return {each.name: tidied(each) for each in own}
        # Sources that are one file begin with their licence.
        begin = re.match(r"\s*(/\*.*?\*/|(?://[^\n]*\n)+)", (folder / file).read_text(), re.DOTALL)
        return {"LICENSE": f"{begin[0].strip()}\n"} if begin else {}
    return {}


def tidied(file: Path) -> str:
    return "\n".join(line.rstrip() for line in file.read_text().strip("\n").split("\n")) + "\n"


def copyright_of(part: Component) -> list[str]:
    """Who says to have the copyright, in the files beside the sources."""
    lines: list[str] = []
    for file in [licence_file(part.folder), *sorted(part.folder.glob("NOTICE*"))]:
        lines += re.findall(r"^\s*Copyright (?:\([cC]\) )?(\d{4}.*?)\.?\s*$", file.read_text(), re.MULTILINE)
    return sorted(set(lines)) or [f"The authors of {part.name}"]
