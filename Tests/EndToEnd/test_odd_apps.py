"""Applications that do strange things: what happens to that request, and that the server goes on.

Each test has a server of its own with one worker, unless another worker is the point.
"""

import os
import signal

import pytest
import waiting
from processes import is_alive
from rawclient import Connection, exchange, request_bytes

APP = "odd_cases:application"


@pytest.fixture
def server(start, checkpoints):
    """Whose workers may have changed at the end."""
    server = start(APP, workers=1, threads=2, env=checkpoints.env)
    yield server
    if server.process.poll() is None:
        server.stop(same_workers=False)


@pytest.fixture(scope="module")
def steady(start_for_file, checkpoints):
    """Shared by what must leave the worker as it is: a worker that is replaced is a failure at the end."""
    return start_for_file(APP, workers=1, threads=4, env=checkpoints.env)


def assert_goes_on(server) -> None:
    """A few requests, enough to meet each of a worker's threads."""
    for _ in range(20):
        assert exchange(server.address, "/pid").status == 200


# Ends of processes


@pytest.mark.parametrize("target", ["/os-exit?code=0", "/os-exit?code=7", "/segfault", "/abort"])
def test_the_end_of_the_process_is_a_502(server, target):
    victim = server.workers()[0]
    for _ in range(2):
        assert exchange(server.address, target).status == 502
    assert_goes_on(server)
    assert victim not in server.workers()


def test_the_end_of_the_process_inside_a_body_cuts_it_off(server, checkpoints):
    name = checkpoints.new_name()
    with Connection(server.address) as connection:
        connection.send(request_bytes(f"/exit-inside?checkpoint={name}"))
        assert connection.read_head().status == 200
        assert connection.read_chunk() == b"first"
        checkpoints.wait_for(name).go()
        with pytest.raises((EOFError, ConnectionError)):
            connection.read_chunk()
    assert_goes_on(server)


def test_sys_exit_is_a_500_and_not_the_end(steady):
    assert exchange(steady.address, "/sys-exit").status == 500
    steady.stderr.wait_for("SystemExit: leaving by sys.exit")
    assert_goes_on(steady)


def test_a_worker_that_is_sent_term_is_replaced_or_stays(server):
    assert exchange(server.address, "/stops-itself").status in (200, 502)
    assert_goes_on(server)


# Exhaustion


def test_endless_recursion_is_a_500(steady):
    assert exchange(steady.address, "/recursion").status == 500
    steady.stderr.wait_for("RecursionError")
    assert_goes_on(steady)


def test_recursion_in_c_is_a_500_or_the_end_of_the_worker(server):
    assert exchange(server.address, "/c-recursion").status in (200, 500, 502)
    assert_goes_on(server)


def test_more_memory_than_there_is_is_a_500(steady):
    assert exchange(steady.address, "/memory-error").status == 500
    steady.stderr.wait_for("MemoryError")
    assert_goes_on(steady)


@pytest.mark.parametrize(("path", "threads"), [("/loops", 1), ("/sleeps-in-c", 1), ("/sleeps-in-c", 4)])
def test_a_worker_that_never_comes_back_is_one_worker_less(start, checkpoints, connect, path, threads):
    """The other one goes on serving, and a second signal ends the server without the stuck request."""
    server = start(APP, workers=2, threads=threads, env=checkpoints.env)
    name = checkpoints.new_name()
    stuck = connect(server).send(request_bytes(f"{path}?checkpoint={name}"))
    pid = checkpoints.wait_for(name).pid
    for _ in range(50):
        response = exchange(server.address, "/pid")
        assert response.status == 200
        if path == "/sleeps-in-c" or threads == 1:
            assert int(response.body) != pid
    os.kill(pid, signal.SIGKILL)
    assert stuck.read_response().status == 502
    server.stop(same_workers=False)


def test_a_loop_leaves_the_other_threads_of_its_worker_some_time(start, checkpoints, connect):
    server = start(APP, workers=1, threads=2, env=checkpoints.env)
    name = checkpoints.new_name()
    connect(server).send(request_bytes(f"/loops?checkpoint={name}"))
    pid = checkpoints.wait_for(name).pid
    for _ in range(20):
        assert int(exchange(server.address, "/pid").body) == pid
    os.kill(pid, signal.SIGKILL)
    server.wait_for_workers(1, other_than=[pid])
    server.stop(same_workers=False)


