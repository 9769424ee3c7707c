"""Versions, ciphers and sessions: what scanners and other clients say."""

import re
import ssl
import subprocess
import sys

import pytest
from certificates import Authority
from tlsclient import SecureConnection, secure_exchange


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module", params=["ec", "rsa"])
def server(request, start_for_file, authority):
    return start_for_file("echo:application", *authority.pair(request.param, kind=request.param).flags)


def openssl(server, *options, input=b"Q\n"):
    """What `openssl s_client` says of a connection."""
    command = ["openssl", "s_client", "-connect", server.host, "-servername", "localhost", *options]
    return subprocess.run(command, input=input, capture_output=True, timeout=30).stdout.decode(errors="replace")


def test_mozillas_intermediate_profile_passes(server, authority):
    command = [sys.executable, "-m", "sslyze", "--mozilla_config", "intermediate", "--sni", "localhost"]
    command += ["--certinfo_ca_file", authority.path]
    result = subprocess.run([*command, server.host], capture_output=True, text=True, timeout=120)
    report = result.stdout + result.stderr
    assert re.search(r"OK - Compliant", report), report
    assert result.returncode == 0, report


@pytest.mark.parametrize(("option", "isSpoken"), [("-tls1_1", False), ("-tls1_2", True), ("-tls1_3", True)])
def test_versions(server, option, isSpoken):
    text = openssl(server, option, "-cipher", "ALL:@SECLEVEL=0")
    assert ("Cipher is (NONE)" not in text) == isSpoken, text


def test_the_modern_profile_is_tls_1_3_alone(start, authority):
    server = start("echo:application", *authority.pair("modern").flags, "--tls-profile", "modern")
    assert "Cipher is (NONE)" in openssl(server, "-tls1_2")
    assert secure_exchange(server.address, authority.client()).status == 200


@pytest.mark.parametrize("cipher", ["AES128-SHA", "ECDHE-RSA-AES128-SHA", "ECDHE-ECDSA-AES128-SHA256"])
def test_weak_ciphers(server, cipher):
    assert "Cipher is (NONE)" in openssl(server, "-tls1_2", "-cipher", f"{cipher}:@SECLEVEL=0")


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_sessions_are_resumed_on_every_loop(server, authority, version):
    """Each connection may meet another event loop; there are as many as processors."""
    context = authority.client()
    context.maximum_version = version
    with SecureConnection(server.address, context) as connection:
        assert connection.request("/").status == 200
        session = connection.socket.session
    for _ in range(16):
        with SecureConnection(server.address, context, session=session) as connection:
            assert connection.request("/").status == 200
            assert connection.socket.session_reused
            session = connection.socket.session


def test_renegotiation_is_refused(server):
    assert "Secure Renegotiation IS" in openssl(server, "-tls1_2")
    text = openssl(server, "-tls1_2", input=b"R\n")
    assert "HTTP/1.1 200" not in text
