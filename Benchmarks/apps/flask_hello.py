"""The Flask application: one view, Flask's defaults."""

from flask import Flask

app = Flask(__name__)


@app.get("/hello")
def hello():
    return "Hello World!"