# Other processes and threads


def test_a_child_that_exits_is_the_applications_own_business(steady):
    for _ in range(5):
        assert exchange(steady.address, "/fork-and-exit").body == b"child ended with 9"
    assert_goes_on(steady)


def test_a_child_that_returns_from_the_application_answers_nothing(server, checkpoints):
    name = checkpoints.new_name()
    with Connection(server.address) as connection:
        response = connection.request(f"/fork-and-return?checkpoint={name}")
        assert (response.status, response.body) == (200, b"answer of the parent")
        child = int(checkpoints.wait_for(name).text)
        waiting.until(lambda: not is_alive(child), "the forked child to end")
        for _ in range(20):
            assert connection.request("/pid").body == str(server.first_workers[0]).encode()


def test_a_child_that_stays_does_not_keep_connections_open(start, checkpoints):
    """What a daemon inherits must not hold a client's connection or the listener."""
    server = start(APP, workers=1, env=checkpoints.env)
    with Connection(server.address) as connection:
        child = int(connection.request("/fork-and-stay", headers=[("Connection", "close")]).body)
        connection.expect_end()
    assert_goes_on(server)
    assert is_alive(child)
    server.stop(leaves_nothing=False)
    waiting.until(lambda: not is_alive(child), "the end of this test's own leftover, which is killed")


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
@pytest.mark.parametrize("path", ["/multiprocessing", "/pool"])
def test_multiprocessing_works(start, checkpoints, path, method):
    expected = {"/multiprocessing": b"[0, 1, 4]", "/pool": b"[1, 2, 3]"}[path]
    server = start(APP, workers=1, env=checkpoints.env)
    for _ in range(2):
        assert exchange(server.address, f"{path}?method={method}").body == expected
    assert_goes_on(server)
    # Python's own helpers (resource tracker, fork server) end by themselves some time after their worker.
    server.stop(leaves_nothing=method == "fork")


def test_subprocesses_work(steady):
    for _ in range(3):
        assert exchange(steady.address, "/subprocess").body == b"FROM A SUBPROCESS"


def test_a_subprocess_inherits_none_of_the_servers_descriptors(steady):
    """0, 1, 2, and the one that `ls` has open itself."""
    assert len(exchange(steady.address, "/inherited-descriptors").body.split()) <= 4


def test_daemon_threads_left_running_do_not_hold_up_the_server(start, checkpoints):
    server = start(APP, workers=1, env=checkpoints.env)
    for _ in range(3):
        assert exchange(server.address, "/thread?daemon").body == b"left a thread"
    assert_goes_on(server)
    server.stop()


def test_threads_left_running_in_a_request_and_at_import_do_not_keep_the_server_from_ending(start, checkpoints):
    """Python waits for such threads when it ends; a server does not wait for ever."""
    server = start(APP, workers=1, env={**checkpoints.env, "MARTLET_TEST_THREAD_AT_IMPORT": "1"})
    assert exchange(server.address, "/thread?plain").body == b"left a thread"
    assert_goes_on(server)
    server.stop()


def test_a_busy_thread_left_running_slows_down_but_stops_nothing(start, checkpoints):
    server = start(APP, workers=1, env=checkpoints.env)
    assert exchange(server.address, "/busy-thread").status == 200
    assert_goes_on(server)
    server.stop()


def test_a_thread_goes_on_after_the_answer(steady, checkpoints):
    name = checkpoints.new_name()
    assert exchange(steady.address, f"/background?checkpoint={name}").body == b"answered"
    arrival = checkpoints.wait_for(name)
    assert arrival.text == "in the background"
    arrival.go()


# State of the process


def test_a_signal_handler_cannot_be_set_in_a_request(steady):
    """As under every server that runs requests in threads: Python raises a ValueError."""
    assert exchange(steady.address, "/signal-handler").status == 500
    steady.stderr.wait_for("ValueError: signal only works in main thread")


