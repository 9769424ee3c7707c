"""What makes a reader wait in the place of a file: the server says so, goes on, and can be stopped."""

import os
import signal

import pytest
from certificates import Authority
from rawclient import exchange
from server import martlet_to_its_end
from sites import Site

TEXT = """
    bind = ["https://127.0.0.1:0", "http://127.0.0.1:0"]
    redirect-to-https = false
    tls = { certificate = "servers/server.pem", key = "servers/server.key", client-ca = "servers/ca.pem", client-certificates = "optional" }

    [route."/"]
    respond = "${file:answer}"
    errors = "errors"
    auth = "users"
    """

FILES = ["servers/server.pem", "servers/server.key", "servers/ca.pem", "answer", "errors/404.html", "users", "martlet.toml"]


@pytest.fixture
def site(tmp_path):
    Authority(tmp_path / "servers").pair()
    site = Site(tmp_path)
    site.write("answer", "here")
    site.write("errors/404.html", "nothing")
    site.write("users", f"alice:{HASH}\n")
    site.write("martlet.toml", TEXT)
    return site


HASH = "$6$c2FsdA$Pjc1gFPVnSPJIPEJqYyzIWJ3xb1ZVuMqZ6iB4QbBHmsPbvHRXvLPWPN1mZNCH0gsnk3lIt5fgcFiW.g5kYFMb."
"""Of a password that nobody types here."""


def replace(path, kind: str) -> None:
    path.unlink()
    if kind == "fifo":
        os.mkfifo(path)
    else:
        path.symlink_to("/dev/zero")


@pytest.mark.parametrize("kind", ["fifo", "device"])
@pytest.mark.parametrize("name", FILES)
def test_a_check_ends(site, name, kind):
    replace(site.folder / name, kind)
    ended = martlet_to_its_end("check", cwd=site.folder)
    assert ended.code == 1
    assert "it is a pipe, a socket or a device, not a file" in ended.stderr


@pytest.mark.parametrize("name", FILES)
def test_a_server_goes_on_and_stops(site, name):
    with site.serve(listeners=2) as server:
        replace(site.folder / name, "fifo")
        server.send_signal(signal.SIGHUP)
        server.stderr.wait_for("The reload is refused.*it is a pipe, a socket or a device, not a file")
        assert exchange(server.addresses[1], "/").status == 401
        server.stop()


def test_a_certificate_that_is_a_fifo_is_refused_without_a_reload(site):
    with site.serve(listeners=2) as server:
        replace(site.folder / "servers/server.pem", "fifo")
        server.stderr.wait_for("The new certificate of every name is refused, and the former one kept: .* it is a pipe")
        server.stop()
