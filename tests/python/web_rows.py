# SPDX-License-Identifier: Apache-2.0
"""An HTTP server, with TLS or without, that offers rows and misbehaves on request."""

from __future__ import annotations

import gzip
import http.server
import io
import json
import pathlib
import ssl
import threading
from collections import Counter, defaultdict
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

import pyarrow as pa

ARROW = "application/vnd.apache.arrow.stream"
NUMBERS = pa.schema([pa.field("n", pa.int64()), pa.field("t", pa.utf8())])


def numbers(first: int, count: int) -> pa.RecordBatch:
    """Rows whose text is their number's."""
    values = range(first, first + count)
    return pa.record_batch([list(values), list(map(str, values))], schema=NUMBERS)


def stream(first: int, count: int, batches: int = 1) -> bytes:
    """Such rows as an Arrow stream."""
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, NUMBERS) as out:
        for i in range(batches):
            out.write_batch(numbers(first + i * count, count))
    return sink.getvalue()


class _Http(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    asked: ClassVar[list[dict[str, Any]]] = []
    times: ClassVar[Counter[str]] = Counter()  # that a path was asked for
    gates: ClassVar[dict[str, threading.Barrier]] = {}
    events: ClassVar[defaultdict[str, threading.Event]] = defaultdict(threading.Event)

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        if url.path == "/asked":
            return self._send(200, json.dumps(self.asked).encode(), "application/json")
        self.times[self.path] += 1
        headers: dict[str, Any] = {k.lower(): v for k, v in self.headers.items()}
        if isinstance(self.connection, ssl.SSLSocket):
            headers["certificate"] = self.connection.getpeercert()
        self.asked.append(headers)
        handler = getattr(self, "_" + url.path.strip("/"), None)
        if handler is None:
            return self._send(404, b"no such thing", "text/plain")
        handler(query)
        return None

    def _send(self, status: int, body: bytes, kind: str | None, **more: str) -> None:
        self.send_response(status)
        if kind is not None:
            self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in more.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def _stream(self, query: dict[str, str]) -> None:
        names = ("first", "count", "batches")
        wanted = {name: int(query[name]) for name in names if name in query}
        kind = query.get("type", ARROW)
        self._send(200, stream(**{"first": 0, "count": 3, **wanted}), kind or None)

    def _disk(self, query: dict[str, str]) -> None:
        """Answer with a file.

        path, type: which, and what it is said to be. cuts=100,50: the first answer ends
        after 100 bytes, the second after 50. etag, ranges: so that a broken one can be
        gone on with. then: the file from the second answer on. stall: says nothing
        behind a cut, in place of an end. plain: says no length.
        """
        time = self.times[self.path]
        path = query["then"] if time > 1 and "then" in query else query["path"]
        body = pathlib.Path(path).read_bytes()
        cuts = [int(n) for n in query.get("cuts", "").split(",") if n]
        status, headers, begin = 200, {}, 0
        if "etag" in query:
            headers["ETag"] = query["etag"]
        if "ranges" in query:
            headers["Accept-Ranges"] = "bytes"
            wanted = self.headers.get("range")
            if wanted and self.headers.get("if-range") == query.get("etag"):
                begin = int(wanted.removeprefix("bytes=").removesuffix("-"))
                status = 206
                place = f"bytes {begin}-{len(body) - 1}/{len(body)}"
                headers["Content-Range"] = place
        body = body[begin:]
        self.send_response(status)
        if query.get("type"):
            self.send_header("Content-Type", query["type"])
        if "plain" not in query:
            self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.close_connection = True
        self.wfile.write(body[: cuts[time - 1]] if time <= len(cuts) else body)
        if "stall" in query:
            self.wfile.flush()
            self.connection.recv(1)  # until the other side goes

    def _busy(self, query: dict[str, str]) -> None:
        """Refuse as often as `times` says."""
        if self.times[self.path] <= int(query["times"]):
            self._send(int(query["status"]), b"not now", "text/plain", Retry_After="0")
        else:
            self._stream({})

    def _together(self, query: dict[str, str]) -> None:
        """Answer when as many ask as `together` says."""
        gate = self.gates.setdefault(
            query["name"], threading.Barrier(int(query["together"]), timeout=30)
        )
        try:
            gate.wait()
        except threading.BrokenBarrierError:
            return self._send(418, b"alone", "text/plain")
        self._stream(query)
        return None

    def _silent(self, query: dict[str, str]) -> None:
        """Say nothing at all."""
        self.connection.recv(1)

    def _gzip(self, query: dict[str, str]) -> None:
        body = gzip.compress(stream(0, 1000, 4))
        self._send(200, body, ARROW, content_encoding="gzip")

    def _chunked(self, query: dict[str, str]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", ARROW + "; charset=binary")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        body = stream(0, 1000, 4)
        for at in range(0, len(body), 777):
            piece = body[at : at + 777]
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        self.wfile.write(b"0\r\n\r\n")

    def _redirect(self, query: dict[str, str]) -> None:
        self._send(302, b"", None, Location=query["to"])

    def _loop(self, query: dict[str, str]) -> None:
        self._send(307, b"", None, Location="/loop")

    def _expired(self, query: dict[str, str]) -> None:
        self._send(403, b"<Error>expired</Error>", "application/xml")

    def _page(self, query: dict[str, str]) -> None:
        self._send(200, b"<html>hello</html>", "text/html")

    def _file(self, query: dict[str, str]) -> None:
        sink = io.BytesIO()
        with pa.ipc.new_file(sink, NUMBERS) as out:
            out.write_batch(numbers(0, 1))
        self._send(200, sink.getvalue(), None)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, context: ssl.SSLContext | None) -> None:
        self._context = context
        super().__init__(("127.0.0.1", 0), _Http)

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Shake hands on the connection's own thread."""
        if self._context is not None:
            request = self._context.wrap_socket(request, server_side=True)
        super().finish_request(request, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that go."""


def serve_web(pair: tuple[str, str] | None = None, client_ca: str = "") -> str:
    """Start one; its root. With `client_ca` clients may show certificates of it."""
    context = None
    if pair is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*pair)
        if client_ca:
            context.load_verify_locations(client_ca)
            context.verify_mode = ssl.CERT_OPTIONAL
    server = _Server(context)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    scheme = "http" if pair is None else "https"
    return f"{scheme}://127.0.0.1:{server.server_port}"
