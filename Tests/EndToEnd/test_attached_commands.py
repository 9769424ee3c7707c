"""Commands that run beside the applications: `[command."celery"]`, with and without a schedule."""

import json
import os
import pwd
import signal
import sys

import pytest

import waiting
from needs import requires_root
from processes import is_alive
from program import APPS
from server import martlet_to_its_end
from sites import Site

PROGRAM = f"{sys.executable} {APPS}/attached_cases.py"
TOP = 'bind = "127.0.0.1:0"\nroute."/".respond = "x"\n'


@pytest.fixture
def site(tmp_path):
    return Site(tmp_path)


@pytest.fixture
def serve(site, checkpoints, tmp_path):
    servers = []

    def serve(*commands: str, top: str = TOP, program: str | None = None):
        site.write("martlet.toml", top + "\n".join(commands))
        env = {**checkpoints.env, "XDG_RUNTIME_DIR": str(tmp_path), "PYTHONPATH": str(APPS)}
        servers.append(site.serve(program=program, **env))
        return servers[-1]

    yield serve
    for server in servers:
        if server.process.poll() is None:
            server.stop(same_workers=False)


@pytest.fixture
def ask(tmp_path):
    def ask(command: str, *options: str):
        return martlet_to_its_end(command, *options, env={"XDG_RUNTIME_DIR": str(tmp_path)})

    return ask


def command(name: str, *more: str, kind: str = "", shell: str = "") -> str:
    """`shell` is put behind it, for what only a shell can do."""
    return "\n".join([f'[command."{name}"]', f'run = "{PROGRAM} {name} {kind}{shell}"', *more])


def test_it_runs_with_the_server_and_ends_with_it(serve, site, checkpoints, ask):
    (site.folder / "app").mkdir()
    name = checkpoints.new_name()
    server = serve(command(name, 'directory = "app"', 'environment.COLOUR = "blue"'))
    arrival = checkpoints.wait_for(name)
    (line,) = server.stderr.wait_for(r"info +(checkpoint\d+ runs in .*)")
    assert line[1] == f"{name} runs in {site.folder}/app as {os.geteuid()} with blue command={name}"
    server.stderr.wait_for(f"and on standard error command={name}")
    assert f"Command    {name}: {PROGRAM} {name}" in server.stderr.text
    (status,) = json.loads(ask("status", "--json").stdout)["commands"]
    assert status["name"] == name and status["instances"][0]["state"] == "running"
    assert f"running, process {status['instances'][0]['pid']}, since 20" in ask("status").stdout
    server.stop(same_workers=False)
    assert not is_alive(arrival.pid)
    assert f"it was ended by signal 15 (SIGTERM)" in server.stderr.text


def test_one_that_ends_is_started_again(serve, checkpoints, ask):
    name = checkpoints.new_name()
    server = serve(command(name))
    checkpoints.wait_for(name).go()
    server.stderr.wait_for(f"it was let go without a line end command={name}")
    server.stderr.wait_for("it exited with status 0 after")
    second = checkpoints.wait_for(name, 2)
    os.kill(second.pid, signal.SIGKILL)
    checkpoints.wait_for(name, 3)
    (status,) = json.loads(ask("status", "--json").stdout)["commands"]
    assert status["instances"][0]["restarts"] == 2
    assert status["instances"][0]["last"].startswith("was ended by signal 9")


def test_several_instances(serve, checkpoints):
    name = checkpoints.new_name()
    server = serve(command(name, "instances = 3"))
    arrivals = [checkpoints.wait_for(name, count) for count in (1, 2, 3)]
    assert len({arrival.pid for arrival in arrivals}) == 3
    server.stop(same_workers=False)
    assert not any(is_alive(arrival.pid) for arrival in arrivals)


