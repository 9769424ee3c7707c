"""Lines 1 to 12: how the application is called and what is in its environ."""

from __future__ import annotations

import threading
from typing import Any, Dict, Iterable, List, Tuple

from .check import MUST, SHOULD, Check, ensure
from .client import Site, no_problems, says_true
from .reply import answer, argument


def echo(*names: str) -> Any:
    """An application that answers with these entries of its environ, those that are there."""

    def app(environ: Any, start_response: Any) -> Iterable[bytes]:
        return answer(start_response, {name: environ[name] for name in names if name in environ})

    return app


def named_http(environ: Any, start_response: Any) -> Iterable[bytes]:
    """Every entry that stands for a header, and those two that have no prefix."""
    wanted = ("CONTENT_TYPE", "CONTENT_LENGTH")
    return answer(start_response, {k: v for k, v in environ.items() if k.startswith("HTTP_") or k in wanted})


# 1


def call_app(environ: Any, start_response: Any) -> Iterable[bytes]:
    return answer(start_response, list(environ["checklist.call"]) == [2, []])


def dict_app(environ: Any, start_response: Any) -> Iterable[bytes]:
    return answer(start_response, type(environ) is dict)


def fresh_app(environ: Any, start_response: Any) -> Iterable[bytes]:
    problems = []
    if "checklist.marker" in environ:
        problems.append("an entry of an earlier request is still there")
    if environ.get("REQUEST_METHOD") != "GET" or "wsgi.version" not in environ or environ.get("SCRIPT_NAME"):
        problems.append("a change of an earlier request is still there")
    environ["checklist.marker"] = True
    environ["REQUEST_METHOD"] = "POISON"
    environ["SCRIPT_NAME"] = "/poison"
    environ.pop("wsgi.version", None)
    return answer(start_response, problems)


def fresh_client(site: Site) -> None:
    for _ in range(3):
        with site.connect() as connection:
            for _ in range(3):
                connection.send(site.request())
                response = connection.response()
                ensure(not response.json(), "; ".join(response.json()))
                if response.ends_connection:
                    break


# 2


def strings_app(environ: Any, start_response: Any) -> Iterable[bytes]:
    problems = []
    for name, value in environ.items():
        if "." in name:
            continue
        if type(value) is not str:
            problems.append(f"{name} is {type(value).__name__}")
        elif any(ord(character) > 0xFF for character in value):
            problems.append(f"{name} has a character above U+00FF")
    return answer(start_response, problems)


# 3

REQUIRED = (
    *("REQUEST_METHOD", "SERVER_NAME", "SERVER_PORT", "SERVER_PROTOCOL"),
    *("wsgi.version", "wsgi.url_scheme", "wsgi.input", "wsgi.errors"),
    *("wsgi.multithread", "wsgi.multiprocess", "wsgi.run_once"),
)


def required_app(environ: Any, start_response: Any) -> Iterable[bytes]:
    problems = [f"{name} is missing" for name in REQUIRED if name not in environ]
    problems += [f"{name} is empty" for name in ("SERVER_NAME", "SERVER_PORT") if environ.get(name) == ""]
    if environ.get("wsgi.version") != (1, 0) or type(environ.get("wsgi.version")) is not tuple:
        problems.append(f"wsgi.version is {environ.get('wsgi.version')!r}")
    if environ.get("wsgi.url_scheme") != "http":
        problems.append(f"wsgi.url_scheme is {environ.get('wsgi.url_scheme')!r}")
    return answer(start_response, problems)


def port_client(site: Site) -> None:
    port = site.get().json().get("SERVER_PORT")
    ensure(port == str(site.port), f"SERVER_PORT is {port!r} on port {site.port}")


def protocol_client(site: Site) -> None:
    for version in ("1.1", "1.0"):
        protocol = site.get(version=version).json().get("SERVER_PROTOCOL")
        ensure(protocol == f"HTTP/{version}", f"SERVER_PROTOCOL is {protocol!r} for HTTP/{version}")


# 4

_meetings: Dict[str, Tuple[List[int], threading.Event]] = {}
_meetings_lock = threading.Lock()


def multithread_app(environ: Any, start_response: Any) -> Iterable[bytes]:
    with _meetings_lock:
        inside, both = _meetings.setdefault(argument(environ, "token"), ([], threading.Event()))
        inside.append(1)
        if len(inside) == 2:
            both.set()
    overlapped = both.wait(1)
    with _meetings_lock:
        inside.pop()
    return answer(start_response, [overlapped, bool(environ.get("wsgi.multithread"))])


