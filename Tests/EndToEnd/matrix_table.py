"""The listeners and the applications of the matrix, and what is known of each pair. `Scripts/matrix-page` makes a page of it."""

from matrix_rows import FILE_ROWS, ROWS, Pair, Row

LISTENERS = {
    "http": "nginx, `proxy_pass http://`",
    "https": "nginx, `proxy_pass https://`",
    "uwsgi": "nginx, `uwsgi_pass`",
    "fastcgi": "nginx, `fastcgi_pass`",
    "scgi": "nginx, `scgi_pass`",
    "cgi": "Apache, mod_cgid",
}
"""With who is in front of them."""

APPLICATIONS = {
    "wsgi": "Python, in workers of ours",
    "Swift": "an app of Martlet's framework",
    "files": "a folder",
    "cgi": "a script of Python's wsgiref",
    "proxy http": "gunicorn",
    "proxy https": "gunicorn, with TLS",
    "proxy uwsgi": "uWSGI, `socket`",
    "proxy fastcgi": "flup, `fcgi`",
    "proxy scgi": "uWSGI, `scgi-socket`",
    "proxy php-fpm": "php-fpm, the scripts of a folder by FastCGI",
    "proxy fcgiwrap": "fcgiwrap, the scripts of a folder by FastCGI",
}
"""With who has them."""

OURS = {"wsgi", "Swift"}
TELLS_CUTS = {"wsgi", "Swift", "proxy http", "proxy https"}
"""Whose answers that break off can be told from whole ones: those of a script, of uwsgi and of SCGI end with the output."""


def pair(listener: str, application: str, address: tuple[str, int]) -> Pair:
    host = f"{application.replace(' ', '-').lower()}.test"
    return Pair(
        listener,
        application,
        address,
        host,
        scheme="https" if listener == "https" else "http",
        cuts=listener != "cgi" and application in TELLS_CUTS,
        is_ours=application in OURS,
        mount=None if application.startswith("proxy http") or application == "Swift" else "/app",
        speaks_http=application.startswith("proxy http"),
    )


def peers(listener: str, application: str) -> str:
    """The servers of others that the pair is proven with, from the client on."""
    behind = [APPLICATIONS[application]] if application.startswith("proxy") else []
    return " and ".join(text.partition(",")[0] for text in [LISTENERS[listener], *behind])


def rows(application: str) -> dict[str, Row]:
    return FILE_ROWS if application == "files" else ROWS
