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
    settings = settings_of(application)
    if settings is None:
        return None
    if "django.contrib.staticfiles" not in settings.INSTALLED_APPS or not settings.STATIC_ROOT:
        return [], []
    problem = problem_of(settings)
    if problem:
        return [], [problem]
    # The property adds the path that the application is mounted at, which nobody knows here; what is below it has no slash in front.
    url = getattr(settings, "_wrapped", settings).STATIC_URL
    return [StaticFolder("/" + url.strip("/"), settings.STATIC_ROOT, MAX_AGE, from_root=url.startswith("/"), has_view=False)], []


def problem_of(settings):
    other = middleware_for_files(settings)
    if other:
        return "%s serves them" % other
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


def with_files_of_debug_mode(application):
    """In debug mode `runserver` answers for static files before they are collected, wherever an application has them: so does this, with
    Django's own handler."""
    settings = settings_of(application)
    if settings is None or not settings.DEBUG or not settings.STATIC_URL or middleware_for_files(settings):
        return application
    if "django.contrib.staticfiles" not in settings.INSTALLED_APPS or has_view_of_files(settings.STATIC_URL):
        return application
    from django.contrib.staticfiles.handlers import StaticFilesHandler

    return StaticFilesHandler(application)


def has_view_of_files(url):
    """Whether the application has them as a route, which its middleware sees (`staticfiles_urlpatterns`, `static`)."""
    from django.urls import resolve

    try:
        return resolve("/%s/a" % url.strip("/")).func.__module__ in ("django.contrib.staticfiles.views", "django.views.static")
    except Exception:
        return False  # no route, or routes that cannot be imported, which is told at the first request


def settings_of(application):
    """None where it is no Django application."""
    module = sys.modules.get("django.core.handlers.wsgi")
    return sys.modules["django.conf"].settings if module is not None and type(application) is module.WSGIHandler else None


def middleware_for_files(settings):
    """What serves static files as a part of the application; empty for nothing."""
    packages = [name.split(".")[0] for name in settings.MIDDLEWARE]
    return next((name for name in packages if name in ("whitenoise", "servestatic")), "")
