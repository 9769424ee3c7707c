"""The wheel, and environments that it is installed in."""

import subprocess
import sys
from pathlib import Path

from program import ROOT

BUILDER = ROOT / "Packaging" / "wheel" / "build.py"
RAW = '''
def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"Hello World!"]
'''


def build(folder: Path, *options: str, env: dict[str, str] | None = None) -> Path:
    """Builds the wheel from what `make build` made."""
    return Path(said(sys.executable, str(BUILDER), str(folder), *options, env=env).strip())


def make_environment(path: Path, python: str = sys.executable) -> Path:
    """A virtual environment without pip of its own: the tests' is faster there."""
    said(python, "-m", "venv", "--without-pip", str(path))
    return path


def pip(prefix: Path, *words: str, env: dict[str, str] | None = None) -> str:
    """Runs the tests' own pip for the Python of an environment or of another prefix."""
    python = str(prefix / "bin" / "python3")
    return said(sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", python, *words, env=env)


def install(environment: Path, wheel: Path) -> None:
    pip(environment, "install", "--quiet", "--no-index", str(wheel))


def files_of(folder: Path) -> list[str]:
    """All that is in a folder; folders too."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def said(*command: str, env: dict[str, str] | None = None, cwd: Path | None = None, code: int = 0) -> str:
    """What a command writes, which ends with this code; its errors too where it does not."""
    ended = subprocess.run(command, capture_output=True, text=True, timeout=300, env=env, cwd=cwd)
    assert ended.returncode == code, f"{' '.join(command)} ended with {ended.returncode}:\n{ended.stdout}{ended.stderr}"
    return ended.stdout
