# SPDX-License-Identifier: Apache-2.0
"""Flight SQL by hand: messages as bytes, and calls that pyarrow's client lacks.

So that the servers can be judged without our driver, and without another library that
might share its mistakes.
"""

from __future__ import annotations

import contextlib
import socket
import struct
from collections.abc import Iterable, Iterator
from typing import TypeAlias

import pyarrow as pa
import pyarrow.flight as flight

SQL = "type.googleapis.com/arrow.flight.protocol.sql."
Value: TypeAlias = "int | str | bytes | None"


def varint(number: int) -> bytes:
    """A protobuf varint; negative numbers as 64 bits."""
    number &= (1 << 64) - 1
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def message(*fields: tuple[int, Value]) -> bytes:
    """A protobuf message; None leaves a field out."""
    out = b""
    for number, value in fields:
        if isinstance(value, int):
            out += varint(number << 3) + varint(value)
        elif value is not None:
            data = value.encode() if isinstance(value, str) else value
            out += varint(number << 3 | 2) + varint(len(data)) + data
    return out


def command(name: str, *fields: tuple[int, Value]) -> bytes:
    """A message of Flight SQL in an Any."""
    return message((1, SQL + name), (2, message(*fields)))


def descriptor(data: bytes) -> flight.FlightDescriptor:
    """A descriptor of such a command."""
    return flight.FlightDescriptor.for_command(data)


def fields(data: bytes) -> dict[int, list[int | bytes]]:
    """A message's fields by number, in order: integers (fixed ones too) and bytes."""
    found: dict[int, list[int | bytes]] = {}
    rest = memoryview(data)

    def read_varint() -> int:
        nonlocal rest
        number = shift = 0
        while True:
            byte, rest = rest[0], rest[1:]
            number |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return number

    while rest:
        key = read_varint()
        value: int | bytes
        if key & 7 == 0:
            value = read_varint()
        else:
            size = {1: 8, 5: 4}.get(key & 7)
            length = read_varint() if size is None else size
            assert len(rest) >= length, "a field that ends before its length"
            value, rest = bytes(rest[:length]), rest[length:]
        found.setdefault(key >> 3, []).append(value)
    return found


def unpack(data: bytes) -> tuple[str, dict[int, list[int | bytes]]]:
    """The name and the fields of a message in an Any."""
    packed = fields(data)
    (url,), (value,) = packed[1], packed.get(2, [b""])
    assert isinstance(url, bytes)
    assert isinstance(value, bytes)
    return url.decode().rpartition(".")[2], fields(value)


def action(client: flight.FlightClient, name: str, body: bytes = b"") -> list[bytes]:
    """The bodies of an action's results."""
    return [
        result.body.to_pybytes()
        for result in client.do_action(flight.Action(name, body))
    ]


def sql_action(
    client: flight.FlightClient, name: str, *values: tuple[int, Value]
) -> dict[int, list[int | bytes]]:
    """The fields of the one result of a Flight SQL action, {} when it is empty."""
    bodies = action(client, name, command(f"Action{name}Request", *values))
    return unpack(bodies[0])[1] if bodies and bodies[0] else {}


def put(
    client: flight.FlightClient,
    data: bytes,
    batches: Iterable[pa.RecordBatch] = (),
    schema: pa.Schema | None = None,
) -> list[bytes]:
    """The answers to a DoPut, all of them, after the whole stream was sent."""
    batches = list(batches)
    schema = schema or (batches[0].schema if batches else pa.schema([]))
    writer, reader = client.do_put(descriptor(data), schema)
    answers = []
    with writer:
        for batch in batches:
            writer.write_batch(batch)
        writer.done_writing()
        while (answer := reader.read()) is not None:
            answers.append(answer.to_pybytes())
    return answers


def count_of(answer: bytes) -> int:
    """The record_count of a DoPutUpdateResult."""
    (count,) = fields(answer).get(1, [0])
    assert isinstance(count, int)
    return count - (1 << 64) if count >> 63 else count


def ingest(
    table: str,
    *,
    absent: int = 1,
    present: int = 2,
    schema: str | None = None,
    catalog: str | None = None,
    temporary: bool | None = None,
    transaction: bytes | None = None,
) -> bytes:
    """CommandStatementIngest.

    absent: 1 create, 2 fail; present: 1 fail, 2 append, 3 replace.
    """
    return command(
        "CommandStatementIngest",
        (1, message((1, absent), (2, present))),
        (2, table),
        (3, schema),
        (4, catalog),
        (5, temporary),
        (6, transaction),
    )


def read(client: flight.FlightClient, data: bytes) -> pa.Table:
    """All endpoints of a command, one behind the other."""
    info = client.get_flight_info(descriptor(data))
    tables = [client.do_get(one.ticket).read_all() for one in info.endpoints]
    return pa.concat_tables(tables)


def query(sql: str, transaction: bytes | None = None) -> bytes:
    """CommandStatementQuery."""
    return command("CommandStatementQuery", (1, sql), (2, transaction))


def rows(
    client: flight.FlightClient, sql: str, transaction: bytes | None = None
) -> list[tuple[object, ...]]:
    """The rows of a query."""
    table = read(client, query(sql, transaction))
    return [tuple(row.values()) for row in table.to_pylist()]


def unary(address: str, method: str, request: bytes, **headers: str) -> bytes | None:
    """The answer to a unary call of FlightService, None when it is an error.

    One connection of HTTP/2 for one call, headers as literals, the answer's headers not
    read: what went wrong is in the server's own account.
    """
    host, _, port = address.rpartition(":")
    names = {
        ":method": "POST",
        ":scheme": "http",
        ":path": f"/arrow.flight.protocol.FlightService/{method}",
        ":authority": address,
        "te": "trailers",
        "content-type": "application/grpc",
        **headers,
    }
    block = b"".join(
        b"\0" + b"".join(bytes([len(text)]) + text.encode() for text in pair)
        for pair in names.items()
    )
    with contextlib.closing(socket.create_connection((host, int(port)), 10)) as link:
        link.sendall(
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
            + _frame(_SETTINGS, 0, 0, b"")
            + _frame(_HEADERS, _END_HEADERS, 1, block)
            + _frame(_DATA, _END, 1, struct.pack(">BI", 0, len(request)) + request)
        )
        body = b"".join(_data(link))
    if not body:
        return None
    compressed, length = struct.unpack_from(">BI", body)
    assert (compressed, length) == (0, len(body) - 5)
    return body[5:]


_DATA, _HEADERS, _SETTINGS, _END, _END_HEADERS = 0, 1, 4, 1, 4


def _frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    return (
        struct.pack(
            ">HBBBI", len(payload) >> 8, len(payload) & 255, kind, flags, stream
        )
        + payload
    )


def _data(link: socket.socket) -> Iterator[bytes]:
    with link.makefile("rb") as file:
        while head := file.read(9):
            high, low, kind, flags, stream = struct.unpack(">HBBBI", head)
            payload = file.read(high << 8 | low)
            if stream == 1 and kind == _DATA:
                yield payload
            if stream == 1 and kind in (_DATA, _HEADERS) and flags & _END:
                return
