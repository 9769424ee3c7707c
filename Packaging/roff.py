"""Text as roff has it, for man pages."""

import re

CODE = re.compile(r"(`[^`]+`|\*\*.+?\*\*)")
# A backslash first: the others are named with one.
NAMES = {"\\": "\\e", "-": "\\-", "'": "\\(aq", "`": "\\(ga", "^": "\\(ha", "~": "\\(ti"}
LINK = re.compile(r"\[([^]]*)\]\([^)]*\)")


def escaped(text: str) -> str:
    """Text that stands for itself, a hyphen as people copy it included."""
    for character, name in NAMES.items():
        text = text.replace(character, name)
    # What only begins like a macro.
    return "\\&" + text if text.startswith(".") else text


def inline(markdown: str) -> str:
    """A paragraph of Markdown: code and what is strong become bold, links their text."""
    parts = []
    for part in CODE.split(LINK.sub(r"\1", markdown).strip()):
        if CODE.fullmatch(part):
            parts.append(f"\\fB{inline_strong(part)}\\fR")
        else:
            parts.append(escaped(part) if not parts else escaped(part).removeprefix("\\&"))
    text = "".join(parts)
    return re.sub(r"^(['.])", r"\\&\1", text)


def inline_strong(part: str) -> str:
    inner = part[1:-1] if part.startswith("`") else part[2:-2].replace("`", "")
    return escaped(inner).removeprefix("\\&")


def heading(text: str) -> str:
    return f'.SH "{escaped(text.upper())}"\n'


def subheading(text: str) -> str:
    return f'.SS "{escaped(text)}"\n'


def paragraph(roff: str) -> str:
    return f".PP\n{roff}\n"


def entry(term: str, *paragraphs: str) -> str:
    """A term, and what is said of it."""
    body = "\n.IP\n".join(each for each in paragraphs if each)
    return f".TP\n{term}\n{body}\n"


def example(lines: list[str]) -> str:
    return ".PP\n.in +4n\n.nf\n" + "".join(f"{escaped(line)}\n" for line in lines) + ".fi\n.in\n"


def page(name: str, section: int, date: str, version: str, body: str) -> str:
    return f'.TH {escaped(name).upper()} {section} {date} "Martlet {version}" "Martlet"\n{body}'
