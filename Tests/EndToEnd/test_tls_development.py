"""`--tls`: a certificate for this machine, made once."""

import re
import socket
import ssl
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from program import APPS, built
from server import Server, martlet_to_its_end
from tlsclient import secure_exchange


def serve(tmp_path, *options, **env) -> Server:
    command = [built("martlet"), "run", "echo:application", "--tls", "--workers", "1", "--python", sys.executable, *options]
    return Server([*command, "--bind", "127.0.0.1:0"], env={"XDG_STATE_HOME": str(tmp_path), **env})


def folder(tmp_path) -> Path:
    return tmp_path / "martlet" / "development"


def test_it_is_made_once_and_for_the_names_of_this_machine(tmp_path):
    with serve(tmp_path) as server:
        made = folder(tmp_path)
        assert re.search(rf"Certificate\s+for this machine; have {made}/ca.pem trusted", server.stderr.text)
        context = ssl.create_default_context(cafile=str(made / "ca.pem"))
        for name in ("localhost", "127.0.0.1", "::1", socket.gethostname().lower()):
            assert secure_exchange(server.address, context, host="localhost", name=name).status == 200
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in made.iterdir()}
        assert modes["key.pem"] == modes["ca-key.pem"] == 0o600
        assert stat.S_IMODE(made.stat().st_mode) == 0o700
        before = {path.name: path.read_bytes() for path in made.iterdir()}
        server.stop()
    with serve(tmp_path) as server:
        assert {path.name: path.read_bytes() for path in made.iterdir()} == before
        server.stop()


def test_its_authority_can_vouch_for_this_machine_alone(tmp_path):
    with serve(tmp_path) as server:
        server.stop()
    text = subprocess.run(
        ["openssl", "x509", "-in", folder(tmp_path) / "ca.pem", "-noout", "-text"], capture_output=True, text=True, check=True
    ).stdout
    assert "X509v3 Name Constraints: critical" in text
    assert "DNS:localhost" in text
    assert "CA:TRUE, pathlen:0" in text


def test_it_is_made_anew_when_it_is_broken(tmp_path):
    with serve(tmp_path) as server:
        server.stop()
    authority = (folder(tmp_path) / "ca.pem").read_bytes()
    (folder(tmp_path) / "cert.pem").write_text("broken")
    with serve(tmp_path) as server:
        assert (folder(tmp_path) / "ca.pem").read_bytes() == authority, "what browsers trust stays"
        context = ssl.create_default_context(cafile=str(folder(tmp_path) / "ca.pem"))
        assert secure_exchange(server.address, context).status == 200
        server.stop()


def test_several_at_once_make_one(tmp_path):
    servers = []
    threads = [threading.Thread(target=lambda: servers.append(serve(tmp_path))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    try:
        context = ssl.create_default_context(cafile=str(folder(tmp_path) / "ca.pem"))
        assert [secure_exchange(server.address, context).status for server in servers] == [200] * 3
        for server in servers:
            server.stop()
    finally:
        for server in servers:
            if server in Server.running:
                server.kill()


def test_a_user_without_a_home(tmp_path):
    arguments = ["run", "echo:application", "--tls", "--bind", "127.0.0.1:0"]
    ended = martlet_to_its_end(*arguments, env={"XDG_STATE_HOME": "", "HOME": ""})
    assert ended.code == 1
    assert "--tls keeps its certificate in XDG_STATE_HOME or HOME" in ended.stderr
    ended = martlet_to_its_end(*arguments, env={"XDG_STATE_HOME": "/proc/none"})
    assert ended.code == 1
    assert "which cannot be made" in ended.stderr or "cannot be made" in ended.stderr


def test_it_stands_alone():
    ended = martlet_to_its_end("run", "echo:application", "--tls", "--certificate", "a", "--key", "b")
    assert ended.code == 64
    assert "--tls makes a certificate; leave it out beside --certificate" in ended.stderr


def test_a_folder_of_files(tmp_path):
    (tmp_path / "x.txt").write_text("file")
    command = [built("martlet"), "static", str(tmp_path), "--tls", "--bind", "127.0.0.1:0"]
    with Server(command, env={"XDG_STATE_HOME": str(tmp_path)}) as server:
        context = ssl.create_default_context(cafile=str(folder(tmp_path) / "ca.pem"))
        assert secure_exchange(server.address, context, "/x.txt").body == b"file"
        server.stop()
