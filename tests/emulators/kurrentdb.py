# SPDX-License-Identifier: Apache-2.0
"""KurrentDB 26.1's Flight SQL, on DuckDB.

    python -m tests.emulators.kurrentdb --port 2113 --tls

It has an event log, ``kdb.records``, and one user-defined index, ``usr.orders``. What
it does is what the server's sources do (kurrent-io/KurrentDB, in FlightSql/ and Query/
of src/KurrentDB.SecondaryIndexing); each way in which that differs from the protocol,
or from other builds, is a switch.
"""

from __future__ import annotations

import argparse
import base64
import itertools
import secrets
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import grpc
import pyarrow as pa

from fletching.serve import _tls
from fletching.serve._commands import pack, prepared_result, unpack
from fletching.serve._duckdb_lane import _arrow
from fletching.serve._protobuf import Message, field

from . import grpc_flight, kurrentdb_log, kurrentdb_metadata, kurrentdb_sql
from .grpc_flight import Refused
from .switches import Record, Switch, add_switches, switched_on

SWITCHES = (
    Switch(
        "empty-metadata",
        "GetSqlInfo, GetCatalogs, GetDbSchemas, GetTables and the other metadata"
        " commands answer a FlightInfo with an empty schema and no endpoint; without it"
        " they answer as the protocol says",
        "kurrent-sqlalchemy's README; FlightSql/FlightSqlServer.cs, EmptyFlightInfo",
    ),
    Switch(
        "no-metadata",
        "the same commands are UNIMPLEMENTED",
        "FlightSql/FlightSqlServer.cs as it was first merged (pull request 5588)",
        on=False,
    ),
    Switch(
        "opaque-errors",
        "what is wrong with a statement is 'Exception was thrown by handler.', UNKNOWN;"
        " without it the exception's text follows",
        "kurrent-sqlalchemy's README; grpc-dotnet, EnableDetailedErrors",
    ),
    Switch(
        "schema-less-info",
        "the FlightInfo of a statement has an empty schema",
        "FlightSql/FlightSqlServer.PlainQuery.cs, discoverSchema: false",
    ),
    Switch(
        "typed-binding",
        "parameters other than integers of 8, 32 and 64 bits, booleans, texts and bytes"
        " are UNIMPLEMENTED when the rows are read",
        "FlightSql/FlightSqlServer.PreparedStmt.cs",
    ),
    Switch(
        "no-cte-names",
        "the name of a common table expression is an unknown table: its schema is not"
        " kdb or usr",
        "Query/QueryEngine.Rewriter.cs, RewriteTableReference",
    ),
    Switch(
        "basic-as-bearer",
        "Handshake gives the Basic credentials back as a bearer token; without it it is"
        " UNIMPLEMENTED, as in the first builds",
        "FlightSql/FlightSqlServer.cs, Handshake",
    ),
    Switch(
        "unlicensed",
        "every call is FAILED_PRECONDITION",
        "FlightSql/FlightSqlServer.cs, EnsureLicensed",
        on=False,
    ),
)

_BATCH = 2048  # rows: DuckDB's vectors, one message each
_BINDABLE = (
    pa.types.is_int8, pa.types.is_uint8, pa.types.is_int32, pa.types.is_uint32,
    pa.types.is_int64, pa.types.is_uint64, pa.types.is_boolean, pa.types.is_string,
    pa.types.is_string_view, pa.types.is_large_string, pa.types.is_binary,
    pa.types.is_binary_view, pa.types.is_large_binary, pa.types.is_null,
)  # fmt: skip
_TICKET = "type.googleapis.com/google.protobuf.BytesValue"


class Prepared:
    """A statement of one connection, and the row last bound to it."""

    def __init__(self, sql: str) -> None:
        self.sql = sql
        self.row: pa.Table | None = None


