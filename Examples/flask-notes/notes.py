"""Notes in SQLite, with templates: a connection for each request, as Flask's own pattern has it."""

import os
import sqlite3

from flask import Flask, abort, g, redirect, render_template, request, url_for

app = Flask(__name__)
app.config["DATABASE"] = os.environ.get("NOTES_DATABASE", "notes.db")
TABLE = "CREATE TABLE IF NOT EXISTS note (id INTEGER PRIMARY KEY, text TEXT NOT NULL, made TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP)"


def database() -> sqlite3.Connection:
    if "database" not in g:
        g.database = sqlite3.connect(app.config["DATABASE"], timeout=10)
        g.database.row_factory = sqlite3.Row
        # Readers do not wait for who writes, in other workers either.
        g.database.execute("PRAGMA journal_mode = WAL")
        g.database.execute(TABLE)
    return g.database


@app.teardown_appcontext
def close(_) -> None:
    if "database" in g:
        g.database.close()


@app.get("/")
def index():
    return render_template("index.html", notes=database().execute("SELECT * FROM note ORDER BY id DESC").fetchall())


@app.post("/")
def add():
    if not request.form.get("text", "").strip():
        abort(400, "A note without a text.")
    with database() as transaction:
        transaction.execute("INSERT INTO note (text) VALUES (?)", [request.form["text"]])
    return redirect(url_for("index"), 303)


@app.post("/<int:number>/delete")
def delete(number: int):
    with database() as transaction:
        if not transaction.execute("DELETE FROM note WHERE id = ?", [number]).rowcount:
            abort(404)
    return redirect(url_for("index"), 303)
