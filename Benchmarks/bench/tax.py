"""What a server costs beside the application that it serves.

The tax is the CPU time per request of all the server's processes less the application's own, which is nobody's merit:
that is measured once a round, in the Python, on the core and with the application of the servers (`in_process.py`).
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from . import places
from .failure import Failure
from .measure import Figures
from .peers import Peer
from .settings import Settings

LOOP = Path(__file__).with_name("in_process.py")


def application_us(app: str, settings: Settings) -> float:
    """CPU microseconds of one call of the application in a loop."""
    finished = subprocess.run(
        [str(places.PYTHON), str(LOOP), app, str(settings.in_process_seconds)],
        cwd=places.APPS,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=settings.in_process_seconds + 60,
        preexec_fn=lambda: os.sched_setaffinity(0, {settings.server_core}),
    )
    if finished.returncode != 0:
        raise Failure(f"{app} could not be called in process:\n{finished.stdout.strip()}")
    measured = json.loads(finished.stdout)
    return measured["cpu_seconds"] / measured["calls"] * 1e6


def with_tax(figures: Figures, peer: Peer, application: "float | None") -> Figures:
    """The figures of a round with what is left of `cpu_us`; `application` is `None` where the case has none."""
    if application is None:
        return figures
    own = application if peer.runs_application else 0.0
    return {**figures, "app_us": own, "tax_us": figures["cpu_us"] - own}
