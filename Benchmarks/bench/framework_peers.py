"""Who is measured as a framework: Martlet's, Hummingbird, and Flask on Martlet and on the best of the other servers.

The applications are `FrameworkApp`, `hummingbird-hello` and `apps/flask_cases.py`; a server starts in `apps`, where the
templates are. bjoern is that other server: of them it takes the least CPU for Flask (`flask-hello` in RESULTS.md).
"""

from __future__ import annotations

from dataclasses import replace

from . import peers, places
from .peers import Launch, Peer


def framework(variable: str) -> Peer:
    def commands(launch: Launch) -> "list[list[str]]":
        program = [str(places.FRAMEWORK_APP), "--bind", f"127.0.0.1:{launch.port}", "--access-log", "off"]
        return [["env", f"{variable}=1", *program]]

    return Peer(
        name="martlet",
        commands=commands,
        version=peers.martlet_version,
        note="`Benchmarks/FrameworkApp`, access log off",
        program=places.FRAMEWORK_APP,
    )


def hummingbird(variable: str) -> Peer:
    def commands(launch: Launch) -> "list[list[str]]":
        return [["env", f"{variable}=1", *command] for command in peers.hummingbird_commands(launch)]

    return replace(
        peers.HUMMINGBIRD,
        commands=commands,
        note="release build, no middleware, log level error; one JSON encoder for all requests, and values that answer "
        "swift-mustache without `Mirror`",
    )


FLASK = (
    replace(peers.MARTLET, name="flask+martlet"),
    replace(peers.BJOERN, name="flask+bjoern"),
)


def all_frameworks(variable: str) -> "tuple[Peer, ...]":
    """`variable`: what the Swift programs look for in their environment."""
    return (framework(variable), hummingbird(variable), *FLASK)
