# SPDX-License-Identifier: Apache-2.0
"""A Flight server that offers its rows elsewhere, and a plain HTTP server beside it.

It is a process of its own (`python offering_server.py`). The text of a statement is
JSON: the locations of each endpoint of the answer. DoExchange is there too.
"""

from __future__ import annotations

import datetime
import gzip
import http.server
import io
import json
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

import pyarrow as pa
import pyarrow.flight as flight
import pyarrow.parquet

from fletching.serve._protobuf import Message

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


def _endpoint(number: int, offer: Any) -> flight.FlightEndpoint:
    """A list of locations; or seconds of life, and how it is read."""
    if isinstance(offer, list):
        return flight.FlightEndpoint(f"{number}".encode(), offer)
    ends = time.time() + offer["expires"]
    ticket = f"{number} {ends} {offer['how']}"
    moment = datetime.datetime.fromtimestamp(ends, datetime.timezone.utc)
    return flight.FlightEndpoint(ticket.encode(), [], pa.scalar(moment), b"")


class _Flight(flight.FlightServerBase):
    calls: ClassVar[Counter[str]] = Counter()

    def get_flight_info(
        self, context: flight.ServerCallContext, descriptor: flight.FlightDescriptor
    ) -> flight.FlightInfo:
        command = Message(Message(descriptor.command).raw(2))
        endpoints = [
            _endpoint(i, offer) for i, offer in enumerate(json.loads(command.string(1)))
        ]
        return flight.FlightInfo(NUMBERS, descriptor, endpoints, -1, -1)

    def do_get(
        self, context: flight.ServerCallContext, ticket: flight.Ticket
    ) -> flight.RecordBatchStream:
        number, _, how = ticket.ticket.decode().partition(" ")
        if how:
            return flight.GeneratorStream(NUMBERS, self._breaking(int(number), how))
        batch = numbers(1000 * int(number), 3)
        return flight.RecordBatchStream(pa.Table.from_batches([batch]))

    def _breaking(self, number: int, how: str) -> Iterator[pa.RecordBatch]:
        """Ten batches, of which the first two calls see a part."""
        ending, _, wanted = how.partition(" ")
        if float(ending) < time.time():
            raise pa.ArrowInvalid("the ticket has ended")
        self.calls[how] += 1
        shuffle = wanted == "shuffled" and self.calls[how] > 1
        for i in range(10):
            if self.calls[how] <= 2 and i == 3 * self.calls[how]:
                raise flight.FlightUnavailableError("gone for a moment")
            yield numbers(1000 * number + 3 * (9 - i if shuffle else i), 3)

    def do_action(
        self, context: flight.ServerCallContext, action: flight.Action
    ) -> list[bytes]:
        if action.type != "RenewFlightEndpoint":
            raise NotImplementedError(action.type)
        endpoint = Message(Message(action.body.to_pybytes()).raw(1))
        number = Message(endpoint.raw(1)).raw(1).decode().partition(" ")[0]
        renewed = _endpoint(int(number), {"expires": 60, "how": "late"})
        return [renewed.serialize()]

    def do_exchange(
        self,
        context: flight.ServerCallContext,
        descriptor: flight.FlightDescriptor,
        reader: flight.MetadataRecordBatchReader,
        writer: flight.MetadataRecordBatchWriter,
    ) -> None:
        if descriptor.path:
            names = pa.record_batch({"part": [p.decode() for p in descriptor.path]})
            writer.begin(names.schema)
            writer.write_batch(names)
            return
        _EXCHANGES[descriptor.command.decode()](reader, writer)


def _echo(reader: Any, writer: Any) -> None:
    writer.begin(reader.schema)
    for chunk in reader:
        writer.write_batch(chunk.data)


def _count(reader: Any, writer: Any) -> None:
    total = pa.record_batch({"rows": [sum(c.data.num_rows for c in reader)]})
    writer.begin(total.schema)
    writer.write_batch(total)


def _flood(reader: Any, writer: Any) -> None:
    """Much more than what was read, before anything else is read."""
    writer.begin(reader.schema)
    for chunk in reader:
        for _ in range(32):
            writer.write_batch(chunk.data)


def _fail(reader: Any, writer: Any) -> None:
    writer.begin(reader.schema)
    for chunk in reader:
        writer.write_batch(chunk.data)
        raise pa.ArrowInvalid("enough of that")


def _nothing(reader: Any, writer: Any) -> None:
    """Answers without rows of any kind."""


def _give(reader: Any, writer: Any) -> None:
    writer.begin(NUMBERS)
    writer.write_batch(numbers(0, 5))


_EXCHANGES = {
    "echo": _echo,
    "count": _count,
    "flood": _flood,
    "fail": _fail,
    "nothing": _nothing,
    "give": _give,
}


class _Http(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    asked: ClassVar[list[dict[str, str]]] = []

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        if url.path == "/asked":
            return self._send(200, json.dumps(self.asked).encode(), "application/json")
        self.asked.append({k.lower(): v for k, v in self.headers.items()})
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

    def _cut(self, query: dict[str, str]) -> None:
        body = stream(0, 1000, 4)
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2])
        self.close_connection = True

    def _redirect(self, query: dict[str, str]) -> None:
        self._send(302, b"", None, Location=query["to"])

    def _loop(self, query: dict[str, str]) -> None:
        self._send(307, b"", None, Location="/loop")

    def _expired(self, query: dict[str, str]) -> None:
        self._send(403, b"<Error>expired</Error>", "application/xml")

    def _page(self, query: dict[str, str]) -> None:
        self._send(200, b"<html>hello</html>", "text/html")

    def _parquet(self, query: dict[str, str]) -> None:
        sink = io.BytesIO()
        pa.parquet.write_table(pa.table({"n": [1]}), sink)
        self._send(200, sink.getvalue(), query.get("type"))

    def _file(self, query: dict[str, str]) -> None:
        sink = io.BytesIO()
        with pa.ipc.new_file(sink, NUMBERS) as out:
            out.write_batch(numbers(0, 1))
        self._send(200, sink.getvalue(), None)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


class OfferingServer:
    """The servers' process."""

    def __init__(self) -> None:
        """Start it."""
        self._process = subprocess.Popen(
            [sys.executable, __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self.uri, self.http = self._process.stdout.readline().split()

    def stop(self) -> None:
        """End it."""
        self._process.kill()
        self._process.communicate()


def serve() -> Iterator[OfferingServer]:
    """The body of a fixture."""
    server = OfferingServer()
    yield server
    server.stop()


if __name__ == "__main__":
    service = _Flight("grpc://127.0.0.1:0")
    web = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Http)
    threading.Thread(target=web.serve_forever, daemon=True).start()
    flight_uri = f"grpc://127.0.0.1:{service.port}"
    print(flight_uri, f"http://127.0.0.1:{web.server_port}", flush=True)
    sys.stdin.read()  # until our parent is gone
