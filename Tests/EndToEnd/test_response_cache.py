"""The response cache: what is kept, one request that fetches for many, stale answers, and what stands around it."""

import base64
import gzip
import json
import subprocess
from contextlib import ExitStack
from urllib.parse import quote

import pytest
import waiting
from http2client import Client
from program import APPS
from rawclient import Connection, exchange, request_bytes
from server import martlet_to_its_end
from sites import Site

FILE = """
bind = "127.0.0.1:0"

[route."/"]
wsgi = "cache_cases:app"
directory = "APPS"
workers = 1
threads = 8
response-cache = { status-header = "X-Cache", wait = "60s" }

[route."/default"]
wsgi = "cache_cases:app"
directory = "APPS"
workers = 1
response-cache = { default = "1m" }

[route."/disk"]
wsgi = "cache_cases:app"
directory = "APPS"
workers = 1
response-cache = { disk = "64MB", folder = "bodies", status-header = "Cache-Status" }

[route."/flask"]
wsgi = "cache_cases:flask"
directory = "APPS"
workers = 1
response-cache = true
compress = true
headers = { set = { X-Rule = "yes" } }

[route."/auth"]
wsgi = "cache_cases:app"
directory = "APPS"
workers = 1
response-cache = true
auth = "users"

[route."/rate"]
wsgi = "cache_cases:app"
directory = "APPS"
workers = 1
response-cache = true
rate = "2/h"

[route."/denied"]
wsgi = "cache_cases:app"
directory = "APPS"
workers = 1
response-cache = true
access = { deny = "127.0.0.1" }

[route."/files"]
files = "static"
cache = "30d"
response-cache = true
"""


def hashed(password: str) -> str:
    finished = subprocess.run(
        ["openssl", "passwd", "-6", "-stdin"], input=password, capture_output=True, text=True, check=True, timeout=60
    )
    return finished.stdout.strip()


@pytest.fixture(scope="module")
def server(tmp_path_factory, checkpoints):
    site = Site(tmp_path_factory.mktemp("cache"))
    site.write("users", f"anna:{hashed('secret')}\n")
    site.write("static/a.txt", "before")
    (site.folder / "bodies").mkdir()
    site.write("martlet.toml", FILE.replace("APPS", str(APPS)))
    with site.serve(XDG_RUNTIME_DIR=str(site.folder), **checkpoints.env) as server:
        server.site = site
        yield server
        # A reload imports the applications anew.
        server.stop(same_workers=False)


def target(path: str, cc: str = "max-age=60", **parameters: str) -> str:
    return path + "?" + "&".join(f"{name}={quote(value)}" for name, value in {"cc": cc, **parameters}.items())


def get(server, what: str, *fields: tuple[str, str], **keywords):
    return exchange(server.address, what, headers=fields, **keywords)


def text(server, what: str, *fields: tuple[str, str], **keywords) -> str:
    response = get(server, what, *fields, **keywords)
    assert response.status == 200, response
    return response.body.decode()


def tell(server, path: str, **states: str) -> None:
    query = "&".join(f"{name}={value}" for name, value in states.items())
    assert exchange(server.address, f"{path}?{query}", "POST", body=b"").status == 204


def ask(server, *command: str):
    return martlet_to_its_end(*command, env={"XDG_RUNTIME_DIR": str(server.site.folder)})


def cache_of(server, place: str) -> dict:
    """What `martlet status` says of a cache."""
    ended = ask(server, "status", "--json")
    assert ended.code == 0, ended.stderr
    return next(cache for cache in json.loads(ended.stdout)["caches"] if place in cache["place"])


def test_what_may_be_kept_is(server):
    first = get(server, target("/kept"))
    second = get(server, target("/kept"))
    assert first.body == second.body == b"call 1"
    assert (first.header("X-Cache"), second.header("X-Cache")) == ("MISS", "HIT")
    assert first.header("Age") is None and int(second.header("Age")) >= 0
    assert first.header("Date") == second.header("Date")
    assert second.header("Content-Length") == "6"
    assert text(server, target("/kept"), host="other.test") == "call 2"
    assert text(server, target("/kept") + "&x") == "call 3"


