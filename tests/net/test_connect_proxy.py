# SPDX-License-Identifier: Apache-2.0
"""The proxy is one, by the standard library's client, and misbehaves as it says."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import pathlib
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable

import pytest

from net.certs import TlsFiles
from net.connect_proxy import ConnectProxy, Mode
from net.tcp_tricks import PAGE, Html, Relay, server_context

NAME = "sql.example.com"
Proxies = Callable[..., ConnectProxy]


def request_through(
    proxy: ConnectProxy, tls_files: TlsFiles, **headers: str
) -> http.client.HTTPResponse:
    """GET / of https://NAME through the proxy, with `headers` for the proxy."""
    trust = ssl.create_default_context(cafile=str(tls_files.ca))
    connection = http.client.HTTPSConnection(
        proxy.host, proxy.port, timeout=5, context=trust
    )
    connection.set_tunnel(NAME, 443, headers)
    with contextlib.closing(connection):
        connection.request("GET", "/", headers={"X-Inner": "secret"})
        answer = connection.getresponse()
        answer.read()
        return answer


def connect_bytes(proxy: ConnectProxy, target: str, rest: bytes = b"") -> bytes:
    """All that a bare CONNECT brings until the proxy closes or 2 s are over."""
    received = bytearray()
    with socket.create_connection((proxy.host, proxy.port), 2) as raw:
        raw.sendall(
            f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode() + rest
        )
        raw.settimeout(1)
        with contextlib.suppress(TimeoutError, ConnectionResetError):
            while (piece := raw.recv(1 << 16)) and len(received) < 1 << 20:
                received += piece
    return bytes(received)


def test_a_name_leads_to_a_local_server(
    connect_proxy: Proxies, tls_files: TlsFiles
) -> None:
    pair = tls_files.authority.server(NAME)
    with Html("200 OK", server_context(pair.cert, pair.key)) as site:
        proxy = connect_proxy({f"{NAME}:443": site.address})
        answer = request_through(proxy, tls_files, **{"User-Agent": "me"})
        assert answer.status == 200
        (request,) = proxy.requests
        assert request.line.startswith(f"CONNECT {NAME}:443 HTTP/1.")
        assert request.header("user-agent") == "me"
        assert "x-inner" not in request.names
        assert request.sent > 0
        assert request.received > len(PAGE)


@pytest.mark.parametrize("mode", [Mode.HTTP_1_0, Mode.DRIP, Mode.DECORATED])
def test_odd_but_legal_answers(
    connect_proxy: Proxies, tls_files: TlsFiles, mode: Mode
) -> None:
    pair = tls_files.authority.server(NAME)
    with Html("200 OK", server_context(pair.cert, pair.key)) as site:
        proxy = connect_proxy({f"{NAME}:443": site.address}, mode=mode)
        assert request_through(proxy, tls_files).status == 200


def test_the_first_bytes_may_come_with_the_answer(connect_proxy: Proxies) -> None:
    with Chatty() as server:
        proxy = connect_proxy({"plain:80": server.address}, mode=Mode.GLUED)
        with socket.create_connection((proxy.host, proxy.port), 2) as raw:
            raw.sendall(b"CONNECT plain:80 HTTP/1.1\r\n\r\n")
            assert raw.recv(1 << 16).endswith(b"\r\n\r\nhello")


class Chatty(Html):
    """Speaks first, as an HTTP/2 server does."""

    async def serve(self, reader, writer) -> None:  # type: ignore[no-untyped-def]
        writer.write(b"hello")
        await writer.drain()
        await reader.read(1)


def test_names_without_a_route_stay_here(connect_proxy: Proxies) -> None:
    proxy = connect_proxy({"a.example.com:443": "127.0.0.1:9"})
    reply = connect_bytes(proxy, "b.example.com:443")
    assert reply.startswith(b"HTTP/1.1 403 ")
    assert proxy.requests[0].status == 403


def test_a_dead_server_is_a_bad_gateway(connect_proxy: Proxies) -> None:
    with Html() as gone:
        address = gone.address
    proxy = connect_proxy({"a:443": address})
    assert connect_bytes(proxy, "a:443").startswith(b"HTTP/1.1 502 ")


def test_only_connect(connect_proxy: Proxies) -> None:
    proxy = connect_proxy()
    connection = http.client.HTTPConnection(proxy.host, proxy.port, timeout=5)
    with contextlib.closing(connection):
        connection.request("GET", "http://a.example.com/")
        assert connection.getresponse().status == 405


