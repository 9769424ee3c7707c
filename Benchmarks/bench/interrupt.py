"""A run that is told to end stops the server that it started."""

from __future__ import annotations

import signal
from types import FrameType


def stop_on_terminate() -> None:
    """Makes TERM what Ctrl-C is: an exception that passes through the `with` of every server."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
