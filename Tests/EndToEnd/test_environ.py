"""PEP 3333, "environ Variables": what an application is called with."""

import json
import re

import pytest
from rawclient import Connection, chunked, exchange, request_bytes


@pytest.fixture(scope="module")
def server(start_for_file):
    return start_for_file("environ_cases:application", workers=1, threads=4)


@pytest.fixture(scope="module")
def validated(start_for_file):
    return start_for_file("environ_cases:validated")


def environ(server, target="/", **request):
    """environ as the application saw it: values of strings, and `repr` of everything else."""
    return {key: value for key, (_, value) in types(server, target, **request).items()}


def types(server, target="/", **request):
    response = exchange(server.address, target, **request)
    assert response.status == 200
    return json.loads(response.body)


def test_the_application_is_called_with_two_positional_arguments(server):
    assert json.loads(exchange(server.address, "/arguments").body) == [2, [], True]


def test_environ_is_exactly_a_dict_and_its_version_a_tuple(server):
    assert json.loads(exchange(server.address, "/type-of-environ").body) == [True, ["str"], True]


def test_environ_is_a_fresh_dict_for_each_request_and_may_be_changed(server):
    with Connection(server.address) as connection:
        for _ in range(20):
            assert json.loads(connection.request("/kept").body) == [True, True]


def test_cgi_values_are_str_within_latin_1(server):
    seen = types(server, "/caf%C3%A9?q=1", headers=[("X-Name", "Andr\xe9")], method="POST", body=b"x")
    for key, (kind, value) in seen.items():
        if "." not in key:
            assert kind == "str", key
            assert all(ord(character) < 256 for character in value), key


def test_all_required_keys_are_there(server):
    seen = types(server)
    for key in ("REQUEST_METHOD", "SCRIPT_NAME", "PATH_INFO", "QUERY_STRING", "SERVER_NAME", "SERVER_PORT"):
        assert seen[key][0] == "str"
    assert seen["SERVER_PROTOCOL"] == ["str", "HTTP/1.1"]
    assert seen["wsgi.version"] == ["tuple", "(1, 0)"]
    assert seen["wsgi.url_scheme"] == ["str", "http"]
    for key in ("wsgi.input", "wsgi.errors"):
        assert key in seen
    for key in ("wsgi.multithread", "wsgi.multiprocess", "wsgi.run_once"):
        assert seen[key][0] == "bool"


def test_server_name_and_port_say_where_the_server_listens(server):
    seen = environ(server)
    assert seen["SERVER_NAME"] == "127.0.0.1"
    assert seen["SERVER_PORT"] == str(server.address[1])


def test_remote_address_and_port_are_the_clients(server):
    with Connection(server.address) as connection:
        host, port = connection.socket.getsockname()
        seen = json.loads(connection.request("/").body)
    assert seen["REMOTE_ADDR"] == ["str", host]
    assert seen["REMOTE_PORT"] == ["str", str(port)]


def test_a_client_of_ipv4_is_one_also_on_a_socket_for_both_versions(start):
    server = start("environ_cases:application", bind=["[::]:0"])
    for host in ("127.0.0.1", "::1"):
        seen = json.loads(exchange((host, server.address[1])).body)
        assert seen["REMOTE_ADDR"] == ["str", host]
        assert seen["SERVER_NAME"] == ["str", host]


def test_server_name_and_port_are_not_empty_on_a_unix_socket(start, tmp_path):
    server = start("environ_cases:application", bind=[f"unix:{tmp_path / 's'}"])
    seen = environ(server)
    assert seen["SERVER_NAME"] and seen["SERVER_PORT"].isdigit()


def test_the_protocol_of_an_http_1_0_client_is_http_1_0(server):
    assert environ(server, version="1.0")["SERVER_PROTOCOL"] == "HTTP/1.0"


@pytest.mark.parametrize(("workers", "threads"), [(1, 1), (1, 3), (2, 1), (2, 2)])
def test_multithread_and_multiprocess_tell_the_truth(start, workers, threads):
    seen = environ(start("environ_cases:application", workers=workers, threads=threads))
    assert seen["wsgi.multithread"] == str(threads > 1)
    assert seen["wsgi.multiprocess"] == str(workers > 1)
    assert seen["wsgi.run_once"] == "False"


