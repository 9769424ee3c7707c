"""`--preload` and threads that the import of the application has started."""

import sys

import pytest
from needs import requires
from rawclient import exchange
from server import martlet_to_its_end

APPLICATION = """
{before}
def application(environ, start_response):
    start_response("200 OK", [])
    return [{answer}]
"""

NATIVE = """
import ctypes, threading
body = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p)
libc = ctypes.CDLL(None)
thread = ctypes.c_ulong()
# A thread of C that Python knows nothing of: it sleeps for ever.
assert libc.pthread_create(ctypes.byref(thread), None, ctypes.cast(libc.pause, ctypes.c_void_p), None) == 0
"""


def test_a_thread_of_a_library_in_c_is_warned_of_and_served(start, tmp_path):
    (tmp_path / "native.py").write_text(APPLICATION.format(before=NATIVE, answer='b"served"'))
    server = start("native", "--preload", chdir=tmp_path, workers=2)
    assert exchange(server.address).body == b"served"
    assert len(server.stderr.wait_for("warning .*started 1 threads of its own")) == 1


def test_numpy_is_served(start, tmp_path):
    requires(modules=("numpy",))
    before = "import numpy\nmatrix = numpy.ones((200, 200))\nmatrix @ matrix\n"
    (tmp_path / "numbers_app.py").write_text(APPLICATION.format(before=before, answer="b'%d' % (matrix @ matrix)[0, 0]"))
    server = start("numbers_app", "--preload", chdir=tmp_path, workers=2)
    for _ in range(10):
        assert exchange(server.address).body == b"200"


@pytest.mark.parametrize(
    "before",
    [
        "import threading; threading.Thread(target=threading.Event().wait, name='poller', daemon=True).start()",
        "import threading; threading.Thread(target=threading.Event().wait, name='poller').start()",
        "import _thread, threading; _thread.start_new_thread(threading.Event().wait, ())",
        "import concurrent.futures; pool = concurrent.futures.ThreadPoolExecutor(1, 'poller'); pool.submit(int).result()",
    ],
)
def test_a_thread_of_python_is_refused_by_name(tmp_path, before):
    (tmp_path / "threaded.py").write_text(APPLICATION.format(before=before, answer='b""'))
    ended = martlet_to_its_end(
        "run", "threaded", "--preload", "--bind", "127.0.0.1:0", "--python", sys.executable, cwd=tmp_path
    )
    assert ended.code == 3
    assert "starts threads while it is imported (poller" in ended.stderr or "_thread" in before and "(without a name)" in ended.stderr
