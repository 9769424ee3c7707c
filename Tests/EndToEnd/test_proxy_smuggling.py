"""The vectors of the corpora through the proxy: one request on both sides, or a refusal."""

import pytest
from corpus import InvalidFile, ValidFile, invalid_files, valid_files
from proxies import proxy
from rawclient import Connection
from upstream import Upstream, answer_everything

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@pytest.fixture(scope="module")
def upstream():
    with Upstream(answer_everything(ANSWER)) as upstream, proxy(upstream.url) as server:
        upstream.server = server
        yield upstream


@pytest.fixture(scope="module")
def streaming():
    """One that passes bodies on while they come."""
    with Upstream(answer_everything(ANSWER)) as upstream, proxy(upstream.url, request_buffering="off") as server:
        upstream.server = server
        yield upstream


def named(file):
    return file.name


@pytest.mark.parametrize("file", valid_files(), ids=named)
@pytest.mark.parametrize("kind", ["upstream", "streaming"])
def test_valid_requests_arrive_one_by_one(kind, file: ValidFile, request):
    upstream = request.getfixturevalue(kind)
    before = len(upstream.requests)
    with Connection(upstream.server.address) as connection:
        connection.send(file.sent)
        for expected in file.requests:
            response = connection.read_response(expected.method)
            while response.status == 100:
                response = connection.read_response(expected.method)
            assert response.status == (204 if expected.target == "*" else 200)
    assert not upstream.failures
    seen = upstream.requests[before:]
    wanted = [expected for expected in file.requests if expected.target != "*"]
    assert [(one.line.split()[0], one.body) for one in seen] == [(one.method, one.body) for one in wanted]
    for one in seen:
        assert one.line.endswith(" HTTP/1.1") and one.line.split()[1].startswith("/")
        assert len(one.all("Host")) == 1
        assert len(one.all("Content-Length")) + len(one.all("Transfer-Encoding")) <= 1


@pytest.mark.parametrize("file", invalid_files(), ids=named)
@pytest.mark.parametrize("kind", ["upstream", "streaming"])
def test_what_is_refused_is_no_request_for_the_upstream(kind, file: InvalidFile, request):
    upstream = request.getfixturevalue(kind)
    before = len(upstream.requests)
    with Connection(upstream.server.address) as connection:
        connection.send(file.sent)
        statuses = []
        while not statuses or statuses[-1] in (100, 200):
            statuses.append(connection.read_response().status)
    assert statuses[-1] == file.status
    # Whole requests before it have their answer; of what is wrong, nothing is taken for one.
    assert len(upstream.requests) - before == statuses.count(200)
    # A streamed body that turns out to be wrong ends the upstream's connection in the middle of it.
    assert all("are due" in str(failure) or "is due" in str(failure) for failure in upstream.failures), upstream.failures
    upstream.failures.clear()
