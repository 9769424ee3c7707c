"""The command: version, help, usage errors, the banner."""

import os
import pwd
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from needs import requires_root
from program import built
from rawclient import exchange
from server import Finished, martlet_to_its_end

APP = ["run", "worker_cases:application"]


def refused(*arguments: str, code: int = 64) -> Finished:
    finished = martlet_to_its_end(*arguments)
    assert finished.code == code, finished.stderr
    assert "Traceback" not in finished.stderr and "Fatal error" not in finished.stderr
    assert finished.stdout == ""
    return finished


# Version and help


def test_version():
    finished = martlet_to_its_end("--version")
    assert finished.code == 0
    lines = finished.stdout.splitlines()
    assert re.fullmatch(r"martlet \d+\.\d+\.\d+\S*", lines[0])
    # A build in a checkout; what a package says is in test_packages.py.
    assert lines[1] == "commit: not recorded; 'make install' and packages record it"
    assert [line.split(":")[0] for line in lines[1:]] == ["commit", "built", "TLS", "compression"]
    assert "gzip" in lines[4]


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["help"]])
def test_help_shows_how_to_serve_an_application(arguments):
    finished = martlet_to_its_end(*arguments)
    assert finished.code == 0
    assert "run" in finished.stdout


def test_help_of_run_names_every_option():
    finished = martlet_to_its_end("run", "--help")
    assert finished.code == 0
    for option in ("--bind", "--workers", "--threads", "--python", "--chdir", "--log-level", "--access-log"):
        assert option in finished.stdout
    assert "127.0.0.1:8000" in finished.stdout


def test_without_arguments_there_is_help_and_no_crash():
    finished = martlet_to_its_end()
    assert finished.code in (0, 64)
    assert "run" in finished.stdout + finished.stderr


# Usage errors


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["run"], "APP"),
        ([*APP, "extra"], "extra"),
        ([*APP, "--nonsense"], "--nonsense"),
        ([*APP, "--workers", "0"], "workers"),
        ([*APP, "--workers", "-1"], "workers"),
        ([*APP, "--workers", "many"], "many"),
        ([*APP, "--workers", "99999999999999999999"], "workers"),
        ([*APP, "--workers"], "--workers"),
        ([*APP, "--threads", "0"], "threads"),
        ([*APP, "--threads", "1.5"], "1.5"),
        ([*APP, "--bind", "127.0.0.1:99999"], "99999"),
        ([*APP, "--bind", "127.0.0.1:port"], "port"),
        ([*APP, "--bind", "127.0.0.1:-1"], "-1"),
        ([*APP, "--bind", "[::1:8000"], "[::1:8000"),
        ([*APP, "--bind", "unix:"], "unix:"),
        ([*APP, "--bind", ""], "bind"),
        ([*APP, "--bind", "99999"], "the port is not a number from 0 to 65535"),
        ([*APP, "--bind", "-1"], "the port is not a number from 0 to 65535"),
        ([*APP, "--limit-body", "-1"], "it cannot be negative"),
        ([*APP, "--limit-body", "-1MB"], "it cannot be negative"),
        ([*APP, "--timeout-idle", "-5s"], "it cannot be negative"),
        ([*APP, "--limit-connections", "-5"], "it cannot be negative"),
        ([*APP, "--log-level", "loud"], "loud"),
        (["run", ""], "APP"),
        (["run", ":app"], ":app"),
        (["run", "hello:"], "hello:"),
        (["run", "hello:app:more"], "hello:app:more"),
        (["run", "hello world:app"], "hello world"),
        (["frobnicate"], "frobnicate"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bad_usage_names_what_is_wrong(arguments, named):
    assert named in refused(*arguments).stderr


@pytest.mark.parametrize(
    ("wrong", "right"), [("--worker", "--workers"), ("--acces-log", "--access-log"), ("--tread", "--threads")]
)
def test_a_misspelt_option_gets_a_suggestion(wrong, right):
    assert right in refused(*APP, wrong, "2").stderr


def test_a_missing_folder_is_named():
    finished = martlet_to_its_end(*APP, "--chdir", "/nowhere/at/all")
    assert finished.code != 0
    assert "/nowhere/at/all" in finished.stderr


def test_a_missing_python_is_named():
    finished = martlet_to_its_end(*APP, "--python", "/nowhere/at/all/python")
    assert finished.code != 0
    assert "/nowhere/at/all/python" in finished.stderr


def test_what_is_no_python_is_named(tmp_path):
    script = tmp_path / "no-python"
    script.write_text("#!/bin/sh\necho I am no Python; exit 1\n")
    script.chmod(0o755)
    finished = martlet_to_its_end(*APP, "--bind", "127.0.0.1:0", "--python", str(script))
    assert finished.code != 0
    assert str(script) in finished.stderr


# The banner


def test_the_banner_says_what_is_served_by_which_python_and_where(start):
    server = start("worker_cases:application", workers=2, threads=3)
    banner = server.stderr.text
    assert "worker_cases:application" in banner
    assert sys.executable in banner
    assert re.search(r"\b2\b.*\b3\b", banner), "workers × threads"
    assert "http://{}:{}".format(*server.address) in banner
    assert "10 MB" in banner and "32 KB" in banner, "limits"


def test_nothing_but_the_access_log_goes_to_standard_output(start):
    server = start("worker_cases:application", "--access-log", "off")
    assert exchange(server.address, "/pid").status == 200
    server.stop()
    assert server.stdout.text == ""


# What may not be looked at


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "app:application", "--chdir", "{}/private"], "the folder may not be entered: Permission denied"),
        (["run", "app:application", "--chdir", "{}/private/app"], "it cannot be reached: Permission denied"),
        (["run", "{}/private/app/app.py"], "{}/private/app/app.py cannot be reached: Permission denied"),
        (["check", "{}/private/martlet.toml"], "{}/private/martlet.toml cannot be reached: Permission denied"),
        (["check", "{}/private"], "{}/private/martlet.toml cannot be reached: Permission denied"),
        (["check", "{}/martlet.toml"], "{}/martlet.toml cannot be read: this user may not read it"),
    ],
    ids=["chdir", "chdir below it", "app", "file", "folder of the file", "unreadable file"],
)
def test_what_may_not_be_looked_at_is_not_said_to_be_missing(arguments, words):
    requires_root("becoming another user needs root")
    nobody = pwd.getpwnam("nobody")

    def become_nobody():
        os.setgroups([])
        os.setgid(nobody.pw_gid)
        os.setuid(nobody.pw_uid)

    with tempfile.TemporaryDirectory(prefix="martlet-") as folder:
        os.chmod(folder, 0o755)
        (Path(folder) / "private" / "app").mkdir(parents=True)
        (Path(folder) / "private" / "app" / "app.py").touch()
        (Path(folder) / "private").chmod(0o700)
        (Path(folder) / "martlet.toml").touch(0o600)
        # The program is opened before: nobody may not enter the folder that it was built in.
        program = os.open(built("martlet"), os.O_RDONLY)
        try:
            process = subprocess.run(
                [f"/proc/self/fd/{program}", *(word.format(folder) for word in arguments)],
                pass_fds=[program], preexec_fn=become_nobody, cwd="/", capture_output=True, text=True, timeout=60,
            )
        finally:
            os.close(program)
    assert process.returncode != 0
    assert words.format(folder) in " ".join(process.stderr.split())
