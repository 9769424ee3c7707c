"""The shop of the guides, a small application of Flask."""

from flask import Flask, redirect, request

app = Flask(__name__)

PAGE = "<!doctype html><title>Shop</title>" + "".join(f"<p>This is article number {number}.</p>" for number in range(200))


@app.get("/")
def page():
    return PAGE


@app.get("/json")
def articles():
    return {"articles": [{"number": number, "name": f"article {number}"} for number in range(200)]}


@app.get("/old")
def old():
    return redirect("/?from=old")


@app.get("/tiny")
def tiny():
    return "tiny"


@app.post("/form")
def form():
    return f"{len(request.get_data())} bytes"


@app.get("/environ")
def environ():
    names = ["REQUEST_METHOD", "SCRIPT_NAME", "PATH_INFO", "QUERY_STRING", "wsgi.url_scheme", "HTTP_HOST", "REMOTE_ADDR"]
    return {name: request.environ.get(name, "") for name in names}


@app.get("/cookies")
def cookies():
    response = app.make_response("cookies")
    response.set_cookie("a", "1")
    response.set_cookie("b", "2")
    return response


@app.get("/broken")
def broken():
    raise RuntimeError("broken")
