"""A headless Chromium that looks at a page."""

import subprocess
from pathlib import Path

from needs import requires


def look(folder: Path, *arguments: str, deadline: float = 60) -> str:
    """Runs the browser to its end and returns what it prints. It has a profile of its own, and reaches this machine only."""
    requires("chromium")
    command = [
        "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
        f"--user-data-dir={folder / 'profile'}", "--disable-dev-shm-usage", "--disable-background-networking",
        "--disable-component-update", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", *arguments,
    ]
    return subprocess.run(command, capture_output=True, text=True, timeout=deadline, check=True).stdout


def dump(url: str, folder: Path, milliseconds: int = 4000) -> str:
    """The page's elements after its script has run for some of its own time."""
    return look(folder, f"--virtual-time-budget={milliseconds}", "--dump-dom", url)


def screenshot(url: str, path: Path, folder: Path, dark: bool = False, size: str = "1280,1100", milliseconds: int = 4000) -> None:
    scheme = ["--blink-settings=preferredColorScheme=0"] if dark else []
    look(
        folder, *scheme, f"--window-size={size}", f"--virtual-time-budget={milliseconds}", f"--screenshot={path}", url
    )
