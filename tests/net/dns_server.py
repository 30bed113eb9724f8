# SPDX-License-Identifier: Apache-2.0
"""A name server for tests: chosen names, and every way of not answering.

Our driver takes its `.address` in the option fletching.dns_servers. Other programs read
/etc/resolv.conf, which knows no ports: give the server port 53 and run the program with
`behind(server, [...])`, which puts another file over resolv.conf for it alone.
"""

from __future__ import annotations

import asyncio
import enum
import ipaddress
import os
import pathlib
import shlex
import shutil
import struct
import subprocess
from collections.abc import Mapping, Sequence

from net.loop import Listener

A, AAAA, ANY_CLASS, IN = 1, 28, 255, 1
NXDOMAIN, SERVFAIL, REFUSED, OK = 3, 2, 5, 0
TRUNCATED = 0x0200


class Mode(str, enum.Enum):
    """How the server behaves."""

    NORMAL = "normal"
    DEAD = "dead"  # takes every question and never answers
    SERVFAIL = "servfail"
    REFUSED = "refused"
    TRUNCATED = "truncated"  # UDP answers say: ask again over TCP
    GARBAGE = "garbage"  # answers that are no DNS messages
    WRONG_ID = "wrong-id"  # answers to a question that nobody asked


class DnsServer(Listener):
    """UDP and TCP on one port. `questions` grows as they come.

    `names` maps a name to its addresses, v4 and v6; others do not exist. Each answer
    waits `delay` seconds. Both, and `mode`, may be set at any time.
    """

    scheme = "dns"

    def __init__(
        self,
        names: Mapping[str, Sequence[str]] | None = None,
        *,
        mode: Mode | str = Mode.NORMAL,
        delay: float = 0.0,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        """Not yet listening: `with` or start()."""
        super().__init__()
        self.names = dict(names or {})
        self.mode = Mode(mode)
        self.delay = delay
        self.host = host
        self.port = port
        self.questions: list[tuple[str, int]] = []

    def answer(self, query: bytes, *, datagram: bool) -> bytes | None:
        """The reply to one message, None for silence."""
        identity, flags, name, kind, question = parse(query)
        self.questions.append((name, kind))
        if self.mode is Mode.DEAD:
            return None
        if self.mode is Mode.GARBAGE:
            return b"\x00\x01nonsense"
        if self.mode is Mode.WRONG_ID:
            identity ^= 0x5555
        code, records = OK, b""
        count = 0
        if self.mode is Mode.SERVFAIL:
            code = SERVFAIL
        elif self.mode is Mode.REFUSED:
            code = REFUSED
        elif self.mode is Mode.TRUNCATED and datagram:
            flags |= TRUNCATED
        elif name.lower() not in self.names:
            code = NXDOMAIN
        else:
            found = [ipaddress.ip_address(text) for text in self.names[name.lower()]]
            wanted = [ip for ip in found if {4: A, 6: AAAA}[ip.version] == kind]
            count = len(wanted)
            for ip in wanted:
                head = struct.pack(">HHHIH", 0xC00C, kind, IN, 1, len(ip.packed))
                records += head + ip.packed
        # An answer; recursion is there; the question's own "recursion desired".
        flags = (flags & (0x0100 | TRUNCATED)) | 0x8080 | code
        return struct.pack(">6H", identity, flags, 1, count, 0, 0) + question + records

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Answer questions over TCP."""
        while True:
            (length,) = struct.unpack(">H", await reader.readexactly(2))
            query = await reader.readexactly(length)
            await asyncio.sleep(self.delay)
            reply = self.answer(query, datagram=False)
            if reply is not None:
                writer.write(struct.pack(">H", len(reply)) + reply)
                await writer.drain()

    async def _listen(self) -> None:
        await super()._listen()
        loop = asyncio.get_running_loop()
        self._datagrams, _ = await loop.create_datagram_endpoint(
            lambda: _Datagrams(self), (self.host, self.port)
        )

    async def _shut(self) -> None:
        self._datagrams.close()
        await super()._shut()


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, server: DnsServer) -> None:
        self._server = server

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        reply = self._server.answer(data, datagram=True)
        if reply is not None:
            asyncio.get_running_loop().call_later(
                self._server.delay, self._send, reply, address
            )

    def _send(self, reply: bytes, address: tuple[str, int]) -> None:
        if not self._transport.is_closing():
            self._transport.sendto(reply, address)  # type: ignore[attr-defined]


def parse(query: bytes) -> tuple[int, int, str, int, bytes]:
    """Identity, flags, name and type of a question, and the question's bytes."""
    identity, flags, questions = struct.unpack_from(">3H", query)
    if questions != 1:
        raise ValueError(f"{questions} questions in one message")
    labels, at = [], 12
    while query[at]:
        labels.append(query[at + 1 : at + 1 + query[at]].decode("ascii"))
        at += 1 + query[at]
    (kind,) = struct.unpack_from(">H", query, at + 1)
    return identity, flags, ".".join(labels), kind, query[12 : at + 5]


def behind(
    server: DnsServer, command: Sequence[str], folder: pathlib.Path
) -> list[str]:
    """`command`, changed so that `server` (on port 53) is its only name server.

    A file in `folder` lies over /etc/resolv.conf in a mount namespace of that program;
    nsswitch.conf is left alone.
    """
    if server.port != 53:
        raise ValueError("resolv.conf knows no ports: the server must have port 53")
    config = folder / "resolv.conf"
    config.write_text(f"nameserver {server.host}\noptions timeout:5 attempts:2\n")
    script = f'mount --bind {shlex.quote(str(config))} /etc/resolv.conf && exec "$@"'
    return [*_unshare(), "sh", "-c", script, "sh", *command]


def why_not_behind() -> str | None:
    """Why `behind` cannot work on this machine, None when it can."""
    if shutil.which("unshare") is None:
        return "the unshare program is missing (install util-linux)"
    probe = 'mount --bind /etc/resolv.conf /etc/resolv.conf && exec "$@"'
    done = subprocess.run(
        [*_unshare(), "sh", "-c", probe, "sh", "true"], capture_output=True, check=False
    )
    if done.returncode != 0:
        return f"no mount namespace here: {done.stderr.decode().strip()}"
    try:
        with DnsServer(host="127.0.0.53", port=53):
            return None
    except OSError as error:
        return f"port 53 is not ours: {error}"


def _unshare() -> list[str]:
    if os.geteuid() == 0:
        return ["unshare", "--mount"]
    return ["unshare", "--user", "--map-root-user", "--mount"]