def test_an_application_that_ignores_term_does_not_hold_up_the_server(start, checkpoints):
    server = start(APP, workers=2, env={**checkpoints.env, "MARTLET_TEST_IGNORES_TERM": "1"})
    assert_goes_on(server)
    server.stop()


def test_atexit_runs_once_in_each_worker_at_a_graceful_stop(start, checkpoints):
    name = checkpoints.new_name()
    server = start(APP, workers=2, env={**checkpoints.env, "MARTLET_TEST_ATEXIT": name})
    workers = server.workers()
    assert_goes_on(server)
    server.stop()
    assert sorted(arrival.pid for arrival in checkpoints.arrived(name)) == workers


@pytest.mark.parametrize("env", [{}, {"MARTLET_TEST_CHDIR_AT_IMPORT": "1"}], ids=["in a request", "at import"])
def test_a_changed_directory_does_no_harm_and_the_next_worker_finds_its_application(start, checkpoints, env):
    server = start(APP, workers=1, env={**checkpoints.env, **env})
    assert exchange(server.address, "/chdir").body == b"/"
    assert_goes_on(server)
    assert exchange(server.address, "/os-exit?code=1").status == 502
    assert_goes_on(server)
    server.stop(same_workers=False)


def test_cleared_environment_variables_and_module_path_do_no_harm(server):
    assert exchange(server.address, "/environ").body == b"cleared"
    assert_goes_on(server)
    assert exchange(server.address, "/os-exit?code=1").status == 502
    assert_goes_on(server)


def test_closed_standard_descriptors_do_no_harm(server):
    assert exchange(server.address, "/close?first=0&last=2").body == b"closed"
    assert_goes_on(server)
    assert exchange(server.address, "/sys-exit").status == 500
    assert exchange(server.address, "/subprocess").status in (200, 500)
    assert_goes_on(server)


def test_closed_standard_streams_do_no_harm(server):
    assert exchange(server.address, "/close-streams").body == b"closed"
    assert_goes_on(server)
    assert exchange(server.address, "/sys-exit").status == 500
    assert_goes_on(server)


def test_a_child_that_closes_every_descriptor_does_no_harm(steady):
    """As daemons do after a fork."""
    assert exchange(steady.address, "/fork-and-close").body == b"child ended with 3"
    assert_goes_on(steady)


def test_what_is_printed_is_shown_and_is_no_part_of_the_answer(steady):
    response = exchange(steady.address, "/prints?name=pierrot")
    assert response.body == b"printed"
    for line in (
        "printed pierrot",
        "written to 1 by pierrot",
        "written to 2 by pierrot",
        "written to stderr by pierrot",
    ):
        waiting.until(lambda line=line: line in steady.stdout.text + steady.stderr.text, line)


def test_standard_input_is_empty(steady):
    assert exchange(steady.address, "/reads-stdin").body == b"''"


def test_a_changed_environ_does_no_harm(steady):
    with Connection(steady.address) as connection:
        for _ in range(3):
            assert connection.request("/replaces-environ").body == b"replaced"
            assert connection.request("/pid").status == 200


def test_collecting_at_every_allocation_does_no_harm(server):
    assert exchange(server.address, "/gc").body == b"collected"
    assert_goes_on(server)


def test_a_trace_function_does_no_harm(steady):
    assert exchange(steady.address, "/trace").body == b"traced"
    assert_goes_on(steady)


# Answers out of all proportion


@pytest.mark.parametrize("size", [1_000, 8_000, 16_000])
def test_a_large_header_arrives_whole(steady, size):
    response = exchange(steady.address, f"/huge-header?size={size}")
    assert response.status == 200
    assert response.header("X-Huge") == "v" * size


@pytest.mark.parametrize(
    "target",
    [
        "/huge-header?size=200000",
        "/huge-header?size=20000000",
        "/many-headers?count=100000",
        "/huge-status?size=1000000",
    ],
)
def test_a_head_out_of_all_proportion_arrives_whole_or_is_a_500(steady, target):
    assert exchange(steady.address, target).status in (200, 500)
    assert_goes_on(steady)


def test_many_headers_arrive_whole(steady):
    response = exchange(steady.address, "/many-headers?count=300")
    assert [value for name, value in response.headers if name.startswith("X-Header-")] == ["v"] * 300