@pytest.mark.parametrize("control", ["private,max-age=60", "no-store", "no-cache", "max-age=0", "public"])
def test_what_may_not_be_kept_is_not(server, control):
    path = "/not-" + control.partition("=")[0].replace(",", "")
    assert [text(server, target(path, control)) for _ in range(2)] == ["call 1", "call 2"]


def test_cookies_are_not_kept(server):
    assert [text(server, target("/cookie", cookie="a=b")) for _ in range(2)] == ["call 1", "call 2"]
    assert [get(server, "/flask/session").body for _ in range(2)] == [b"call 1", b"call 2"]


def test_heads_ranges_and_conditions(server):
    what = target("/parts", etag='"v"')
    assert text(server, what) == "call 1"
    head = get(server, what, method="HEAD")
    assert (head.status, head.header("Content-Length"), head.header("X-Cache")) == (200, "6", "HIT")
    part = get(server, what, ("Range", "bytes=0-3"))
    assert (part.status, part.body, part.header("Content-Range")) == (206, b"call", "bytes 0-3/6")
    assert get(server, what, ("If-None-Match", '"v"')).status == 304
    assert get(server, target("/calls", of="/parts"), host="x").body == b"1"


def test_variants(server):
    what = target("/vary", vary="Accept-Language")
    languages = ["de", "en", "de", "en"]
    texts = [text(server, what, ("Accept-Language", language)) for language in languages]
    assert texts == ["call 1 de", "call 2 en", "call 1 de", "call 2 en"]


def test_clients_cannot_force_misses(server):
    assert text(server, target("/forced")) == "call 1"
    for control in ("no-cache", "max-age=0", "no-store"):
        assert text(server, target("/forced"), ("Cache-Control", control), ("Pragma", "no-cache")) == "call 1"
    assert get(server, target("/nothing"), ("Cache-Control", "only-if-cached")).status == 504


def test_answers_that_say_nothing(server):
    assert [text(server, "/default/x", ("Cookie", "a=b")) for _ in range(2)] == ["call 1", "call 2"]
    assert [text(server, "/default/x") for _ in range(2)] == ["call 3", "call 3"]
    assert text(server, "/default/x", ("Cookie", "a=b")) == "call 4"


def test_one_request_fetches_for_all(server, checkpoints):
    tell(server, "/together", held="1")
    before = cache_of(server, '"/"')["misses"]
    with ExitStack() as stack:
        clients = [stack.enter_context(Connection(server.address)) for _ in range(20)]
        for client in clients:
            client.send(request_bytes(target("/together")))
        waiting.until(lambda: cache_of(server, '"/"')["misses"] == before + 20, "20 requests that miss")
        checkpoints.wait_for("/together").go()
        answers = [client.read_response() for client in clients]
    assert {answer.body for answer in answers} == {b"call 1"}
    assert sorted(answer.header("X-Cache") for answer in answers) == ["HIT"] * 19 + ["MISS"]


def test_what_is_for_one_lets_the_others_go_at_once(server, checkpoints):
    tell(server, "/alone", held="1")
    before = cache_of(server, '"/"')["misses"]
    with ExitStack() as stack:
        clients = [stack.enter_context(Connection(server.address)) for _ in range(3)]
        for client in clients:
            client.send(request_bytes(target("/alone", "private")))
        waiting.until(lambda: cache_of(server, '"/"')["misses"] == before + 3, "3 requests that miss")
        checkpoints.wait_for("/alone").go()
        # Both at once, and neither waits for the other.
        second, third = checkpoints.wait_for("/alone", 2), checkpoints.wait_for("/alone", 3)
        third.go()
        second.go()
        assert sorted(client.read_response().body for client in clients) == [b"call 1", b"call 2", b"call 3"]


def test_a_client_that_goes_away_does_not_end_the_fetch(server, checkpoints):
    tell(server, "/gone", held="1")
    with Connection(server.address) as client:
        client.send(request_bytes(target("/gone")))
        arrival = checkpoints.wait_for("/gone")
    with Connection(server.address) as other:
        other.send(request_bytes(target("/gone")))
        arrival.go()
        assert other.read_response().body == b"call 1"