def test_one_that_does_not_end_is_killed_after_the_grace_with_all_that_it_has_started(serve, checkpoints):
    stubborn, parent = checkpoints.new_name(), checkpoints.new_name()
    server = serve(
        command(stubborn, kind="stubborn"), command(parent, kind="child"), top='grace = "500ms"\n' + TOP
    )
    first, second = checkpoints.wait_for(stubborn), checkpoints.wait_for(parent)
    child = int(second.text)
    server.stop(same_workers=False)
    server.stderr.wait_for(f"it did not end in its time, and is killed command={stubborn}")
    server.stderr.wait_for(f"it exited with status 7 after .* command={parent}")
    waiting.until(lambda: not any(map(is_alive, (first.pid, second.pid, child))), "the end of all three")


THROUGH_A_SHELL = "; exit 3"


def test_a_shell_between_leaves_the_grace_to_its_program(serve, checkpoints):
    """The shell ends at once by SIGTERM; what it has started puts things away first."""
    name = checkpoints.new_name()
    server = serve(command(name, kind="slow", shell=THROUGH_A_SHELL))
    arrival = checkpoints.wait_for(name)
    server.send_signal(signal.SIGTERM)
    ending = checkpoints.wait_for(name + "-ending")
    server.stderr.wait_for(r"it was ended by signal 15 \(SIGTERM\); what it has started has still to end")
    assert is_alive(arrival.pid)
    ending.go()
    server.wait()
    server.stop()
    assert f"it has put everything away command={name}" in server.stderr.text
    assert "killed" not in server.stderr.text and not is_alive(arrival.pid)


def test_what_a_shell_has_started_is_killed_after_the_grace(serve, checkpoints):
    name = checkpoints.new_name()
    server = serve(command(name, kind="stubborn", shell=THROUGH_A_SHELL), top='grace = "500ms"\n' + TOP)
    arrival = checkpoints.wait_for(name)
    server.stop(same_workers=False)
    assert f"what it has started did not end in its time, and is killed command={name}" in server.stderr.text
    assert not is_alive(arrival.pid)


def test_what_is_left_behind_ends_with_the_command(serve, checkpoints):
    name = checkpoints.new_name()
    server = serve(command(name, kind="stubborn", shell=" & exit 4"))
    server.stderr.wait_for("it exited with status 4 and left processes behind, which are killed")
    server.stderr.wait_for("it exited with status 4 after")
    server.stop(same_workers=False)


def test_no_shell_is_between_where_none_is_needed(serve, checkpoints):
    name = checkpoints.new_name()
    server = serve(command(name))
    assert checkpoints.wait_for(name).pid in server.workers()
    server.stop(same_workers=False)


@pytest.mark.parametrize("shell", ["", THROUGH_A_SHELL])
def test_a_server_that_is_killed_leaves_nothing(serve, checkpoints, shell):
    name = checkpoints.new_name()
    server = serve(command(name, kind="child", shell=shell))
    arrival = checkpoints.wait_for(name)
    everything = [*server.workers(), *server.keepers(), arrival.pid, int(arrival.text)]
    os.kill(server.pid, signal.SIGKILL)
    waiting.until(lambda: not any(map(is_alive, everything)), "the end of all")
    server.kill()


def test_a_keeper_that_is_killed_is_replaced(serve, checkpoints):
    first, second = checkpoints.new_name(), checkpoints.new_name()
    server = serve(command(first, kind="child"), command(second))
    arrival = checkpoints.wait_for(first)
    (keeper,) = server.keepers()
    os.kill(keeper, signal.SIGKILL)
    checkpoints.wait_for(second).go()
    checkpoints.wait_for(second, 2)
    assert keeper not in server.keepers() and len(server.keepers()) == 1
    os.kill(server.pid, signal.SIGKILL)
    waiting.until(lambda: not any(map(is_alive, (arrival.pid, int(arrival.text)))), "the end of all")
    server.kill()


