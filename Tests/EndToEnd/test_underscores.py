"""Header names with an underscore, which environ cannot tell from those with a hyphen."""

import json

import pytest

from rawclient import exchange


@pytest.fixture(scope="module")
def allowing(start_for_file):
    return start_for_file("underscore_cases:application", "--allow-underscores")


def headers(server, *lines):
    shown = json.loads(exchange(server.address, headers=lines).body)
    return {key: value for key, value in shown.items() if key not in ("HTTP_HOST", "HTTP_CONNECTION")}


def test_by_default_they_are_dropped(start):
    server = start("underscore_cases:application")
    assert headers(server, ("X_User", "mallory"), ("X-Ok", "yes")) == {"HTTP_X_OK": "yes"}


def test_with_the_option_they_are_passed_on(allowing):
    assert headers(allowing, ("X_User", "alice"), ("a_b-c", "d")) == {"HTTP_X_USER": "alice", "HTTP_A_B_C": "d"}


@pytest.mark.parametrize(
    "lines",
    [
        [("X-User", "alice"), ("X_User", "mallory")],
        [("X_User", "mallory"), ("X-User", "alice")],
        [("X_User", "mallory"), ("X-User", "alice"), ("X_User", "mallory")],
    ],
)
def test_even_then_a_name_with_a_hyphen_wins(allowing, lines):
    assert headers(allowing, *lines) == {"HTTP_X_USER": "alice"}


@pytest.mark.parametrize("name", ["Content_Length", "content_type", "Transfer_Encoding"])
def test_even_then_framing_cannot_be_feigned(allowing, name):
    assert headers(allowing, (name, "5")) == {}


def test_names_beyond_those_that_are_remembered_are_treated_alike(allowing):
    for start in range(0, 600, 50):
        headers(allowing, *((f"Known-{number}", "x") for number in range(start, start + 50)))
    assert headers(allowing, ("Y_User", "mallory"), ("Y-User", "alice"), ("Z_User", "bob")) == {
        "HTTP_Y_USER": "alice",
        "HTTP_Z_USER": "bob",
    }


FORWARDING = [
    "X_Forwarded_For", "x_forwarded_for", "X-Forwarded_For", "X_FORWARDED-PROTO", "X_Forwarded_Host", "X_Forwarded_Prefix",
    "X_Forwarded_Anything", "X_Real_IP", "X_Client_IP", "X_Scheme", "X_Script_Name", "Front_End_Https", "X_Forwarded",
]


@pytest.mark.parametrize("name", FORWARDING)
def test_even_then_nobody_feigns_what_a_proxy_says(allowing, name):
    """No proxy writes it like that: neither one that is trusted, as this machine is by default, nor another."""
    assert headers(allowing, (name, "192.0.2.1"), ("X_User", "alice")) == {"HTTP_X_USER": "alice"}


@pytest.fixture(scope="module")
def wary(start_for_file):
    return start_for_file("underscore_cases:application", "--allow-underscores", "--trusted-proxy", "none")


@pytest.mark.parametrize("name", FORWARDING + ["X-Forwarded-For", "Forwarded"])
def test_from_untrusted_peers_both_spellings_are_removed(wary, name):
    assert headers(wary, (name, "192.0.2.1"), ("X_User", "alice")) == {"HTTP_X_USER": "alice"}


def test_a_trusted_proxys_own_spelling_is_kept(allowing):
    seen = headers(allowing, ("X_Forwarded_For", "192.0.2.1"), ("X-Forwarded-For", "198.51.100.7"))
    assert seen == {"HTTP_X_FORWARDED_FOR": "198.51.100.7"}
