"""Files that an application returns through wsgi.file_wrapper, with what a client can compare them by."""

import os


def app(environ, start_response):
    file = open(environ["QUERY_STRING"], "rb")
    size = os.fstat(file.fileno()).st_size
    fields = [("Content-Type", "text/x-test"), ("Content-Length", str(size))]
    if environ["PATH_INFO"] == "/tagged":
        fields.append(("ETag", '"one"'))
    start_response("200 OK", fields)
    return environ["wsgi.file_wrapper"](file)
