# SPDX-License-Identifier: Apache-2.0
"""An HTTP CONNECT proxy that leads chosen names to servers of the tests.

Programs that talk to public hosts run unchanged: with HTTPS_PROXY naming this proxy
and the tests' CA in SSL_CERT_FILE and GRPC_DEFAULT_SSL_ROOTS_FILE_PATH, a connection to
`sql.example.com:443` ends at a local server whose certificate is for that name. Names
without a route get 403: nothing ever leaves the machine.

In a test:     with ConnectProxy({"sql.example.com:443": server.address}) as proxy: ...
By hand:       python -m net.connect_proxy --route sql.example.com:443=127.0.0.1:31337
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import dataclasses
import enum
import json
import pathlib
import signal
import sys
import threading
from collections.abc import Mapping

from net.loop import Listener, both, reset, until_closed

MAX_REQUEST = 64 << 10
GLUE_SECONDS = 0.5


class Mode(str, enum.Enum):
    """How the proxy behaves."""

    NORMAL = "normal"
    HTTP_1_0 = "http-1.0"  # "HTTP/1.0 200", no reason phrase: legal, and common
    DECORATED = "decorated"  # 200 with headers that describe a body: there is none
    INTERIM = "interim"  # a 100 Continue before the 200
    GLUED = "glued"  # the 200 and the server's first bytes in one segment
    DRIP = "drip"  # the 200 byte by byte, then as usual
    HUGE = "huge"  # a reply whose headers never end
    HUGE_BODY = "huge-body"  # 403 with an endless body
    SILENT = "silent"  # takes the request and never answers
    HTML_502 = "502-html"  # an error page
    GARBAGE = "garbage"  # not HTTP
    CLOSE = "close"  # closes instead of answering
    CLOSE_EARLY = "close-early"  # closes before it has read anything
    RESET = "reset"  # RST instead of an answer
    CUT = "cut"  # closes in the middle of the reply's headers


@dataclasses.dataclass
class Request:
    """One request as it came, and what became of it.

    `headers` are all of it: what is not in there the proxy has not seen, but for the
    bytes in the tunnel, of which `sent` counts those of the client.
    """

    line: str
    headers: list[tuple[str, str]]
    status: int = 0
    sent: int = 0
    received: int = 0

    @property
    def target(self) -> str:
        """HOST:PORT of CONNECT HOST:PORT."""
        return [*self.line.split(" "), ""][1]

    def header(self, name: str) -> str | None:
        """The first header of that name."""
        for key, value in self.headers:
            if key.lower() == name.lower():
                return value
        return None

    @property
    def names(self) -> set[str]:
        """The headers' names in small letters."""
        return {key.lower() for key, _ in self.headers}


class ConnectProxy(Listener):
    """The proxy. `requests` grows as they come; `mode` may be set at any time."""

    scheme = "http"

    def __init__(
        self,
        routes: Mapping[str, str] | None = None,
        *,
        user: str | None = None,
        password: str = "",
        mode: Mode | str = Mode.NORMAL,
        port: int = 0,
    ) -> None:
        """Lead the HOST:PORTs of `routes` to others here; `user` asks for Basic."""
        super().__init__()
        self.routes = dict(routes or {})
        self.mode = Mode(mode)
        self.port = port
        self.user = user
        self.password = password
        self.requests: list[Request] = []

    @property
    def url(self) -> str:
        """What HTTPS_PROXY wants, with the credentials."""
        login = "" if self.user is None else f"{self.user}:{self.password}@"
        return f"http://{login}{self.address}"

    def environment(self, ca: pathlib.Path) -> dict[str, str]:
        """What a program needs in its environment, and nothing else, to come here."""
        return {
            "HTTPS_PROXY": self.url,
            "https_proxy": self.url,
            "SSL_CERT_FILE": str(ca),
            "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH": str(ca),
        }

    def logged(self, request: Request) -> None:
        """Called when a request has been read and answered (or not)."""

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Read one request, answer it, be its tunnel."""
        if self.mode is Mode.CLOSE_EARLY:
            return
        request = parse(await reader.readuntil(b"\r\n\r\n"))
        self.requests.append(request)
        try:
            if self.mode in MISBEHAVIOUR:
                await MISBEHAVIOUR[self.mode](reader, writer)
            else:
                await self._answer(request, reader, writer)
        finally:
            self.logged(request)

    async def _answer(
        self,
        request: Request,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        if not request.line.startswith("CONNECT "):
            request.status = 405
            await refuse(writer, "405 Method Not Allowed", "Only CONNECT.")
        elif not self._may_pass(request):
            request.status = 407
            realm = 'Proxy-Authenticate: Basic realm="tests"\r\n'
            text = "Proxy authentication required."
            await refuse(writer, "407 Proxy Authentication Required", text, realm)
        elif request.target not in self.routes:
            request.status = 403
            await refuse(writer, "403 Forbidden", f"No route to {request.target}.")
        else:
            await self._tunnel(request, reader, writer)

    def _may_pass(self, request: Request) -> bool:
        if self.user is None:
            return True
        login = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        return request.header("Proxy-Authorization") == f"Basic {login}"

    async def _tunnel(
        self,
        request: Request,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        host, _, port = self.routes[request.target].rpartition(":")
        try:
            there, to_there = await asyncio.open_connection(host, int(port))
        except OSError as error:
            request.status = 502
            await refuse(writer, "502 Bad Gateway", str(error))
            return
        request.status = 200

        async def up() -> None:
            while piece := await reader.read(1 << 16):
                request.sent += len(piece)
                to_there.write(piece)
                await to_there.drain()
            to_there.write_eof()

        async def down() -> None:
            while piece := await there.read(1 << 16):
                request.received += len(piece)
                writer.write(piece)
                await writer.drain()
            writer.write_eof()

        try:
            request.received += await welcome(self.mode, there, writer)
            await both(up(), down())
        finally:
            to_there.close()


async def welcome(
    mode: Mode, there: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> int:
    """Say 200 in the way of `mode`; how many of the server's bytes went with it."""
    reply, glued = b"HTTP/1.1 200 Connection established\r\n\r\n", b""
    if mode is Mode.HTTP_1_0:
        reply = b"HTTP/1.0 200\r\nProxy-agent: tests\r\n\r\n"
    elif mode is Mode.DECORATED:
        described = b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\nVia: x\r\n\r\n"
        reply = b"HTTP/1.1 200 OK\r\n" + described
    elif mode is Mode.INTERIM:
        reply = b"HTTP/1.1 100 Continue\r\n\r\n" + reply
    elif mode is Mode.GLUED:
        # A TLS server says nothing first: then there is nothing to glue.
        try:
            glued = await asyncio.wait_for(there.read(1 << 16), GLUE_SECONDS)
        except asyncio.TimeoutError:
            glued = b""
    elif mode is Mode.DRIP:
        for byte in reply:
            writer.write(bytes([byte]))
            await asyncio.sleep(0.005)
        reply = b""
    writer.write(reply + glued)
    await writer.drain()
    return len(glued)


