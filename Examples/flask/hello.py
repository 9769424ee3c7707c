from flask import Flask

app = Flask(__name__)


@app.route("/hello")
def hello():
    return "Hello World!"


@app.route("/")
def index():
    return '<!doctype html><title>Hello</title><p>This is Flask. Say <a href="/hello">hello</a>.</p>'
