# SPDX-License-Identifier: Apache-2.0
"""Peers that are not what a client hopes for: silent, full, HTML, wrong TLS, frozen.

All are for `with`, listen on a free port of 127.0.0.1, and have `.address`, HOST:PORT.
"""

from __future__ import annotations

import asyncio
import contextlib
import pathlib
import socket
import ssl
import subprocess
import time
from collections.abc import Sequence

from servers.process import dies_with_us

from net.loop import Listener, both, reset

PAGE = b"<!DOCTYPE html><html><head><title>Welcome</title></head><body>hi</body></html>"


class Silent(Listener):
    """Accepts, reads, never answers. `received` is what came, of each connection."""

    def __init__(self) -> None:
        """Not yet listening."""
        super().__init__()
        self.received: list[bytearray] = []

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Read until the peer gives up."""
        mine = bytearray()
        self.received.append(mine)
        while piece := await reader.read(1 << 16):
            mine += piece


class Closing(Listener):
    """Accepts and closes at once: with FIN, or with RST."""

    def __init__(self, *, rst: bool = False, after_bytes: int = 0) -> None:
        """Close after having read at least `after_bytes`."""
        super().__init__()
        self._rst = rst
        self._after_bytes = after_bytes

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Read what was asked for, then close."""
        left = self._after_bytes
        while left > 0 and (piece := await reader.read(1 << 16)):
            left -= len(piece)
        if self._rst:
            reset(writer)


class BlackHole:
    """A port that answers no SYN, as behind a firewall that drops: connecting hangs.

    Its backlog is full of connections that nobody will ever accept.
    """

    host = "127.0.0.1"

    def __init__(self) -> None:
        """Not yet there: `with`."""
        self.port = 0
        self._sockets: list[socket.socket] = []

    @property
    def address(self) -> str:
        """HOST:PORT."""
        return f"{self.host}:{self.port}"

    def __enter__(self) -> BlackHole:
        """Listen and fill the backlog until a connection stays unanswered."""
        listener = socket.socket()
        self._sockets.append(listener)
        listener.bind((self.host, 0))
        listener.listen(0)
        self.port = listener.getsockname()[1]
        for _ in range(64):
            filler = socket.socket()
            self._sockets.append(filler)
            filler.settimeout(0.2)
            try:
                filler.connect((self.host, self.port))
            except TimeoutError:
                return self
        self.__exit__()
        raise RuntimeError("the backlog took 64 connections and is not full")

    def __exit__(self, *_: object) -> None:
        """Close it all."""
        for each in self._sockets:
            each.close()
        self._sockets.clear()


class Html(Listener):
    """A web server: whatever comes gets a page, in HTTP/1.1 (as nginx does to h2c)."""

    def __init__(
        self, status: str = "400 Bad Request", tls: ssl.SSLContext | None = None
    ) -> None:
        """Answer with this status line."""
        super().__init__(tls)
        self._status = status

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Answer the first bytes, close, as web servers do after a bad request."""
        if not await reader.read(1 << 16):
            return
        head = f"HTTP/1.1 {self._status}\r\nContent-Type: text/html\r\n"
        writer.write(head.encode() + f"Content-Length: {len(PAGE)}\r\n".encode())
        writer.write(b"Connection: close\r\n\r\n" + PAGE)
        await writer.drain()


class Relay(Listener):
    """A TCP relay to `upstream` that can be frozen, slowed and cut while it runs.

    With `tls` (see server_context) it ends TLS in front of a plaintext server, as load
    balancers do, with ALPN or without.
    """

    def __init__(
        self,
        upstream: str,
        *,
        tls: ssl.SSLContext | None = None,
        bytes_per_second: float = 0,
    ) -> None:
        """Not yet listening; a rate of 0 is no limit."""
        super().__init__(tls)
        self._upstream = upstream
        self.bytes_per_second = bytes_per_second
        self.sent = 0
        self.received = 0
        self._running = asyncio.Event()
        self._running.set()

    def freeze(self) -> None:
        """Let nothing pass any more, and let nobody notice: a half-open connection."""
        self.call(self._set(False))

    def thaw(self) -> None:
        """Go on."""
        self.call(self._set(True))

    def cut(self) -> None:
        """Reset every connection; new ones are accepted."""
        self.call(self._cut())

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Pass bytes on in both directions until either side ends."""
        host, _, port = self._upstream.rpartition(":")
        there, to_there = await asyncio.open_connection(host, int(port))
        try:
            await both(
                self._pass(reader, to_there, upwards=True),
                self._pass(there, writer, upwards=False),
            )
        except asyncio.CancelledError:
            to_there.transport.abort()
            raise
        finally:
            to_there.close()

    async def _pass(
        self,
        source: asyncio.StreamReader,
        target: asyncio.StreamWriter,
        *,
        upwards: bool,
    ) -> None:
        while True:
            rate = self.bytes_per_second
            piece = await source.read(max(1, int(rate / 20)) if rate else 1 << 16)
            await self._running.wait()
            if not piece:
                if target.can_write_eof():
                    target.write_eof()
                else:
                    target.close()
                return
            if upwards:
                self.sent += len(piece)
            else:
                self.received += len(piece)
            target.write(piece)
            await target.drain()
            if rate:
                await asyncio.sleep(len(piece) / rate)

    async def _set(self, running: bool) -> None:
        if running:
            self._running.set()
        else:
            self._running.clear()

    async def _cut(self) -> None:
        for writer in list(self._writers):
            reset(writer)


class AlpnRefusal:
    """A TLS server for HTTP/1.1 alone, which ends the handshake of a client of h2.

    With the alert no_application_protocol, as Go and nginx do. It is `openssl
    s_server`: Python's ssl goes on without a protocol instead.
    """

    host = "127.0.0.1"

    def __init__(self, cert: pathlib.Path, key: pathlib.Path) -> None:
        """Not yet running: `with`."""
        self._files = (cert, key)
        self.port = 0

    @property
    def address(self) -> str:
        """HOST:PORT."""
        return f"{self.host}:{self.port}"

    def __enter__(self) -> AlpnRefusal:
        """Start it and wait until it listens."""
        with socket.socket() as probe:
            probe.bind((self.host, 0))
            self.port = probe.getsockname()[1]
        cert, key = map(str, self._files)
        command = ["openssl", "s_server", "-accept", self.address, "-www", "-quiet"]
        command += ["-cert", cert, "-key", key, "-alpn", "http/1.1"]
        self._process = subprocess.Popen(
            dies_with_us(command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 10
        while True:
            with contextlib.suppress(ConnectionRefusedError):
                socket.create_connection((self.host, self.port), 1).close()
                return self
            if time.monotonic() > deadline or self._process.poll() is not None:
                self.__exit__()
                raise RuntimeError("openssl s_server does not listen")
            time.sleep(0.01)

    def __exit__(self, *_: object) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()


def server_context(
    cert: pathlib.Path, key: pathlib.Path, alpn: Sequence[str] = ()
) -> ssl.SSLContext:
    """What Relay and Html take as `tls`; without `alpn` the server knows no ALPN."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    if alpn:
        context.set_alpn_protocols(list(alpn))
    return context
