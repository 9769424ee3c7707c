"""A program that runs beside an application: `python attached_cases.py NAME` is held at a checkpoint, and says how it ends.

`stubborn` ignores SIGTERM, `child` has one of its own, which does, `slow` ends at SIGTERM after another checkpoint.
"""

import os
import signal
import subprocess
import sys

import checkpoint


def main(name: str, kind: str) -> None:
    if kind in ("stubborn", "child"):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if kind == "slow":
        signal.signal(signal.SIGTERM, lambda *_: end_slowly(name))
    child = ""
    if kind == "child":
        child = str(subprocess.Popen(["sleep", "1000"]).pid)
        signal.signal(signal.SIGTERM, lambda *_: os._exit(7))
    print(f"{name} runs in {os.getcwd()} as {os.geteuid()} with {os.environ.get('COLOUR')}", flush=True)
    print("and on standard error", file=sys.stderr, flush=True)
    checkpoint.reach(name, child)
    print("it was let go without a line end", end="", flush=True)


def end_slowly(name: str) -> None:
    checkpoint.reach(name + "-ending")
    print("it has put everything away", flush=True)
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "")