def multithread_client(site: Site) -> None:
    with site.connect() as first, site.connect() as second:
        first.send(site.request())
        second.send(site.request())
        answers = [first.response().json(), second.response().json()]
    overlapped = any(overlap for overlap, _ in answers)
    claimed = answers[0][1]
    ensure(
        claimed == overlapped,
        f"wsgi.multithread is {claimed}, and two requests did {'' if overlapped else 'not '}overlap",
    )


# 5


def content_client(site: Site) -> None:
    entries = site.post(b"{}", [("Content-Type", "application/json")]).json()
    ensure(entries.get("CONTENT_TYPE") == "application/json", f"CONTENT_TYPE is {entries.get('CONTENT_TYPE')!r}")
    ensure(entries.get("CONTENT_LENGTH") == "2", f"CONTENT_LENGTH is {entries.get('CONTENT_LENGTH')!r}")
    extra = [name for name in entries if name in ("HTTP_CONTENT_TYPE", "HTTP_CONTENT_LENGTH")]
    ensure(not extra, f"there as well: {', '.join(extra)}")


def empty_query_client(site: Site) -> None:
    entries = site.get(site.path).json()
    ensure(entries.get("QUERY_STRING") == "", f"QUERY_STRING is {entries.get('QUERY_STRING')!r}")


# 6


def shape_app(environ: Any, start_response: Any) -> Iterable[bytes]:
    script, path = environ.get("SCRIPT_NAME", ""), environ.get("PATH_INFO", "")
    problems = [f"{value!r} does not start with a slash" for value in (script, path) if value and value[0] != "/"]
    if script == "/":
        problems.append("SCRIPT_NAME is '/'")
    if not script and not path:
        problems.append("SCRIPT_NAME and PATH_INFO are both empty")
    return answer(start_response, problems)


def path_is(target: str, wanted: str, query: str = "") -> Any:
    def client(site: Site) -> None:
        entries = site.exchange(site.request(path=target)).json()
        whole = entries.get("SCRIPT_NAME", "") + entries.get("PATH_INFO", "")
        ensure(whole == wanted, f"the path is {whole!r} for {target}")
        ensure(
            entries.get("QUERY_STRING", "") == query, f"QUERY_STRING is {entries.get('QUERY_STRING')!r} for {target}"
        )

    return client


PATH_ENTRIES = echo("SCRIPT_NAME", "PATH_INFO", "QUERY_STRING")


def asterisk_app(environ: Any, start_response: Any) -> Iterable[bytes]:
    return answer(start_response, [environ.get("SCRIPT_NAME", ""), environ.get("PATH_INFO", "")])


def asterisk_client(site: Site) -> None:
    response = site.exchange(site.request("OPTIONS", path="*"))
    ensure(response.status in (200, 204), f"OPTIONS * was answered with {response.status}")
    if response.body.startswith(b"["):
        script, path = response.json()
        # `*` is no path: PEP 3333 wants it empty or with a slash in front.
        ensure(not path or path.startswith("/"), f"PATH_INFO is {path!r}")
        ensure(not script, f"SCRIPT_NAME is {script!r}")


# 7


def bad_escape_client(site: Site) -> None:
    response = site.exchange(site.request(path=f"{site.path}/%zz"))
    if response.status != 400:
        path = response.json().get("PATH_INFO")
        ensure(path == f"{site.path}/%zz", f"PATH_INFO is {path!r}")


def request_uri_client(site: Site) -> None:
    target = f"{site.path}/%7Ea%2Fb?x=%20"
    entries = site.get(target).json()
    ensure(target in entries.values(), f"the undecoded target is in none of REQUEST_URI, RAW_URI: {entries}")


# 8 to 11


def header_is(name: str, wanted: "Tuple[str, ...]", *sent: Tuple[str, str]) -> Any:
    """The client of a check on one header; `wanted` are the values that are right."""

    def client(site: Site) -> None:
        entries = site.get(headers=sent).json()
        ensure(entries.get(name) in wanted, f"{name} is {entries.get(name)!r}")

    return client