def test_content_type_and_length_have_no_http_prefix(server):
    seen = environ(server, method="POST", headers=[("Content-Type", "text/x-test; a=b")], body=b"12345")
    assert seen["CONTENT_TYPE"] == "text/x-test; a=b"
    assert seen["CONTENT_LENGTH"] == "5"
    assert "HTTP_CONTENT_TYPE" not in seen and "HTTP_CONTENT_LENGTH" not in seen


def test_content_type_is_absent_or_empty_without_the_header(server):
    assert environ(server).get("CONTENT_TYPE", "") == ""


def test_content_length_is_absent_or_empty_without_a_body(server):
    assert environ(server).get("CONTENT_LENGTH", "") == ""


def test_the_query_string_is_present_even_if_empty(server):
    assert environ(server, "/path")["QUERY_STRING"] == ""
    assert environ(server, "/path?")["QUERY_STRING"] == ""


def test_the_query_string_is_raw(server):
    query = "a=%2F%zz&b=%C3%A9+c&a=/?&=&;"
    assert environ(server, "/path?" + query)["QUERY_STRING"] == query


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("/", "/"),
        ("/a/b", "/a/b"),
        ("/a/", "/a/"),
        ("//a", "//a"),
        ("//a//b//", "//a//b//"),
        ("/a/../b/./c", "/a/../b/./c"),
        ("/a%20b", "/a b"),
        ("/a%2Fb", "/a/b"),
        ("/a%252Fb", "/a%2Fb"),
        ("/caf%C3%A9", "/caf\xc3\xa9"),
        ("/caf%E9", "/caf\xe9"),
        ("/%ff%FE%80", "/\xff\xfe\x80"),
        ("/%E2%82%AC", "/\xe2\x82\xac"),
        ("/a+b", "/a+b"),
        ("/a;b=c", "/a;b=c"),
        ("/%3Fa%23b", "/?a#b"),
    ],
)
def test_path_info_is_the_decoded_bytes_as_latin_1(server, target, path):
    seen = environ(server, target + "?q")
    assert seen["SCRIPT_NAME"] == ""
    assert seen["PATH_INFO"] == path
    assert seen["QUERY_STRING"] == "q"


@pytest.mark.parametrize("target", ["/a%2Fb//c?q=%20", "//x", "/caf%C3%A9?", "/?a?b"])
def test_the_undecoded_target_is_kept_as_request_uri(server, target):
    assert environ(server, target)["REQUEST_URI"] == target


def test_an_absolute_target_takes_the_place_of_host(server):
    seen = environ(server, "http://other.test:81/path?q", host="martlet.test")
    assert (seen["HTTP_HOST"], seen["PATH_INFO"], seen["QUERY_STRING"]) == ("other.test:81", "/path", "q")


def test_header_values_are_kept_as_latin_1(server):
    every = "".join(chr(code) for code in range(0x20, 0x100) if code != 0x7F).strip()
    assert environ(server, headers=[("X-Every", every)])["HTTP_X_EVERY"] == every


def test_repeated_headers_are_joined_by_commas(server):
    seen = environ(server, headers=[("X-List", "a"), ("X-Other", "-"), ("x-list", "b, c"), ("X-LIST", "d")])
    assert re.split(", ?", seen["HTTP_X_LIST"]) == ["a", "b", "c", "d"]


def test_repeated_cookies_are_joined_by_semicolons(server):
    seen = environ(server, headers=[("Cookie", "a=1; b=2"), ("Cookie", "c=3")])
    assert seen["HTTP_COOKIE"] == "a=1; b=2; c=3"


def test_a_name_with_an_underscore_cannot_pose_as_another(server):
    seen = environ(server, headers=[("X_Forwarded_For", "spoofed"), ("X-Real", "real"), ("X_Real", "spoofed")])
    assert "HTTP_X_FORWARDED_FOR" not in seen
    assert seen["HTTP_X_REAL"] == "real"


@pytest.mark.parametrize("name", ["Content_Length", "Content_Type", "Transfer_Encoding", "Host_"])
def test_a_name_with_an_underscore_cannot_pose_as_framing(server, name):
    seen = environ(server, headers=[(name, "99")], method="POST", body=b"12")
    assert seen["CONTENT_LENGTH"] == "2"
    assert "99" not in [value for key, value in seen.items() if key.isupper()]


