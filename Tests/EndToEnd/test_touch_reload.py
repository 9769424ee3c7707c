"""Files whose change reloads: `touch-reload`."""

import os
from pathlib import Path

import pytest

from rawclient import exchange
from server import martlet_to_its_end
from sites import Site

SAYS = 'def application(environ, start_response):\n    start_response("200 OK", [])\n    return [{text!r}]\n'


@pytest.fixture
def site(tmp_path):
    site = Site(tmp_path)
    site.write("says.py", SAYS.format(text=b"one"))
    return site


def touch(path: Path, time: int) -> None:
    """With a time of its own, however coarse the clock of the disk is."""
    path.touch()
    os.utime(path, (time, time))


def body(server) -> bytes:
    return exchange(server.address, "/").body


def test_a_touched_file_reloads_the_site_with_its_file(site):
    site.write("martlet.toml", 'bind = "127.0.0.1:0"\ntouch-reload = ["a.txt", "b.txt"]\n[route."/"]\nwsgi = "says"\nworkers = 1\n')
    (site.folder / "a.txt").touch()
    with site.serve() as server:
        assert body(server) == b"one"
        site.write("says.py", SAYS.format(text=b"two "))
        # One that is not there yet counts when it comes.
        touch(site.folder / "b.txt", 1_700_000_000)
        server.stderr.wait_for("b.txt was touched: the site is reloaded.")
        server.stderr.wait_for("The site was reloaded")
        assert body(server) == b"two "
        # The file of the site is read anew, and with it what is watched.
        site.write("martlet.toml", 'bind = "127.0.0.1:0"\ntouch-reload = "c.txt"\n[route."/"]\nrespond = "three"\n')
        (site.folder / "a.txt").unlink()
        touch(site.folder / "a.txt", 1_700_000_001)
        server.stderr.wait_for("a.txt was touched: the site is reloaded.")
        server.stderr.wait_for("The site was reloaded", 2)
        assert body(server) == b"three"
        site.write("martlet.toml", 'bind = "127.0.0.1:0"\n[route."/"]\nrespond = "four"\n')
        touch(site.folder / "c.txt", 1_700_000_002)
        server.stderr.wait_for("The site was reloaded", 3)
        assert body(server) == b"four"
        server.stop(same_workers=False)


def test_one_application_reloads_as_well(start, tmp_path):
    (tmp_path / "says.py").write_text(SAYS.format(text=b"one"))
    server = start("says", "--touch-reload", str(tmp_path / "restart.txt"), chdir=tmp_path)
    (tmp_path / "says.py").write_text(SAYS.format(text=b"two "))
    (tmp_path / "restart.txt").touch()
    server.stderr.wait_for("the application was reloaded")
    assert body(server) == b"two "
    server.stop(same_workers=False)


def test_a_site_that_cannot_be_reloaded_goes_on_and_is_watched_still(site):
    text = 'bind = "127.0.0.1:0"\ntouch-reload = "a.txt"\n[route."/"]\nwsgi = "says"\nworkers = 1\n'
    site.write("martlet.toml", text)
    with site.serve() as server:
        site.write("martlet.toml", text + "nonsense = 1\n")
        touch(site.folder / "a.txt", 1_700_000_000)
        server.stderr.wait_for("The reload is refused")
        assert body(server) == b"one"
        site.write("martlet.toml", text)
        site.write("says.py", SAYS.format(text=b"two "))
        touch(site.folder / "a.txt", 1_700_000_001)
        server.stderr.wait_for("The site was reloaded")
        assert body(server) == b"two "
        server.stop(same_workers=False)


def test_a_folder_that_is_not_there_is_said(site):
    site.write("martlet.toml", 'touch-reload = "gone/a.txt"\n[route."/"]\nrespond = "x"\n')
    ended = martlet_to_its_end("check", cwd=site.folder)
    assert ended.code == 1 and "martlet.toml:1:16: touch-reload: there is no folder gone" in ended.stderr
