"""The servers of the matrix: who stands in front of each listener, and what is behind each application.

One process of ours has a listener of each kind and a site for each application; another one is the Swift app, which has its own. In
front of each pair nginx has an address, and Apache starts a program for each request of the listener `cgi`.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from apache import Apache
from certificates import Authority
from certificates import Pair as Certificate
from cgipeers import fcgiwrap, php_fpm
from front import Front, free_address
from matrix_rows import LARGE, Pair
from matrix_table import APPLICATIONS, LISTENERS, pair
from nginx import Nginx
from program import ROOT, built
from rawclient import Address
from server import Server

CONFORMANCE = ROOT / "Tests" / "Conformance"

@dataclass
class Behind:
    """The servers of others that have applications."""

    http: Address
    https: Address
    uwsgi: Address
    fastcgi: Address
    scgi: Address
    fpm: str = ""
    fcgiwrap: str = ""


def url(scheme: str, address: Address) -> str:
    return "{}://{}:{}".format(scheme, *address)


def start_behind(folder: Path, certificate: Certificate, keep: Callable[[Front], None]) -> Behind:
    def start(name: str, command: list[str], *addresses: Address) -> None:
        keep(Front(name, ["env", "-C", str(CONFORMANCE), *command], addresses[0]))

    found = Behind(*(free_address() for _ in range(5)))
    for name, (process, address) in {"fpm": php_fpm(folder, unix=False, children=8), "fcgiwrap": fcgiwrap(folder)}.items():
        keep(process)
        setattr(found, name, address)
    gunicorn = [sys.executable, "-m", "gunicorn", "--threads", "4", "matrix:application", "--bind"]
    start("gunicorn", [*gunicorn, "{}:{}".format(*found.http)], found.http)
    tls = ["--certfile", str(certificate.certificate), "--keyfile", str(certificate.key)]
    start("gunicorn", [*gunicorn, "{}:{}".format(*found.https), *tls], found.https)
    uwsgi = str(Path(sys.executable).with_name("uwsgi"))
    sockets = ["--socket", "{}:{}".format(*found.uwsgi), "--scgi-socket", "{}:{}".format(*found.scgi)]
    options = ["--master", "--die-on-term", "--need-app", "--threads", "4", "--buffer-size", "32768", "--module", "matrix"]
    # Its SCGI and uwsgi sockets are one server.
    start("uwsgi", [uwsgi, *sockets, *options, "--virtualenv", sys.prefix], found.uwsgi)
    serve = (
        "import sys, matrix; from flup.server.fcgi import WSGIServer; "
        "WSGIServer(matrix.application, bindAddress=('127.0.0.1', int(sys.argv[1])), debug=False, maxThreads=8).run()"
    )
    start("flup", [sys.executable, "-c", serve, str(found.fastcgi[1])], found.fastcgi)
    return found


def make_files(folder: Path) -> Path:
    root = folder / "root"
    (root / "folder").mkdir(parents=True)
    for name in ("hello.txt", "a b.txt", "grüße.txt", "100%.txt"):
        (root / name).write_text("Hello World!")
    (root / "large.bin").write_bytes(LARGE)
    (root / "folder" / "index.html").write_text("the index")
    (root / ".hidden").write_text("secret")
    (folder / "secret").write_text("secret")
    return root


def make_script(folder: Path) -> Path:
    script = folder / "matrix.cgi"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{CONFORMANCE}/matrix.py"\n')
    script.chmod(0o755)
    return script


WITH_FALLBACK = """\
#!{python}
import os, sys
from urllib.parse import unquote_to_bytes
sys.path.insert(0, "{folder}")
from wsgiref.handlers import CGIHandler
from matrix import application
# As applications in PHP do: the path is the URL's, below the folder of the script.
mount = os.path.dirname(os.environ["SCRIPT_NAME"]).rstrip("/")
path = unquote_to_bytes(os.environ["REQUEST_URI"].partition("?")[0])
os.environ["SCRIPT_NAME"], os.environ["PATH_INFO"] = mount, path.decode("utf-8", "surrogateescape")[len(mount):]
CGIHandler().run(application)
"""
"""A script that answers every path of a route."""


def make_front(folder: Path) -> Path:
    scripts = folder / "scripts"
    scripts.mkdir()
    script = scripts / "matrix.cgi"
    script.write_text(WITH_FALLBACK.format(python=sys.executable, folder=CONFORMANCE))
    script.chmod(0o755)
    return scripts


def targets(folder: Path, behind: Behind, ca: Path) -> dict[str, str]:
    """The tables of routes, by application, but for the Swift app."""
    wsgi = f'wsgi = "matrix:application"\ndirectory = "{CONFORMANCE}"\npython = "{sys.executable}"\nworkers = 1'
    found = {"wsgi": wsgi, "files": f'files = "{make_files(folder)}"', "cgi": f'cgi = "{make_script(folder)}"'}
    for scheme in ("http", "https", "uwsgi", "fastcgi", "scgi"):
        found[f"proxy {scheme}"] = f'proxy = "{url(scheme, getattr(behind, scheme))}"'
    found["proxy php-fpm"] = f'proxy = "{behind.fpm}"\nroot = "{CONFORMANCE}/php"\nfallback = "index.php"'
    found["proxy fcgiwrap"] = f'proxy = "{behind.fcgiwrap}"\nroot = "{make_front(folder)}"\nsplit = ".cgi"\nfallback = "matrix.cgi"'
    found["proxy https"] += f'\ntls-ca = "{ca}"\ntls-name = "localhost"'
    return found


def site(table: str, prefix: str = "") -> str:
    """A target at the root and below /app."""
    return "".join(f'[{prefix}route."{path}"]\n{table}\n' for path in ("/", "/app"))


@dataclass
class Ours:
    """Our servers: the listeners of the applications, by scheme."""

    servers: list[Server]
    listeners: dict[str, dict[str, Address]]


def start_ours(folder: Path, tables: dict[str, str], certificate: Certificate) -> Ours:
    schemes = [listener for listener in LISTENERS if listener != "cgi"]
    bind = [f"{scheme}://127.0.0.1:0" for scheme in schemes]
    text = "bind = [" + ", ".join(f'"{address}"' for address in bind) + "]\nredirect-to-https = false\n"
    text += f'tls = {{ certificate = "{certificate.certificate}", key = "{certificate.key}" }}\n'
    for application, table in tables.items():
        host = pair("http", application, ("", 0)).host
        text += f'[site."{host}"]\n' + site(table, f'site."{host}".')
    file = folder / "matrix.toml"
    file.write_text(text)
    server = Server([built("martlet"), "serve", str(file)], len(schemes))
    flags = [part for address in bind for part in ("--bind", address)]
    swift = Server([built("conformance-app"), *flags, *certificate.flags, "--redirect-to-https", "off"], len(schemes))
    own = dict(zip(schemes, server.addresses))
    return Ours([server, swift], {name: own for name in tables} | {"Swift": dict(zip(schemes, swift.addresses))})


PASSING = {
    "http": "proxy_pass http://{address}; {fields}",
    "https": "proxy_pass https://{address}; {fields}",
    "uwsgi": "include /etc/nginx/uwsgi_params; uwsgi_pass {address};",
    "fastcgi": "include /etc/nginx/fastcgi_params; fastcgi_pass {address};",
    "scgi": "include /etc/nginx/scgi_params; scgi_pass {address};",
}
FIELDS = """proxy_http_version 1.1; proxy_set_header Host $http_host; proxy_set_header X-Forwarded-For $remote_addr;
    proxy_set_header X-Forwarded-Proto {scheme}; proxy_set_header Connection "";"""
BUFFERS = " ".join(
    f"{name}_buffer_size 16k; {name}_buffers 8 16k;" for name in ("proxy", "uwsgi", "fastcgi", "scgi")
)


def start_nginx(folder: Path, ours: Ours, keep: Callable[[Front], None]) -> list[Pair]:
    pairs, servers = [], []
    for application in APPLICATIONS:
        for listener, passing in PASSING.items():
            found = pair(listener, application, free_address())
            fields = FIELDS.format(scheme=found.scheme)
            to = passing.format(address="{}:{}".format(*ours.listeners[application][listener]), fields=fields)
            servers.append(
                f"server {{ listen 127.0.0.1:{found.address[1]}; server_name {found.host}; client_max_body_size 0; "
                f"{BUFFERS} location / {{ {to} }} }}"
            )
            pairs.append(found)
    # The server that it always has is not asked.
    keep(Nginx(folder, ("127.0.0.1", 9), "return 404; } " + " ".join(servers).removesuffix("}")))
    return pairs


APACHE = """
ScriptSock {folder}/cgid.sock
TypesConfig /etc/mime.types
{listen}
{hosts}
"""


def start_apache(folder: Path, tables: dict[str, str], keep: Callable[[Front], None]) -> list[Pair]:
    """Each application as a program of its own, which Apache starts for every request."""
    pairs, listen, hosts = [], [], []
    for number, application in enumerate(APPLICATIONS):
        found = pair("cgi", application, free_address())
        script = folder / f"{number}.cgi"
        if application == "Swift":
            command = built("conformance-app")
        else:
            file = folder / f"{number}.toml"
            file.write_text(site(tables[application]))
            command = f'{built("martlet")} cgi --file "{file}"'
        script.write_text(f"#!/bin/sh\nexec {command}\n")
        script.chmod(0o755)
        listen.append(f"Listen 127.0.0.1:{found.address[1]}")
        hosts.append(
            f"<VirtualHost 127.0.0.1:{found.address[1]}>\nServerName {found.host}\nScriptAlias / {script}/\n"
            f"AllowEncodedSlashes NoDecode\n</VirtualHost>"
        )
        pairs.append(found)
    server = APACHE.format(folder=folder, listen="\n".join(listen), hosts="\n".join(hosts))
    keep(Apache(folder, server, "alias", "cgid", "mime"))
    return pairs
