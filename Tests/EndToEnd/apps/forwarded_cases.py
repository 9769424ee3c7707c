"""Applications that tell what they know of their client: as it comes, and through Werkzeug's ProxyFix."""

import json
import wsgiref.util

KEYS = (
    "REMOTE_ADDR", "REMOTE_PORT", "wsgi.url_scheme", "HTTP_HOST", "SERVER_NAME", "SERVER_PORT", "SCRIPT_NAME", "PATH_INFO",
)


def application(environ, start_response):
    seen = {key: environ.get(key) for key in KEYS}
    seen["url"] = wsgiref.util.request_uri(environ)
    names = ("FORWARDED", "X_REAL", "X_CLIENT", "X_SCHEME", "FRONT_END")
    seen["fields"] = {
        key: value for key, value in environ.items() if any(key.startswith("HTTP_" + name) for name in ("X_FORWARDED", *names))
    }
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(seen).encode()]


def fixed(environ, start_response):
    from werkzeug.middleware.proxy_fix import ProxyFix

    wrapped = ProxyFix(application, x_for=1, x_proto=1, x_host=1, x_port=1, x_prefix=1)
    return wrapped(environ, start_response)
