"""Chromium with `martlet static` over TLS: a page of many files, a listing, an error."""

import base64
import hashlib
import json
import re
import shutil

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from browser import look
from certificates import Authority
from needs import requires
from program import built
from server import Server

FILES = 50
PAGE = """<!doctype html><meta charset="utf-8"><title>Many files</title>
{links}
<pre id="said"></pre>
<script>
addEventListener("load", () => {{
    const entries = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
    const said = entries.filter(entry => entry.initiatorType != "other").map(entry => ({{
        name: new URL(entry.name).pathname, protocol: entry.nextHopProtocol, status: entry.responseStatus,
        bytes: entry.decodedBodySize,
    }}))
    document.getElementById("said").textContent = JSON.stringify({{said, ran: window.ran}})
}})
</script>
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    links = []
    for number in range(FILES):
        if number % 3 == 0:
            (folder / f"{number}.css").write_text(f".c{number} {{ color: #123456 }}\n" * 20)
            links.append(f'<link rel="stylesheet" href="{number}.css">')
        elif number % 3 == 1:
            (folder / f"{number}.js").write_text("window.ran = (window.ran || 0) + 1\n" + "// filled\n" * 50)
            links.append(f'<script src="{number}.js"></script>')
        else:
            square = f'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><!-- {number} --></svg>'
            (folder / f"{number}.svg").write_text(square)
            links.append(f'<img src="{number}.svg" alt="">')
    (folder / "page.html").write_text(PAGE.format(links="\n".join(links)))
    (folder / "sub").mkdir()
    return folder


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    """Runs Chromium, which trusts the certificate of the server. The certificate is in `browser.pair`."""
    requires("chromium")
    authority = Authority(tmp_path_factory.mktemp("certificates"))
    pair = authority.pair()
    certificate = x509.load_pem_x509_certificate(pair.certificate.read_bytes())
    key = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    trusted = base64.b64encode(hashlib.sha256(key).digest()).decode()

    def run(*arguments: str) -> str:
        profile = tmp_path_factory.mktemp("browser")
        try:
            return look(profile, f"--ignore-certificate-errors-spki-list={trusted}", *arguments)
        finally:
            shutil.rmtree(profile, ignore_errors=True)

    run.pair = pair
    return run


@pytest.fixture(scope="module")
def server(folder, browser):
    command = [built("martlet"), "static", str(folder), "--bind", "https://127.0.0.1:0", *browser.pair.flags]
    with Server([*command, "--access-log-format", "json"]) as server:
        yield server
        server.stop()


def test_a_page_of_fifty_files_comes_over_one_http2_connection(browser, server):
    page = browser("--dump-dom", f"https://{server.host}/page.html")
    found = json.loads(re.search(r'<pre id="said">(.*?)</pre>', page)[1])
    entries = found["said"]
    assert len(entries) == FILES + 1, page
    assert {entry["protocol"] for entry in entries} == {"h2"}
    assert {entry["status"] for entry in entries} == {200}
    assert all(entry["bytes"] > 0 for entry in entries)
    assert found["ran"] == len(range(1, FILES, 3))
    names = {entry["name"] for entry in entries}
    server.stdout.wait_for(r"\n", len(names))
    lines = [line for line in map(json.loads, server.stdout.lines()) if line["target"] in names]
    # The number of a request begins with that of its connection.
    assert len({line["request_id"].partition("-")[0] for line in lines}) == 1, lines


@pytest.mark.parametrize(("path", "words"), [("/", ["page.html", "sub", "49.js"]), ("/missing", ["404"])])
def test_a_listing_and_an_error_are_pages(browser, server, tmp_path, path, words):
    url = f"https://{server.host}"
    text = browser("--dump-dom", url + path)
    assert all(word in text for word in words)
    picture = tmp_path / "page.png"
    browser("--window-size=1000,700", f"--screenshot={picture}", url + path)
    assert picture.read_bytes().startswith(b"\x89PNG")