class KurrentDB:
    """The service: a method for each of Flight's."""

    def __init__(self, options: argparse.Namespace, switches: frozenset[str]) -> None:
        self._switches = switches
        self._record = Record(options.record)
        self._login = None if options.anonymous else (options.user, options.password)
        self._database = duckdb.connect(":memory:")
        self._database.execute("SET python_enable_replacements = false")
        kurrentdb_log.create(self._database, options.records)
        # By the client's address: a handle is of one connection, and dies with it.
        self._prepared: dict[tuple[str, bytes], Prepared] = {}

    def methods(self) -> dict[str, Any]:
        """The methods by their names."""
        return {
            "Handshake": self.handshake,
            "GetFlightInfo": self.get_flight_info,
            "GetSchema": self.get_schema,
            "DoGet": self.do_get,
            "DoPut": self.do_put,
            "DoAction": self.do_action,
        }

    # ---- who calls ----

    def _enter(self, method: str, context: Any, *, anybody: bool = False) -> None:
        metadata: dict[str, list[str]] = {}
        for key, value in context.invocation_metadata():
            shown = value if isinstance(value, str) else value.hex()
            secret = key == "authorization"
            shown = shown.split(" ", 1)[0] if secret else shown
            metadata.setdefault(key, []).append(shown)
        self._record.write(method=method, peer=context.peer(), headers=metadata)
        if "unlicensed" in self._switches:
            text = "Arrow Flight SQL is not licensed. Required entitlement: FLIGHT_SQL"
            raise Refused(grpc.StatusCode.FAILED_PRECONDITION, text)
        if self._login is None or anybody:
            return
        header = dict(context.invocation_metadata()).get("authorization", "")
        scheme, _, credentials = header.partition(" ")
        if not header:
            raise Refused(grpc.StatusCode.PERMISSION_DENIED, "Access Denied")
        expected = base64.b64encode(":".join(self._login).encode()).decode()
        right = secrets.compare_digest(credentials.encode(), expected.encode())
        if scheme.lower() not in ("basic", "bearer") or not right:
            raise Refused(grpc.StatusCode.UNAUTHENTICATED, "")

    def handshake(self, requests: Any, context: Any) -> Iterator[bytes]:
        """Credentials are looked at by the calls that follow."""
        self._enter("Handshake", context, anybody=True)
        if "basic-as-bearer" not in self._switches:
            raise Refused(grpc.StatusCode.UNIMPLEMENTED, "")
        header = dict(context.invocation_metadata()).get("authorization", "")
        scheme, _, credentials = header.partition(" ")
        if scheme.lower() == "basic":
            context.send_initial_metadata([("authorization", f"Bearer {credentials}")])
        yield b""

    # ---- statements ----

    def _checked(self, sql: str) -> str:
        self._record.write(planned=sql)
        with self._told(), self._database.cursor() as cursor:
            self._rewritten(cursor, sql)
        return sql

    def _rewritten(self, cursor: Any, sql: str) -> str:
        ctes = "no-cte-names" not in self._switches
        return kurrentdb_sql.rewritten(cursor, sql, names_of_ctes=ctes)

    def _told(self) -> Telling:
        return Telling("opaque-errors" in self._switches)

    def _schema(self, sql: str) -> pa.Schema:
        with self._told(), self._database.cursor() as cursor:
            count = len(cursor.extract_statements(sql)[0].named_parameters)
            relation = cursor.sql(self._rewritten(cursor, sql), params=[None] * count)
            return _arrow(relation.limit(0), 1).schema

    def _rows(self, sql: str, values: list[Any], context: Any) -> Iterator[bytes]:
        self._record.write(ran=sql)
        with self._told(), self._database.cursor() as cursor:
            context.add_callback(cursor.interrupt)
            relation = cursor.sql(self._rewritten(cursor, sql), params=values)
            with _arrow(relation, _BATCH) as reader:
                yield from grpc_flight.flight_data(reader.schema, reader)

    def get_flight_info(self, request: bytes, context: Any) -> bytes:
        """A statement is checked; nothing runs before DoGet."""
        self._enter("GetFlightInfo", context)
        name, body = _command(Message(request).raw(2))
        if name == "CommandStatementQuery":
            sql = self._checked(body.string(1))
            ticket = field(1, _TICKET) + field(2, field(1, sql))
            empty = "schema-less-info" in self._switches
            schema = pa.schema([]) if empty else self._schema(sql)
            return grpc_flight.flight_info(request, [ticket], schema)
        if name == "CommandPreparedStatementQuery":
            statement = self._find(body.raw(1), context)
            ticket = pack(name, field(1, body.raw(1)))
            return grpc_flight.flight_info(
                request, [ticket], self._schema(statement.sql)
            )
        if name not in kurrentdb_metadata.COMMANDS or "no-metadata" in self._switches:
            raise _not_supported()
        if "empty-metadata" in self._switches:
            return grpc_flight.flight_info(request, [], pa.schema([]))
        answer = self._metadata(name, body)
        ticket = Message(request).raw(2)
        return grpc_flight.flight_info(request, [ticket], answer.schema)

    def _metadata(self, name: str, message: Message) -> pa.Table:
        columns = {
            (schema, table): self._schema(f"SELECT * FROM {schema}.{table}")
            for schema, table in (("kdb", "records"), ("usr", "orders"))
        }
        return kurrentdb_metadata.answer(name, message, columns)

    def get_schema(self, request: bytes, context: Any) -> bytes:
        """The columns of a statement."""
        self._enter("GetSchema", context)
        name, body = _command(Message(request).raw(2))
        if name == "CommandStatementQuery":
            sql = self._checked(body.string(1))
        elif name == "CommandPreparedStatementQuery":
            sql = self._find(body.raw(1), context).sql
        else:
            raise _not_supported()
        return field(1, grpc_flight.schema_bytes(self._schema(sql)))

    def do_get(self, request: bytes, context: Any) -> Iterator[bytes]:
        """Run what a ticket says."""
        self._enter("DoGet", context)
        ticket = Message(request).raw(1)
        if Message(ticket).string(1) == _TICKET:
            sql = Message(Message(ticket).raw(2)).string(1)
            yield from self._rows(sql, [], context)
            return
        name, body = _command(ticket)
        if name == "CommandPreparedStatementQuery":
            statement = self._find(body.raw(1), context)
            values = self._values(statement)
            yield from self._rows(statement.sql, values, context)
        elif name in kurrentdb_metadata.COMMANDS:
            answer = self._metadata(name, body)
            yield from grpc_flight.flight_data(answer.schema, answer.to_batches())
        else:
            raise _not_supported()

    # ---- prepared statements ----

    def do_action(self, request: bytes, context: Any) -> Iterator[bytes]:
        """CreatePreparedStatement, ClosePreparedStatement, CloseSession."""
        self._enter("DoAction", context)
        action = Message(request)
        name, body = action.string(1), action.raw(2)
        if name == "CreatePreparedStatement":
            statement = Prepared(self._checked(_command(body)[1].string(1)))
            handle = secrets.token_bytes(16)
            columns = grpc_flight.schema_bytes(self._schema(statement.sql))
            parameters = grpc_flight.schema_bytes(self._parameters(statement.sql))
            self._prepared[(context.peer(), handle)] = statement
            yield field(1, prepared_result(handle, columns, parameters, None))
        elif name == "ClosePreparedStatement":
            self._find(_command(body)[1].raw(1), context)
            del self._prepared[(context.peer(), _command(body)[1].raw(1))]
            yield b""
        elif name == "CloseSession":
            yield b""
        else:
            text = f"Action {name} is not supported"
            raise Refused(grpc.StatusCode.UNIMPLEMENTED, text)

    def _parameters(self, sql: str) -> pa.Schema:
        with self._database.cursor() as cursor:
            names = cursor.extract_statements(sql)[0].named_parameters
        return pa.schema([pa.field(str(name), pa.null()) for name in sorted(names)])

    def do_put(self, requests: Any, context: Any) -> Iterator[bytes]:
        """Bind parameters."""
        self._enter("DoPut", context)
        messages = (Message(request) for request in requests)
        first = next(messages)
        name, body = _command(Message(first.raw(1)).raw(2))
        if name != "CommandPreparedStatementQuery":
            raise _not_supported()
        statement = self._find(body.raw(1), context)
        statement.row = grpc_flight.read_batches(itertools.chain([first], messages))
        yield field(1, field(1, body.raw(1)))

    def _find(self, handle: bytes, context: Any) -> Prepared:
        found = self._prepared.get((context.peer(), handle))
        if found is None:
            text = "Prepared statement handle doesn't exist"
            raise Refused(grpc.StatusCode.NOT_FOUND, text)
        return found

    def _values(self, statement: Prepared) -> list[Any]:
        if statement.row is None:
            return []
        if "typed-binding" in self._switches:
            for kind in statement.row.schema.types:
                if not any(test(kind) for test in _BINDABLE):
                    text = f"Array type {kind} is not supported"
                    raise Refused(grpc.StatusCode.UNIMPLEMENTED, text)
        return [column[0].as_py() for column in statement.row.columns]


