"""What is released: the version, the commit and its date, which stands for every date in what is packaged."""

import os
import re
import subprocess
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Release:
    version: str
    commit: str
    """In full; with `+changes` where the checkout has some that are not committed, and `unknown` without git."""
    epoch: int
    """Seconds since 1970 of the commit: the same commit gives the same bits, whenever it is packaged."""

    @property
    def date(self) -> str:
        return datetime.fromtimestamp(self.epoch, timezone.utc).strftime("%Y-%m-%d")

    @property
    def moment(self) -> str:
        return datetime.fromtimestamp(self.epoch, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def current() -> Release:
    """`MARTLET_VERSION` names another version than that of the sources, and SOURCE_DATE_EPOCH another date than the commit's."""
    source = (ROOT / "Sources/Command/MartletSettings/Version.swift").read_text()
    version = os.environ.get("MARTLET_VERSION") or re.search(r'current = "(.+)"', source)[1]
    commit, epoch = git("rev-parse", "HEAD"), git("log", "-1", "--format=%ct")
    if commit and git("status", "--porcelain", "--untracked-files=no"):
        commit += "+changes"
    return Release(version, commit or "unknown", int(os.environ.get("SOURCE_DATE_EPOCH") or epoch or 0))


def git(*words: str) -> str:
    """What git says; nothing where there is no git, or no repository."""
    command = ["git", "-c", f"safe.directory={ROOT}", "-C", str(ROOT), *words]
    try:
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    except (FileNotFoundError, subprocess.CalledProcessError):
        return ""
