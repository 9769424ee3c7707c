"""Makes TLS connections one after the other, each with one small request; a program of its own, so that it can be pinned.

python3 handshakes.py HOST PORT SECONDS full|resumed

Prints one line of JSON: how many there were, and how many of them resumed a session.
"""

from __future__ import annotations

import json
import socket
import ssl
import sys
import time

REQUEST = b"GET /hello HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


def main(host: str, port: int, seconds: float, resumes: bool) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    session = None
    count = resumed = errors = 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            plain = socket.create_connection((host, port))
            # Or the request waits for the acknowledgement of the handshake.
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection = context.wrap_socket(plain, session=session)
            connection.sendall(REQUEST)
            answer = b""
            # The ticket of TLS 1.3 comes with the answer.
            while data := connection.recv(65536):
                answer += data
            count += 1
            resumed += connection.session_reused
            errors += not answer.endswith(b"Hello World!")
            session = connection.session if resumes else None
            connection.close()
        except OSError:
            errors += 1
    print(json.dumps({"count": count, "resumed": resumed, "errors": errors}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), sys.argv[4] == "resumed")
