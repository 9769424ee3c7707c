"""Applications that do strange things to the process that they run in."""

import atexit
import ctypes
import gc
import multiprocessing
import os
import signal
import subprocess
import sys
import threading

import checkpoint
from routing import Routes, parameters, text

application = Routes()

if os.environ.get("MARTLET_TEST_ATEXIT"):
    atexit.register(checkpoint.tell, os.environ["MARTLET_TEST_ATEXIT"], "at exit")

if os.environ.get("MARTLET_TEST_IGNORES_TERM"):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)

if os.environ.get("MARTLET_TEST_THREAD_AT_IMPORT"):
    threading.Thread(target=threading.Event().wait, name="left running at import").start()

if os.environ.get("MARTLET_TEST_CHDIR_AT_IMPORT"):
    os.chdir("/")


@application.at("/pid")
def pid(environ, start_response):
    return text(start_response, str(os.getpid()))


# Ends of processes


@application.at("/os-exit")
def os_exit(environ, start_response):
    os._exit(int(parameters(environ)["code"]))


@application.at("/segfault")
def segfault(environ, start_response):
    ctypes.string_at(0)


@application.at("/abort")
def abort(environ, start_response):
    os.abort()


@application.at("/stops-itself")
def stops_itself(environ, start_response):
    """What `kill -TERM` of a worker by a person does."""
    os.kill(os.getpid(), signal.SIGTERM)
    return text(start_response, "still here")


@application.at("/sys-exit")
def sys_exit(environ, start_response):
    sys.exit("leaving by sys.exit")


@application.at("/exit-inside")
def exit_inside(environ, start_response):
    start_response("200 OK", [])
    yield b"first"
    checkpoint.reach(parameters(environ)["checkpoint"])
    os._exit(1)


# Exhaustion


@application.at("/recursion")
def recursion(environ, start_response):
    def deeper(number):
        return deeper(number + 1)

    deeper(0)


@application.at("/c-recursion")
def c_recursion(environ, start_response):
    """Recursion through C functions, far beyond the limit that Python sets by itself."""
    sys.setrecursionlimit(1_000_000)
    nested = []
    for _ in range(500_000):
        nested = [nested]
    return text(start_response, str(len(repr(nested))))


@application.at("/loops")
def loops(environ, start_response):
    checkpoint.tell(parameters(environ)["checkpoint"])
    while True:
        pass


@application.at("/sleeps-in-c")
def sleeps_in_c(environ, start_response):
    """Holds the GIL in a C function that never returns."""
    checkpoint.tell(parameters(environ)["checkpoint"])
    ctypes.PyDLL(None).pause()


@application.at("/memory-error")
def memory_error(environ, start_response):
    return [b"x" * sys.maxsize]


# Other processes and threads


@application.at("/fork-and-exit")
def fork_and_exit(environ, start_response):
    child = os.fork()
    if child == 0:
        os._exit(9)
    _, status = os.waitpid(child, 0)
    return text(start_response, "child ended with %d" % os.WEXITSTATUS(status))


@application.at("/fork-and-close")
def fork_and_close(environ, start_response):
    child = os.fork()
    if child == 0:
        os.closerange(0, 4096)
        os._exit(3)
    _, status = os.waitpid(child, 0)
    return text(start_response, "child ended with %d" % os.WEXITSTATUS(status))


@application.at("/fork-and-return")
def fork_and_return(environ, start_response):
    """The child returns from the application too, as after a forgotten `os._exit`."""
    child = os.fork()
    if child == 0:
        return text(start_response, "answer of the child")
    checkpoint.tell(parameters(environ)["checkpoint"], str(child))
    return text(start_response, "answer of the parent")


@application.at("/fork-and-stay")
def fork_and_stay(environ, start_response):
    """The child lives on as a daemon and holds every descriptor that it inherited."""
    child = os.fork()
    if child == 0:
        signal.pause()
        os._exit(0)
    return text(start_response, str(child))


def square(queue, number):
    queue.put(number * number)


@application.at("/multiprocessing")
def multiprocessing_(environ, start_response):
    context = multiprocessing.get_context(parameters(environ)["method"])
    queue = context.Queue()
    processes = [context.Process(target=square, args=(queue, number)) for number in range(3)]
    for process in processes:
        process.start()
    results = sorted(queue.get(timeout=60) for _ in processes)
    for process in processes:
        process.join()
    return text(start_response, str(results))


