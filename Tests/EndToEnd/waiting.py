"""Waiting for a condition that no event announces."""

import os
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

DEADLINE = float(os.environ.get("MARTLET_TEST_DEADLINE", "30"))
"""Seconds after which anything that is awaited counts as hung. Nothing passes because it was quick."""


def until(condition: Callable[[], T], what: str, deadline: float = DEADLINE) -> T:
    """Returns the first truthy result of `condition`; fails with `what` after `deadline` seconds."""
    end = time.monotonic() + deadline
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > end:
            raise AssertionError(f"waited {deadline:g} s in vain: {what}")
        time.sleep(0.005)
