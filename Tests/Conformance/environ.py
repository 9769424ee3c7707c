"""Answers with environ, as far as it is CGI's."""

import json


def application(environ, start_response):
    environ["wsgi.input"].read()
    variables = {key: value for key, value in environ.items() if isinstance(value, str) and "." not in key}
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(variables).encode()]
