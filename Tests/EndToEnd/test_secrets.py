"""What a file takes from secret places is shown nowhere."""

import pytest
from rawclient import exchange
from scrape import local_address
from sites import FACTS, Site
from test_sites import ask, serve


@pytest.fixture
def site(tmp_path):
    return Site(tmp_path)


def test_what_a_file_keeps_to_itself_is_in_no_status_and_no_log(site):
    site.write("where", "hush-hush-app\n")
    site.write("hush-hush-app.py", FACTS)
    site.write("hush-hush-variable.py", FACTS)
    text = """
        bind = "127.0.0.1:0"
        status = "127.0.0.1:0"
        [route."/"]
        wsgi = "${file:where}.py"
        workers = 1
        [route."/two"]
        wsgi = "${MODULE_KEY}.py"
        workers = 1
        [route."/out"]
        redirect = "https://example.com/${MODULE_KEY}/"
        [route."/broken"]
        respond = "fine"
    """
    with serve(site, text, MODULE_KEY="hush-hush-variable") as server:
        assert exchange(server.address, "/out").all("location") == ["https://example.com/hush-hush-variable/"]
        page = local_address(server, "Status")
        seen = [exchange(page, "/status.json", host="127.0.0.1").body.decode()]
        for command in (["status"], ["status", "--json"], ["reload"]):
            ended = ask(site, *command, "--pid", str(server.pid), XDG_RUNTIME_DIR=str(site.folder))
            assert ended.code == 0
            seen.append(ended.stdout)
        assert "….py with" in seen[1]
        for name in ("hush-hush-app", "hush-hush-variable"):
            site.write(f"{name}.py", "import nothing_of_that_name\n")
        refused = ask(site, "reload", "--pid", str(server.pid), XDG_RUNTIME_DIR=str(site.folder))
        assert refused.code == 1 and "The reload is refused" in refused.stderr
        site.write("martlet.toml", text.replace('respond = "fine"', 'wsgi = "${MODULE_KEY}.py"\nworkers = 1'))
        other = ask(site, "reload", "--pid", str(server.pid), XDG_RUNTIME_DIR=str(site.folder))
        assert other.code == 1 and "….py at /broken" in other.stderr
        seen += [refused.stderr, other.stderr, server.stderr.text]
        assert not [text for text in seen if "hush-hush" in text]
        server.stop(same_workers=False)
