from flask import Flask, request, url_for

app = Flask(__name__)


@app.get("/")
def index():
    return f"Flask answers at {url_for('index')} for {request.remote_addr}."


@app.get("/moved")
def moved():
    return "Nobody gets here any more."


@app.get("/broken")
def broken():
    raise RuntimeError("as it was told to")
