"""Links what `make build` has compiled once more, for other systems than this one.

The compression libraries and libcrypt go into the program, and nothing asks for a newer C library than it has to: see
older_symbols.c. How SwiftPM links is read from the description of its build, so that it stands in one place.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
# The libraries that no system has to have, and the Debian package of each. What they need themselves comes behind them.
INSIDE = {
    "zstd": "libzstd-dev",
    "brotlienc": "libbrotli-dev",
    "brotlicommon": "libbrotli-dev",
    "crypt": "libcrypt-dev",
}
COMPILER = os.environ.get("CC", "gcc")
WRAPPED = ["hypot", "hypotf", "arc4random_buf"]


def link(build: Path, product: str, folder: Path) -> Path:
    """Links the product of the release build below `build` and strips it; returns its path in `folder`."""
    target = folder / product
    static = folder / "static"
    static.mkdir(parents=True, exist_ok=True)
    older = folder / "older_symbols.o"
    run([COMPILER, "-O2", "-fPIC", "-Wall", "-Werror", "-c", "-o", str(older), str(HERE / "older_symbols.c")])
    extra = ["-L", str(static), str(older)]
    for name in WRAPPED:
        extra += ["-Xlinker", f"--wrap={name}"]
    if is_program(product):
        for name in INSIDE:
            place(archive(name), static)
        extra += ["-lzstd", "-lbrotlienc", "-lbrotlicommon", "-lcrypt"]
    command = arguments_of_swiftpm(build, product)
    command[command.index("-o") + 1] = str(target)
    # It is for a library beside the program, which there is none of.
    command = without_pair(command, "-Xlinker", "-rpath=$ORIGIN")
    run([command[0], *extra, *command[1:]])
    run(["strip", str(target)])
    return target


def is_program(product: str) -> bool:
    return not product.endswith(".so")


def arguments_of_swiftpm(build: Path, product: str) -> list[str]:
    """The command that has linked the product, from the file that SwiftPM writes for its build."""
    description = build / "release.yaml"
    ending = f"/release/{product}"
    for line in description.read_text().splitlines():
        text = line.strip()
        if not text.startswith("args: ["):
            continue
        words: list[str] = json.loads(text.removeprefix("args: "))
        if "-o" in words and words[words.index("-o") + 1].endswith(ending):
            return words
    sys.exit(
        f"{description} does not say how {product} is linked. Build it with 'make build'; "
        f"for a SwiftPM that writes its build down otherwise, {__file__} has to be changed."
    )


def archive(name: str) -> Path:
    """The static library."""
    found = subprocess.run(
        [COMPILER, f"-print-file-name=lib{name}.a"], capture_output=True, text=True, check=True
    ).stdout.strip()
    if not os.path.isabs(found):
        sys.exit(f"The library lib{name}.a is missing, which goes into the program. On Debian: apt-get install {INSIDE[name]}")
    return Path(found).resolve()


def place(library: Path, folder: Path) -> None:
    """Puts a static library where it is found before the shared one."""
    path = folder / library.name
    path.unlink(missing_ok=True)
    path.symlink_to(library)


def without_pair(words: list[str], first: str, second: str) -> list[str]:
    for index in range(len(words) - 1):
        if words[index : index + 2] == [first, second]:
            return words[:index] + words[index + 2 :]
    return words


def run(command: list[str]) -> None:
    ended = subprocess.run(command, capture_output=True, text=True)
    if ended.returncode != 0:
        sys.exit(f"{' '.join(command[:1])} failed:\n{ended.stderr}{ended.stdout}")