def duplicate(*lines: str, body: str = "") -> Any:
    """A client whose request has these header lines and must be refused."""

    def client(site: Site) -> None:
        head = [f"POST {site.path} HTTP/1.1", *lines]
        if not any(line.startswith("Host") for line in lines):
            head.insert(1, "Host: checklist.test")
        site.refused("\r\n".join([*head, "", body]).encode("latin-1"))

    return client


def underscore_client(site: Site) -> None:
    for sent in ([("X_Spoof", "evil")], [("X-Spoof", "good"), ("X_Spoof", "evil")]):
        response = site.get(headers=sent)
        if response.status != 400:
            value = response.json().get("HTTP_X_SPOOF")
            ensure("evil" not in str(value), f"HTTP_X_SPOOF is {value!r}")


def proxy_client(site: Site) -> None:
    response = site.get(headers=[("Proxy", "http://evil.test")])
    ensure(response.status == 400 or "HTTP_PROXY" not in response.json(), "HTTP_PROXY is set")


# 12


def chunked_app(environ: Any, start_response: Any) -> Iterable[bytes]:
    """Reads as frameworks do: to the length, or to the end when the server says that there is one."""
    length = environ.get("CONTENT_LENGTH")
    if length:
        body = environ["wsgi.input"].read(int(length))
    elif environ.get("wsgi.input_terminated"):
        body = environ["wsgi.input"].read()
    else:
        body = None
    return answer(
        start_response,
        {
            "body": None if body is None else body.decode("latin-1"),
            "length": length,
            "coding": environ.get("HTTP_TRANSFER_ENCODING"),
        },
    )


def chunked(site: Site, chunks: bytes) -> Dict[str, Any]:
    seen = site.exchange(site.request("POST", headers=[("Transfer-Encoding", "chunked")]) + chunks).json()
    ensure(seen["body"] is not None, "neither CONTENT_LENGTH nor wsgi.input_terminated: frameworks read nothing")
    return seen


def chunked_client(site: Site) -> None:
    seen = chunked(site, b"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n")
    ensure(seen["body"] == "hello world", f"the body is {seen['body']!r}")


def chunked_extras_client(site: Site) -> None:
    seen = chunked(site, b"5;name=value\r\nhello\r\n6\r\n world\r\n0\r\nX-Trailer: value\r\n\r\n")
    ensure(seen["body"] == "hello world", f"the body is {seen['body']!r}")


def chunked_large_client(site: Site) -> None:
    chunk = b"0123456789abcdef" * 512
    seen = chunked(site, b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for _ in range(40)) + b"0\r\n\r\n")
    ensure(seen["body"] == chunk.decode() * 40, f"the body is {len(seen['body'])} bytes, not {len(chunk) * 40}")


def chunked_cut_client(site: Site) -> None:
    """However the network cuts the request, the application must see the same."""
    head = site.request("POST", headers=[("Transfer-Encoding", "chunked")])
    body = b"1\r\na\r\n2\r\nbc\r\n0\r\n\r\n"
    seen = []
    for pieces in ([head + body], [head, body], [head, body[:6], body[6:-5], body[-5:]], [head + body[:8], body[8:]]):
        with site.connect() as connection:
            for number, piece in enumerate(pieces):
                if number:
                    # Another exchange: whatever came before has been seen.
                    site.still_serves()
                connection.send(piece)
            seen.append(connection.response().json())
    ensure(all(one["body"] == "abc" for one in seen), f"the bodies are {[one['body'] for one in seen]}")
    ensure(all(one == seen[0] for one in seen), f"CONTENT_LENGTH is {', '.join(str(one['length']) for one in seen)}")


def one_framing_client(site: Site) -> None:
    seen = site.exchange(
        site.request("POST", headers=[("Transfer-Encoding", "chunked")]) + b"1\r\nx\r\n0\r\n\r\n"
    ).json()
    both = seen["length"] and seen["coding"]
    ensure(not both, "CONTENT_LENGTH and HTTP_TRANSFER_ENCODING are both there")


def two_framings_client(site: Site) -> None:
    headers = [("Transfer-Encoding", "chunked"), ("Content-Length", "3")]
    response = site.exchange(site.request("POST", headers=headers) + b"5\r\nhello\r\n0\r\n\r\n")
    if response.status < 400:
        seen = response.json()
        # A server that has taken in the whole body may say how long it is.
        right = seen["body"] == "hello" and seen["length"] in (None, "", "5")
        ensure(right, f"accepted, with the body {seen['body']!r} and CONTENT_LENGTH {seen['length']!r}")


