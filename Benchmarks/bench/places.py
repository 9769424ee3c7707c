"""Where things are: the benchmark's own folders and the programs that it measures."""

from __future__ import annotations

import os
import re
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent
APPS = HOME / "apps"
RUN = HOME / ".run"
VENV = HOME / ".venv"
REQUIREMENTS = HOME / "requirements.txt"
PYTHON = VENV / "bin" / "python"

HUMMINGBIRD_PACKAGE = HOME / "hummingbird-hello"
HUMMINGBIRD = HUMMINGBIRD_PACKAGE / ".build" / "release" / "hummingbird-hello"

MARTLET_BUILD = HOME.parent / ".build" / "release"
# Another build: the same variables as for the end-to-end tests.
MARTLET = Path(os.environ.get("MARTLET", MARTLET_BUILD / "martlet")).absolute()
SWIFT_HELLO = Path(os.environ.get("SWIFT_HELLO", MARTLET_BUILD / "swift-hello")).absolute()
FRAMEWORK_APP = Path(os.environ.get("FRAMEWORK_APP", MARTLET_BUILD / "framework-app")).absolute()


def venv_program(name: str) -> str:
    return str(VENV / "bin" / name)


def without_paths(text: str) -> str:
    """`text` fit for a page that is committed: the folders of this machine are replaced by what they stand for."""
    text = text.replace(str(HOME.parent), ".").replace(os.path.expanduser("~"), "~")
    return re.sub(r"(?<![\w.:/])/(?:home|tmp|var)/[^\s'\"]*", "…", text)
