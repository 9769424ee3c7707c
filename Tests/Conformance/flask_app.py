"""The application of the conformance table as a Flask app.

The table is ConformanceCase.table in Sources/Testing/MartletTesting; raw.py and ReferenceApp.swift are the same.
"""

from flask import Flask, Response, request

HEADERS = ("x-one", "x-many", "user-agent", "content-type", "cookie")

app = Flask(__name__)


class Failure(Exception):
    pass


@app.get("/hello")
def hello():
    return "Hello World!"


@app.post("/echo")
def echo():
    return Response(request.get_data(), mimetype="application/octet-stream")


@app.route("/status/<int:code>", methods=["GET", "POST"])
def status(code):
    return f"status {code}", code


@app.route("/headers", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
@app.route("/headers/<path:rest>", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
def headers(rest=""):
    return {
        "method": request.method,
        "path": request.root_path.rstrip("/") + request.path,
        "query": request.query_string.decode("latin-1"),
        "length": request.environ.get("CONTENT_LENGTH", ""),
        "headers": {name: request.headers[name] for name in HEADERS if request.headers.get(name)},
    }


@app.get("/head")
def head():
    return "head", 200, {"X-Method": request.method}


@app.get("/cookies")
def cookies():
    response = Response("")
    response.headers.add("Set-Cookie", "a=1; Path=/")
    response.headers.add("Set-Cookie", "b=2; Path=/")
    return response


@app.get("/bad-header")
def bad_header():
    return "", 200, {"X-Text": "a\r\nX-Injected: b"}


@app.get("/stream")
def stream():
    return Response(iter(["one\n", "two\n", "three\n"]), mimetype="text/plain")


@app.get("/short")
def short():
    return Response(iter(["short"]), mimetype="text/plain", headers={"Content-Length": "10"})


@app.get("/error")
def error():
    raise Failure("secret")


@app.get("/error-late")
def error_late():
    def body():
        yield "one\n"
        raise Failure("secret")

    return Response(body(), mimetype="text/plain")
