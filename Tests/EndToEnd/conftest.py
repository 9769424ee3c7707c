"""Fixtures: servers that live for a test or for a file, and checkpoints between an application and its test."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from checkpoints import Checkpoints
from rawclient import Connection
from server import Server, martlet

Start = Callable[..., Server]


def starter() -> Iterator[Start]:
    servers: list[Server] = []

    def start(app: str, *options: str, **settings) -> Server:
        server = martlet(app, *options, **settings)
        servers.append(server)
        return server

    yield start
    failures = []
    for server in reversed(servers):
        if server in Server.running:
            try:
                server.stop()
            except AssertionError as failure:
                failures.append(str(failure))
    assert not failures, "\n".join(failures)


start = pytest.fixture(starter)
"""Starts servers for one test; those that it has not stopped itself must then stop gracefully, workers unchanged."""

start_for_file = pytest.fixture(starter, scope="module")
"""Like `start`, for all tests of a file."""


@pytest.fixture(scope="module")
def checkpoints() -> Iterator[Checkpoints]:
    checkpoints = Checkpoints()
    yield checkpoints
    checkpoints.close()


@pytest.fixture
def connect() -> Iterator[Callable[..., Connection]]:
    """Opens connections that are closed after the test."""
    with ExitStack() as connections:
        yield lambda server: connections.enter_context(Connection(server.address))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """Shows what the running servers wrote beside the failure of a test."""
    report = (yield).get_result()
    if report.failed:
        for server in Server.running:
            report.sections.append((f"stderr of server {server.pid}", server.stderr.text[-8000:]))
