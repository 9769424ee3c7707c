"""The guides for who comes from another server: the former set-up and Martlet's are run as `docs/guides/examples` has them, and a client
compares the two. What differs is named here, and in the guide's table."""

import gzip
import os
import re
import shlex
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

import waiting
from certificates import Authority
from guides import COMPARED, SETUPS, Peers, Place, ask, ask_securely, facts, free_port, nginx_command
from needs import refuse, requires
from program import EXAMPLES, built
from rawclient import Response, Truncated
from server import Server, environment
from sites import Site

HOST = "shop.example.com"
NAMES = tuple(name for name in COMPARED if name != "Vary")
BIN = Path(sys.executable).parent
SITE_PACKAGES = next((Path(sys.prefix) / "lib").glob("python3*/site-packages"))
Ask = Callable[..., Response]


@dataclass
class Both:
    """Two servers of one application."""

    theirs: Ask
    ours: Ask

    def ask(self, *arguments, **options) -> tuple[Response, Response]:
        return self.ours(*arguments, **options), self.theirs(*arguments, **options)


def gunicorn_nginx(place: Place, stack: ExitStack) -> Both:
    port = free_port()
    nginx = nginx_command(place.folder, place.text("gunicorn-nginx/shop.conf", {"listen 80;": f"listen 127.0.0.1:{port};"}))
    settings = place.put("gunicorn-nginx/gunicorn.conf.py")
    gunicorn = [str(BIN / "gunicorn"), "--config", str(settings)]
    place.put("gunicorn-nginx/martlet.toml", **{'":80"': '"127.0.0.1:0"'})
    return Both(peers(place, stack, port, gunicorn, nginx), served(place, stack))


def mod_wsgi(place: Place, stack: ExitStack) -> Both:
    requires("/usr/sbin/apache2")
    modules = Path("/usr/lib/apache2/modules")
    if not (modules / "mod_wsgi.so").exists():
        refuse("Debian's libapache2-mod-wsgi-py3 is missing")
    port = free_port()
    place.put("mod-wsgi/shop.wsgi")
    # Debian's mod_wsgi has a Python of its own, which takes the pure parts of the tests' packages.
    changes = {
        "*:80": f"127.0.0.1:{port}",
        "python-home=/srv/shop/.venv ": "",
        "python-path=/srv/shop": f"python-path=/srv/shop:{SITE_PACKAGES}",
    }
    site = place.put("mod-wsgi/shop.conf", **changes)
    loads = "".join(
        f"LoadModule {name}_module {modules}/mod_{name}.so\n" for name in ("mpm_event", "authz_core", "alias", "headers", "mime", "wsgi")
    )
    user = "User www-data\nGroup www-data\n" if os.geteuid() == 0 else ""
    head = f"ServerRoot {place.folder}\nPidFile {place.folder}/apache.pid\nErrorLog /dev/stderr\nServerName front.test\nListen 127.0.0.1:{port}\n"
    main = place.folder / "apache.conf"
    main.write_text(f"{head}{loads}{user}TypesConfig /etc/mime.types\nWSGISocketPrefix {place.folder}/wsgi\nInclude {site}\n")
    place.put("mod-wsgi/martlet.toml", **{'":80"': '"127.0.0.1:0"'})
    apache = ["/usr/sbin/apache2", "-D", "FOREGROUND", "-f", str(main)]
    return Both(peers(place, stack, port, apache), served(place, stack))


def waitress(place: Place, stack: ExitStack) -> Both:
    port = free_port()
    script = place.put("waitress/serve.py", **{"*:8080": f"127.0.0.1:{port}"})
    place.put("waitress/martlet.toml", **{":8080": "127.0.0.1:0"})
    return Both(peers(place, stack, port, [sys.executable, str(script)]), served(place, stack))


