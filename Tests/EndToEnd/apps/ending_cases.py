"""What an application leaves running when its worker ends."""

import atexit
import os
import threading
from concurrent.futures import ThreadPoolExecutor

import checkpoint
from routing import Routes, parameters, text

application = Routes()
idle = ThreadPoolExecutor(2)
idle.submit(int).result()
busy = ThreadPoolExecutor(2)

if "AT_END" in os.environ:
    atexit.register(lambda: checkpoint.tell(os.environ["AT_END"]))


def work(name):
    checkpoint.reach(name)
    checkpoint.tell(name + "-done")


@application.at("/thread")
def thread(environ, start_response):
    started = threading.Thread(target=work, args=(parameters(environ)["checkpoint"],))
    started.start()
    return text(start_response, str(started.daemon))


@application.at("/daemon")
def daemon(environ, start_response):
    threading.Thread(target=work, args=(parameters(environ)["checkpoint"],), daemon=True).start()
    return text(start_response, "started")


@application.at("/job")
def job(environ, start_response):
    busy.submit(work, parameters(environ)["checkpoint"])
    return text(start_response, "submitted")


@application.at("/timer")
def timer(environ, start_response):
    threading.Timer(0.01, work, (parameters(environ)["checkpoint"],)).start()
    return text(start_response, "set")


@application.at("/pid")
def pid(environ, start_response):
    return text(start_response, str(os.getpid()))
