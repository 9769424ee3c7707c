"""`make screenshots`: how pages of the product look, in a light and a dark browser and on a phone, as pictures to look at."""

import base64
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from devtools import DESK, PHONE, Browser
from program import APPS, ROOT, built
from scrape import local_address
from server import Server

VIEWS = [("light", DESK), ("dark", DESK), ("phone", PHONE)]

SITE = """
bind = "127.0.0.1:0"
status = "127.0.0.1:0"
[route."/"]
files = "welcome"
[route."/application"]
wsgi = "error_cases:application"
directory = "{apps}"
python = "{python}"
workers = 1
[route."/files"]
files = "shared"
listing = true
[route."/upstream"]
proxy = "http://127.0.0.1:1"
[route."/upkeep"]
respond = "x"
maintenance = true
"""

# Of the site, by the name of the picture.
PAGES = {
    "welcome": "/",
    "not-found": "/nothing-here",
    "listing": "/files/",
    "bad-gateway": "/upstream",
    "maintenance": "/upkeep",
    "error": "/application/key",
}
DEVELOPMENT = {"python-traceback": "/key?token=secret&q=a", "missing-module": "/module", "python-cause": "/cause"}
DOCUMENTATION = {
    "docs-home": "/index.html",
    "docs-guide": "/guides/from-gunicorn.html",
    "docs-settings": "/reference/settings.html",
    "docs-search": "/index.html?q=upgrade",
}


@contextmanager
def serving(*words: str, cwd: Path = APPS) -> Iterator[Server]:
    with Server([built("martlet"), *words], cwd=cwd) as server:
        yield server
        server.stop()


def write_site(folder: Path) -> None:
    sys.path.insert(0, str(ROOT / "Packaging"))
    from welcome import page

    (folder / "welcome").mkdir()
    (folder / "welcome" / "index.html").write_text(page())
    (folder / "shared" / "pictures").mkdir(parents=True)
    for name, size in {"report.pdf": 1 << 20, "notes.txt": 300, "größe & maß.csv": 5000}.items():
        (folder / "shared" / name).write_bytes(b"x" * size)
    (folder / "martlet.toml").write_text(SITE.format(apps=APPS, python=sys.executable))


def picture(browser: Browser, url: str, file: Path, look: str, size: dict) -> None:
    browser.show_as("dark" if look == "dark" else "light", size)
    browser.go(url)
    file.write_bytes(base64.b64decode(browser.picture()))


def main(out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        write_site(folder)
        site = stack.enter_context(serving("serve", cwd=folder))
        own = ["--bind", "127.0.0.1:0", "--python", sys.executable]
        development = stack.enter_context(serving("run", "error_cases:application", "--reload", *own))
        documentation = stack.enter_context(serving("static", str(ROOT / ".build/site/site"), "--bind", "127.0.0.1:0"))
        browser = Browser(folder)
        stack.callback(browser.close)
        for server, pages in ((site, PAGES), (development, DEVELOPMENT), (documentation, DOCUMENTATION)):
            for name, path in pages.items():
                for look, size in VIEWS:
                    picture(browser, f"http://{server.host}{path}", out / f"{name}-{look}.png", look, size)
        # Last, when there is something to tell.
        host, port = local_address(site, "Status")
        for look, size in VIEWS:
            picture(browser, f"http://{host}:{port}/", out / f"status-{look}.png", look, size)
    print(f"{len(list(out.glob('*.png')))} pictures are in {out}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
