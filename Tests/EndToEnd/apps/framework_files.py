"""The file responses of Flask and Django."""

import flask

application = flask.Flask(__name__)


@application.get("/send-file")
def send_file():
    return flask.send_file(flask.request.args["path"], mimetype="application/octet-stream")


def django_application():
    import django
    from django.conf import settings
    from django.core.files import File
    from django.core.wsgi import get_wsgi_application
    from django.http import FileResponse
    from django.urls import path

    def download(request):
        file = open(request.GET["path"], "rb")
        return FileResponse(File(file) if "file" in request.GET else file)

    settings.configure(
        ALLOWED_HOSTS=["*"], ROOT_URLCONF=(path("download", download),), SECRET_KEY="for this test", MIDDLEWARE=[]
    )
    django.setup()
    return get_wsgi_application()