@application.at("/pool")
def pool(environ, start_response):
    with multiprocessing.get_context(parameters(environ)["method"]).Pool(2) as workers:
        return text(start_response, str(workers.map(abs, [-1, -2, -3])))


@application.at("/subprocess")
def subprocess_(environ, start_response):
    command = [sys.executable, "-c", "import sys; sys.stdout.write(sys.stdin.read().upper())"]
    done = subprocess.run(command, input=b"from a subprocess", stdout=subprocess.PIPE, check=True)
    return text(start_response, done.stdout)


@application.at("/inherited-descriptors")
def inherited_descriptors(environ, start_response):
    """Which descriptors a program sees that the application starts with all of them left open."""
    command = ["/bin/sh", "-c", "ls /proc/$$/fd"]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, close_fds=False)
    return text(start_response, " ".join(done.stdout.decode().split()))


@application.at("/thread")
def thread(environ, start_response):
    """Leaves a thread behind that never ends."""
    daemon = "daemon" in parameters(environ)
    threading.Thread(target=threading.Event().wait, daemon=daemon).start()
    return text(start_response, "left a thread")


@application.at("/busy-thread")
def busy_thread(environ, start_response):
    def work():
        while True:
            pass

    threading.Thread(target=work, daemon=True).start()
    return text(start_response, "left a busy thread")


@application.at("/background")
def background(environ, start_response):
    """A thread that goes on after the answer."""
    name = parameters(environ)["checkpoint"]
    threading.Thread(target=checkpoint.reach, args=(name, "in the background")).start()
    return text(start_response, "answered")


# State of the process


@application.at("/signal-handler")
def signal_handler(environ, start_response):
    """Only the main thread may set one; the request's thread is another."""
    signal.signal(signal.SIGUSR1, lambda *_: None)
    return text(start_response, "set")


@application.at("/chdir")
def chdir(environ, start_response):
    os.chdir("/")
    return text(start_response, os.getcwd())


@application.at("/environ")
def changes_environment(environ, start_response):
    os.environ.clear()
    sys.path.clear()
    return text(start_response, "cleared")


@application.at("/close")
def close_descriptors(environ, start_response):
    """Closes descriptors from `first` up to `last`."""
    query = parameters(environ)
    os.closerange(int(query["first"]), int(query["last"]) + 1)
    return text(start_response, "closed")


@application.at("/close-streams")
def close_streams(environ, start_response):
    sys.stdin.close()
    sys.stdout.close()
    sys.stderr.close()
    return text(start_response, "closed")


@application.at("/prints")
def prints(environ, start_response):
    name = parameters(environ)["name"]
    print("printed", name)
    sys.stdout.flush()
    os.write(1, b"written to 1 by " + name.encode() + b"\n")
    os.write(2, b"written to 2 by " + name.encode() + b"\n")
    sys.stderr.write("written to stderr by " + name + "\n")
    return text(start_response, "printed")


@application.at("/reads-stdin")
def reads_stdin(environ, start_response):
    return text(start_response, repr(sys.stdin.read() if sys.stdin else ""))


# Answers out of all proportion


@application.at("/huge-header")
def huge_header(environ, start_response):
    return text(start_response, "huge", headers=[("X-Huge", "v" * int(parameters(environ)["size"]))])


@application.at("/many-headers")
def many_headers(environ, start_response):
    count = int(parameters(environ)["count"])
    return text(start_response, "many", headers=[("X-Header-%d" % number, "v") for number in range(count)])


@application.at("/huge-status")
def huge_status(environ, start_response):
    return text(start_response, "huge", status="200 " + "x" * int(parameters(environ)["size"]))


@application.at("/replaces-environ")
def replaces_environ(environ, start_response):
    environ.clear()
    environ[7] = object()
    environ["wsgi.input"] = None
    return text(start_response, "replaced")


@application.at("/gc")
def collects(environ, start_response):
    gc.set_threshold(1)
    gc.collect()
    sys.setswitchinterval(1e-6)
    return text(start_response, "collected")


@application.at("/trace")
def traces(environ, start_response):
    """A debugger or a coverage tool in this thread."""
    calls = []
    sys.settrace(lambda frame, event, argument: calls.append(event))
    answer = text(start_response, "traced")
    sys.settrace(None)
    return answer
