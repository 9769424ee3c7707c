"""Several small WSGI applications in one, each at its own path."""

from urllib.parse import parse_qsl


def not_found(environ, start_response):
    return text(start_response, "not found", "404 Not Found")


class Routes:
    def __init__(self, default=not_found):
        self.default = default
        self.applications = {}

    def __call__(self, environ, start_response):
        return self.applications.get(environ["PATH_INFO"], self.default)(environ, start_response)

    def at(self, path):
        def add(application):
            self.applications[path] = application
            return application

        return add


def text(start_response, body, status="200 OK", headers=()):
    """Answers with a text of known length."""
    body = body.encode("utf-8") if isinstance(body, str) else body
    fields = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))]
    start_response(status, fields + list(headers))
    return [body]


def parameters(environ):
    """The query's fields."""
    return dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True))
