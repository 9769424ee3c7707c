import os
import socket

from flask import Flask

app = Flask(__name__)


@app.get("/")
def index():
    return f"The shop, served by {socket.gethostname()} as user {os.getuid()}.\n"
