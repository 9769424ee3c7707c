"""Bodies that were taken in before the application was called: what it has of them, and what it may do to them."""

import hashlib
import json
import os
import threading
import zipfile

import checkpoint
from routing import Routes, parameters, text

application = Routes()


def seen(environ):
    body = environ["wsgi.input"].read()
    return {
        "length": environ.get("CONTENT_LENGTH"),
        "size": len(body),
        "digest": hashlib.sha256(body).hexdigest(),
        "coding": environ.get("HTTP_TRANSFER_ENCODING"),
        "terminated": environ.get("wsgi.input_terminated"),
    }


@application.at("/seen")
def answer_with_what_is_seen(environ, start_response):
    name = parameters(environ).get("checkpoint")
    if name:
        checkpoint.tell(name, "called")
    return text(start_response, json.dumps(seen(environ)))


@application.at("/again")
def again(environ, start_response):
    """Reads everything twice, the second time by lines, and then some of the end."""
    source = environ["wsgi.input"]
    first = seen(environ)
    places = [source.tell(), source.seek(0), source.tell()]
    lines = hashlib.sha256()
    for line in source:
        lines.update(line)
    places += [source.tell(), source.seek(-min(3, first["size"]), 2)]
    return text(
        start_response,
        json.dumps(
            {
                **first,
                "lines": lines.hexdigest(),
                "places": places,
                "tail": source.read().decode("latin-1"),
                "rest": len(source.read()),
            }
        ),
    )


@application.at("/half-then-half")
def half_then_half(environ, start_response):
    """Reads half of its body, lets the test know, and reads the rest."""
    source = environ["wsgi.input"]
    digest = hashlib.sha256(source.read(int(environ["CONTENT_LENGTH"]) // 2))
    checkpoint.reach(parameters(environ)["checkpoint"], str(os.getpid()))
    digest.update(source.read())
    return text(start_response, digest.hexdigest())


@application.at("/in-small-pieces")
def in_small_pieces(environ, start_response):
    digest = hashlib.sha256()
    for piece in iter(lambda: environ["wsgi.input"].read(777), b""):
        digest.update(piece)
    return text(start_response, digest.hexdigest())


@application.at("/by-many-threads")
def by_many_threads(environ, start_response):
    """Eight threads begin to read at the same moment. Between them they have all of it."""
    pieces, together = [], threading.Barrier(8)
    size = int(parameters(environ).get("piece", 70_000))

    def work():
        together.wait()
        for piece in iter(lambda: environ["wsgi.input"].read(size), b""):
            pieces.append(piece)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return text(start_response, "%d %d" % (sum(map(len, pieces)), sum(map(sum, pieces))))


@application.at("/archive")
def archive(environ, start_response):
    """A ZIP archive is read from its end."""
    with zipfile.ZipFile(environ["wsgi.input"]) as archive:
        return text(start_response, json.dumps({name: len(archive.read(name)) for name in archive.namelist()}))


@application.at("/unread")
def unread(environ, start_response):
    return text(start_response, "not read")


@application.at("/alive")
def alive(environ, start_response):
    return text(start_response, "alive")


def nameless_files():
    """The descriptors of this process that are of files without a name."""
    found = []
    for name in os.listdir("/proc/self/fd"):
        try:
            if os.readlink("/proc/self/fd/" + name).startswith(os.environ["TMPDIR"]):
                found.append(int(name))
        except OSError:
            pass
    return found


@application.at("/files")
def files(environ, start_response):
    return text(start_response, json.dumps(nameless_files()))


@application.at("/abuses-its-file")
def abuses_its_file(environ, start_response):
    """Does to the file what can be done to a descriptor that one has, and then reads on."""
    source = environ["wsgi.input"]
    first = source.read(100_000)
    outcomes = []
    for descriptor in nameless_files():
        os.lseek(descriptor, 5, os.SEEK_SET)
        for change in (lambda: os.write(descriptor, b"x"), lambda: os.ftruncate(descriptor, 10)):
            try:
                change()
            except OSError:
                outcomes.append("refused")
    return text(start_response, json.dumps([outcomes, hashlib.sha256(first + source.read()).hexdigest()]))


@application.at("/cuts-its-file-short")
def cuts_its_file_short(environ, start_response):
    """Opens the file once more, as its owner can."""
    source = environ["wsgi.input"]
    source.read(100_000)
    for descriptor in nameless_files():
        os.truncate("/proc/self/fd/%d" % descriptor, 10)
    source.seek(300_000)
    try:
        source.read()
    except OSError as error:
        return text(start_response, str(error))


@application.at("/forks")
def forks(environ, start_response):
    """What a child of this request has of its body; the parent reads on."""
    source = environ["wsgi.input"]
    first = source.read(70_000)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(writing, str(len(nameless_files())).encode())
        finally:
            os._exit(0)
    os.close(writing)
    inherited = os.read(reading, 10).decode()
    os.close(reading)
    os.waitpid(child, 0)
    return text(start_response, json.dumps([inherited, hashlib.sha256(first + source.read()).hexdigest()]))