def caddy_gunicorn(place: Place, stack: ExitStack) -> Both:
    requires("caddy")
    authority = Authority(place.folder / "authority")
    pair = authority.pair("pair", (HOST,))
    plain, secure = free_port(), free_port()
    # Both would get their certificates by themselves; here both have the same one.
    head = f"{{\n\tadmin off\n\thttp_port {plain}\n\thttps_port {secure}\n\tdefault_bind 127.0.0.1\n}}\n"
    certificate = f"{HOST} {{\n\ttls {pair.certificate} {pair.key}\n"
    text = place.text("caddy-gunicorn/Caddyfile", {f"{HOST} {{\n": certificate})
    file = Site(place.folder).write("Caddyfile", head + text)
    settings = place.put("caddy-gunicorn/gunicorn.conf.py")
    place.put(
        "caddy-gunicorn/martlet.toml",
        **{
            "http://:80": "http://127.0.0.1:0",
            "https://:443": "https://127.0.0.1:0",
            'tls = "auto"': f'tls = {{ certificate = "{pair.certificate}", key = "{pair.key}" }}',
        },
    )
    former = Peers(
        place.folder,
        [str(BIN / "gunicorn"), "--config", str(settings)],
        [shutil.which("caddy") or "caddy", "run", "--config", str(file), "--adapter", "caddyfile"],
        HOME=str(place.folder),
    )
    stack.callback(former.stop)
    server = serve(place, stack, listeners=2)

    def securely(address) -> Ask:
        return lambda *arguments, **options: ask_securely(address, authority.client(), HOST, *arguments, **options)

    theirs = securely(("127.0.0.1", secure))
    former.wait_until(lambda: theirs("/tiny").status == 200)
    return Both(theirs, securely(server.addresses[1]))


def flask_development(place: Place, stack: ExitStack) -> Both:
    port = free_port()
    former, ours = development(place, stack, "flask-development", "5000", port)
    return Both(former, ours)


SETTINGS = {
    "gunicorn-nginx": gunicorn_nginx,
    "mod-wsgi": mod_wsgi,
    "waitress": waitress,
    "caddy-gunicorn": caddy_gunicorn,
    "flask-development": flask_development,
}
PRODUCTION = ["gunicorn-nginx", "mod-wsgi", "caddy-gunicorn"]
"""Those with files of the server's own."""


def peers(place: Place, stack: ExitStack, port: int, *commands: list[str]) -> Ask:
    former = Peers(place.folder, *commands)
    stack.callback(former.stop)

    def theirs(*arguments, **options) -> Response:
        return ask(("127.0.0.1", port), *arguments, **options)

    former.wait_until(lambda: theirs("/tiny").status == 200)
    return theirs


def serve(place: Place, stack: ExitStack, listeners: int = 1) -> Server:
    server = stack.enter_context(Site(place.folder).serve(listeners=listeners, VIRTUAL_ENV=sys.prefix))
    stack.callback(server.stop)
    return server


def served(place: Place, stack: ExitStack) -> Ask:
    address = serve(place, stack).address
    return lambda *arguments, **options: ask(address, *arguments, **options)


def development(place: Place, stack: ExitStack, name: str, written: str, port: int, folder: Path | None = None) -> tuple[Ask, Ask]:
    """Runs the two commands of a development server, in the folder of an application."""
    folder = folder or place.folder
    environ = {"PATH": f"{BIN}:{Path(built('martlet')).parent}:{os.environ['PATH']}"}
    old = place.text(f"{name}/old.sh", {written: str(port)})
    new = place.text(f"{name}/new.sh", {}).replace(f"127.0.0.1:{written}", "127.0.0.1:0")
    former = Peers(folder, shlex.split(old), **environ)
    stack.callback(former.stop)
    server = Server(shlex.split(new), cwd=folder, env={**environ, "VIRTUAL_ENV": sys.prefix})
    stack.enter_context(server)
    stack.callback(lambda: server.stop(same_workers=False))

    def theirs(*arguments, **options) -> Response:
        return ask(("127.0.0.1", port), *arguments, **{"host": HOST, **options})

    former.wait_until(lambda: theirs("/", host="localhost").status == 200)
    return theirs, lambda *arguments, **options: ask(server.address, *arguments, **options)


@pytest.fixture(scope="module", params=SETTINGS)
def name(request) -> str:
    return request.param


