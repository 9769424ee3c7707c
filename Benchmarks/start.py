"""start.py WHEEL: how long installing and starting take, for Martlet's wheel, gunicorn and granian. Writes START.md.

Everything is measured once a round, in an order that turns from round to round, each in an environment of its own. The packages of
the peers are downloaded before anything is measured, so that the network is no part of a figure. Standard library alone.
"""

from __future__ import annotations

import argparse
import os
import platform
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

HERE = Path(__file__).resolve().parent
APPS = HERE / "apps"
FLASK = "flask"
BUSY = "**The machine was busy with other work**: compare what stands in one table; the milliseconds themselves say little."
PATIENCE = 60.0
Figures = dict[str, list[float]]
# How often each did not end within 10 s of TERM.
killed: Counter[str] = Counter()


@dataclass(frozen=True)
class Way:
    """A server, what pip installs it by, and its command for an app at a port."""

    name: str
    package: str
    program: str
    serve: Callable[[str, int], list[str]]


def martlet(app: str, port: int) -> list[str]:
    return ["run", app, "--bind", f"127.0.0.1:{port}", "--workers", "2"]


def gunicorn(app: str, port: int) -> list[str]:
    return [app, "--bind", f"127.0.0.1:{port}", "--workers", "2", "--threads", "4"]


