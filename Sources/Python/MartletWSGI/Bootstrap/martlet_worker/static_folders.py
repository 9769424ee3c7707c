"""The static folders of an application, which the server can answer for where that changes nothing: the frameworks that are known say
so, each in a module of its own (flask_folders, django_folders).

The rules:

1. Nothing of the application runs for it: it is looked at. Where anything is not as the framework makes it, it is not certain.
2. The server asks the application for what it finds no file for, so a folder may be told though routes lie below its path.
3. Why it is not certain is said in a few words, for a person who wonders. An application without such folders says nothing.
"""
import os
import sys

from martlet_worker.control import tell
from martlet_worker.django_folders import django_folders
from martlet_worker.flask_folders import flask_folders

# What the server takes (StaticFolders.swift). No person writes an application with more.
MOST_FOLDERS = 32
MOST_TYPES = 256


def tell_static_folders(control, application):
    """Tells the server of them, before it hears that this worker is ready: later it would not listen."""
    try:
        folders, reasons = find_folders(application)
        types = own_types() if folders else {}
    except Exception as error:
        folders, reasons, types = [], ["%s was raised while it was looked for them" % type(error).__name__], {}
    for folder in folders[:MOST_FOLDERS]:
        tell(control, "static_folder", **vars(folder))
    for suffix, kind in sorted(types.items())[:MOST_TYPES]:
        tell(control, "media_type", suffix=suffix, type=kind)
    if reasons:
        tell(control, "keeps_static", reason="; ".join(reasons[:2]))


def find_folders(application):
    """What can be told for certain, and why not the rest."""
    for look in (flask_folders, django_folders):
        found = look(application)
        if found is not None:
            return found
    return [], []


def own_types():
    """The media types that the application has told Python of, by the end of a file's name."""
    known = sys.modules.get("mimetypes")
    if known is None or not known.inited:
        return {}
    usual = known.MimeTypes()
    for file in known.knownfiles:
        if os.path.isfile(file):
            usual.read(file)
    usual = usual.types_map[True]
    return {suffix[1:]: kind for suffix, kind in known.types_map.items() if usual.get(suffix) != kind and suffix[:1] == "."}
