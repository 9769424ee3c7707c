"""An application whose static folder stands in a file: it is another one after a reload."""

import os
from pathlib import Path

import flask

app = flask.Flask(__name__, static_folder=Path(os.environ["STATIC_CASES"], "which").read_text(), static_url_path="/static")