class Telling:
    """What a client gets to know of an exception of the engine."""

    def __init__(self, opaque: bool) -> None:
        self._opaque = opaque

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: Any, error: BaseException | None, _: object) -> None:
        if not isinstance(error, (duckdb.Error, kurrentdb_sql.NotTaken)):
            return
        print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
        text = "Exception was thrown by handler."
        if not self._opaque:
            text += f" {type(error).__name__}: {error}"
        raise Refused(grpc.StatusCode.UNKNOWN, text)


def _command(data: bytes) -> tuple[str, Message]:
    """The message inside of an Any, and its name."""
    name, body = unpack(data)
    return name, Message(body)


def _not_supported() -> Refused:
    return Refused(grpc.StatusCode.UNIMPLEMENTED, "The feature is not supported")


def _parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        prog="python -m tests.emulators.kurrentdb",
        description=(__doc__ or "").partition("\n")[0],
    )
    made.add_argument("--host", default="127.0.0.1")
    made.add_argument("--port", type=int, default=0, help="0: any free one")
    made.add_argument("--tls", action="store_true", help="as KurrentDB is by default")
    made.add_argument("--tls-cert", metavar="PEM")
    made.add_argument("--tls-key", metavar="PEM")
    made.add_argument("--user", default="admin")
    made.add_argument("--password", default="changeit")
    made.add_argument("--anonymous", action="store_true", help="everybody may call")
    made.add_argument(
        "--records",
        type=int,
        default=20_000,
        help="events in the log; a billion cost nothing, and are a result without end",
    )
    add_switches(made, SWITCHES)
    return made


def _tls_of(options: argparse.Namespace, folder: Path) -> grpc_flight.Tls | None:
    if options.tls_cert:
        made = _tls.load(options.tls_cert, options.tls_key)
    elif options.tls:
        made = _tls.self_signed(options.host, folder)
        print(f"CA certificate: {made.ca_path}", file=sys.stderr)
    else:
        return None
    return grpc_flight.Tls(made.chain, made.key)


def main(arguments: list[str] | None = None) -> int:
    """Serve until a signal comes."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        switches = switched_on(SWITCHES, options.wanted, options.unwanted)
    except ValueError as error:
        parser.error(str(error))
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with tempfile.TemporaryDirectory(prefix="emulated-kurrentdb-") as folder:
        tls = _tls_of(options, Path(folder))
        service = KurrentDB(options, switches)
        address = f"{options.host}:{options.port}"
        server, port = grpc_flight.serve(service.methods(), address, tls)
        scheme = "grpc" if tls is None else "grpc+tls"
        print(f"listening on {scheme}://{options.host}:{port}", flush=True)
        print(f"KurrentDB, emulated: {', '.join(sorted(switches))}", file=sys.stderr)
        stop.wait()
        server.stop(None)
    return 0


if __name__ == "__main__":
    sys.exit(main())
