"""The commit, its date and the TLS library, written into a finished program for `martlet --version`.

The compiler has left room for them (Sources/Command/CMartletBuild), so that a new commit compiles nothing anew.
"""

import json
import sys

from release import ROOT, Release

MARK = b"martlet-build-facts:"
ROOM = 512


def stamped(program: bytes, release: Release) -> bytes:
    start = program.find(MARK)
    if start < 0 or program.find(MARK, start + 1) >= 0:
        sys.exit("stamp: the program has no room for the facts of the build, or several: was it built from these sources?")
    facts = {"commit": release.commit, "built": f"{release.date}, the date of the commit", "tls": tls_library()}
    text = MARK + "\n".join(f"{name}={value}" for name, value in facts.items()).encode()
    if len(text) >= ROOM:
        sys.exit(f"stamp: the facts of the build take {len(text)} bytes, and there is room for {ROOM - 1}")
    return program[:start] + text.ljust(ROOM, b"\0") + program[start + ROOM :]


def tls_library() -> str:
    """BoringSSL has no versions: it is known by its commit, and by the package that brings it."""
    pins = json.loads((ROOT / "Package.resolved").read_text())["pins"]
    version = next(pin["state"]["version"] for pin in pins if pin["identity"] == "swift-nio-ssl")
    origin = (ROOT / ".build/checkouts/swift-nio-ssl/Sources/CNIOBoringSSL/hash.txt").read_text()
    return f"BoringSSL {origin.split()[-1][:12]} of swift-nio-ssl {version}"


