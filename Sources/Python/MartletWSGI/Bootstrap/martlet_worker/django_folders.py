"""The folder of Django's collected static files.

Django itself answers with none of them outside of development: something in front does (`STATIC_ROOT`, "Deploying static files" in its
documentation). So it is enough that

1. the application is Django's own handler, and `django.contrib.staticfiles` is installed;
2. nothing else serves them: no WhiteNoise, no debug mode, which has views for files that are newer than the collected ones;
3. STATIC_URL is a path, and the storage keeps files at STATIC_ROOT, which is there.
"""
import os
import sys

from martlet_worker.static_folder import StaticFolder

# As WhiteNoise has it (WHITENOISE_MAX_AGE): names need not change with the content.
MAX_AGE = 60


def django_folders(application):
    """The folder, and why there is none; None where it is no Django application."""
    module = sys.modules.get("django.core.handlers.wsgi")
    if module is None or type(application) is not module.WSGIHandler:
        return None
    settings = sys.modules["django.conf"].settings
    if "django.contrib.staticfiles" not in settings.INSTALLED_APPS or not settings.STATIC_ROOT:
        return [], []
    problem = problem_of(settings)
    if problem:
        return [], [problem]
    # The property adds the path that the application is mounted at, which nobody knows here; what is below it has no slash in front.
    url = getattr(settings, "_wrapped", settings).STATIC_URL
    return [StaticFolder("/" + url.strip("/"), settings.STATIC_ROOT, MAX_AGE, from_root=url.startswith("/"), has_view=False)], []


def problem_of(settings):
    for name in settings.MIDDLEWARE:
        if name.split(".")[0] in ("whitenoise", "servestatic"):
            return "%s serves them" % name.split(".")[0]
    if settings.DEBUG:
        return "DEBUG is on, so files may be newer than in STATIC_ROOT"
    if settings.FORCE_SCRIPT_NAME:
        return "FORCE_SCRIPT_NAME says another path"
    url = getattr(settings, "_wrapped", settings).STATIC_URL
    if not isinstance(url, str) or "://" in url or url.startswith("//") or "?" in url or "#" in url:
        return "STATIC_URL is no path of this site"
    if not url.strip("/"):
        return "STATIC_URL is the root"
    root = os.path.abspath(settings.STATIC_ROOT)
    if not os.path.isdir(root):
        return "there is no folder %s; collectstatic makes it" % root
    from django.contrib.staticfiles import storage

    own = storage.staticfiles_storage
    if not isinstance(own, storage.StaticFilesStorage) or os.path.abspath(own.location) != root:
        return "its storage is not of files in STATIC_ROOT"
    return ""
