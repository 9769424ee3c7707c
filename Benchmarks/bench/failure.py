"""The error that ends a run, or a server's part in it, with a sentence for the person who started it."""


class Failure(Exception):
    """Says what happened, where, and what to do next."""
