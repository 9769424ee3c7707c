"""What a test needs from the machine: an error in CI when it is missing, a skip elsewhere."""

import importlib.util
import os
import shutil

import pytest


def requires(*tools: str, modules: tuple[str, ...] = ()) -> None:
    """Skips the test when a program or Python module is missing; in CI (`CI=true`) that is a failure."""
    missing = [tool for tool in tools if shutil.which(tool) is None]
    missing += [module for module in modules if importlib.util.find_spec(module) is None]
    if missing:
        refuse("missing on this machine: " + ", ".join(missing))


def refuse(reason: str) -> None:
    """Skips with `reason`, or fails with it in CI."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason + " (an error because CI=true)", pytrace=False)
    pytest.skip(reason)


def requires_root(reason: str) -> None:
    """Skips the test, or fails it in CI, where it does not run as root."""
    if os.geteuid() != 0:
        refuse(reason)
