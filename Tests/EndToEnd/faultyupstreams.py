"""Upstreams that fail as they are told to, and clients that check what they get: all of it in one loop, so that there is room for
hundreds of requests a second.

A request says in its path what is to go wrong with it, and has a number of its own. It goes wrong when it comes first; whoever sends it
again has its answer.
"""

import asyncio
import random
import socket
import struct
from collections import Counter
from dataclasses import dataclass, field

from waiting import DEADLINE

SMALL, LARGE = 2_000, 150_000
HANGING = 0.4
"""The seconds that the proxy waits for an answer."""

RETRIED = ["close", "reset", "half-close"]
"""Nothing of an answer has come."""
BROKEN = ["cut", "reset-in-body", "cut-chunks"]
"""The answer breaks off when some of it is with the client."""
USELESS = ["garbage", "half-head", "two-lengths"]
FAULTS = [*RETRIED, *BROKEN, *USELESS, "hang", "slow", "early", "close-kept", "half-close-behind"]

IDEMPOTENT = ["GET", "PUT", "DELETE"]


def content(number: int, size: int) -> bytes:
    line = b"%010d\n" % number
    return (line * (size // len(line) + 1))[:size]


@dataclass
class Upstreams:
    """Four of them, of which one at a time is killed and comes back.

    Each is asked once for a request: one that is refused by the first, fails at the second and meets the next kill at the third is
    answered by the fourth.
    """

    seen: Counter = field(default_factory=Counter)
    """How often a number has come, whole."""
    counts: Counter = field(default_factory=Counter)
    """How often each fault has happened."""
    ports: list[int] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    _writers: dict[int, set[asyncio.StreamWriter]] = field(default_factory=dict)
    _servers: dict[int, asyncio.Server] = field(default_factory=dict)
    _has_stopped: bool = False

    async def start(self) -> None:
        for _ in range(4):
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                self.ports.append(probe.getsockname()[1])
        for port in self.ports:
            await self._listen(port)

    async def _listen(self, port: int) -> None:
        self._writers[port] = set()
        self._servers[port] = await asyncio.start_server(
            lambda reader, writer: self._serve(port, reader, writer), "127.0.0.1", port, limit=1 << 18, backlog=256
        )

    async def kill(self, port: int) -> None:
        """As SIGKILL does it: the kernel refuses, and resets what was open."""
        server = self._servers.pop(port)
        server.close()
        for writer in list(self._writers[port]):
            self._reset(writer)
        self.counts["kill"] += 1
        await asyncio.sleep(0.1)
        if not self._has_stopped:
            await self._listen(port)

    async def stop(self) -> None:
        self._has_stopped = True
        for server in self._servers.values():
            server.close()
        for writers in self._writers.values():
            for writer in list(writers):
                writer.close()
        await asyncio.sleep(0.1)

    @staticmethod
    def _reset(writer: asyncio.StreamWriter) -> None:
        connection = writer.get_extra_info("socket")
        if connection.fileno() >= 0:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    async def _serve(self, port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers[port].add(writer)
        try:
            while await self._answer(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        except Exception as problem:
            self.problems.append(repr(problem))
        finally:
            self._writers[port].discard(writer)
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        method, target, _ = head.split("\r\n", 1)[0].split(" ")
        _, fault, text = target.split("/")
        number = int(text)
        length = next((int(line[16:]) for line in head.split("\r\n") if line.lower().startswith("content-length: ")), 0)
        again = self.seen[number] > 0
        if fault == "early" and not again:
            # The answer comes before the body is read.
            self.seen[number] += 1
            self.counts[fault] += 1
            writer.write(self._whole(number, SMALL))
            await writer.drain()
            left = length
            while left:
                part = await reader.read(min(left, 65536))
                if not part:
                    return False
                left -= len(part)
            return True
        body = await reader.readexactly(length)
        if body != content(number, length):
            self.problems.append(f"{method} {target} has a body that was not sent")
        self.seen[number] += 1
        if again or fault == "none":
            writer.write(self._whole(number, SMALL))
            await writer.drain()
            return True
        self.counts[fault] += 1
        if fault == "reset":
            return await self._reset_now(writer)
        return await getattr(self, "_" + fault.replace("-", "_"))(number, reader, writer)

    @staticmethod
    def _whole(number: int, size: int) -> bytes:
        return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size + content(number, size)

    async def _close(self, number, reader, writer) -> bool:
        return False

    async def _reset_now(self, writer: asyncio.StreamWriter) -> bool:
        self._reset(writer)
        return False

    async def _half_close(self, number, reader, writer) -> bool:
        writer.write_eof()
        while await reader.read(65536):
            pass
        return False

    async def _cut(self, number, reader, writer) -> bool:
        writer.write(self._whole(number, LARGE)[: LARGE // 2])
        await writer.drain()
        return False

    async def _reset_in_body(self, number, reader, writer) -> bool:
        writer.write(self._whole(number, LARGE)[: LARGE // 2])
        await writer.drain()
        await asyncio.sleep(0.005)
        return await self._reset_now(writer)

    async def _cut_chunks(self, number, reader, writer) -> bool:
        body = content(number, SMALL)
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n%x\r\n" % (len(body), body, 1000))
        await writer.drain()
        return False

    async def _garbage(self, number, reader, writer) -> bool:
        writer.write(bytes(range(256)) + b"\r\n\r\n")
        await writer.drain()
        return False

    async def _half_head(self, number, reader, writer) -> bool:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Le")
        await writer.drain()
        return False

    async def _two_lengths(self, number, reader, writer) -> bool:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!")
        await writer.drain()
        return True

    async def _hang(self, number, reader, writer) -> bool:
        # Until the proxy has had enough.
        while await reader.read(65536):
            pass
        return False

    async def _slow(self, number, reader, writer) -> bool:
        answer = self._whole(number, SMALL)
        for start, end in ((0, 10), (10, 30), (30, 1000), (1000, None)):
            writer.write(answer[start:end])
            await writer.drain()
            await asyncio.sleep(0.01)
        return True

    async def _close_kept(self, number, reader, writer) -> bool:
        """It does not say so before."""
        writer.write(self._whole(number, SMALL))
        await writer.drain()
        return False

    async def _half_close_behind(self, number, reader, writer) -> bool:
        writer.write(self._whole(number, SMALL))
        writer.write_eof()
        while await reader.read(65536):
            pass
        return False


@dataclass
class Clients:
    """So many connections, each of which sends one request after the other."""

    upstreams: Upstreams
    address: tuple[str, int]
    total: int
    """Faults that are to happen."""
    problems: list[str] = field(default_factory=list)
    statuses: Counter = field(default_factory=Counter)
    requests: int = 0
    excused: int = 0
    """Answers that had begun when their upstream was killed."""
    _number: int = 0

    @property
    def faults(self) -> int:
        return sum(self.upstreams.counts.values())

    async def run(self, connections: int, seed: int = 1) -> None:
        chance = random.Random(seed)
        killing = asyncio.create_task(self._kill(chance))
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(connections):
                    group.create_task(self._talk(random.Random(chance.random())))
        finally:
            killing.cancel()

    async def _kill(self, chance: random.Random) -> None:
        while True:
            await asyncio.sleep(0.5)
            await self.upstreams.kill(chance.choice(self.upstreams.ports))

    async def _talk(self, chance: random.Random) -> None:
        reader = writer = None
        while self.faults < self.total and len(self.problems) < 10:
            if writer is None:
                reader, writer = await asyncio.open_connection(*self.address, limit=1 << 18)
            self._number += 1
            number = self._number
            fault = chance.choice(FAULTS) if chance.random() < 0.9 else "none"
            method = chance.choice([*IDEMPOTENT, "POST"])
            length = chance.choice([0, 10, 3_000, 100_000]) if method in ("PUT", "POST") else 0
            what = f"{method} /{fault}/{number} with {length} bytes"
            try:
                async with asyncio.timeout(DEADLINE):
                    head = f"{method} /{fault}/{number} HTTP/1.1\r\nHost: h\r\nContent-Length: {length}\r\n\r\n"
                    writer.write(head.encode() + content(number, length))
                    await writer.drain()
                    status, body, whole, keeps = await self._read(reader)
            except TimeoutError:
                self.problems.append(f"{what}: nothing comes")
                status, body, whole, keeps = 0, b"", False, False
            except (asyncio.IncompleteReadError, ConnectionError) as problem:
                self.problems.append(f"{what}: no answer, {problem!r}")
                status, body, whole, keeps = 0, b"", False, False
            self.requests += 1
            self.statuses[status if whole else "broken off"] += 1
            self._check(what, fault, method, number, status, body, whole)
            if not keeps:
                writer.close()
                writer = None
        if writer:
            writer.close()

    @staticmethod
    async def _read(reader: asyncio.StreamReader) -> tuple[int, bytes, bool, bool]:
        """Status, body, whether that is whole, and whether the connection goes on."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        status = int(head.split(" ", 2)[1])
        keeps = "connection: close" not in head
        if "transfer-encoding: chunked" in head:
            body = b""
            try:
                while size := int(await reader.readuntil(b"\r\n"), 16):
                    body += (await reader.readexactly(size + 2))[:-2]
                await reader.readexactly(2)
            except (asyncio.IncompleteReadError, ConnectionError):
                return status, body, False, False
            return status, body, True, keeps
        length = next((int(line[16:]) for line in head.split("\r\n") if line.startswith("content-length: ")), 0)
        try:
            return status, await reader.readexactly(length), True, keeps
        except asyncio.IncompleteReadError as end:
            return status, end.partial, False, False
        except ConnectionError:
            return status, b"", False, False

    def _check(self, what: str, fault: str, method: str, number: int, status: int, body: bytes, whole: bool) -> None:
        def wrong(text: str) -> None:
            self.problems.append(f"{what}: {text} (status {status}, {len(body)} bytes, seen {seen} times)")

        seen = self.upstreams.seen.pop(number, 0)
        # An upstream that was killed may have taken any request with it.
        is_idempotent = method in IDEMPOTENT
        if method == "POST" and seen > 1:
            wrong("what cannot be done twice was done twice")
        if status == 200 and whole and body != content(number, len(body)):
            wrong("it is the answer to another request")
        if status == 200 and whole and len(body) != SMALL:
            wrong("a part is taken for the whole")
        if fault in ("none", "slow", "close-kept", "half-close-behind", "early", *RETRIED) and is_idempotent:
            if status == 200 and whole:
                return
            # Whose upstream is killed when a part of its answer has come is broken off: nobody can take that back.
            if fault not in RETRIED and seen <= 1 and (status == 502 or not whole):
                self.excused += 1
                return
            wrong("it could have been sent again")
        elif fault in BROKEN and whole and status == 200 and seen < 2:
            wrong("what was broken off was ended")
        elif fault in USELESS and status == 200 and seen < 2:
            wrong("what cannot be used was passed on")
        elif fault == "hang" and status not in (504, 502, 200):
            wrong("it has another status")
