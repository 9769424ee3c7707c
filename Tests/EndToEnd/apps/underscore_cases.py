"""Shows the environ's headers."""

import json

from routing import text


def application(environ, start_response):
    shown = {key: value for key, value in environ.items() if key.startswith(("HTTP_", "CONTENT_"))}
    return text(start_response, json.dumps(shown))
