"""Fails in the ways that a page of an error tells of."""

from routing import Routes

application = Routes()


def price(item):
    return item["price"]  # <is> not there


@application.at("/key")
def key(environ, start_response):
    return [price({"name": "tea"})]


@application.at("/cause")
def cause(environ, start_response):
    try:
        price({})
    except KeyError as error:
        raise RuntimeError("no <b>price</b>") from error


@application.at("/module")
def module(environ, start_response):
    import no_module_of_this_name  # noqa: F401


@application.at("/large")
def large(environ, start_response):
    raise ValueError('<"' * 1_000_000)


@application.at("/no-text")
def no_text(environ, start_response):
    class Silent(Exception):
        def __str__(self):
            raise ValueError

    raise Silent


@application.at("/surrogate")
def surrogate(environ, start_response):
    raise ValueError("\ud800\x1e\x1f\0")


@application.at("/begun")
def begun(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    yield b"begun"
    raise ValueError("too late for a page")
