"""What the web server's cases serve, made once: files of known sizes, and certificates."""

from __future__ import annotations

import json
import random
import subprocess
from pathlib import Path

from . import places
from .failure import Failure

FOLDER = places.RUN / "material"
FILES = FOLDER / "www"
ECDSA = (FOLDER / "ecdsa.pem", FOLDER / "ecdsa.key")
RSA = (FOLDER / "rsa.pem", FOLDER / "rsa.key")
HELLO = b"Hello World!"

SIZES = {"1k": 1 << 10, "10k": 10 << 10, "100k": 100 << 10, "1m": 1 << 20, "100m": 100 << 20}
JSON_SIZE = 20 << 10


def make() -> None:
    FILES.mkdir(parents=True, exist_ok=True)
    write("hello", HELLO)
    for name, size in SIZES.items():
        if not has_size(name, size):
            write(name, random.Random(size).randbytes(size))
    if not has_size("data.json", JSON_SIZE):
        write("data.json", answer_of_an_api())
    certificate(ECDSA, ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"])
    certificate(RSA, ["rsa:2048"])


def has_size(name: str, size: int) -> bool:
    file = FILES / name
    return file.exists() and file.stat().st_size == size


def write(name: str, content: bytes) -> None:
    (FILES / name).write_bytes(content)


def answer_of_an_api() -> bytes:
    """Exactly 20 KB of rows such as a database gives."""
    chance = random.Random(7)
    words = ["amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "heath"]
    rows = []
    while len(json.dumps(rows)) < JSON_SIZE - 200:
        number = len(rows)
        rows.append({"id": number, "name": " ".join(chance.sample(words, 2)), "price": chance.randrange(10000) / 100})
    text = json.dumps(rows)
    return (text + " " * (JSON_SIZE - len(text))).encode()


def certificate(pair: "tuple[Path, Path]", kind: list[str]) -> None:
    certificate, key = pair
    if certificate.exists():
        return
    command = [
        *["openssl", "req", "-x509", "-newkey", *kind, "-nodes", "-days", "3650", "-subj", "/CN=localhost"],
        *["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)],
    ]
    finished = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if finished.returncode != 0:
        raise Failure(f"openssl could not make a certificate:\n{finished.stdout.strip()}")
