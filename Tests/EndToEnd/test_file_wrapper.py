"""PEP 3333, "Optional Platform-Specific File Handling": `wsgi.file_wrapper`."""

import pytest

from file_cases import CONTENT
from rawclient import Connection, Truncated, exchange


@pytest.fixture(scope="module")
def server(start_for_file, checkpoints):
    return start_for_file("file_cases:application", workers=1, threads=1, env=checkpoints.env)


def get(server, checkpoints, query, method="GET"):
    """The response, after the file was seen to be closed once."""
    name = checkpoints.new_name()
    try:
        return exchange(server.address, f"/file?checkpoint={name}&{query}", method)
    finally:
        if "middleware=iterates" not in query:
            checkpoints.wait_for(name)
            assert exchange(server.address, "/next").body == b"next"
            assert len(checkpoints.arrived(name)) == 1


@pytest.mark.parametrize("block", ["", "&block=1000", "&block=1000000"])
@pytest.mark.parametrize("kind", ["regular", "memory"])
def test_a_file_arrives_whole_and_is_closed(server, checkpoints, kind, block):
    assert get(server, checkpoints, f"kind={kind}{block}").body == CONTENT


@pytest.mark.parametrize("kind", ["regular", "memory"])
@pytest.mark.parametrize("position", ["offset=1000", "read=1000"])
def test_a_file_is_sent_from_its_current_position(server, checkpoints, kind, position):
    assert get(server, checkpoints, f"kind={kind}&{position}").body == CONTENT[1000:]


@pytest.mark.parametrize("kind", ["regular", "memory"])
@pytest.mark.parametrize("offset", [0, 500])
def test_no_more_of_a_file_than_content_length_is_sent(server, checkpoints, kind, offset):
    response = get(server, checkpoints, f"kind={kind}&offset={offset}&length=300")
    assert response.body == CONTENT[offset : offset + 300]


@pytest.mark.parametrize("kind", ["regular", "memory"])
def test_a_file_shorter_than_content_length_ends_the_connection(server, checkpoints, kind):
    with pytest.raises(Truncated) as end:
        get(server, checkpoints, f"kind={kind}&length={len(CONTENT) + 1}")
    assert end.value.response.body == CONTENT


def test_a_descriptor_that_is_no_regular_file_is_read(server, checkpoints):
    assert get(server, checkpoints, "kind=pipe").body == b"through a pipe"


def test_a_file_of_text_is_an_error(server, checkpoints):
    assert get(server, checkpoints, "kind=text").status == 500


@pytest.mark.parametrize("middleware", ["iterates", "lists"])
def test_the_wrapper_is_an_ordinary_iterable_to_middleware(server, checkpoints, middleware):
    assert get(server, checkpoints, f"kind=regular&middleware={middleware}").body == CONTENT


@pytest.mark.parametrize("kind", ["regular", "memory"])
def test_head_sends_nothing_of_a_file_and_closes_it(server, checkpoints, kind):
    response = get(server, checkpoints, f"kind={kind}&length={len(CONTENT)}", "HEAD")
    assert response.header("Content-Length") == str(len(CONTENT))


@pytest.mark.parametrize("kind", ["regular", "memory"])
def test_a_status_without_a_body_sends_nothing_of_a_file_and_closes_it(server, checkpoints, kind):
    assert get(server, checkpoints, f"kind={kind}&status=304%20Not%20Modified").status == 304


def test_a_file_leaves_the_connection_usable(server, checkpoints):
    with Connection(server.address) as connection:
        for _ in range(3):
            name = checkpoints.new_name()
            assert connection.request(f"/file?kind=regular&checkpoint={name}").body == CONTENT
            assert connection.request("/next").body == b"next"
