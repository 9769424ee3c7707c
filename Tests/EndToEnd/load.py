"""Many requests over a few connections, from threads."""

import threading
from collections import Counter
from collections.abc import Callable

from rawclient import Address, Connection, Response


def run_requests(
    address: Address,
    request: bytes,
    check: Callable[[Response], None],
    count: int = 10_000,
    connections: int = 8,
    pipeline: int = 10,
) -> Counter:
    """Sends `request` `count` times, in batches of `pipeline` on kept-alive connections, and checks each response.

    Returns how often each status came. The first failure of a thread is raised.
    """
    statuses: Counter = Counter()
    failures: list[BaseException] = []
    lock = threading.Lock()

    def work(batches: int) -> None:
        seen: Counter = Counter()
        try:
            with Connection(address) as connection:
                for _ in range(batches):
                    connection.send(request * pipeline)
                    for _ in range(pipeline):
                        response = connection.read_response()
                        check(response)
                        seen[response.status] += 1
        except BaseException as failure:
            failures.append(failure)
        with lock:
            statuses.update(seen)

    batches, rest = divmod(count, pipeline * connections)
    assert rest == 0, "the connections share the requests evenly"
    threads = [threading.Thread(target=work, args=(batches,)) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return statuses
