# SPDX-License-Identifier: Apache-2.0
"""HTTP/1.1 with keep-alive, gzip and TLS, and what may go wrong on the wire."""

from __future__ import annotations

import contextlib
import dataclasses
import gzip
import http.server
import json
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

GZIP_FROM = 256  # bytes of a body that are worth packing


@dataclasses.dataclass
class Request:
    """One request as it came; `target` is the raw path with its query."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    scheme: str = "http"

    @property
    def path(self) -> str:
        """As sent, without the query."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        """As sent."""
        return self.target.partition("?")[2]


@dataclasses.dataclass
class Response:
    """What is answered, and how it goes wrong on its way."""

    status: int = 200
    body: Any = None  # JSON, or bytes; None: no body
    headers: dict[str, str] = dataclasses.field(default_factory=dict)
    reset_after: int | None = None  # bytes of the body before the connection breaks
    slow: float = 0.0  # seconds of silence in the middle of the body
    delay: float = 0.0  # seconds before the first byte


Answer = Callable[[Request], Response]


class Server:
    """A server on 127.0.0.1 with a thread for each connection."""

    def __init__(
        self, answer: Answer, port: int = 0, tls: ssl.SSLContext | None = None
    ) -> None:
        """Bind; nothing is answered before `start`."""
        handler = type("Handler", (_Handler,), {"answer": staticmethod(answer)})
        self._server = _Listener(("127.0.0.1", port), handler)
        self._server.tls = tls
        self.port: int = self._server.server_address[1]
        self.scheme = "https" if tls else "http"

    @property
    def url(self) -> str:
        """Where it is."""
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Answer, on a thread."""
        threading.Thread(
            target=self._server.serve_forever,
            kwargs={"poll_interval": 0.05},
            daemon=True,
        ).start()

    def serve(self) -> None:
        """Answer, on this thread."""
        self._server.serve_forever()

    def stop(self) -> None:
        """Accept no more; end the connections that there are."""
        self._server.shutdown()
        self._server.server_close()


class _Listener(http.server.ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64
    tls: ssl.SSLContext | None = None

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()

    def finish_request(self, request: Any, client_address: Any) -> None:
        # On the connection's own thread: a client that shakes no hands holds up none.
        try:
            if self.tls is not None:
                request = self.tls.wrap_socket(request, server_side=True)
            with self._lock:
                self._open.add(request)
            super().finish_request(request, client_address)
        except (OSError, ssl.SSLError):
            pass
        finally:
            with self._lock:
                self._open.discard(request)
            if self.tls is not None:
                request.close()

    def server_close(self) -> None:
        super().server_close()
        with self._lock:
            for one in self._open:
                with contextlib.suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Connections that end badly are the tests' business."""


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    answer: Answer
    timeout = 60
    disable_nagle_algorithm = True

    def log_message(self, *arguments: Any) -> None:
        """Requests are recorded, not printed."""

    def _handle(self) -> None:
        scheme = "https" if isinstance(self.connection, ssl.SSLSocket) else "http"
        request = Request(self.command, self.path, self.headers, self._body(), scheme)
        self._send(type(self).answer(request))

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _handle  # noqa: N815

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            parts = []
            while size := int(self.rfile.readline().split(b";")[0], 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(parts)
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _send(self, response: Response) -> None:
        time.sleep(response.delay)
        body, headers = self._encoded(response)
        self.send_response(response.status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if response.reset_after is not None:
            self.wfile.write(body[: response.reset_after])
            self._break_off()
            return
        if response.slow:
            self.wfile.write(body[: len(body) // 2])
            self.wfile.flush()
            time.sleep(response.slow)
            body = body[len(body) // 2 :]
        with contextlib.suppress(OSError):
            self.wfile.write(body)

    def _encoded(self, response: Response) -> tuple[bytes, dict[str, str]]:
        headers = {"x-request-id": "emulated", **response.headers}
        body = response.body
        if body is None and "Content-Type" not in headers:
            return b"", headers
        if not isinstance(body, bytes):
            body = json.dumps(body, ensure_ascii=False).encode()
            headers.setdefault("Content-Type", "application/json")
        packs = "gzip" in self.headers.get("Accept-Encoding", "")
        if packs and len(body) >= GZIP_FROM and response.reset_after is None:
            body = gzip.compress(body, 1)
            headers["Content-Encoding"] = "gzip"
        return body, headers

    def _break_off(self) -> None:
        self.wfile.flush()
        # Linger 0: the client sees a reset, not an end.
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.close_connection = True
        self.connection.close()