CALLING_CHECKS = [
    Check("two-positional-arguments", 1, MUST, call_app, says_true),
    Check("environ-is-a-dict", 1, MUST, dict_app, says_true),
    Check("environ-is-fresh", 1, MUST, fresh_app, fresh_client),
    Check("environ-values-are-latin-1-strings", 2, MUST, strings_app, no_problems),
    Check("environ-required-keys", 3, MUST, required_app, no_problems),
    Check("server-port", 3, MUST, echo("SERVER_PORT"), port_client),
    Check("server-protocol", 3, MUST, echo("SERVER_PROTOCOL"), protocol_client),
    Check("multithread-is-right", 4, MUST, multithread_app, multithread_client),
    Check("content-type-and-length", 5, MUST, named_http, content_client),
    Check("empty-query-string", 5, SHOULD, echo("QUERY_STRING"), empty_query_client),
    Check("script-name-and-path-info", 6, MUST, shape_app, no_problems),
    Check(
        "leading-double-slash", 6, MUST, PATH_ENTRIES, path_is("//leading-double-slash/x", "//leading-double-slash/x")
    ),
    Check(
        "absolute-form",
        6,
        MUST,
        PATH_ENTRIES,
        path_is("http://checklist.test/absolute-form/x?q=1", "/absolute-form/x", "q=1"),
    ),
    Check("asterisk-form", 6, SHOULD, asterisk_app, asterisk_client),
    Check("path-is-latin-1", 7, MUST, PATH_ENTRIES, path_is("/path-is-latin-1/%C3%A9", "/path-is-latin-1/\xc3\xa9")),
    Check("path-encoded-slash", 7, MUST, PATH_ENTRIES, path_is("/path-encoded-slash/a%2Fb", "/path-encoded-slash/a/b")),
    Check("path-bad-escape", 7, SHOULD, PATH_ENTRIES, bad_escape_client),
    Check(
        "query-is-raw", 7, MUST, PATH_ENTRIES, path_is("/query-is-raw?q=%C3%A9+%20", "/query-is-raw", "q=%C3%A9+%20")
    ),
    Check("request-uri", 7, SHOULD, echo("REQUEST_URI", "RAW_URI"), request_uri_client),
    Check("header-latin-1", 8, MUST, named_http, header_is("HTTP_X_LATIN", ("caf\xe9",), ("X-Latin", "caf\xe9"))),
    Check(
        "duplicate-headers-joined",
        9,
        MUST,
        named_http,
        header_is("HTTP_X_TWICE", ("a,b", "a, b"), ("X-Twice", "a"), ("X-Twice", "b")),
    ),
    Check(
        "duplicate-cookies-joined",
        9,
        SHOULD,
        named_http,
        header_is("HTTP_COOKIE", ("a=1; b=2", "a=1;b=2"), ("Cookie", "a=1"), ("Cookie", "b=2")),
    ),
    Check("duplicate-host", 9, SHOULD, named_http, duplicate("Host: checklist.test", "Host: evil.test")),
    Check(
        "duplicate-content-length",
        9,
        SHOULD,
        named_http,
        duplicate("Content-Length: 3", "Content-Length: 4", body="abcd"),
    ),
    Check(
        "duplicate-content-type",
        9,
        SHOULD,
        named_http,
        duplicate("Content-Type: text/plain", "Content-Type: text/html", "Content-Length: 0"),
    ),
    Check(
        "duplicate-transfer-encoding",
        9,
        SHOULD,
        named_http,
        duplicate("Transfer-Encoding: chunked", "Transfer-Encoding: identity", body="0\r\n\r\n"),
    ),
    Check("underscore-header", 10, SHOULD, named_http, underscore_client),
    Check("proxy-header", 11, SHOULD, named_http, proxy_client),
    Check("chunked-request-body", 12, MUST, chunked_app, chunked_client),
    Check("chunked-extensions-and-trailers", 12, MUST, chunked_app, chunked_extras_client),
    Check("chunked-large-body", 12, MUST, chunked_app, chunked_large_client),
    Check("chunked-however-cut", 12, MUST, chunked_app, chunked_cut_client),
    Check("one-framing-in-environ", 12, MUST, chunked_app, one_framing_client),
    Check("length-beside-chunked", 12, SHOULD, chunked_app, two_framings_client),
]
