"""What a built program consists of: packages whose objects the linker got, what they have inside, and the libraries that it loads."""

import json
import re
import subprocess
import sys
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from release import ROOT

APACHE = "Apache-2.0"
APACHE_SWIFT = "Apache-2.0 WITH Swift-exception"
GCC = "GPL-3.0-or-later WITH GCC-exception-3.1"

# Other projects' sources inside of packages, by the module that they are compiled as: name, licence, and the file and the
# expression that tell the version.
BROUGHT = {
    "CNIOBoringSSL": ("BoringSSL", "Apache-2.0 AND ISC", "hash.txt", r"revision (\w+)"),
    "CCryptoBoringSSL": ("BoringSSL", "Apache-2.0 AND ISC", "hash.txt", r"revision (\w+)"),
    "CNIOExtrasZlib": ("zlib", "Zlib", "include/nioextras-zlib.h", r"_VERSION \"([\d.]+)"),
    "CNIOLLHTTP": ("llhttp", "MIT", "include/c_nio_llhttp.h", r"define LLHTTP_VERSION_(?:MAJOR|MINOR|PATCH) (\d+)"),
    "CTOML": ("toml++", "MIT", "Sources/toml.hpp", r"define TOML_LIB_(?:MAJOR|MINOR|PATCH)\s+(\d+)"),
    "CXKCP": ("XKCP", "CC0-1.0", "vendored-sources.txt", r"-g(\w+)\)"),
}

# Of the libraries that are loaded, by the beginning of their file's name.
LOADED = {
    "libbrotli": "MIT", "libc.": "LGPL-2.1-or-later", "libcrypt.": "LGPL-2.1-or-later", "libgcc_s.": GCC, "libm.": "LGPL-2.1-or-later",
    "libresolv.": "LGPL-2.1-or-later", "libstdc++.": GCC, "libz.": "Zlib", "libzstd.": "BSD-3-Clause", "ld-linux": "LGPL-2.1-or-later",
}


@dataclass(frozen=True)
class Component:
    name: str
    version: str
    licence: str
    location: str = "NOASSERTION"
    """Where its sources are, as SPDX writes it."""
    folder: Path | None = None
    """Of the checkout, for the texts of its licence."""
    brought_by: str = ""
    """The package that has it inside."""
    is_loaded: bool = False
    purl: str = ""
    depends_on: list[str] = field(default_factory=list)


def all_of(build: Path) -> list[Component]:
    """Of the program and the worker library in a folder of builds."""
    modules = linked_modules(build / "martlet.product") | linked_modules(build / "MartletWorker.product")
    packages = swift_packages()
    linked, brought = {}, []
    for module in sorted(modules):
        package = package_of(module, packages)
        if package is None:
            continue
        linked[package.name] = package
        if module in BROUGHT:
            brought.append(brought_component(module, package))
    return [*linked.values(), *brought, swift_runtime(build), *loaded_libraries(build)]


def linked_modules(product: Path) -> set[str]:
    """The linker's list names each object by the folder of its module."""
    return set(re.findall(r"/([^/\n]+)\.build/", (product / "Objects.LinkFileList").read_text()))


def package_of(module: str, packages: dict[str, Component]) -> Component | None:
    """Nil for Martlet's own modules."""
    if any(ROOT.glob(f"Sources/*/{module}")):
        return None
    declared = re.compile(rf"[tT]arget\(\s*name:\s*\"{re.escape(module)}\"")
    for package in packages.values():
        if any((package.folder / source / module).is_dir() for source in ("Sources", "Source", ".")):
            return package
        if any(declared.search(each.read_text()) for each in package.folder.glob("Package*.swift")):
            return package
    sys.exit(f"sbom: the program has the module {module} in it, and no package has it")


@cache
def swift_packages() -> dict[str, Component]:
    """All that the package manager knows, by identity."""
    pins = {pin["identity"]: pin for pin in json.loads((ROOT / "Package.resolved").read_text())["pins"]}
    found: dict[str, Component] = {}

    def add(node: dict) -> None:
        for each in node["dependencies"]:
            identity, pin = each["identity"], pins[each["identity"]]
            url = pin["location"].removesuffix(".git")
            folder = Path(each["path"])
            found[identity] = Component(
                name=identity,
                version=each["version"],
                licence=licence_of(folder),
                location=f"git+{url}.git@{pin['state']['revision']}",
                folder=folder,
                purl=f"pkg:swift/{url.removeprefix('https://')}@{each['version']}",
                depends_on=sorted(below["identity"] for below in each["dependencies"]),
            )
            add(each)

    add(dependencies())
    return found


def dependencies() -> dict:
    """What the package manager says, which takes it some seconds: kept until the packages change."""
    kept = ROOT / ".build/packaging/dependencies.json"
    changed = max((ROOT / name).stat().st_mtime for name in ("Package.swift", "Package.resolved"))
    if not kept.exists() or kept.stat().st_mtime < changed:
        command = ["swift", "package", "show-dependencies", "--format", "json"]
        shown = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(shown[shown.index("{") :])
    return json.loads(kept.read_text())


def licence_of(folder: Path) -> str:
    text = licence_file(folder).read_text()
    if "Apache License" in text:
        return APACHE_SWIFT if "Runtime Library Exception" in text else APACHE
    if "Permission is hereby granted, free of charge" in text:
        return "MIT"
    sys.exit(f"sbom: the licence in {folder} is none that is known here; look at it, and add it to Packaging/components.py")


def licence_file(folder: Path) -> Path:
    return next(iter(sorted(folder.glob("LICENSE*"))))


def brought_component(module: str, package: Component) -> Component:
    name, licence, file, pattern = BROUGHT[module]
    path = package.folder / "Sources" / module / file
    version = ".".join(re.findall(pattern, path.read_text())) if path.is_file() else ""
    return Component(name, version or "NOASSERTION", licence, folder=package.folder, brought_by=package.name)


def swift_runtime(build: Path) -> Component:
    told = subprocess.run(["swift", "--version"], check=True, capture_output=True, text=True).stdout
    version = re.search(r"Swift version (\S+)", told)[1]
    location = f"git+https://github.com/swiftlang/swift.git@swift-{version}-RELEASE"
    return Component("swift-runtime", version, APACHE_SWIFT, location, purl=f"pkg:swift/github.com/swiftlang/swift@{version}")


def loaded_libraries(build: Path) -> list[Component]:
    told = "".join(
        subprocess.run(["readelf", "-d", build / name], check=True, capture_output=True, text=True).stdout
        for name in ("martlet", "libMartletWorker.so")
    )
    names = sorted(set(re.findall(r"\(NEEDED\).*\[(.+)\]", told)))
    return [Component(name, "NOASSERTION", loaded_licence(name), is_loaded=True) for name in names]


def loaded_licence(name: str) -> str:
    return next((licence for start, licence in LOADED.items() if name.startswith(start)), "NOASSERTION")
