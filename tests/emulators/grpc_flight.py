# SPDX-License-Identifier: Apache-2.0
"""Flight over grpcio, for emulators whose statuses, headers and tickets must be exact.

pyarrow.flight adds to the texts of errors and chooses their codes, and knows no
connections. Source of methods and field numbers: Arrow's ``format/Flight.proto``.
"""

from __future__ import annotations

import dataclasses
import struct
from collections.abc import Callable, Iterable, Iterator
from concurrent import futures
from typing import Any, NoReturn

import grpc
import pyarrow as pa

from fletching.serve._protobuf import Message, field

METHODS = {
    "Handshake": grpc.stream_stream_rpc_method_handler,
    "GetFlightInfo": grpc.unary_unary_rpc_method_handler,
    "GetSchema": grpc.unary_unary_rpc_method_handler,
    "DoGet": grpc.unary_stream_rpc_method_handler,
    "DoPut": grpc.stream_stream_rpc_method_handler,
    "DoAction": grpc.unary_stream_rpc_method_handler,
}
_DATA_BODY = 1000
_THREADS = 64


class Refused(Exception):
    """Ends a call with a status."""

    def __init__(self, code: grpc.StatusCode, text: str) -> None:
        super().__init__(text)
        self.code = code


@dataclasses.dataclass(frozen=True)
class Tls:
    """PEM texts."""

    chain: bytes
    key: bytes


def serve(
    methods: dict[str, Callable[[Any, grpc.ServicerContext], Any]],
    address: str,
    tls: Tls | None,
) -> tuple[grpc.Server, int]:
    """Serve these methods of Flight, the others are UNIMPLEMENTED; server and port."""
    server = grpc.server(
        futures.ThreadPoolExecutor(_THREADS),
        options=[
            ("grpc.max_send_message_length", -1),
            ("grpc.max_receive_message_length", -1),
            ("grpc.so_reuseport", 0),
        ],
    )
    handlers = {
        name: METHODS[name](_refusing(name, method)) for name, method in methods.items()
    }
    name = "arrow.flight.protocol.FlightService"
    server.add_generic_rpc_handlers(
        [grpc.method_handlers_generic_handler(name, handlers)]
    )
    if tls is None:
        port = server.add_insecure_port(address)
    else:
        credentials = grpc.ssl_server_credentials([(tls.key, tls.chain)])
        port = server.add_secure_port(address, credentials)
    server.start()
    return server, port


def _refusing(name: str, method: Callable[..., Any]) -> Callable[..., Any]:
    """Turn `Refused` into its status."""

    def unary(request: Any, context: grpc.ServicerContext) -> Any:
        try:
            return method(request, context)
        except Refused as error:
            _abort(context, error)

    def stream(request: Any, context: grpc.ServicerContext) -> Iterator[bytes]:
        try:
            yield from method(request, context)
        except Refused as error:
            _abort(context, error)

    return unary if name in ("GetFlightInfo", "GetSchema") else stream


def _abort(context: grpc.ServicerContext, error: Refused) -> NoReturn:
    context.abort(error.code, str(error))
    raise AssertionError("abort raises")


# ---- messages ----


def schema_bytes(schema: pa.Schema) -> bytes:
    """A schema as FlightInfo, SchemaResult and prepared statements carry it."""
    return bytes(schema.serialize())


def flight_info(
    descriptor: bytes, tickets: Iterable[bytes], schema: pa.Schema | None
) -> bytes:
    """FlightInfo; one endpoint without a location for each ticket."""
    body = field(1, None if schema is None else schema_bytes(schema))
    body += field(2, descriptor)
    for ticket in tickets:
        body += field(3, field(1, field(1, ticket)))
    return body + field(4, -1) + field(5, -1)


def flight_data(
    schema: pa.Schema, batches: Iterable[pa.RecordBatch]
) -> Iterator[bytes]:
    """The FlightData messages of a stream."""
    yield _data(pa.ipc.read_message(schema.serialize()))
    for batch in batches:
        yield _data(pa.ipc.read_message(batch.serialize()))


def _data(message: Any) -> bytes:
    body = message.body
    return field(2, bytes(message.metadata)) + field(
        _DATA_BODY, b"" if body is None else bytes(body)
    )


def read_batches(messages: Iterable[Message]) -> pa.Table:
    """The rows that the FlightData messages of a DoPut bring."""
    stream = b""
    for message in messages:
        head = message.raw(2)
        if head:
            padded = head + b"\0" * (-len(head) % 8)
            stream += struct.pack("<Ii", 0xFFFFFFFF, len(padded)) + padded
            stream += message.raw(_DATA_BODY)
    stream += struct.pack("<Ii", 0xFFFFFFFF, 0)
    with pa.ipc.open_stream(stream) as reader:
        return reader.read_all()
