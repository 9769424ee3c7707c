"""environ["werkzeug.socket"]: the connection as a socket, for WebSocket libraries."""
import socket


class UpgradeSocket(socket.socket):
    """One end of a socket pair, which is made when something of it is used for the first time.

    The server carries bytes between the other end and the client from the moment that something is written here. An
    application that writes nothing answers with an ordinary response.
    """

    __slots__ = ("_connect",)

    def __new__(cls, connect):
        self = super().__new__(cls)
        self._connect = connect
        return self

    def __init__(self, connect):
        pass

    def __getattribute__(self, name):
        connect = object.__getattribute__(self, "_connect")
        if connect is not None:
            self._connect = None
            socket.socket.__init__(self, socket.AF_UNIX, socket.SOCK_STREAM, 0, connect())
        return object.__getattribute__(self, name)

    def __repr__(self):
        if object.__getattribute__(self, "_connect") is not None:
            return "<martlet.UpgradeSocket, not used>"
        return super().__repr__()
