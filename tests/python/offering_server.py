# SPDX-License-Identifier: Apache-2.0
"""A Flight server that offers its rows elsewhere, and a plain HTTP server beside it.

It is a process of its own (`python offering_server.py`). The text of a statement is
JSON: the locations of each endpoint of the answer, or those and the schema of it all
(a serialized one in base64). DoExchange is there too.
"""

from __future__ import annotations

import base64
import datetime
import json
import pathlib
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any, ClassVar

import pyarrow as pa
import pyarrow.flight as flight
from web_rows import NUMBERS, numbers, serve_web

from fletching.serve._protobuf import Message


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
        offers, schema = json.loads(command.string(1)), NUMBERS
        if isinstance(offers, dict):
            told = pa.py_buffer(base64.b64decode(offers["schema"]))
            offers, schema = offers["endpoints"], pa.ipc.read_schema(told)
        endpoints = [_endpoint(i, offer) for i, offer in enumerate(offers)]
        return flight.FlightInfo(schema, descriptor, endpoints, -1, -1)

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


def _beside(reader: Any, writer: Any) -> None:
    """Give back each message with bytes that say which it was."""
    begun = False
    for i, chunk in enumerate(reader):
        given = chunk.app_metadata
        beside = b"%d:" % i + (b"" if given is None else given.to_pybytes())
        if chunk.data is None:
            writer.write_metadata(beside)
            continue
        if not begun:
            writer.begin(chunk.data.schema)
        begun = True
        writer.write_with_metadata(chunk.data, beside)
    writer.write_metadata(b"end")


def _nothing(reader: Any, writer: Any) -> None:
    """Answers without rows of any kind."""


def _give(reader: Any, writer: Any) -> None:
    writer.begin(NUMBERS)
    writer.write_batch(numbers(0, 5))


def _late(reader: Any, writer: Any) -> None:
    """Takes its time."""
    time.sleep(1)
    _give(reader, writer)


_EXCHANGES = {
    "echo": _echo,
    "count": _count,
    "flood": _flood,
    "beside": _beside,
    "fail": _fail,
    "nothing": _nothing,
    "give": _give,
    "late": _late,
}


class OfferingServer:
    """The servers' process.

    Attributes:
        uri: of the Flight server.
        tls_uri: of the same over TLS; "" without certificates.
        http: the root of the HTTP server's URLs.
        https: the roots of its URLs over TLS, one a pair.
    """

    def __init__(self, *pairs: Any, client_ca: pathlib.Path | None = None) -> None:
        """Start it; with pairs of certificate and key also over TLS."""
        files = [str(file) for pair in pairs for file in (pair.cert, pair.key)]
        self._process = subprocess.Popen(
            [sys.executable, __file__, str(client_ca or ""), *files],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        places = json.loads(self._process.stdout.readline())
        self.uri, self.tls_uri, self.http, *self.https = places

    def stop(self) -> None:
        """End it."""
        self._process.kill()
        self._process.communicate()


def serve(*pairs: Any, client_ca: pathlib.Path | None = None) -> Iterator[Any]:
    """The body of a fixture."""
    server = OfferingServer(*pairs, client_ca=client_ca)
    yield server
    server.stop()


def _main() -> None:
    client_ca, *files = sys.argv[1:]
    pairs = list(zip(files[::2], files[1::2], strict=True))
    service = _Flight("grpc://127.0.0.1:0")
    places = [f"grpc://127.0.0.1:{service.port}", ""]
    if pairs:
        pair = [pathlib.Path(file).read_bytes() for file in pairs[0]]
        secure = _Flight("grpc+tls://127.0.0.1:0", tls_certificates=[tuple(pair)])
        places[1] = f"grpc+tls://127.0.0.1:{secure.port}"
    places.append(serve_web())
    places += [serve_web(pair, client_ca) for pair in pairs]
    print(json.dumps(places), flush=True)
    sys.stdin.read()  # until our parent is gone


if __name__ == "__main__":
    _main()