def test_a_slow_client_holds_up_nobody(server):
    what = target("/slow", size="900000")
    with Connection(server.address, receive_buffer=4096) as slow:
        slow.send(request_bytes(what))
        assert slow.read_head().status == 200
        assert len(get(server, what).body) == 900_007
        assert text(server, target("/calls", of="/slow"), host="slow") == "1"


def test_streams_are_sent_while_they_are_kept(server, checkpoints):
    what = target("/stream", **{"holds-inside": "1"})
    with Connection(server.address) as client:
        client.send(request_bytes(what))
        client.read_head()
        assert client.read_chunk() == b"call 1, "
        checkpoints.wait_for("/stream").go()
        assert client.read_chunk() == b"and more"
    assert text(server, what) == "call 1, and more"


def test_what_is_too_large_is_sent_on(server):
    what = target("/large", size="3000000")
    bodies = [get(server, what).body for _ in range(2)]
    assert [body[:6] for body in bodies] == [b"call 1", b"call 2"]
    assert all(len(body) == 3_000_007 for body in bodies)


def test_stale_while_somebody_asks(server, checkpoints):
    what = target("/swr", "max-age=0,stale-while-revalidate=600")
    assert text(server, what) == "call 1"
    tell(server, "/swr", held="1")
    assert text(server, what) == "call 1"
    arrival = checkpoints.wait_for("/swr")
    # One asks, the others do not wait for it.
    assert get(server, what).header("X-Cache") == "STALE"
    tell(server, "/swr", held="0")
    arrival.go()
    waiting.until(lambda: text(server, what) != "call 1", "a newer answer")


def test_stale_if_the_application_fails(server):
    what = target("/sie", "max-age=0,stale-if-error=600")
    assert text(server, what) == "call 1"
    tell(server, "/sie", broken="1")
    stale = get(server, what)
    assert (stale.status, stale.body, stale.header("X-Cache")) == (200, b"call 1", "STALE")
    assert get(server, target("/sie", "no-store")).status == 503


def test_confirmations(server):
    what = target("/confirmed", "max-age=0,stale-if-error=1", etag='"v"')
    assert [text(server, what) for _ in range(2)] == ["call 1", "call 1"]
    assert get(server, what).header("X-Cache") == "REVALIDATED"


def test_a_change_makes_it_out_of_date(server):
    assert text(server, target("/changed")) == "call 1"
    # POST /changed is for the same URL with its query.
    assert exchange(server.address, target("/changed"), "POST", body=b"").status == 204
    assert text(server, target("/changed")) == "call 2"


def test_disk(server):
    what = target("/disk/large", size="500000", etag='"v"')
    first = get(server, what)
    waiting.until(lambda: cache_of(server, "/disk")["disk"] == 500_007, "a body on disk")
    second = get(server, what)
    assert first.body == second.body and second.header("Cache-Status").startswith("martlet; hit; ttl=")
    part = get(server, what, ("Range", "bytes=0-3"))
    assert (part.status, part.body) == (206, b"call")
    assert get(server, what, ("If-None-Match", '"v"')).status == 304
    # Without a name.
    assert list((server.site.folder / "bodies").iterdir()) == []


def test_compression_and_rules_of_headers(server):
    plain = get(server, "/flask/page")
    packed = get(server, "/flask/page", ("Accept-Encoding", "gzip"))
    assert gzip.decompress(packed.body) == plain.body and plain.body.startswith(b"call 1")
    assert packed.header("Content-Encoding") == "gzip" and packed.header("Vary") == "Accept-Encoding"
    assert plain.header("X-Rule") == packed.header("X-Rule") == "yes"
    assert packed.header("ETag").startswith("W/")
    assert get(server, "/flask/page", ("Accept-Encoding", "gzip"), ("If-None-Match", packed.header("ETag"))).status == 304


