"""bjoern has no command of its own: `bjoern_server.py MODULE:ATTRIBUTE PORT WORKERS`, run in the application's folder.

With more than one worker each process listens on the same port with SO_REUSEPORT, which is how its documentation
spreads load over processes.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys

import bjoern


def main(target: str, port: int, workers: int) -> None:
    module, _, attribute = target.partition(":")
    sys.path.insert(0, os.getcwd())
    application = getattr(importlib.import_module(module), attribute)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if workers == 1:
        bjoern.run(application, "127.0.0.1", port)
        return

    children = []
    for _ in range(workers):
        child = os.fork()
        if child == 0:
            bjoern.run(application, "127.0.0.1", port, reuse_port=True)
            os._exit(0)
        children.append(child)

    def stop(number: int, frame: object) -> None:
        for child in children:
            os.kill(child, signal.SIGTERM)

    signal.signal(signal.SIGTERM, stop)
    for child in children:
        os.waitpid(child, 0)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
