"""Applications that give `wsgi.input`, `write` and the like to threads of their own."""

import threading
import time

import checkpoint
from routing import Routes, parameters, text

application = Routes()

BLOCK = 65536


def outcome(call):
    """What a call gave, or the name of its exception."""
    try:
        return repr(call())
    except BaseException as error:
        return "raised " + type(error).__name__


READS = {
    "read": lambda source: source.read(),
    "read-some": lambda source: source.read(100),
    "readline": lambda source: source.readline(),
    "readlines": lambda source: source.readlines(),
    "iterate": lambda source: list(source),
}


def begin(name, work):
    """Runs `work` in a thread that tells the test what came of it."""
    threading.Thread(target=lambda: checkpoint.tell(name, outcome(work)), daemon=True).start()


@application.at("/leaves-a-reader")
def leaves_a_reader(environ, start_response):
    """Answers when the test says that its thread is in a read."""
    query = parameters(environ)
    source = environ["wsgi.input"]
    begin(query["checkpoint"] + "-read", lambda: READS[query["by"]](source))
    checkpoint.reach(query["checkpoint"])
    return text(start_response, "answered")


@application.at("/leaves-a-writer")
def leaves_a_writer(environ, start_response):
    """Answers while its thread waits for a client that does not read."""
    name = parameters(environ)["checkpoint"]
    write = start_response("200 OK", [("Content-Type", "application/octet-stream")])
    begin(name + "-written", lambda: write(b"w" * 30_000_000))
    checkpoint.reach(name)
    return []


kept = {}


@application.at("/keep")
def keep(environ, start_response):
    write = start_response("200 OK", [("Content-Length", "4")])
    kept.update(environ=environ, start_response=start_response, write=write)
    return [b"kept"]


LATE = {
    "read": lambda: kept["environ"]["wsgi.input"].read(),
    "readline": lambda: kept["environ"]["wsgi.input"].readline(),
    "write": lambda: kept["write"](b"late"),
    "start_response": lambda: kept["start_response"]("418 Late", []),
    "hints": lambda: kept["environ"]["wsgi.early_hints"]([("Link", "</late>")]),
}


@application.at("/use-kept")
def use_kept(environ, start_response):
    """Another thread uses what an ended request has left while this one is under way."""
    outcomes = []
    thread = threading.Thread(target=lambda: outcomes.append(outcome(LATE[parameters(environ)["by"]])))
    thread.start()
    thread.join()
    return text(start_response, outcomes[0])


@application.at("/read-by-two")
def read_by_two(environ, start_response):
    """Two threads share one body. All of its bytes are there, in whatever order."""
    pieces = []

    def work():
        for piece in iter(lambda: environ["wsgi.input"].read(1000), b""):
            pieces.append(piece)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return text(start_response, "%d %d" % (sum(map(len, pieces)), sum(map(sum, pieces))))


@application.at("/written-by-two")
def written_by_two(environ, start_response):
    write = start_response("200 OK", [("Content-Length", str(2 * 50 * BLOCK))])
    threads = [threading.Thread(target=lambda: [write(b"x" * BLOCK) for _ in range(50)]) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return []


@application.at("/changing-list")
def changing_list(environ, start_response):
    """The items of the list are others all the time while it is sent."""
    blocks = [bytes([65 + number % 26]) * BLOCK for number in range(int(parameters(environ)["blocks"]))]
    sent = threading.Event()

    def change():
        end = time.monotonic() + 60
        while not sent.is_set() and time.monotonic() < end:
            for number in range(len(blocks)):
                blocks[number] = bytes([97 + number % 26]) * BLOCK
            time.sleep(0.0005)

    thread = threading.Thread(target=change, daemon=True)
    start_response("200 OK", [])
    thread.start()
    kept["sent"] = sent
    return blocks


@application.at("/emptied-list")
def emptied_list(environ, start_response):
    """The list is emptied once the client has seen the beginning of it."""
    blocks = [b"x" * BLOCK for _ in range(int(parameters(environ)["blocks"]))]
    name = parameters(environ)["checkpoint"]
    threading.Thread(target=lambda: (checkpoint.reach(name), blocks.clear(), checkpoint.tell(name + "-done"))).start()
    start_response("200 OK", [])
    return blocks


@application.at("/sent")
def sent(environ, start_response):
    kept["sent"].set()
    return text(start_response, "noted")


@application.at("/echo")
def echo(environ, start_response):
    return text(start_response, environ["wsgi.input"].read())