def test_a_folder_notices_what_has_changed(server):
    assert text(server, "/files/a.txt") == "before"
    server.site.write("static/a.txt", "after it")
    waiting.until(lambda: text(server, "/files/a.txt") == "after it", "what is in the file now")


def test_nobody_gets_it_without_a_password(server):
    password = ("Authorization", "Basic " + base64.b64encode(b"anna:secret").decode())
    for path, control, texts in (
        ("/auth/own", "max-age=60", ["call 1  anna", "call 2  anna"]),
        ("/auth/public", "public,max-age=60", ["call 1  anna"] * 2),
    ):
        assert [text(server, target(path, control), password) for _ in range(2)] == texts
        assert get(server, target(path, control)).status == 401


def test_nobody_gets_more_of_it_than_a_rate_allows(server):
    assert [get(server, target("/rate/x")).status for _ in range(3)] == [200, 200, 429]


def test_nobody_gets_it_from_where_he_may_not_come(server):
    assert get(server, target("/denied/x")).status == 403


def test_http2(server):
    with Client(server.address) as client:
        streams = [client.request(target("/two")) for _ in range(2)]
        answers = [client.answer(stream) for stream in streams]
        assert [answer.body for answer in answers] == [b"call 1", b"call 1"]
        hit = client.answer(client.request(target("/two")))
        assert hit.header("x-cache") == "HIT" and hit.header("age") is not None
        head = client.answer(client.request(target("/two"), "HEAD"))
        assert (head.header("content-length"), head.body) == ("6", b"")


def test_purge(server):
    for path in ("/purge/a", "/purge/b"):
        assert text(server, target(path)) == "call 1"
    ended = ask(server, "purge", f"http://martlet.test{target('/purge/a')}")
    assert (ended.code, ended.stdout) == (0, "1 thrown away\n")
    assert text(server, target("/purge/a")) == "call 2"
    assert text(server, target("/purge/b")) == "call 1"
    assert ask(server, "purge", "martlet.test/purge/*").stdout == "2 thrown away\n"
    assert text(server, target("/purge/b")) == "call 2"
    assert ask(server, "purge", "--all").code == 0
    assert cache_of(server, '"/"')["answers"] == 0
    refused = ask(server, "purge", "nowhere*")
    assert refused.code == 64 and "an asterisk stands at the end of a path" in refused.stderr
    assert ask(server, "purge").code == 64


def test_status(server):
    get(server, target("/status"))
    shown = ask(server, "status").stdout
    assert '\nCaches\n  route."/".response-cache: ' in shown, shown
    counted = cache_of(server, '"/"')
    assert counted["answers"] > 0 and counted["memory"] > 0 and counted["hits"] > 0


def test_it_goes_on_over_a_reload(server):
    assert text(server, target("/reloaded")) == "call 1"
    assert text(server, target("/disk/reloaded")) == "call 1"
    file = server.site.folder / "martlet.toml"
    file.write_text(file.read_text().replace('disk = "64MB"', 'disk = "32MB"'))
    assert ask(server, "reload").code == 0
    kept = get(server, target("/reloaded"))
    assert (kept.body, kept.header("X-Cache")) == (b"call 1", "HIT")
    # Another configuration is another cache, and the application has been imported anew.
    assert get(server, target("/disk/reloaded")).header("Cache-Status") == "martlet; fwd=miss; stored"


def test_what_is_wrong_is_said(tmp_path):
    site = Site(tmp_path)
    site.write(
        "martlet.toml",
        """
        [route."/"]
        respond = "x"
        response-cache = { max-object = "9MB" }

        [route."/a"]
        respond = "x"
        response-cache = { disk = "1GB", folder = "nowhere" }
        """,
    )
    ended = martlet_to_its_end("check", cwd=tmp_path)
    assert ended.code == 1
    assert "response-cache: max-object is at most an eighth of memory" in ended.stderr
    site.write("martlet.toml", '[route."/"]\nrespond = "x"\nresponse-cache = { disk = "1GB", folder = "nowhere" }\n')
    assert "response-cache: there is no folder " in martlet_to_its_end("check", cwd=tmp_path).stderr