async def refuse(
    writer: asyncio.StreamWriter, status: str, text: str, headers: str = ""
) -> None:
    """Answer with an error and close."""
    body = f"{text}\n"
    head = f"HTTP/1.1 {status}\r\n{headers}Content-Type: text/plain\r\n"
    length = f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    writer.write((head + length + body).encode())
    await writer.drain()


def parse(text: bytes) -> Request:
    """A request from its head."""
    line, *lines = text.decode("latin-1").removesuffix("\r\n\r\n").split("\r\n")
    headers = []
    for header in lines:
        name, _, value = header.partition(":")
        headers.append((name, value.strip()))
    return Request(line, headers)


async def _huge(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    for number in range(1 << 16):
        writer.write(f"X-Filler-{number}: {'x' * 1000}\r\n".encode())
        await writer.drain()


async def _huge_body(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Type: text/html\r\n\r\n<html>")
    for _number in range(1 << 16):
        writer.write(b"no " * 400)
        await writer.drain()


async def _silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    await until_closed(reader)


async def _html(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    page = b"<html><head><title>502 Bad Gateway</title></head><body>proxy</body></html>"
    head = f"HTTP/1.1 502 Bad Gateway\r\nContent-Length: {len(page)}\r\n"
    writer.write(head.encode() + b"Content-Type: text/html\r\n\r\n" + page)
    await writer.drain()


async def _garbage(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"\x15\x03\x01\x00\x02\x02\x46SSH-2.0-nonsense\r\n\r\n")
    await writer.drain()


async def _close(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    del writer


async def _reset(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    reset(writer)


async def _cut(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 Connection established\r\nVia: x")
    await writer.drain()


MISBEHAVIOUR = {
    Mode.HUGE: _huge,
    Mode.HUGE_BODY: _huge_body,
    Mode.SILENT: _silent,
    Mode.HTML_502: _html,
    Mode.GARBAGE: _garbage,
    Mode.CLOSE: _close,
    Mode.RESET: _reset,
    Mode.CUT: _cut,
}


class LoggingProxy(ConnectProxy):
    """Writes each request as a line of JSON."""

    def __init__(self, log: pathlib.Path | None, **options: object) -> None:
        """Append to `log`, or write to standard output."""
        super().__init__(**options)  # type: ignore[arg-type]
        self._log = log

    def logged(self, request: Request) -> None:
        """Write it."""
        line = json.dumps(dataclasses.asdict(request))
        if self._log is None:
            print(line, flush=True)
        else:
            with self._log.open("a") as file:
                file.write(line + "\n")


def main(arguments: list[str]) -> int:
    """The command line: run until a signal comes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--route", action="append", default=[], metavar="H:P=H:P")
    parser.add_argument("--auth", metavar="USER:PASSWORD")
    parser.add_argument("--mode", default="normal", choices=[m.value for m in Mode])
    parser.add_argument("--log", type=pathlib.Path)
    options = parser.parse_args(arguments)
    user, _, password = (options.auth or "").partition(":")
    proxy = LoggingProxy(
        options.log,
        routes=dict(route.split("=", 1) for route in options.route),
        user=user or None,
        password=password,
        mode=options.mode,
        port=options.port,
    )
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with proxy:
        print(f"listening on http://{proxy.address}", flush=True)
        stop.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
