"""What to do about an application that cannot be loaded."""
import difflib


class Advice(Exception):
    def __init__(self, text):
        super().__init__(text)
        self.text = text


def did_you_mean(wanted, names):
    found = difflib.get_close_matches(wanted, [name for name in names if not name.startswith("_")], 1)
    return " Did you mean '%s'?" % found[0] if found else ""


def with_article(name):
    return ("an " if name[:1] in "AEIOUaeiou" else "a ") + name
