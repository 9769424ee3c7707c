"""Server-sent events: the page shows the time of the server, without asking again."""

import json
import time
from itertools import count

from flask import Flask, Response, request

app = Flask(__name__)
PAGE = """<!doctype html><meta charset="utf-8"><title>Events</title><h1>It is <output>…</output></h1>
<script>new EventSource("events").onmessage = event => document.querySelector("output").value = JSON.parse(event.data).time</script>"""


@app.get("/")
def page():
    return PAGE


@app.get("/events")
def events():
    # A browser that was away says what it has heard last.
    first = request.headers.get("Last-Event-ID", 0, type=int) + 1

    def each():
        for number in count(first):
            yield f"id: {number}\ndata: {json.dumps({'time': time.strftime('%H:%M:%S')})}\n\n"
            time.sleep(1)

    return Response(each(), content_type="text/event-stream", headers={"Cache-Control": "no-store"})
