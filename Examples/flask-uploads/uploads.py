"""Files that people send, kept in a folder, and sent back."""

import os
from pathlib import Path

from flask import Flask, abort, redirect, render_template_string, request, send_from_directory, url_for
from werkzeug.utils import secure_filename

app = Flask(__name__)
FOLDER = Path(os.environ.get("UPLOADS", "uploads")).absolute()
PAGE = """<!doctype html><meta charset="utf-8"><title>Uploads</title><h1>Uploads</h1>
<form method="post" enctype="multipart/form-data"><input type="file" name="file" required> <button>Send</button></form>
<ul>{% for name in names %}<li><a href="{{ url_for('file', name=name) }}">{{ name }}</a></li>{% else %}<li>There is none yet.</li>{% endfor %}</ul>"""


@app.get("/")
def index():
    FOLDER.mkdir(exist_ok=True)
    return render_template_string(PAGE, names=sorted(path.name for path in FOLDER.iterdir()))


@app.post("/")
def add():
    sent = request.files.get("file")
    name = secure_filename(sent.filename or "") if sent else ""
    if not name:
        abort(400, "A file with a name is needed.")
    FOLDER.mkdir(exist_ok=True)
    sent.save(FOLDER / name)
    return redirect(url_for("index"), 303)


@app.get("/<name>")
def file(name: str):
    return send_from_directory(FOLDER, name, as_attachment=True)
