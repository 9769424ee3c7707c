"""The package `martlet_worker`, which runs in the user's Python: in itself, and as an application meets it."""

import builtins
import dis
import sys
import types
from collections.abc import Iterator
from pathlib import Path

import pytest
from program import CORPUS, ROOT
from pythons import pythons_of_this_machine
from rawclient import exchange

BOOTSTRAP = ROOT / "Sources" / "Python" / "MartletWSGI" / "Bootstrap"
MODULES = sorted(BOOTSTRAP.rglob("*.py"))
MESSAGES = [line.split("\t") for line in (CORPUS / "control" / "messages.tsv").read_text().splitlines() if line[0] != "#"]


@pytest.fixture
def control(monkeypatch):
    monkeypatch.syspath_prepend(str(BOOTSTRAP))
    from martlet_worker import control

    return control


def globals_used(code: types.CodeType) -> Iterator[str]:
    for instruction in dis.get_instructions(code):
        if instruction.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
            yield instruction.argval
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from globals_used(constant)


def names_made(code: types.CodeType) -> set[str]:
    """At the top of a module, or of one of its classes."""
    made = {instruction.argval for instruction in dis.get_instructions(code) if instruction.opname == "STORE_NAME"}
    classes = [constant for constant in code.co_consts if isinstance(constant, types.CodeType)]
    return made.union(*(names_made(constant) for constant in classes))


@pytest.mark.parametrize("file", MODULES, ids=lambda file: file.stem)
def test_every_name_that_a_module_uses_is_imported_or_defined_in_it(file: Path):
    code = compile(file.read_text(), str(file), "exec")
    known = names_made(code) | set(dir(builtins)) | {"__name__", "__module__", "__qualname__"}
    assert set(globals_used(code)) <= known


def values_of(control, name: str, texts: list[str]) -> dict[str, object]:
    _, fields = {**control.TO_SERVER, **control.TO_WORKER}[name]
    return {field: kind(text) for (field, kind), text in zip(fields, texts, strict=True)}


@pytest.mark.parametrize("line", MESSAGES, ids=lambda line: line[0])
def test_messages_are_written_and_read_as_the_server_does_it(control, line):
    name, *texts, message = [part.replace("\\0", "\0") for part in line]
    values = values_of(control, name, texts)
    if name in control.TO_SERVER:
        assert control.encode(name, **values) == message.encode()
    else:
        read = control.decode(message.encode())
        assert vars(read) == {"name": name, **values}


@pytest.mark.parametrize("message", [b"Z", b"R", b"T1", b"Mten", b"S1", b"T0\0017\0x", b"\xff"])
def test_what_is_no_message_is_an_error(control, message):
    with pytest.raises(ValueError):
        control.decode(message)


def test_a_message_without_one_of_its_fields_is_an_error(control):
    with pytest.raises(TypeError, match="the message importing has the fields"):
        control.encode("importing", seconds=10)


def test_a_long_traceback_is_cut_and_an_advice_has_no_zero_byte(control):
    message = control.encode("failed", advice="a\0b", traceback="x" * 100_000)
    assert len(message) == control.TO_SERVER_LIMIT
    assert message.startswith(b"Fab\0xxx")


APPLICATION = """
import sys
import traceback

def app(environ, start_response):
    start_response("200 OK", [])
    if environ["PATH_INFO"] == "/stack":
        return ["".join(traceback.format_stack()).encode()]
    found = [name for name in sys.modules if name.split(".")[0] in ("martlet", "martlet_worker", "_martlet")]
    finders = [finder for finder in sys.meta_path if type(finder).__module__ not in ("builtins", "_frozen_importlib_external")
               and "martlet" in repr(finder).lower()]
    main = [name for name in vars(sys.modules["__main__"]) if not name.startswith("__")]
    return [repr((found, finders, main)).encode()]
"""


@pytest.mark.parametrize(
    "python", [python for python in pythons_of_this_machine() if python.is_supported], ids=lambda python: python.version
)
@pytest.mark.parametrize("options", [[], ["--preload"]], ids=" ".join)
def test_an_application_finds_nothing_of_the_worker_among_its_modules(start, tmp_path, python, options):
    (tmp_path / "hello.py").write_text(APPLICATION)
    server = start("hello:app", "--threads", "1", *options, chdir=tmp_path, python=python.path)
    assert exchange(server.address).body == b"([], [], ['os'])"


def test_a_stack_names_the_modules_of_the_worker_and_shows_their_lines(start, tmp_path):
    (tmp_path / "hello.py").write_text(APPLICATION)
    server = start("hello:app", "--threads", "1", chdir=tmp_path, python=sys.executable)
    stack = exchange(server.address, "/stack").body.decode()
    assert '  File "<martlet_worker>/serving.py", line' in stack
    assert "\n    martlet.serve(0, 1)\n" in stack
