"""Reads `Tests/Corpus`; its README describes the formats."""

import itertools
import re
from dataclasses import dataclass
from pathlib import Path

from program import CORPUS


@dataclass(frozen=True)
class ExpectedRequest:
    method: str
    target: str
    version: str
    fields: list[tuple[str, str]]
    body: bytes
    trailers: list[tuple[str, str]]


@dataclass(frozen=True)
class ValidFile:
    name: str
    sent: bytes
    requests: list[ExpectedRequest]


@dataclass(frozen=True)
class InvalidFile:
    name: str
    sent: bytes
    status: int


def valid_files() -> list[ValidFile]:
    return [ValidFile(path.stem, path.read_bytes(), requests_of(expectation(path))) for path in files("valid")]


def invalid_files() -> list[InvalidFile]:
    return [InvalidFile(path.stem, path.read_bytes(), int(expectation(path))) for path in files("invalid")]


def files(kind: str) -> list[Path]:
    return sorted((CORPUS / "requests" / kind).glob("*.http"))


def expectation(path: Path) -> str:
    return path.with_suffix(".expect").read_text("ascii")


def requests_of(text: str) -> list[ExpectedRequest]:
    return [request_of(record.split("\n")) for record in text.removesuffix("\n").split("\n----\n")]


def request_of(lines: list[str]) -> ExpectedRequest:
    method, target, version = lines[0].split(" ")
    end = lines.index("")
    body, *trailers = lines[end + 1 :]
    return ExpectedRequest(
        method,
        target,
        version,
        [field_of(line) for line in lines[1:end]],
        unescape(body),
        [field_of(line) for line in trailers],
    )


def field_of(line: str) -> tuple[str, str]:
    name, _, value = line.partition(": ")
    return name, unescape(value).decode("latin-1")


ESCAPES = {"\\\\": b"\\", "\\r": b"\r", "\\n": b"\n", "\\t": b"\t"}


def unescape(text: str) -> bytes:
    parts = re.split(r"(\\x[0-9A-F]{2}|\\[\\rnt])", text)
    return b"".join(
        part.encode("ascii") if index % 2 == 0 else ESCAPES.get(part) or bytes([int(part[2:], 16)])
        for index, part in enumerate(parts)
    )


@dataclass(frozen=True)
class HexFile:
    """What a client sends in frames: `pieces` are the lines, those that repeat one by one."""

    name: str
    outcome: str
    pieces: list[bytes]


def hexadecimal(path: Path) -> HexFile:
    _, outcome, *lines = path.read_text("ascii").splitlines()
    streams = itertools.count(1, 2)
    pieces = []
    for line in lines:
        repeated = re.fullmatch(r"(\d+) x (.*)", line)
        times, line = (int(repeated[1]), repeated[2]) if repeated else (1, line)
        if "STREAM" in line:
            parts = [octets(part) for part in line.split("STREAM")]
            pieces += [next(streams).to_bytes(4, "big").join(parts) for _ in range(times)]
        else:
            pieces += [octets(line)] * times
    return HexFile(path.stem, outcome, pieces)


def octets(line: str) -> bytes:
    words = (word.partition("*") for word in line.split())
    return b"".join(bytes.fromhex(data) * int(times or 1) for data, _, times in words)
