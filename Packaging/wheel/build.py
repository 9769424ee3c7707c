"""build.py FOLDER: builds the wheel from what `make build` made, and prints its path.

The tag is the oldest system that auditwheel finds the wheel to run on. `make wheel` installs auditwheel and runs this.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from archive import Entry, write_wheel
from licences import expression, licences
from link import link

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import build_facts  # noqa: E402
import release  # noqa: E402

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
LIBRARY = "libMartletWorker.so"
# Built for these two; the second one has never been built (no machine of that kind), but nothing here stands against it.
MACHINES = ["x86_64", "aarch64"]


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("folder", type=Path, help="where the wheel is put")
    words.add_argument("--build", type=Path, default=ROOT / ".build", help="SwiftPM's folder")
    words.add_argument("--quick", action="store_true", help="for tests: large, and for this system alone, whatever others have")
    arguments = words.parse_args()
    machine = platform.machine()
    if machine not in MACHINES:
        sys.exit(f"A wheel for {machine} is not known here, only for {' and '.join(MACHINES)}.")
    arguments.folder.mkdir(parents=True, exist_ok=True)
    programs = arguments.build / "wheel"
    program = link(arguments.build, "martlet", programs)
    library = link(arguments.build, LIBRARY, programs)
    version = version_of_program()
    entries = [*package(version), *installed(version, program, library), *licences(arguments.build, f"{info(version)}/licenses")]
    local = f"linux_{machine}"
    licence = expression(arguments.build)
    tag = local if arguments.quick else oldest_system(version, entries, licence, local)
    for former in arguments.folder.glob("martlet-*.whl"):
        former.unlink()
    wheel = arguments.folder / name(version, tag)
    write(wheel, version, entries, tag, licence, level=1 if arguments.quick else 9)
    print(wheel)


def version_of_program() -> str:
    source = (ROOT / "Sources/Command/MartletSettings/Version.swift").read_text()
    found = re.search(r'static let current = "([^"]+)"', source)
    if found is None:
        sys.exit("Sources/Command/MartletSettings/Version.swift does not say the version as 'static let current = \"…\"'.")
    return found[1]


def info(version: str) -> str:
    return f"martlet-{version}.dist-info"


def name(version: str, platform_tag: str) -> str:
    return f"martlet-{version}-py3-none-{platform_tag}.whl"


def package(version: str) -> list[Entry]:
    """The package `martlet`, and its version from the program's."""
    files = [*(HERE / "martlet").glob("*.py"), HERE / "martlet" / "py.typed"]
    entries = [Entry(f"martlet/{file.name}", file.read_bytes()) for file in files]
    return [*entries, Entry("martlet/_version.py", f'__version__ = "{version}"\n'.encode())]


def installed(version: str, program: Path, library: Path) -> list[Entry]:
    """What pip puts into `bin` and `lib` of the environment, as `make install` into its prefix."""
    data = f"martlet-{version}.data"
    return [
        Entry(f"{data}/scripts/martlet", build_facts.stamped(program.read_bytes(), release.current()), is_program=True),
        Entry(f"{data}/data/lib/martlet/{LIBRARY}", library.read_bytes()),
    ]


def write(path: Path, version: str, entries: list[Entry], tag: str, licence: str, level: int) -> None:
    folder = info(version)
    licence_files = "".join(
        f"License-File: {entry.name.removeprefix(folder + '/licenses/')}\n"
        for entry in entries
        if entry.name.startswith(f"{folder}/licenses/")
    )
    metadata = (HERE / "METADATA.in").read_text().replace("@VERSION@", version).replace("@LICENCES@\n", licence_files)
    metadata = metadata.replace("@LICENCE@", licence)
    kind = f"Wheel-Version: 1.0\nGenerator: martlet\nRoot-Is-Purelib: false\nTag: py3-none-{tag}\n"
    described = [Entry(f"{folder}/METADATA", metadata.encode()), Entry(f"{folder}/WHEEL", kind.encode())]
    write_wheel(path, folder, [*entries, *described], int(os.environ.get("SOURCE_DATE_EPOCH", "0")), level)


def oldest_system(version: str, entries: list[Entry], licence: str, local: str) -> str:
    """The tag of the oldest systems that have all that the programs ask for. auditwheel needs a wheel to say it."""
    with tempfile.TemporaryDirectory() as folder:
        draft = Path(folder) / name(version, local)
        write(draft, version, entries, local, licence, level=0)
        return audited(draft)


def audited(wheel: Path) -> str:
    shown = subprocess.run([sys.executable, "-m", "auditwheel", "show", str(wheel)], capture_output=True, text=True)
    text = " ".join(shown.stdout.split())
    found = re.search(r'consistent with the following platform tag: "([^"]+)"', text)
    if shown.returncode != 0 or found is None:
        sys.exit(f"auditwheel does not say which systems the wheel is for:\n{shown.stdout}{shown.stderr}")
    if not found[1].startswith("manylinux"):
        sys.exit(f"The wheel needs what not every Linux has; auditwheel says:\n{shown.stdout}")
    return found[1]


if __name__ == "__main__":
    main()
