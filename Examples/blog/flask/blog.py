"""The blog of the folder above, in Flask: the same templates, the same addresses, the same words."""

import functools
import os
import sqlite3

from flask import Blueprint, Flask, abort, flash, g, redirect, render_template, request, session, url_for
from werkzeug.security import check_password_hash, generate_password_hash

SCHEMA = """
CREATE TABLE IF NOT EXISTS user (id INTEGER PRIMARY KEY, name TEXT UNIQUE NOT NULL, password TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS post (
    id INTEGER PRIMARY KEY,
    author INTEGER NOT NULL REFERENCES user (id),
    created TEXT NOT NULL DEFAULT CURRENT_DATE,
    title TEXT NOT NULL,
    body TEXT NOT NULL
);
"""
POSTS = "SELECT post.*, user.name AS writer FROM post JOIN user ON user.id = post.author"

accounts = Blueprint("auth", __name__, url_prefix="/auth")
blog = Blueprint("blog", __name__)


def database() -> sqlite3.Connection:
    if "database" not in g:
        g.database = sqlite3.connect(os.environ.get("BLOG_DATABASE", "blog.db"))
        g.database.row_factory = sqlite3.Row
    return g.database


def members_only(view):
    @functools.wraps(view)
    def wrapped(**arguments):
        return view(**arguments) if "user" in session else redirect(url_for("auth.login"))

    return wrapped


@accounts.route("/register", methods=["GET", "POST"])
def register():
    if request.method == "GET":
        return render_template("auth/register.html")
    name, password = request.form.get("name", ""), request.form.get("password", "")
    if not name:
        flash("A name is needed.")
    elif not password:
        flash("A password is needed.")
    else:
        try:
            with database() as connection:
                connection.execute(
                    "INSERT INTO user (name, password) VALUES (?, ?)", (name, generate_password_hash(password))
                )
        except sqlite3.IntegrityError:
            flash(f"Somebody else is called {name}.")
        else:
            flash(f"Welcome, {name}. Now log in.")
            return redirect(url_for(".login"), 303)
    return render_template("auth/register.html", name=name)


@accounts.route("/login", methods=["GET", "POST"])
def login():
    if request.method == "GET":
        return render_template("auth/login.html")
    name, password = request.form.get("name", ""), request.form.get("password", "")
    user = database().execute("SELECT * FROM user WHERE name = ?", (name,)).fetchone()
    if user is None or not check_password_hash(user["password"], password):
        flash("Nobody has this name and this password.")
        return render_template("auth/login.html", name=name)
    session.clear()
    session["user"], session["name"] = user["id"], user["name"]
    return redirect(url_for("blog.index"), 303)


@accounts.post("/logout")
def logout():
    session.clear()
    return redirect(url_for("blog.index"), 303)


def own(number: int) -> sqlite3.Row:
    post = database().execute(POSTS + " WHERE post.id = ?", (number,)).fetchone()
    if post is None:
        abort(404)
    if post["author"] != session["user"]:
        abort(403)
    return post


@blog.route("/")
def index():
    return render_template("blog/index.html", posts=database().execute(POSTS + " ORDER BY post.id DESC").fetchall())


@blog.route("/create", methods=["GET", "POST"])
@members_only
def create():
    if request.method == "GET":
        return render_template("blog/create.html")
    title, body = request.form.get("title", ""), request.form.get("body", "")
    if not title:
        flash("A title is needed.")
        return render_template("blog/create.html", body=body)
    with database() as connection:
        connection.execute("INSERT INTO post (author, title, body) VALUES (?, ?, ?)", (session["user"], title, body))
    return redirect(url_for(".index"), 303)


@blog.route("/<int:id>/update", methods=["GET", "POST"])
@members_only
def update(id):
    post = own(id)
    if request.method == "GET":
        return render_template("blog/update.html", id=id, title=post["title"], body=post["body"])
    title, body = request.form.get("title", ""), request.form.get("body", "")
    if not title:
        flash("A title is needed.")
        return render_template("blog/update.html", id=id, title=post["title"], body=body)
    with database() as connection:
        connection.execute("UPDATE post SET title = ?, body = ? WHERE id = ?", (title, body, id))
    return redirect(url_for(".index"), 303)


@blog.post("/<int:id>/delete")
@members_only
def delete(id):
    own(id)
    with database() as connection:
        connection.execute("DELETE FROM post WHERE id = ?", (id,))
    return redirect(url_for(".index"), 303)


def create_app() -> Flask:
    app = Flask(__name__, template_folder="../templates")
    app.secret_key = os.environ.get("BLOG_SECRET") or os.urandom(32)
    with sqlite3.connect(os.environ.get("BLOG_DATABASE", "blog.db")) as connection:
        connection.executescript(SCHEMA)

    @app.teardown_appcontext
    def close(error):
        if connection := g.pop("database", None):
            connection.close()

    app.register_error_handler(404, lambda error: (render_template("error.html", text="There is nothing here."), 404))
    app.register_error_handler(403, lambda error: (render_template("error.html", text="That is somebody else's."), 403))
    app.register_blueprint(accounts)
    app.register_blueprint(blog)
    return app


app = create_app()
