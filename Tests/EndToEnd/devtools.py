"""A headless Chromium that is driven through the DevTools protocol, over its pipe: no port, no library."""

import fcntl
import json
import os
import select
import subprocess
import time
from pathlib import Path

from needs import requires

# What a person sees of a page, and can do with it. Hosts and ports are left out.
SIGHT = """(() => {
  const path = url => { const it = new URL(url, location.href); return it.pathname + it.search + it.hash }
  const field = it => ({
    kind: it.tagName.toLowerCase(), type: it.type, name: it.name, value: it.type == "password" ? "" : it.value,
    label: it.labels && it.labels[0] ? it.labels[0].innerText : it.innerText, required: !!it.required,
  })
  return JSON.stringify({
    address: path(location.href), title: document.title, text: document.body.innerText,
    links: [...document.links].map(it => [it.innerText, path(it.href)]),
    forms: [...document.forms].map(it => ({method: it.method, action: path(it.action), fields: [...it.elements].map(field)})),
    messages: [...document.querySelectorAll("[role=status]")].map(it => it.innerText),
  })
})()"""

# Screens.
DESK = {"width": 1280, "height": 800, "deviceScaleFactor": 1, "mobile": False}
PHONE = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}


class Browser:
    """One browser with a profile of its own: one person."""

    def __init__(self, folder: Path):
        requires("chromium")
        to_read, self._out = os.pipe()
        self._in, to_write = os.pipe()
        # Chromium reads from 3 and writes to 4. In the shell none of the copies can be one of them.
        reading, writing = (fcntl.fcntl(end, fcntl.F_DUPFD, 100) for end in (to_read, to_write))
        self._process = subprocess.Popen(
            [
                "bash", "-c", f'exec "$@" 3<&{reading} 4>&{writing} {reading}<&- {writing}>&-', "bash", "chromium", "--headless",
                "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-dev-shm-usage",
                "--disable-background-networking", "--disable-component-update", f"--user-data-dir={folder / 'profile'}",
                "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "--remote-debugging-pipe", "about:blank",
            ],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, pass_fds=(reading, writing),
        )
        for end in (to_read, to_write, reading, writing):
            os.close(end)
        self._number, self._buffer = 0, b""
        self._events: list[dict] = []
        pages = [it for it in self._call("Target.getTargets")["targetInfos"] if it["type"] == "page"]
        attached = self._call("Target.attachToTarget", targetId=pages[0]["targetId"], flatten=True)
        self._session = attached["sessionId"]
        self._call("Page.enable")
        self._call("Page.setLifecycleEventsEnabled", enabled=True)

    def _call(self, method: str, deadline: float = 30, **parameters: object) -> dict:
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if session := getattr(self, "_session", None):
            message["sessionId"] = session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        end = time.monotonic() + deadline
        while True:
            answer = self._next(end, method)
            if answer.get("id") == self._number:
                assert "error" not in answer, (method, answer)
                return answer["result"]
            if answer.get("method") == "Page.lifecycleEvent":
                self._events.append(answer["params"])

    def _next(self, end: float, method: str) -> dict:
        while b"\0" not in self._buffer:
            readable, _, _ = select.select([self._in], [], [], max(0, end - time.monotonic()))
            assert readable, f"the browser does not answer {method}"
            data = os.read(self._in, 1 << 16)
            assert data, "the browser has ended"
            self._buffer += data
        line, _, self._buffer = self._buffer.partition(b"\0")
        return json.loads(line)

    def run(self, script: str) -> object:
        """The value of an expression in the page."""
        result = self._call("Runtime.evaluate", expression=script, returnByValue=True)
        assert "exceptionDetails" not in result, (script, result)
        return result["result"].get("value")

    def _until_loaded(self, action: str, deadline: float = 30) -> None:
        """
        Does something that leads to another page, and waits until that one is loaded. Meanwhile the page is asked nothing: which of
        the two would answer is not certain, and a page that is being left answers with an error.
        """
        former = self._call("Page.getFrameTree")["frameTree"]["frame"]
        self._events.clear()
        self.run(action)
        end = time.monotonic() + deadline
        while not any(self._is_loaded(it, former) for it in self._events):
            event = self._next(end, action)
            if event.get("method") == "Page.lifecycleEvent":
                self._events.append(event["params"])

    def _is_loaded(self, event: dict, former: dict) -> bool:
        return event["name"] == "load" and event["frameId"] == former["id"] and event["loaderId"] != former["loaderId"]

    def go(self, url: str) -> None:
        self._until_loaded(f"void (location.href = {json.dumps(url)})")

    def follow(self, text: str) -> None:
        """Clicks on a link."""
        self._until_loaded(f"[...document.links].find(it => it.innerText == {json.dumps(text)}).click()")

    def fill(self, **fields: str) -> None:
        for name, value in fields.items():
            self.run(f"document.querySelector('[name={name}]').value = {json.dumps(value)}")

    def press(self, text: str) -> None:
        """Clicks on a button that sends a form."""
        self._until_loaded(
            f"[...document.querySelectorAll('main button, nav button')].findLast(it => it.innerText == {json.dumps(text)}).click()"
        )

    def sight(self) -> dict:
        return json.loads(self.run(SIGHT))

    def show_as(self, scheme: str, size: dict) -> None:
        """As a person's settings and device have it: `light` or `dark`, and the metrics of a screen."""
        self._call("Emulation.setDeviceMetricsOverride", **size)
        self._call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def picture(self) -> str:
        """What is on the screen, as a PNG in base64."""
        return self._call("Page.captureScreenshot")["data"]

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(timeout=20)
        os.close(self._out)
        os.close(self._in)