def granian(app: str, port: int) -> list[str]:
    return [app, "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "--workers", "2", "--blocking-threads", "4"]


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("wheel", type=Path, help="what `make wheel` has built")
    words.add_argument("--rounds", type=int, default=9)
    words.add_argument("--python", default=sys.executable, help="the Python of the environments")
    words.add_argument("--output", type=Path, default=HERE / "START.md")
    arguments = words.parse_args()
    ways = [
        Way("martlet", str(arguments.wheel.absolute()), "martlet", martlet),
        Way("gunicorn", "gunicorn", "gunicorn", gunicorn),
        Way("granian", "granian", "granian", granian),
    ]
    with tempfile.TemporaryDirectory() as folder:
        page = measure(ways, Path(folder), arguments.python, arguments.rounds)
    arguments.output.write_text(page)
    print(page)


def measure(ways: list[Way], folder: Path, python: str, rounds: int) -> str:
    packages = folder / "packages"
    environments = {}
    versions = {}
    for way in ways:
        environments[way.name] = folder / way.name
        run(python, "-m", "venv", str(folder / way.name))
        run(program(folder / way.name, "pip"), "download", "--quiet", "--dest", str(packages), way.package, FLASK)
        install(folder / way.name, packages, [FLASK])
        install(folder / way.name, packages, [way.package])
        versions[way.name] = version(folder / way.name, way.program)
    install_times: Figures = defaultdict(list)
    version_times: Figures = defaultdict(list)
    raw_times: Figures = defaultdict(list)
    flask_times: Figures = defaultdict(list)
    load = os.getloadavg()[0]
    for number in range(rounds):
        print(f"round {number + 1} of {rounds}", file=sys.stderr)
        turn = number % len(ways)
        for way in ways[turn:] + ways[:turn]:
            environment = environments[way.name]
            run(program(environment, "pip"), "uninstall", "--quiet", "--yes", way.name)
            install_times[way.name].append(timed(lambda: install(environment, packages, [way.package])))
            command = program(environment, way.program)
            version_times[way.name].append(timed(lambda: run(command, "--version")))
            raw_times[way.name].append(first_answer(way, command, "raw:application", "/"))
            flask_times[way.name].append(first_answer(way, command, "flask_hello:app", "/hello"))
        own = program(environments[ways[0].name], "python")
        version_times["python -c pass"].append(timed(lambda: run(own, "-c", "pass")))
        version_times["python -m martlet"].append(timed(lambda: run(own, "-m", "martlet", "--version")))
    tables = {
        "`pip install`, the package being there, until pip has ended": install_times,
        "`--version`, and what the start of Python alone takes": version_times,
        "From the command to the first answer: a raw WSGI app": raw_times,
        "From the command to the first answer: Flask": flask_times,
    }
    return page_of(tables, versions, sizes(ways, environments, packages), python, rounds, load)


def program(environment: Path, name: str) -> str:
    return str(environment / "bin" / name)


def install(environment: Path, packages: Path, names: list[str]) -> None:
    run(program(environment, "pip"), "install", "--quiet", "--no-index", "--find-links", str(packages), *names)


def version(environment: Path, name: str) -> str:
    return run(program(environment, name), "--version").splitlines()[0]


def run(*command: str) -> str:
    env = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    env.pop("VIRTUAL_ENV", None)
    ended = subprocess.run(command, capture_output=True, text=True, env=env)
    if ended.returncode != 0:
        sys.exit(f"{' '.join(command)} ended with {ended.returncode}:\n{ended.stdout}{ended.stderr}")
    return ended.stdout or ended.stderr


def timed(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def first_answer(way: Way, command: str, app: str, path: str) -> float:
    """Seconds from the start of the command to the first byte of an answer with status 200."""
    port = free_port()
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n".encode()
    begin = time.perf_counter()
    server = subprocess.Popen([command, *way.serve(app, port)], cwd=APPS, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while time.perf_counter() < begin + PATIENCE:
            answer = asked(port, request)
            if answer:
                if not answer.startswith(b"HTTP/1.1 200"):
                    sys.exit(f"{way.name} answers {answer!r}")
                return time.perf_counter() - begin
            if server.poll() is not None:
                sys.exit(f"{way.name} ended with {server.returncode} instead of serving {app}")
            time.sleep(0.0005)
        sys.exit(f"{way.name} has not answered within {PATIENCE:g} s")
    finally:
        end(way, server)


def end(way: Way, server: subprocess.Popen[bytes]) -> None:
    """A server that is asked to stop right after its first answer may not hear it."""
    server.terminate()
    try:
        server.wait(10)
    except subprocess.TimeoutExpired:
        killed[way.name] += 1
        server.kill()
        server.wait()


def asked(port: int, request: bytes) -> bytes:
    """What a server answers first; nothing where it does not listen yet."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE / 4) as connection:
            connection.sendall(request)
            return connection.recv(64)
    except (ConnectionRefusedError, ConnectionResetError, TimeoutError):
        return b""


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def sizes(ways: list[Way], environments: dict[str, Path], packages: Path) -> dict[str, tuple[float, float]]:
    """Megabytes that are downloaded and installed of each package itself, without what it needs."""
    found = {}
    for way in ways:
        before = megabytes(environments[way.name])
        run(program(environments[way.name], "pip"), "uninstall", "--quiet", "--yes", way.name)
        installed = before - megabytes(environments[way.name])
        [file] = [path for path in packages.iterdir() if path.name.lower().startswith(way.name + "-")]
        found[way.name] = (file.stat().st_size / 1e6, installed)
    return found


def megabytes(folder: Path) -> float:
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink()) / 1e6


def page_of(
    tables: dict[str, Figures],
    versions: dict[str, str],
    sizes: dict[str, tuple[float, float]],
    python: str,
    rounds: int,
    load: float,
) -> str:
    shown = run(python, "--version").strip()
    lines = [
        "# Installing and starting",
        "",
        f"Written by `Benchmarks/start.py`: {rounds} rounds, interleaved; {shown}, {os.cpu_count()} cores, {platform.system()} "
        f"{platform.release().split('-')[0]}; the load average was {load:.1f} when it began. Milliseconds; the median, then every figure "
        "in the order in which it was measured. Martlet, gunicorn and granian each have two worker processes with four threads.",
        "",
        *([BUSY, ""] if load > (os.cpu_count() or 1) / 2 else []),
        "| | version | download | installed |",
        "| --- | --- | ---: | ---: |",
    ]
    for name, (download, installed) in sizes.items():
        lines.append(f"| {name} | {versions[name]} | {download:.1f} MB | {installed:.1f} MB |")
    for title, figures in tables.items():
        lines += ["", f"## {title}", "", "| | median | all |", "| --- | ---: | --- |"]
        for name, seconds in figures.items():
            every = " ".join(f"{second * 1e3:.0f}" for second in seconds)
            lines.append(f"| {name} | {statistics.median(seconds) * 1e3:.0f} | {every} |")
    if killed:
        starts = rounds * 2
        lines += ["", "After its first answer each is ended by TERM. Not ended 10 s later:", ""]
        lines += [f"* {name}: {count} of {starts}" for name, count in killed.items()]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