@pytest.fixture(scope="module")
def both(name) -> Iterator[Both]:
    # In a folder that other users can reach, which those of pytest are not.
    with TemporaryDirectory() as folder, ExitStack() as stack:
        yield SETTINGS[name](Place(Path(folder)), stack)


PAGES = [
    ("/", "GET", [], None),
    ("/", "HEAD", [], None),
    ("/json", "GET", [], None),
    ("/cookies", "GET", [], None),
    ("/old", "GET", [], None),
    ("/environ?a=b%20c", "GET", [], None),
    ("/form", "POST", [], b"a" * 100_000),
    ("/form", "GET", [], None),
    ("/missing", "GET", [], None),
]
FILES = [
    ("/static/style.css", "GET", []),
    ("/static/style.css", "HEAD", []),
    ("/static/image.png", "GET", [("Accept-Encoding", "gzip")]),
    ("/static/style.css", "GET", [("If-Modified-Since", "Tue, 14 Nov 2023 22:13:20 GMT")]),
    ("/static/style.css", "GET", [("If-Modified-Since", "Tue, 14 Nov 2023 22:13:19 GMT")]),
    ("/static/style.css", "GET", [("Range", "bytes=10-19")]),
]
ERRORS = ["/broken", "/static/missing.css", "/static/../shop.py", "/static/%2e%2e/shop.py", "/static../shop.py"]


def test_pages_are_alike(both):
    for target, method, headers, body in PAGES:
        ours, theirs = both.ask(target, method, headers, body)
        assert facts(ours, NAMES) == facts(theirs, NAMES), (method, target)
        assert ours.body == theirs.body, (method, target)


def test_static_files_are_alike(both):
    for target, method, headers in FILES:
        ours, theirs = both.ask(target, method, headers)
        assert facts(ours, NAMES) == facts(theirs, NAMES), (method, target, headers)
        assert ours.body == theirs.body, (method, target, headers)


def test_errors_have_the_same_status(both):
    for target in ERRORS:
        ours, theirs = both.ask(target)
        assert ours.status == theirs.status, target
        assert b"def page" not in ours.body


def test_what_a_client_claims_to_be_is_believed_by_neither(name, both):
    if name not in PRODUCTION:
        return
    for answer in both.ask("/environ", headers=[("X-Forwarded-For", "192.0.2.7"), ("X-Forwarded-Proto", "ftp")]):
        assert b"192.0.2.7" not in answer.body and b"ftp" not in answer.body


def test_both_development_servers_take_up_what_is_saved(tmp_path):
    with ExitStack() as stack:
        place = Place(tmp_path)
        servers = development(place, stack, "flask-development", "5000", free_port())
        source = (tmp_path / "shop.py").read_text()
        (tmp_path / "shop.py").write_text(source.replace('return "tiny"', 'return "tiny and new"'))

        def is_new(server: Ask) -> bool:
            try:
                return server("/tiny").body == b"tiny and new"
            except (ConnectionError, EOFError, Truncated):
                return False  # Flask's own starts anew, and refuses connections meanwhile.

        for server in servers:
            waiting.until(lambda server=server: is_new(server), "the new text is served")


def test_djangos_development_server(tmp_path):
    """The shop of the examples, with the admin's own files. Its tokens differ with each answer."""
    with ExitStack() as stack:
        theirs, ours = development(
            Place(tmp_path), stack, "django-development", "8000", free_port(), folder=EXAMPLES / "django"
        )
        for target in ("/", "/admin/", "/admin/login/?next=/admin/", "/static/admin/css/base.css", "/missing", "/static/missing.css"):
            answers = [each(target, host="localhost") for each in (ours, theirs)]
            assert answers[0].status == answers[1].status, target
            if answers[0].status < 400:
                names = tuple(name for name in NAMES if name != "Set-Cookie")
                assert facts(answers[0], names) == facts(answers[1], names), target
                bodies = [re.sub(rb'value="\w{64}"', b"", answer.body) for answer in answers]
                assert bodies[0] == bodies[1], target


@pytest.mark.parametrize("setup", [path.name for path in SETUPS.iterdir() if path.is_dir()])
def test_every_set_up_is_run(setup):
    assert setup in {*SETTINGS, "uwsgi-nginx", "django-development"}
