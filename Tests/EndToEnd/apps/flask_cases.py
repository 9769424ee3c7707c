"""A Flask application with one view for each kind of answer."""

from io import BytesIO

from flask import (
    Flask,
    abort,
    jsonify,
    make_response,
    redirect,
    request,
    send_file,
    session,
    stream_with_context,
    url_for,
)

app = Flask(__name__)
app.secret_key = "only for tests"


@app.get("/json")
def json():
    return jsonify(text="Größe ☃", numbers=[1, 2.5, None, True])


@app.route("/everything/<path:rest>", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
def everything(rest):
    """What Flask made of the request."""
    return jsonify(
        method=request.method,
        path=request.path,
        full_path=request.full_path,
        rest=rest,
        url=request.url,
        args=request.args.to_dict(flat=False),
        form=request.form.to_dict(flat=False),
        files={name: [file.filename, file.read().decode("latin-1")] for name, file in request.files.items()},
        data=request.get_data().decode("latin-1"),
        cookies=request.cookies,
        content_type=request.content_type,
        content_length=request.content_length,
        agent=request.headers.get("User-Agent"),
        language=request.accept_languages.best,
        host=request.host,
        scheme=request.scheme,
        root=request.script_root,
        authorization=str(request.authorization),
    )


@app.get("/cookies")
def cookies():
    response = make_response("cookies")
    response.set_cookie("first", "1")
    response.set_cookie("second", "zwei; ☃", max_age=60, httponly=True, samesite="Lax")
    return response


@app.get("/session")
def session_view():
    session["user"] = "martin"
    return "session"


@app.get("/redirect")
def redirect_view():
    return redirect(url_for("json"))


@app.get("/stream")
def stream():
    def rows():
        for number in range(50):
            yield f"{number},{request.args.get('q')}\n"

    return app.response_class(stream_with_context(rows()), mimetype="text/csv")


@app.get("/empty")
def empty():
    return "", 204


@app.get("/file")
def file():
    return send_file(BytesIO(bytes(range(256)) * 100), mimetype="application/octet-stream", download_name="bytes.bin")


@app.get("/etag")
def etag():
    response = make_response("tagged")
    response.set_etag("v1")
    return response.make_conditional(request)


@app.get("/teapot")
def teapot():
    abort(418)


@app.get("/own-headers")
def own_headers():
    return "own", 299, [("X-B", "2"), ("X-a", "1"), ("X-B", "3"), ("Content-Type", "text/x-own")]


@app.get("/fails")
def fails():
    raise ValueError("a view failed on purpose")


@app.get("/large")
def large():
    return b"0123456789" * 100_000
