"""Reads `Tests/Corpus/faults/index.toml`; the README of the corpora describes it. `Scripts/faults-page` makes a page of it."""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path

CORPUS = Path(__file__).resolve().parents[1] / "Corpus"

SENDERS = {
    "requests": "test_http1_corpus.py", "http2": "test_http2_rules.py", "flood": "test_http2_floods.py",
    "proxy-protocol": "test_proxy_protocol.py",
}
"""Which test sends files, by their folder or by how their name begins; what has no other one is sent by test_faults.py."""


@dataclass(frozen=True)
class Fault:
    what: str
    reference: str
    files: list[str] = field(default_factory=list)
    tests: list[str] = field(default_factory=list)
    server: str = "plain"
    name: str | None = None
    status: list[int] = field(default_factory=list)
    answers: int = 1
    closed: bool = True
    app: list[str] = field(default_factory=list)
    has: str = ""
    lacks: list[str] = field(default_factory=list)

    @property
    def paths(self) -> list[Path]:
        """In the order of the patterns."""
        found = [path for pattern in self.files for path in sorted(CORPUS.glob(pattern))]
        return list(dict.fromkeys(found))

    def seen_of(self, index: int) -> list[str]:
        """What the application has seen of the file with this index: where there is one request each, they are listed file by file."""
        one_each = len(self.app) == len(self.paths) > 1 and self.answers == 1
        return [request for request in (self.app[index : index + 1] if one_each else self.app) if request]

    @property
    def senders(self) -> list[str]:
        return list(dict.fromkeys([*map(sender, self.paths), *self.tests]))


@dataclass(frozen=True)
class Class:
    title: str
    history: str
    faults: list[Fault]


def sender(path: Path) -> str:
    kind = path.relative_to(CORPUS).parts[0]
    return SENDERS.get("flood" if path.name.startswith("flood-") else kind, "test_faults.py")


def classes() -> list[Class]:
    with open(CORPUS / "faults" / "index.toml", "rb") as file:
        table = tomllib.load(file)
    return [Class(entry["title"], entry["history"], [Fault(**row) for row in entry["fault"]]) for entry in table["class"]]
