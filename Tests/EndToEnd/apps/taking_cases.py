"""Reads bodies as frameworks do: as many bytes as CONTENT_LENGTH says, none where there is no such key."""

import hashlib
import json

import checkpoint
from routing import Routes, parameters, text

application = Routes()


@application.at("/seen")
def seen(environ, start_response):
    """What the application sees of its body."""
    name = parameters(environ).get("checkpoint")
    if name:
        checkpoint.tell(name, "called")
    length = environ.get("CONTENT_LENGTH")
    body = environ["wsgi.input"].read(int(length or 0))
    return text(
        start_response,
        json.dumps(
            {
                "length": length,
                "size": len(body),
                "digest": hashlib.sha256(body).hexdigest(),
                "rest": len(environ["wsgi.input"].read()),
                "coding": environ.get("HTTP_TRANSFER_ENCODING"),
                "terminated": environ.get("wsgi.input_terminated"),
            }
        ),
    )


@application.at("/lines")
def lines(environ, start_response):
    """The same by lines."""
    digest = hashlib.sha256()
    for line in environ["wsgi.input"]:
        digest.update(line)
    return text(start_response, digest.hexdigest())


@application.at("/unread")
def unread(environ, start_response):
    return text(start_response, "not read")


@application.at("/alive")
def alive(environ, start_response):
    return text(start_response, "alive")
