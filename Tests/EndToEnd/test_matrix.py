"""Every listener with every application, with the servers of others in front and behind: `make matrix` prints the table."""

from collections.abc import Iterator
from contextlib import ExitStack

import matrix_peers
import pytest
from certificates import Authority
from front import Front
from matrix_rows import Pair
from matrix_table import APPLICATIONS, LISTENERS, rows


@pytest.fixture(scope="module")
def pairs(tmp_path_factory) -> Iterator[dict[tuple[str, str], Pair]]:
    folder = tmp_path_factory.mktemp("matrix")
    for path in (folder, folder.parent):
        path.chmod(0o755)
    authority = Authority(folder / "ca")
    certificate = authority.pair()
    with ExitStack() as running:

        def keep(front: Front) -> None:
            running.callback(front.stop)

        tables = matrix_peers.targets(folder, matrix_peers.start_behind(folder, certificate, keep), authority.path)
        ours = matrix_peers.start_ours(folder, tables, certificate)
        for server in ours.servers:
            running.callback(server.kill)
        found = matrix_peers.start_nginx(folder, ours, keep) + matrix_peers.start_apache(folder, tables, keep)
        yield {(pair.listener, pair.application): pair for pair in found}
        for server in ours.servers:
            server.stop()


CELLS = [
    pytest.param(listener, application, row, id=f"{listener} × {application}: {row}")
    for application in APPLICATIONS
    for listener in LISTENERS
    for row in rows(application)
]


@pytest.mark.parametrize(("listener", "application", "row"), CELLS)
def test_pair(pairs, listener, application, row):
    rows(application)[row](pairs[listener, application])
