"""Applications that have the server in front send their files."""

import os

from flask import Flask, Response, request, send_file

flask = Flask(__name__)
flask.config["USE_X_SENDFILE"] = True


@flask.get("/flask")
def with_flask():
    """As Flask does it: with the length of the file, and no byte of it."""
    return send_file(os.environ["SENT_FILE"], as_attachment=True, download_name="report.pdf")


@flask.route("/named", methods=["GET", "POST"])
def named():
    """With the fields of the query, and `X-Own`."""
    answer = Response("x" * int(request.args.get("size", "0")), int(request.args.get("status", "200")))
    del answer.headers["Content-Type"]
    for name in ("X-Accel-Redirect", "X-Sendfile", "Content-Type", "X-Accel-Limit-Rate"):
        if name in request.args:
            answer.headers[name] = request.args[name]
    answer.headers["X-Own"] = "1"
    answer.headers["Cache-Control"] = "private"
    answer.headers["ETag"] = '"of-the-application"'
    answer.headers["Content-Disposition"] = 'inline; filename="a.pdf"'
    answer.set_cookie("a", "b")
    answer.set_cookie("c", "d")
    return answer


application = flask


def django(environ, start_response):
    """What a view of Django answers, behind its own handler."""
    from django.conf import settings

    if not settings.configured:
        settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], SECRET_KEY="x", DEBUG=False)
        import django as package

        package.setup()
    from django.core.wsgi import get_wsgi_application

    return get_wsgi_application()(environ, start_response)


def download(request):
    from django.http import HttpResponse

    response = HttpResponse(headers={"X-Accel-Redirect": "/protected/a%20b.pdf", "Content-Type": ""})
    response["Content-Disposition"] = "attachment"
    return response


try:
    from django.urls import path

    urlpatterns = [path("download", download)]
except ImportError:
    pass