def test_a_reload_starts_anew_what_runs_always_and_takes_up_the_file(serve, site, checkpoints, ask):
    kept, gone, new = (checkpoints.new_name() for _ in range(3))
    server = serve(command(kept), command(gone))
    former = [checkpoints.wait_for(name) for name in (kept, gone)]
    site.write("martlet.toml", TOP + command(kept) + "\n" + command(new))
    assert ask("reload").stdout == "reloaded\n"
    checkpoints.wait_for(kept, 2)
    checkpoints.wait_for(new)
    assert not any(is_alive(arrival.pid) for arrival in former)
    assert [status["name"] for status in json.loads(ask("status", "--json").stdout)["commands"]] == [kept, new]
    # A file that is refused disturbs nobody.
    site.write("martlet.toml", TOP + command(kept, "nonsense = 1"))
    assert ask("reload").code == 1
    assert len(checkpoints.arrived(kept)) == 2
    server.stop(same_workers=False)


def test_what_cannot_be_run_is_said_and_tried_again(serve, site):
    (site.folder / "soon").mkdir()
    server = serve('[command."missing"]\nrun = "no-such-program --x"\ndirectory = "soon"')
    server.stderr.wait_for(
        r"it could not be started: there is no program 'no-such-program' in the folders of PATH \(/.*\)\. command=missing"
    )
    (site.folder / "soon").rmdir()
    server.stderr.wait_for("it could not be started: there is no folder .*soon. command=missing")


def test_a_schedule_says_when_it_runs_next(serve, checkpoints, ask):
    server = serve(command("backup", 'schedule = "0 0 29 2 *"'), command("poll", 'schedule = "* * * * *"', 'time-limit = "1s"'))
    first, second = json.loads(ask("status", "--json").stdout)["commands"]
    assert first["schedule"] == "0 0 29 2 *" and first["instances"][0]["state"] == "idle"
    assert second["next"] % 60 == 0 and first["next"] > second["next"]
    text = ask("status").stdout
    assert "backup       at 0 0 29 2 *: " in text and "next at 2028-02-29 00:00" in text
    assert "Command    poll (* * * * *): " in server.stderr.text


@pytest.mark.soak
def test_a_scheduled_run_that_takes_too_long_is_ended(serve, checkpoints):
    name = checkpoints.new_name()
    server = serve(command(name, 'schedule = "* * * * *"', 'time-limit = "1s"', kind="stubborn"))
    arrival = checkpoints.wait_for(name, deadline=90)
    server.stderr.wait_for("it takes longer than 1.0 s, and is asked to end", deadline=30)
    server.stderr.wait_for("it did not end in its time, and is killed", deadline=60)
    waiting.until(lambda: not is_alive(arrival.pid), "its end")


def test_another_user(serve, site, checkpoints):
    requires_root("only root can run a command as another user")
    nobody = pwd.getpwnam("nobody")
    server = serve('[command."who"]\nrun = "id -un; echo $HOME; sleep 1000"\nuser = "nobody"\ndirectory = "/"')
    server.stderr.wait_for("info +nobody command=who")
    server.stderr.wait_for(f"info +{nobody.pw_dir} command=who")
    server.stop(same_workers=False)


FAULTS = {
    "no command": ("[command.x]\ninstances = 2", 3, "nothing says what is run; write run = "),
    "empty": ('[command.x]\nrun = " "', 4, "run: it is empty"),
    "schedule": ('[command.x]\nrun = "a"\nschedule = "* * *"', 5, "schedule: it has five fields"),
    "never": ('[command.x]\nrun = "a"\nschedule = "0 0 30 2 *"', 5, "so it would never come"),
    "user": ('[command.x]\nrun = "a"\nuser = "harlequin"', 5, "user: "),
    "key": ('[command.x]\nrun = "a"\nworkers = 2', 5, "there is no setting 'workers' in [command.x]; it belongs in the table of a route"),
    "folder": ('[command.x]\nrun = "a"\ndirectory = "gone"', 5, "directory: there is no such folder"),
    "no table": ('command = "celery"', 3, "command is a table"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_wrong_in_the_file(site, fault):
    text, line, message = FAULTS[fault]
    site.write("martlet.toml", TOP + text)
    ended = martlet_to_its_end("check", cwd=site.folder)
    assert ended.code == 1
    assert f"martlet.toml:{line}:" in ended.stderr and message in ended.stderr, ended.stderr
