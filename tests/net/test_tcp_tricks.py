# SPDX-License-Identifier: Apache-2.0
"""Each peer misbehaves in its own way and in no other."""

from __future__ import annotations

import asyncio
import socket
import ssl
import time

import pytest

from net.certs import TlsFiles
from net.loop import Listener
from net.tcp_tricks import (
    PAGE,
    AlpnRefusal,
    BlackHole,
    Closing,
    Html,
    Relay,
    Silent,
    server_context,
)

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


class Echo(Listener):
    """Sends back what it gets."""

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Until the peer ends."""
        while piece := await reader.read(1 << 16):
            writer.write(piece)
            await writer.drain()


def connect(
    peer: Listener | BlackHole | AlpnRefusal, seconds: float = 5
) -> socket.socket:
    """A connection whose every step takes at most so long."""
    return socket.create_connection((peer.host, peer.port), seconds)


def trusting(tls_files: TlsFiles, *alpn: str) -> ssl.SSLContext:
    """A client's context."""
    context = ssl.create_default_context(cafile=str(tls_files.ca))
    if alpn:
        context.set_alpn_protocols(list(alpn))
    return context


def test_silent() -> None:
    with Silent() as peer, connect(peer, 0.3) as raw:
        raw.sendall(PREFACE)
        with pytest.raises(TimeoutError):
            raw.recv(1)
        assert peer.received == [PREFACE]
        assert peer.accepted == peer.connections == 1


def test_closing() -> None:
    with Closing() as peer, connect(peer) as raw:
        assert raw.recv(1) == b""


def test_closing_with_a_reset_after_some_bytes() -> None:
    with Closing(rst=True, after_bytes=10) as peer, connect(peer, 1) as raw:
        raw.sendall(b"12345")
        time.sleep(0.1)
        assert peer.connections == 1
        raw.sendall(b"67890")
        with pytest.raises(ConnectionResetError):
            raw.recv(1)


def test_black_hole() -> None:
    with BlackHole() as hole:
        started = time.monotonic()
        with pytest.raises(TimeoutError):
            connect(hole, 0.5)
        assert time.monotonic() - started >= 0.5
        with pytest.raises(TimeoutError):  # it stays one
            connect(hole, 0.2)


def test_html() -> None:
    with Html() as peer, connect(peer) as raw:
        raw.sendall(PREFACE)
        reply = read_all(raw)
    assert reply.startswith(b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\n")
    assert reply.endswith(PAGE)


@pytest.mark.parametrize(
    ("alpn", "chosen"), [((), None), (("h2",), "h2"), (("http/1.1",), None)]
)
def test_tls_relay(
    tls_files: TlsFiles, alpn: tuple[str, ...], chosen: str | None
) -> None:
    pair = tls_files.server
    tls = server_context(pair.cert, pair.key, alpn)
    with Echo() as echo, Relay(echo.address, tls=tls) as relay, connect(relay) as raw:
        context = trusting(tls_files, "h2")
        wrapped = context.wrap_socket(raw, server_hostname="localhost")
        assert wrapped.selected_alpn_protocol() == chosen
        wrapped.sendall(b"hello")
        assert wrapped.recv(100) == b"hello"
        wrapped.close()
    assert (relay.sent, relay.received) == (5, 5)


def test_alpn_refusal(tls_files: TlsFiles) -> None:
    pair = tls_files.server
    with AlpnRefusal(pair.cert, pair.key) as peer:
        with (
            connect(peer) as raw,
            pytest.raises(ssl.SSLError, match=r"(?i)alert.*protocol"),
        ):
            trusting(tls_files, "h2").wrap_socket(raw, server_hostname="localhost")
        with (
            connect(peer) as raw,
            trusting(tls_files, "h2", "http/1.1").wrap_socket(
                raw, server_hostname="localhost"
            ) as wrapped,
        ):
            assert wrapped.selected_alpn_protocol() == "http/1.1"


def test_a_frozen_relay_is_half_open() -> None:
    with Echo() as echo, Relay(echo.address) as relay, connect(relay, 0.3) as raw:
        raw.sendall(b"one")
        assert raw.recv(10) == b"one"
        relay.freeze()
        raw.sendall(b"two")
        with pytest.raises(TimeoutError):
            raw.recv(10)
        relay.thaw()
        assert raw.recv(10) == b"two"


def test_a_cut_relay_resets_and_goes_on() -> None:
    with Echo() as echo, Relay(echo.address) as relay:
        with connect(relay) as raw:
            raw.sendall(b"one")
            assert raw.recv(10) == b"one"
            relay.cut()
            with pytest.raises(ConnectionResetError):
                raw.recv(10)
        with connect(relay) as raw:
            raw.sendall(b"two")
            assert raw.recv(10) == b"two"
        assert relay.accepted == 2


def test_a_slow_relay() -> None:
    with (
        Echo() as echo,
        Relay(echo.address, bytes_per_second=1000) as relay,
        connect(relay) as raw,
    ):
        started = time.monotonic()
        raw.sendall(b"x" * 500)
        received = 0
        while received < 500:
            received += len(raw.recv(1000))
        assert time.monotonic() - started >= 0.4


def test_an_end_passes_through_a_relay() -> None:
    with Echo() as echo, Relay(echo.address) as relay, connect(relay) as raw:
        raw.sendall(b"bye")
        raw.shutdown(socket.SHUT_WR)
        assert read_all(raw) == b"bye"


class Broken(Listener):
    """Has a mistake."""

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Fail."""
        raise KeyError("a mistake in the peer")


def test_a_mistake_in_a_peer_fails_the_test() -> None:
    peer = Broken()
    peer.start()
    with connect(peer) as raw:
        assert raw.recv(1) == b""
    with pytest.raises(KeyError, match="a mistake in the peer"):
        peer.close()


def read_all(raw: socket.socket) -> bytes:
    """All until the peer's end."""
    received = bytearray()
    while piece := raw.recv(1 << 16):
        received += piece
    return bytes(received)
