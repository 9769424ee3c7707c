"""A folder whose files the server answers with in the application's place."""
import os


class StaticFolder:
    """Its attributes are the fields of the message."""

    def __init__(self, prefix, folder, max_age, from_root=False, has_view=True):
        """`prefix` is the path before the names of the files, without a slash at its end: below the one that the application is
        mounted at, or `from_root` of the site. `max_age` in seconds, 0 where clients are to ask each time. `has_view`: the application
        answers with these files as well."""
        self.prefix = prefix
        self.from_root = int(from_root)
        self.has_view = int(has_view)
        self.max_age = max_age
        self.folder = os.path.abspath(folder)
