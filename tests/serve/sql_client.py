# SPDX-License-Identifier: Apache-2.0
"""A bare Flight SQL client on pyarrow.flight, encoding its messages by itself.

It shares no code with the server, so a wrong field number there fails here.
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.flight as flight

PREFIX = "type.googleapis.com/arrow.flight.protocol.sql."


def _varint(number: int) -> bytes:
    number &= (1 << 64) - 1
    out = b""
    while number > 127:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])


def enc(number: int, value: Any) -> bytes:
    """Encode a field; None is left out."""
    if value is None:
        return b""
    if isinstance(value, int):
        return _varint(number << 3) + _varint(int(value))
    raw = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | 2) + _varint(len(raw)) + raw


def dec(data: bytes) -> dict[int, list[Any]]:
    """Decode a message to its values by field number."""
    found: dict[int, list[Any]] = {}
    at = 0

    def varint() -> int:
        nonlocal at
        shift = value = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(data):
        key = varint()
        value: Any
        if key & 7 == 0:
            value = varint()
        elif key & 7 == 2:
            size = varint()
            value = data[at : at + size]
            at += size
        else:
            value = data[at : at + 8]
            at += 8
        found.setdefault(key >> 3, []).append(value)
    return found


def any_of(name: str, body: bytes = b"") -> bytes:
    """Wrap a message in google.protobuf.Any."""
    return enc(1, PREFIX + name) + enc(2, body)


def signed(number: int) -> int:
    """Read a varint as int64."""
    return number - (1 << 64) if number >> 63 else number


class Client:
    """One connection; `headers` go with every call, cookies are kept by hand."""

    def __init__(self, uri: str, **options: Any) -> None:
        self.headers: list[tuple[bytes, bytes]] = []
        self.jar = _CookieFactory()
        self.flight = flight.connect(uri, middleware=[self.jar], **options)

    def options(self) -> flight.FlightCallOptions:
        return flight.FlightCallOptions(headers=self.headers, timeout=60)

    def close(self) -> None:
        self.flight.close()

    def info(self, name: str, body: bytes = b"") -> flight.FlightInfo:
        descriptor = flight.FlightDescriptor.for_command(any_of(name, body))
        return self.flight.get_flight_info(descriptor, self.options())

    def schema(self, name: str, body: bytes = b"") -> pa.Schema:
        descriptor = flight.FlightDescriptor.for_command(any_of(name, body))
        return self.flight.get_schema(descriptor, self.options()).schema

    def query_info(self, sql: str, transaction: bytes | None = None) -> Any:
        return self.info("CommandStatementQuery", enc(1, sql) + enc(2, transaction))

    def read(self, info: flight.FlightInfo) -> pa.Table:
        tables = [self.get(endpoint) for endpoint in info.endpoints]
        return pa.concat_tables(tables)

    def get(self, endpoint: flight.FlightEndpoint) -> pa.Table:
        return self.flight.do_get(endpoint.ticket, self.options()).read_all()

    def query(self, sql: str, transaction: bytes | None = None) -> pa.Table:
        return self.read(self.query_info(sql, transaction))

    def rows(self, sql: str, transaction: bytes | None = None) -> list[tuple[Any, ...]]:
        table = self.query(sql, transaction)
        return list(zip(*(column.to_pylist() for column in table.columns), strict=True))

    def metadata(self, name: str, body: bytes = b"") -> pa.Table:
        return self.read(self.info(name, body))

    def put(self, name: str, body: bytes, data: pa.Table | None = None) -> bytes | None:
        descriptor = flight.FlightDescriptor.for_command(any_of(name, body))
        schema = data.schema if data is not None else pa.schema([])
        writer, reader = self.flight.do_put(descriptor, schema, self.options())
        if data is not None:
            writer.write_table(data)
        writer.done_writing()
        answer = reader.read()
        writer.close()
        return None if answer is None else answer.to_pybytes()

    def update(self, sql: str, transaction: bytes | None = None) -> int:
        answer = self.put("CommandStatementUpdate", enc(1, sql) + enc(2, transaction))
        return count_of(answer)

    def action(self, name: str, body: bytes = b"") -> list[bytes]:
        results = self.flight.do_action(flight.Action(name, body), self.options())
        return [result.body.to_pybytes() for result in results]

    def sql_action(self, name: str, body: bytes = b"") -> dict[int, list[Any]]:
        results = self.action(name, any_of(f"Action{name}Request", body))
        return dec(dec(results[0])[2][0]) if results else {}

    def prepare(self, sql: str, transaction: bytes | None = None) -> dict[int, Any]:
        return self.sql_action(
            "CreatePreparedStatement", enc(1, sql) + enc(2, transaction)
        )

    def begin(self) -> bytes:
        begun = self.sql_action("BeginTransaction")
        return bytes(begun[1][0])

    def end(self, transaction: bytes, commit: bool) -> None:
        self.sql_action("EndTransaction", enc(1, transaction) + enc(2, 2 - commit))


def count_of(answer: bytes | None) -> int:
    """Read DoPutUpdateResult."""
    assert answer is not None
    return signed(dec(answer).get(1, [0])[0])


class _Cookies(flight.ClientMiddleware):
    def __init__(self, jar: _CookieFactory) -> None:
        self.jar = jar

    def sending_headers(self) -> dict[str, str]:
        if not (self.jar.enabled and self.jar.cookies):
            return {}
        pairs = (f"{name}={value}" for name, value in self.jar.cookies.items())
        return {"cookie": "; ".join(pairs)}

    def received_headers(self, headers: dict[str, list[Any]]) -> None:
        self.jar.received.append(headers)
        for name, values in headers.items():
            if name.lower() != "set-cookie":
                continue
            for value in values:
                pair = value.split(";")[0]
                key, _, text = pair.partition("=")
                self.jar.cookies[key] = text


class _CookieFactory(flight.ClientMiddlewareFactory):
    def __init__(self) -> None:
        self.enabled = True
        self.cookies: dict[str, str] = {}
        self.received: list[dict[str, list[Any]]] = []

    def start_call(self, info: Any) -> _Cookies:
        return _Cookies(self)
