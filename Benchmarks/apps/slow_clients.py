"""The raw application of `slow-clients`: a small answer, a body that is read whole, and 2 MB in blocks."""

TEXT = [("Content-Type", "text/plain")]
BLOCK = bytes(64_000)
DOWNLOAD = 2_000_000


def application(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/upload":
        return answer(start_response, b"%d" % received(environ["wsgi.input"]))
    if path == "/download":
        start_response("200 OK", [("Content-Type", "application/octet-stream"), ("Content-Length", str(DOWNLOAD))])
        return blocks(DOWNLOAD)
    return answer(start_response, b"Hello World!")


def answer(start_response, body):
    start_response("200 OK", [*TEXT, ("Content-Length", str(len(body)))])
    return [body]


def received(body):
    count = 0
    while block := body.read(16_384):
        count += len(block)
    return count


def blocks(count):
    """A generator: no server can know the answer before it is made."""
    while count:
        block = BLOCK[:count]
        count -= len(block)
        yield block
