"""What to do about an application that cannot be loaded."""
import difflib
import os
import sys
from importlib.util import find_spec


class Advice(Exception):
    def __init__(self, text):
        super().__init__(text)
        self.text = text


def did_you_mean(wanted, names):
    found = difflib.get_close_matches(wanted, [name for name in names if not name.startswith("_")], 1)
    return " Did you mean '%s'?" % found[0] if found else ""


def with_article(name):
    return ("an " if name[:1] in "AEIOUaeiou" else "a ") + name


def install_command(module):
    """Environments that uv makes have no pip."""
    python, package = sys.executable or "python", module.split(".")[0]
    return "%s -m pip install %s" % (python, package) if find_spec("pip") else "uv pip install --python %s %s" % (python, package)


def tool_note():
    """pipx and uv make environments for one program, which the packages of an application are no business of."""
    is_for_tool = any(os.path.exists(os.path.join(sys.prefix, name)) for name in ("pipx_metadata.json", "uv-receipt.toml"))
    return " This one was made for Martlet alone; better is a .venv beside the application, which is found by itself." if is_for_tool else ""