def test_proxy_does_not_become_http_proxy(server):
    assert "HTTP_PROXY" not in environ(server, headers=[("Proxy", "http://evil.test")])


def test_the_servers_own_environment_does_not_leak_into_environ(start):
    server = start("environ_cases:application", env={"MARTLET_SECRET": "hidden", "HTTP_X_FAKE": "1"})
    seen = environ(server)
    assert "MARTLET_SECRET" not in seen and "HTTP_X_FAKE" not in seen and "PATH" not in seen


def test_a_chunked_body_reaches_the_application_decoded_and_without_its_coding(server):
    te = [("Transfer-Encoding", "chunked")]
    body = chunked(b"hello", b", ", b"world")
    assert exchange(server.address, "/read-all", "POST", te, body).body == b"hello, world"
    seen = environ(server, method="POST", headers=te, body=body)
    assert "HTTP_TRANSFER_ENCODING" not in seen
    assert seen["wsgi.input_terminated"] == "True"


def test_a_chunked_body_that_came_with_its_head_has_a_content_length(server):
    """So that frameworks which read nothing without one see it too."""
    seen = environ(server, method="POST", headers=[("Transfer-Encoding", "chunked")], body=chunked(b"hello", b"!"))
    assert seen["CONTENT_LENGTH"] == "6"


def test_input_is_terminated_for_every_body(server):
    assert environ(server)["wsgi.input_terminated"] == "True"
    assert environ(server, method="POST", body=b"x")["wsgi.input_terminated"] == "True"


def test_errors_takes_any_text_and_goes_to_the_log(server):
    assert exchange(server.address, "/errors?name=harlequin").status == 200
    for line in ("write harlequin", "writelines harlequin", "print harlequin", "unicode ☃ .* harlequin"):
        server.stderr.wait_for(line)


def test_errors_without_a_line_end_are_not_lost(server):
    assert exchange(server.address, "/early-errors?name=columbine").status == 200
    server.stderr.wait_for("unfinished columbine")


BODIES = {
    "none": None,
    "empty": b"",
    "lines": b"first\nsecond line\nthird\n" * 20,
    "no line end": b"x" * 1000,
    "binary": bytes(range(256)) * 10,
}


@pytest.mark.parametrize("version", ["1.0", "1.1"])
@pytest.mark.parametrize("path", ["/", "/written", "/streamed", "/nothing"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_the_validator_has_nothing_to_say(validated, method, path, version):
    """`wsgiref.validate` with warnings as errors, over bodies, codings, and ways of answering."""
    for body in BODIES.values():
        for coded in (False, True):
            if coded and (version == "1.0" or body is None):
                continue
            headers = [("Transfer-Encoding", "chunked")] if coded else []
            sent = chunked(body) if coded and body is not None else body
            response = exchange(validated.address, path, method, headers, sent, version=version)
            if path == "/nothing":
                assert (response.status, response.body) == (204, b"")
            else:
                # The application joins what it read by readline, read, readlines and iteration.
                assert response.status == 200, validated.stderr.text[-3000:]
                assert response.body == (b"" if method == "HEAD" else body or b"")


def test_the_validator_has_nothing_to_say_about_an_application_that_fails(validated):
    assert exchange(validated.address, "/failed").status == 500
    validated.stderr.wait_for("ValueError: as asked")


def test_the_validator_saw_every_iterator_closed(validated):
    assert "without being closed" not in validated.stderr.text
    assert "AssertionError" not in validated.stderr.text


def test_a_request_may_be_sent_in_two_halves_at_any_place(server):
    """The environ is the same wherever the packets end."""
    request = request_bytes("/caf%C3%A9?q=1", "POST", [("X-A", "1"), ("Content-Type", "text/plain")], b"hello")
    whole = None
    for at in range(1, len(request)):
        with Connection(server.address) as connection:
            connection.send(request[:at]).send(request[at:])
            seen = json.loads(connection.read_response().body)
        seen = {key: value for key, (_, value) in seen.items() if "." not in key and key != "REMOTE_PORT"}
        whole = whole or seen
        assert seen == whole
