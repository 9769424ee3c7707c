"""What a worker is told on its command line: NAME=VALUE words, and the application behind them."""
from martlet_worker.control_table import SETTINGS


class Settings:
    """An attribute for each setting; None, or False of a flag, where it is not given."""

    def __init__(self, words):
        *words, self.application = words
        for name, kind in SETTINGS.items():
            setattr(self, name.replace("-", "_"), False if kind is bool else None)
        for word in words:
            name, _, text = word.partition("=")
            kind = SETTINGS[name]
            setattr(self, name.replace("-", "_"), text == "yes" if kind is bool else kind(text))
