"""A name server on loopback whose answers a test decides."""

import socket
import threading

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset


class NameServer:
    """Answers over UDP, and over TCP where `truncates`. `records` has lines of a zone: `("web.test.", 5, "A", "127.0.0.1")`."""

    def __init__(self, family: socket.AddressFamily = socket.AF_INET):
        self.records: list[tuple[str, int, str, str]] = []
        self.asked: list[tuple[str, str]] = []
        self.truncates = False
        self.rcode = dns.rcode.NXDOMAIN
        """What is answered for names without any record; None for silence."""
        host = "::1" if family == socket.AF_INET6 else "127.0.0.1"
        self._tcp = socket.socket(family)
        self._tcp.bind((host, 0))
        self._tcp.listen(8)
        self._udp = socket.socket(family, socket.SOCK_DGRAM)
        port = self._tcp.getsockname()[1]
        self._udp.bind((host, port))
        self.address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        threading.Thread(target=self._serve_udp, daemon=True).start()
        threading.Thread(target=self._serve_tcp, daemon=True).start()

    def __enter__(self) -> "NameServer":
        return self

    def __exit__(self, *_: object) -> None:
        self._udp.close()
        self._tcp.shutdown(socket.SHUT_RDWR)
        self._tcp.close()

    def count(self, name: str, kind: str = "A") -> int:
        return self.asked.count((name, kind))

    def _answer(self, wire: bytes, over_tcp: bool) -> bytes | None:
        query = dns.message.from_wire(wire)
        question = query.question[0]
        name, kind = question.name.to_text().lower(), dns.rdatatype.to_text(question.rdtype)
        self.asked.append((name.rstrip("."), kind))
        answer = dns.message.make_response(query)
        # An empty answer without these is a server that knows nothing of the zone.
        answer.flags |= dns.flags.AA | dns.flags.RA
        known = [record for record in self.records if record[0] == name]
        if not known:
            if self.rcode is None:
                return None
            answer.set_rcode(self.rcode)
        while name:
            found = [record for record in self.records if record[0] == name and record[2] in (kind, "CNAME")]
            name = ""
            for owner, ttl, type, value in found:
                answer.find_rrset(
                    answer.answer, dns.name.from_text(owner), dns.rdataclass.IN, dns.rdatatype.from_text(type), create=True
                ).update(dns.rrset.from_text(owner, ttl, "IN", type, value))
                if type == "CNAME":
                    name = value
        if self.truncates and not over_tcp:
            answer.answer.clear()
            answer.flags |= dns.flags.TC
        return answer.to_wire(max_size=65535)

    def _serve_udp(self) -> None:
        while True:
            try:
                wire, peer = self._udp.recvfrom(65535)
                if answer := self._answer(wire, False):
                    self._udp.sendto(answer, peer)
            except OSError:
                return

    def _serve_tcp(self) -> None:
        while True:
            try:
                connection, _ = self._tcp.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(5)
                try:
                    length = int.from_bytes(connection.recv(2, socket.MSG_WAITALL))
                    if answer := self._answer(connection.recv(length, socket.MSG_WAITALL), True):
                        connection.sendall(len(answer).to_bytes(2) + answer)
                except OSError:
                    pass
