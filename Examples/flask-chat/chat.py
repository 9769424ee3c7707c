"""A chat: what one says, all hear. Each open WebSocket has a thread, so `threads` in martlet.toml is how many may be there."""

import threading

from flask import Flask, render_template
from flask_sock import Sock
from simple_websocket import ConnectionClosed

app = Flask(__name__)
# A connection that has gone without a word is noticed.
app.config["SOCK_SERVER_OPTIONS"] = {"ping_interval": 25}
sock = Sock(app)
here = set()
lock = threading.Lock()


@app.get("/")
def page():
    return render_template("chat.html")


@sock.route("/chat")
def chat(socket):
    with lock:
        here.add(socket)
    try:
        while True:
            say(socket.receive()[:1000])
    finally:
        with lock:
            here.discard(socket)


def say(text: str) -> None:
    with lock:
        listeners = list(here)
    for listener in listeners:
        try:
            listener.send(text)
        except ConnectionClosed:
            pass  # Its own thread takes it away.
