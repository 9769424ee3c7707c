"""An HTTP/1 client over TLS that knows every byte that it sends and receives."""

import socket
import ssl

from rawclient import Address, Connection, Response, request_bytes


class SecureConnection(Connection):
    """The end of the stream is only reached by the server's own word for it: what is cut off is an error."""

    def __init__(
        self,
        address: Address,
        context: ssl.SSLContext,
        name: str | None = "localhost",
        session: ssl.SSLSession | None = None,
        receive_buffer: int | None = None,
    ):
        super().__init__(address, receive_buffer=receive_buffer)
        try:
            self.socket = context.wrap_socket(
                self.socket, server_hostname=name, session=session, suppress_ragged_eofs=False
            )
        except BaseException:
            self.socket.close()
            raise

    def end_output(self) -> None:
        """Says that nothing more will be sent, and reads on: TLS and TCP each have a word for it."""
        self.socket.settimeout(None)
        self.socket._sslobj.shutdown()

    def cut(self) -> None:
        """Goes away without TLS's last word."""
        plain = socket.socket(fileno=self.socket.detach())
        plain.close()


def secure_exchange(
    address: Address, context: ssl.SSLContext, target: str = "/", host: str = "localhost", name: str | None = None, **rest
) -> Response:
    with SecureConnection(address, context, name or host) as connection:
        return connection.send(request_bytes(target, host=host, **rest)).read_response()
