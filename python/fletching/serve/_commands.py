# SPDX-License-Identifier: Apache-2.0
"""Flight SQL's messages: what a client may ask, and how the answers are encoded.

Source of names and field numbers: Apache Arrow's ``format/FlightSql.proto`` and
``format/Flight.proto``.  Commands and SQL actions travel inside
``google.protobuf.Any`` {1: type_url, 2: value}; the core Flight actions
(CancelFlightInfo, RenewFlightEndpoint, Set/Get/CloseSession...) are bare messages.
"""

from __future__ import annotations

from dataclasses import dataclass

from ._protobuf import DecodeError, Message, field

TYPE_PREFIX = "type.googleapis.com/arrow.flight.protocol.sql."


def pack(name: str, body: bytes) -> bytes:
    """Wrap a Flight SQL message in ``google.protobuf.Any``."""
    return field(1, TYPE_PREFIX + name) + field(2, body)


def unpack(data: bytes) -> tuple[str, bytes]:
    """Return the message name and bytes inside an ``Any``.

    Names are compared by what follows the last ``/`` as ``Any`` asks for; raises
    DecodeError when the bytes are no ``Any``.
    """
    message = Message(data)
    url = message.string(1)
    if "/" not in url:
        raise DecodeError("not a Flight SQL command (google.protobuf.Any expected)")
    return url.rsplit("/", 1)[1].rsplit(".", 1)[-1], message.raw(2)


def unpack_action(name: str, data: bytes) -> Message:
    """Decode an action's body, wrapped in ``Any`` or, as some clients do, bare."""
    try:
        found, body = unpack(data)
    except DecodeError:
        return Message(data)
    return Message(body if found == f"Action{name}Request" else data)


@dataclass(frozen=True)
class Statement:
    """CommandStatementQuery, CommandStatementUpdate, CreatePreparedStatement."""

    sql: str
    transaction: bytes | None

    @classmethod
    def decode(cls, message: Message) -> Statement:
        return cls(message.string(1), message.optional_bytes(2) or None)


@dataclass(frozen=True)
class Substrait:
    """CommandStatementSubstraitPlan, CreatePreparedSubstraitPlan."""

    plan: bytes
    version: str
    transaction: bytes | None

    @classmethod
    def decode(cls, message: Message) -> Substrait:
        plan = Message(message.raw(1))
        if not plan.raw(1):
            raise DecodeError("substrait: the command holds no plan")
        return cls(plan.raw(1), plan.string(2), message.optional_bytes(2) or None)


@dataclass(frozen=True)
class GetTables:
    """Filters of CommandGetTables; also of CommandGetDbSchemas (the first two)."""

    catalog: str | None
    schema_pattern: str | None
    table_pattern: str | None = None
    types: tuple[str, ...] = ()
    include_schema: bool = False

    @classmethod
    def decode(cls, message: Message) -> GetTables:
        return cls(
            message.optional_string(1),
            message.optional_string(2),
            message.optional_string(3),
            tuple(message.strings(4)),
            bool(message.number(5)),
        )


@dataclass(frozen=True)
class TableRef:
    """A table as the key commands name it: None means "do not narrow"."""

    catalog: str | None
    schema: str | None
    table: str

    @classmethod
    def decode(cls, message: Message, first: int = 1) -> TableRef:
        return cls(
            message.optional_string(first),
            message.optional_string(first + 1),
            message.string(first + 2),
        )


# CommandStatementIngest.TableDefinitionOptions
IF_MISSING_CREATE, IF_MISSING_FAIL = 1, 2
IF_EXISTS_FAIL, IF_EXISTS_APPEND, IF_EXISTS_REPLACE = 1, 2, 3


@dataclass(frozen=True)
class Ingest:
    """CommandStatementIngest: where bulk data goes and what happens to the table."""

    table: str
    schema: str | None
    catalog: str | None
    temporary: bool
    transaction: bytes | None
    create: bool
    exists: int

    @classmethod
    def decode(cls, message: Message) -> Ingest:
        options = Message(message.raw(1))
        # Unspecified follows the proto: create a missing table, fail on a present one.
        exists = options.number(2) or IF_EXISTS_FAIL
        if not message.string(2):
            raise DecodeError("ingest: the command names no table")
        if exists not in (IF_EXISTS_FAIL, IF_EXISTS_APPEND, IF_EXISTS_REPLACE):
            raise DecodeError(f"ingest: if_exists has the unknown value {exists}")
        return cls(
            message.string(2),
            message.optional_string(3) or None,
            message.optional_string(4) or None,
            bool(message.number(5)),
            message.optional_bytes(6) or None,
            options.number(1) != IF_MISSING_FAIL,
            exists,
        )


def prepared_result(
    handle: bytes, dataset: bytes, parameters: bytes, is_update: bool | None
) -> bytes:
    """Encode ActionCreatePreparedStatementResult, wrapped."""
    body = field(1, handle)
    body += field(2, dataset or None) + field(3, parameters or None)
    if is_update is not None:
        body += field(4, is_update)
    return pack("ActionCreatePreparedStatementResult", body)


def statement_ticket(handle: bytes) -> bytes:
    """Encode TicketStatementQuery, wrapped."""
    return pack("TicketStatementQuery", field(1, handle))


def update_result(count: int) -> bytes:
    """Encode DoPutUpdateResult: bare, -1 when the number of rows is unknown."""
    return field(1, count)


def bound_result(handle: bytes) -> bytes:
    """Encode DoPutPreparedStatementResult: bare."""
    return field(1, handle)
