"""Where the programs under test are."""

import importlib.util
import os
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
APPS = Path(__file__).resolve().parent / "apps"
EXAMPLES = ROOT / "Examples"
CORPUS = ROOT / "Tests" / "Corpus"


def built(product: str) -> str:
    """The path of a built program: from the environment (`MARTLET`, `SWIFT_HELLO`, …), else the release build."""
    path = Path(os.environ.get(product.upper().replace("-", "_"), ROOT / ".build" / "release" / product))
    if not path.is_file():
        pytest.fail(f"{path} does not exist: run `make build` first", pytrace=False)
    return str(path.absolute())


def module_at(path: Path) -> ModuleType:
    """Imports a file of Python without putting its folder or its name in the way of others."""
    spec = importlib.util.spec_from_file_location("_".join(["at", *path.parts[-2:]]).removesuffix(".py"), path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
