"""`python -m martlet …` is `martlet …` with this Python."""

from __future__ import annotations

import os
import sys


def program() -> str | None:
    """Where pip has put the program: in the folder `bin` beside the nearest folder that holds this package."""
    folder = os.path.dirname(os.path.abspath(__file__))
    while folder != os.path.dirname(folder):
        folder = os.path.dirname(folder)
        path = os.path.join(folder, "bin", "martlet")
        if os.access(path, os.X_OK):
            return path
    return None


def with_this_python(arguments: list[str]) -> list[str]:
    """The arguments of `martlet run`, with `--python` unless it is there."""
    is_named = any(word == "--python" or word.startswith("--python=") for word in arguments)
    if arguments[:1] != ["run"] or is_named or not sys.executable:
        return arguments
    return ["run", "--python", sys.executable, *arguments[1:]]


def main() -> None:
    path = program()
    if path is None:
        sys.exit(
            "The program martlet is not there: pip puts it into the folder bin of the environment. "
            "Install it again with '%s -m pip install --force-reinstall martlet'." % (sys.executable or "python3")
        )
    os.execv(path, [path, *with_this_python(sys.argv[1:])])


if __name__ == "__main__":
    main()
