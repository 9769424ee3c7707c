"""Flask applications with static folders: what is certain, and what is not. The folder is that of the variable STATIC_CASES."""

import mimetypes
import os

import flask
from werkzeug.middleware.proxy_fix import ProxyFix

FOLDER = os.environ.get("STATIC_CASES", "/nonexistent")

# Only an application that is asked says so.
mimetypes.add_type("text/x-static-case", ".odd")


def make(**options) -> flask.Flask:
    app = flask.Flask(__name__, static_folder=FOLDER, static_url_path="/static", **options)

    @app.errorhandler(404)
    def missing(error):
        return f"the app's own 404 for {flask.request.path}", 404

    @app.get("/pid")
    def pid():
        return str(os.getpid())

    return app


plain = make()


@plain.get("/static/route")
def route():
    return "a route below the folder"


kept = make()
kept.config["SEND_FILE_MAX_AGE_DEFAULT"] = 3600

proxied = make()
proxied.wsgi_app = ProxyFix(proxied.wsgi_app)

of_blueprints = make()
inner = flask.Blueprint("inner", __name__, static_folder=os.path.join(FOLDER, "deep"), url_prefix="/inner")
of_blueprints.register_blueprint(inner)


class Asker:
    def __init__(self, application):
        self.application = application

    def __call__(self, environ, start_response):
        return self.application(environ, start_response)


asked = make()
asked.wsgi_app = Asker(asked.wsgi_app)

watched = make()


@watched.before_request
def refuse():
    if flask.request.headers.get("X-Refuse"):
        return "refused", 403


decorated = make()
decorated.view_functions["static"] = lambda filename: f"not {filename}"


class Own(flask.Flask):
    def get_send_file_max_age(self, filename):
        return 7


own = Own(__name__, static_folder=FOLDER, static_url_path="/static")
signalled = make()


def note(_):
    """Would be called for each request."""


flask.request_started.connect(note, signalled)



class OwnSessions(flask.sessions.SecureCookieSessionInterface):
    pass


sessions = make()
sessions.session_interface = OwnSessions()


class OwnRequest(flask.Request):
    pass


requests = make()
requests.request_class = OwnRequest
mapped = make()
mapped.url_map.bind_to_environ = lambda *arguments, **options: None
at_root = flask.Flask(__name__, static_folder=FOLDER, static_url_path="")
rival = make()


@rival.get("/static/<name>.txt")
def text(name):
    return f"the text {name}"


hosts = make()
hosts.config["TRUSTED_HOSTS"] = ["example.com"]