@pytest.mark.parametrize(
    ("login", "status"), [("", 407), ("bWU6d3Jvbmc=", 407), ("bWU6cEBzczp3", 200)]
)
def test_credentials(
    connect_proxy: Proxies, tls_files: TlsFiles, login: str, status: int
) -> None:
    pair = tls_files.authority.server(NAME)
    headers = {"Proxy-Authorization": f"Basic {login}"} if login else {}
    with Html("200 OK", server_context(pair.cert, pair.key)) as site:
        routes = {f"{NAME}:443": site.address}
        proxy = connect_proxy(routes, user="me", password="p@ss:w")
        if status == 200:
            assert request_through(proxy, tls_files, **headers).status == 200
        else:
            with pytest.raises(OSError, match="407"):
                request_through(proxy, tls_files, **headers)
        assert proxy.requests[0].status == status


@pytest.mark.parametrize(
    ("mode", "start"),
    [
        (Mode.HTML_502, b"HTTP/1.1 502 Bad Gateway\r\n"),
        (Mode.GARBAGE, b"\x15\x03"),
        (Mode.HUGE, b"HTTP/1.1 200 OK\r\nX-Filler-0: "),
        (Mode.HUGE_BODY, b"HTTP/1.1 403 Forbidden\r\n"),
        (Mode.CUT, b"HTTP/1.1 200 Connection established\r\nVia: x"),
        (Mode.INTERIM, b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 "),
    ],
    ids=lambda value: value.value if isinstance(value, Mode) else "",
)
def test_misbehaviour(connect_proxy: Proxies, mode: Mode, start: bytes) -> None:
    with Html() as site:
        proxy = connect_proxy({"a:443": site.address}, mode=mode)
        reply = connect_bytes(proxy, "a:443", b"go")
    assert reply.startswith(start)
    if mode in (Mode.HUGE, Mode.HUGE_BODY):
        assert len(reply) > 1 << 19
    if mode is Mode.HUGE:
        assert b"\r\n\r\n" not in reply


@pytest.mark.parametrize("mode", [Mode.CLOSE, Mode.CLOSE_EARLY, Mode.RESET])
def test_no_answer_but_an_end(connect_proxy: Proxies, mode: Mode) -> None:
    proxy = connect_proxy(mode=mode)
    started = time.monotonic()
    assert connect_bytes(proxy, "a:443") == b""
    assert time.monotonic() - started < 0.9


def test_silence(connect_proxy: Proxies) -> None:
    proxy = connect_proxy(mode=Mode.SILENT)
    started = time.monotonic()
    assert connect_bytes(proxy, "a:443") == b""
    assert time.monotonic() - started >= 1
    assert proxy.requests[0].target == "a:443"


def test_as_a_program(tmp_path: pathlib.Path) -> None:
    log = tmp_path / "log"
    with Html("418 Teapot") as site:
        command = [sys.executable, "-m", "net.connect_proxy", "--log", str(log)]
        process = subprocess.Popen(
            [*command, "--route", f"a:80={site.address}", "--auth", "me:x"],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(pathlib.Path(__file__).parents[1])},
        )
        try:
            assert process.stdout is not None
            line = process.stdout.readline().strip()
            port = int(line.removeprefix("listening on http://127.0.0.1:"))
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            login = {"Proxy-Authorization": "Basic bWU6eA=="}
            connection.set_tunnel("a", 80, login)
            with contextlib.closing(connection):
                connection.request("GET", "/")
                assert connection.getresponse().status == 418
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(10) == 0
            process.stdout.close()
    (request,) = map(json.loads, log.read_text().splitlines())
    assert request["line"].startswith("CONNECT a:80 HTTP/1.")
    assert request["status"] == 200


def test_a_tunnel_ends_with_either_side(connect_proxy: Proxies) -> None:
    with Html("200 OK") as site, Relay(site.address) as relay:
        proxy = connect_proxy({"a:80": relay.address})
        reply = connect_bytes(proxy, "a:80", b"GET / HTTP/1.1\r\n\r\n")
        assert reply.endswith(PAGE)
        deadline = time.monotonic() + 5
        while proxy.connections or relay.connections or site.connections:
            assert time.monotonic() < deadline
            time.sleep(0.01)
