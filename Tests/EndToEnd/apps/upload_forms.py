"""Uploads as Flask and as Django parse them: `flask_app` and `django_app` answer with the same JSON."""

import hashlib

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import JsonResponse
from django.urls import path
from flask import Flask, jsonify, request

flask_app = Flask(__name__)


def described(data):
    return [len(data), hashlib.sha256(data).hexdigest()]


@flask_app.post("/form")
def flask_form():
    return jsonify(
        length=request.content_length,
        fields=request.form.to_dict(),
        files={name: described(file.read()) for name, file in request.files.items()},
    )


@flask_app.post("/raw")
def flask_raw():
    return jsonify(described(request.get_data()))


def django_form(request):
    return JsonResponse(
        {
            "length": int(request.META["CONTENT_LENGTH"]),
            "fields": request.POST.dict(),
            "files": {name: described(b"".join(file.chunks())) for name, file in request.FILES.items()},
        }
    )


def django_raw(request):
    return JsonResponse(described(b"".join(iter(lambda: request.read(10_000), b""))), safe=False)


urlpatterns = [path("form", django_form), path("raw", django_raw)]

settings.configure(ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__, SECRET_KEY="only for tests", MIDDLEWARE=[])
django.setup()
django_app = get_wsgi_application()
