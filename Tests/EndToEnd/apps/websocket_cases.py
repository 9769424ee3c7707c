"""WebSockets under WSGI: simple-websocket by itself, Flask-Sock, and the bare socket."""

import json
import socket
import time

import checkpoint
import flask
import flask_sock
import simple_websocket
from routing import Routes, parameters, text

application = Routes()


@application.at("/echo")
def echo(environ, start_response):
    websocket = simple_websocket.Server(environ)
    try:
        while True:
            websocket.send(websocket.receive())
    except simple_websocket.ConnectionClosed as closed:
        # The library tells of the end before its own thread has sent the closing frame.
        websocket.thread.join()
        if "checkpoint" in parameters(environ):
            checkpoint.tell(parameters(environ)["checkpoint"], str(closed.reason))
    start_response("200 OK", [])
    return [b"this must not be sent"]


@application.at("/count")
def count(environ, start_response):
    """Sends so many messages of so many bytes, and returns without a closing frame."""
    query = parameters(environ)
    websocket = simple_websocket.Server(environ)
    for number in range(int(query["messages"])):
        websocket.send(b"%08d" % number + bytes(int(query["bytes"]) - 8))
        if "checkpoint" in query:
            checkpoint.tell(query["checkpoint"])
    raise ConnectionError


@application.at("/crash")
def crash(environ, start_response):
    websocket = simple_websocket.Server(environ)
    websocket.send("before")
    raise ValueError("in the middle of a WebSocket")


@application.at("/raw")
def raw(environ, start_response):
    """What the socket is and what its reads and writes end with."""
    query = parameters(environ)
    connection = environ["werkzeug.socket"]
    connection.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: raw\r\nConnection: Upgrade\r\n\r\n")
    received = b""
    while data := connection.recv(100000):
        received += data
    outcome = "end"
    try:
        while True:
            connection.sendall(bytes(100000))
    except OSError as error:
        outcome = type(error).__name__
    checkpoint.tell(query["checkpoint"], f"{len(received)} {outcome}")
    return []


@application.at("/slow-reader")
def slow_reader(environ, start_response):
    """Reads nothing before the test lets it."""
    connection = environ["werkzeug.socket"]
    connection.sendall(b"HTTP/1.1 101 Switching Protocols\r\n\r\n")
    checkpoint.reach(parameters(environ)["checkpoint"])
    total = 0
    while total < int(parameters(environ)["bytes"]):
        total += len(connection.recv(1 << 20))
    connection.sendall(b"%d" % total)
    return []


@application.at("/refusal")
def refusal(environ, start_response):
    """The library's own answer is not a 101."""
    environ["werkzeug.socket"].sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno")
    return []


@application.at("/unused")
def unused(environ, start_response):
    connection = environ["werkzeug.socket"]
    shown = [isinstance(connection, socket.socket), repr(connection)]
    if "touch" in parameters(environ):
        shown.append(connection.fileno() > 2)
    return text(start_response, json.dumps(shown))


kept = []


@application.at("/keep")
def keep(environ, start_response):
    kept.append(environ["werkzeug.socket"])
    return text(start_response, "kept")


@application.at("/use-kept")
def use_kept(environ, start_response):
    try:
        kept[-1].send(b"x")
    except OSError as error:
        return text(start_response, str(error))
    return text(start_response, "sent")


@application.at("/leave-behind")
def leave_behind(environ, start_response):
    """Returns while it still holds the socket, and lets another request see what becomes of it."""
    connection = environ["werkzeug.socket"]
    connection.sendall(b"HTTP/1.1 101 Switching Protocols\r\n\r\n")
    kept.append(connection)
    return []


@application.at("/read-kept")
def read_kept(environ, start_response):
    return text(start_response, repr(kept[-1].recv(10)))


@application.at("/sleep")
def sleep(environ, start_response):
    websocket = simple_websocket.Server(environ)
    while websocket.connected:
        time.sleep(0.01)
    checkpoint.tell(parameters(environ)["checkpoint"])
    return []


@application.at("/offered")
def offered(environ, start_response):
    return text(start_response, str("werkzeug.socket" in environ))


flask_application = flask.Flask(__name__)
sock = flask_sock.Sock(flask_application)


@sock.route("/echo")
def flask_echo(websocket):
    while True:
        message = websocket.receive()
        if message == "bye":
            return
        websocket.send(message)


@flask_application.get("/")
def index():
    return "hello"
