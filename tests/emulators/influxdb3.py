# SPDX-License-Identifier: Apache-2.0
"""InfluxDB 3 (Core, Enterprise, Cloud), emulated: DataFusion, for reading.

    python -m tests.emulators.influxdb3 --port 8181 --data weather=folder/

Each database is a catalog ``public`` with the schema ``iox``; a table ``home`` is in
every database, as in InfluxData's guides: tags are dictionaries, ``time`` counts
nanoseconds. `--data NAME=PATH` adds the files of a folder to a database, `--data PATH`
to all; `--database NAME` adds one. Without any, every name is a database's. Any token
is taken, unless `--token` names those that are.
Writes go by line protocol over HTTP, which is not emulated.

Switches, each documented where it says (``--help`` shows the names):

* database-header: calls name their database in the header ``database``, or in the older
  ``bucket-name``; without it they are INVALID_ARGUMENT, with another one NOT_FOUND.
  InfluxData's influxdb3-python (query_api.py); flightsql-dbapi#16.
* bearer-only: a user and password are refused. InfluxData's guide "Python Flight SQL
  DBAPI client", FlightSQLClient(token=...).
* read-only: updates, ingest, transactions and DDL are refused. InfluxData's reference
  "Query data": writes go by line protocol.
* base-table: GetTables says BASE TABLE unless the header
  ``x-influxdata-base-table-type: TABLE`` is sent. influxdata/docs-v2#6364.
* no-prepared-statements: CreatePreparedStatement is UNIMPLEMENTED.
  influxdata/docs-v2#5387.
* unresolved-placeholders: with prepared statements, values are taken and not put in.
  trickster#985, Core 3.10: "No value found for placeholder".
* no-sessions: no cookies and no session actions. InfluxData's clients keep none.
* json-tickets: DoGet takes ``{"database", "sql_query", "query_type"}``.
  influxdb3-python (query_api.py).
"""

from __future__ import annotations

import argparse
import json
import sys
import threading
from typing import Any

import pyarrow as pa
import pyarrow.flight as flight

from fletching.serve import _service
from fletching.serve._auth import Call
from fletching.serve._data import load
from fletching.serve._datafusion import DataFusionEngine
from fletching.serve._datafusion_lane import DataFusionLane
from fletching.serve._engine import Defaults, Engine, Kind, Lane, Table
from fletching.serve._errors import InvalidRequest, NotFound, Unsupported
from fletching.serve._queries import opened
from fletching.serve._sessions import Session

from .base import EmulatedService, Product, header_of, main
from .switches import Switch

SCHEMA = "iox"
BASE_TABLE = "BASE TABLE"
TYPE_HEADER = "x-influxdata-base-table-type"

SWITCHES = (
    Switch(
        "database-header",
        "calls need the header database (or bucket-name)",
        "influxdb3-python, query_api.py; flightsql-dbapi#16",
    ),
    Switch("bearer-only", "no login but a bearer token", "InfluxData's DBAPI guide"),
    Switch("read-only", "queries only", "InfluxData's documentation of writing"),
    Switch("base-table", "GetTables says BASE TABLE", "influxdata/docs-v2#6364"),
    Switch(
        "no-prepared-statements",
        "CreatePreparedStatement is UNIMPLEMENTED",
        "influxdata/docs-v2#5387",
    ),
    Switch(
        "unresolved-placeholders",
        "bound values are not put in (without no-prepared-statements)",
        "trickster#985",
    ),
    Switch("no-sessions", "no cookies, no session actions", "InfluxData's clients"),
    Switch(
        "json-tickets", "DoGet takes JSON tickets", "influxdb3-python, query_api.py"
    ),
)

_UPDATES = (
    "CommandStatementUpdate",
    "CommandPreparedStatementUpdate",
    "CommandStatementIngest",
    "BeginTransaction",
    "EndTransaction",
)
_SESSIONS = ("SetSessionOptions", "GetSessionOptions", "CloseSession")
_PREPARED = ("CreatePreparedStatement", "ClosePreparedStatement")


class Database(DataFusionEngine):
    """One database: catalog public, schema iox."""

    catalog = "public"

    def tables(self, lane: Lane) -> list[Table]:
        """As the information schema has them."""
        return [
            Table(one.catalog, one.schema, one.name, BASE_TABLE)
            if one.type == "TABLE"
            else one
            for one in super().tables(lane)
        ]


class Databases(Engine):
    """All databases; a lane is one's, by the name that stands for its catalog."""

    name = "datafusion"
    title = "InfluxDB IOx"
    version = "3.10"
    default_schema = SCHEMA

    def __init__(self, names: list[str]) -> None:
        """Make these; without names each is made when it is first asked for."""
        self._any = not names
        self._tables: list[tuple[str, pa.Table]] = []
        self._lock = threading.Lock()
        self.databases = {name: Database(SCHEMA) for name in names}
        self._none = Database(SCHEMA)
        self.sql_info = {3: True, 8: 0, 10: False, **self._none.sql_info}

    def open_lane(self, defaults: Defaults) -> Lane:
        if defaults.catalog is None:
            return self._none.open_lane(Defaults())
        with self._lock:
            if defaults.catalog not in self.databases:
                if not self._any:
                    raise NotFound(f"database not found: {defaults.catalog}")
                self.databases[defaults.catalog] = Database(SCHEMA)
                for name, table in self._tables:
                    self.databases[defaults.catalog].add_table(SCHEMA, name, table)
            return self.databases[defaults.catalog].open_lane(Defaults())

    def add_table(self, schema: str, name: str, table: pa.Table) -> None:
        self._tables.append((name, table))
        for database in self.databases.values():
            database.add_table(schema, name, table)

    @staticmethod
    def _of(lane: Lane) -> Database:
        assert isinstance(lane, DataFusionLane)
        engine = lane._engine
        assert isinstance(engine, Database)
        return engine

    def catalogs(self, lane: Lane) -> list[str]:
        return self._of(lane).catalogs(lane)

    def schemas(self, lane: Lane) -> list[tuple[str, str]]:
        return self._of(lane).schemas(lane)

    def tables(self, lane: Lane) -> list[Table]:
        return self._of(lane).tables(lane)

    def table_schema(self, lane: Lane, table: Table) -> pa.Schema:
        return self._of(lane).table_schema(lane, table)

    def table_types(self) -> list[str]:
        return [BASE_TABLE, "SYSTEM TABLE", "VIEW"]

    def close(self) -> None:
        for database in [*self.databases.values(), self._none]:
            database.close()


class InfluxDB3(EmulatedService):
    """The service."""

    engine: Databases

    def arrived(self, call: Call, handshake: bool) -> None:
        if handshake:
            raise flight.FlightUnauthenticatedError("there is no Handshake here")
        scheme = (header_of(call, "authorization") or "").partition(" ")[0].lower()
        if "bearer-only" in self.switches and scheme != "bearer":
            raise flight.FlightUnauthenticatedError("a bearer token is needed")
        name = header_of(call, "database") or header_of(call, "bucket-name")
        self._choose(call, name)

    def _choose(self, call: Call, name: str | None) -> None:
        if name is None and "database-header" not in self.switches:
            name = next(iter(self.engine.databases), "default")
        options = {} if name is None else {"catalog": name}
        # One for each call: what stands for the database, not a session.
        call.session = Session(f"database {name}", call.user, dict(options))
        call.fresh_session = False

    def refuse(self, command: str) -> str | None:
        refused: list[str] = []
        if "read-only" in self.switches:
            refused += _UPDATES
        if "no-sessions" in self.switches:
            refused += _SESSIONS
        if "no-prepared-statements" in self.switches:
            refused += _PREPARED
        return f"{command} is not implemented" if command in refused else None

    @staticmethod
    def call(context: flight.ServerCallContext) -> Call:
        call = EmulatedService.call(context)
        if call.session is None or not call.session.options:
            raise pa.ArrowInvalid("no 'database' header in request")
        return call

    def prepare(self, call: Call, sql: str, transaction: bytes | None) -> Any:
        prepared = super().prepare(call, sql, transaction)
        if "read-only" in self.switches and prepared.plan.kind is not Kind.QUERY:
            raise InvalidRequest(
                "Error while planning query: This feature is not implemented:"
                " only queries are supported"
            )
        return prepared

    def _plan(self, call: Call, name: str, message: Any) -> Any:
        query = super()._plan(call, name, message)
        if query.rows and "unresolved-placeholders" in self.switches:
            raise InvalidRequest(
                "Error while planning query: Execution error: No value found for"
                " placeholder with name $1"
            )
        return query

    @_service.rpc
    def get_flight_info(self, context: Any, descriptor: Any) -> Any:
        self.call(context)  # needs a database, also for metadata
        return super().get_flight_info(context, descriptor)

    @_service.rpc
    def do_get(self, context: Any, ticket: flight.Ticket) -> Any:
        if ticket.ticket.startswith(b"{") and "json-tickets" in self.switches:
            return self._by_json(context, ticket.ticket)
        return super().do_get(context, ticket)

    def metadata(self, call: Call, name: str, message: Any) -> pa.Table:
        answer = super().metadata(call, name, message)
        if "table_type" not in answer.column_names:
            return answer
        if "base-table" in self.switches and header_of(call, TYPE_HEADER) != "TABLE":
            return answer
        at = answer.schema.get_field_index("table_type")
        kinds = [kind.replace(BASE_TABLE, "TABLE") for kind in answer[at].to_pylist()]
        return answer.set_column(at, answer.schema.field(at), pa.array(kinds))

    def _by_json(self, context: Any, ticket: bytes) -> Any:
        wanted = json.loads(ticket)
        if wanted.get("query_type", "sql") != "sql":
            raise Unsupported("InfluxQL is not emulated")
        call = EmulatedService.call(context)
        self._choose(call, wanted.get("database"))
        query = self._plan_sql(self.call(context), wanted["sql_query"], None)
        schema, batches = opened(self._run(query), query.schema, context)
        return _service._stream(schema, batches)


def home() -> pa.Table:
    """The table of InfluxData's guides, with a time that needs its nanoseconds."""
    kinds = {"room": "tag", "time": "timestamp", "co": "field::integer"}
    fields = [
        ("co", pa.int64()),
        ("hum", pa.float64()),
        ("room", pa.dictionary(pa.int32(), pa.utf8())),
        ("temp", pa.float64()),
        ("time", pa.timestamp("ns")),
    ]
    schema = pa.schema(
        [
            pa.field(
                name,
                kind,
                nullable=name != "time",
                metadata={
                    "iox::column::type": "iox::column_type::"
                    + kinds.get(name, "field::float")
                },
            )
            for name, kind in fields
        ]
    )
    start = 1_641_024_000_000_000_000
    rows = {
        "co": [0, 0, None],
        "hum": [35.9, 35.9, 36.2],
        "room": ["Kitchen", "Living Room", "Kitchen"],
        "temp": [21.0, 21.1, 23.0],
        "time": [start, start, start + 3_600_123_456_789],
    }
    return pa.table(rows, schema=schema)


def make_engine(options: argparse.Namespace, switches: frozenset[str]) -> Databases:
    """The databases with their tables."""
    sources = [one.rpartition("=")[::2] for one in options.data]
    names = [*options.database, *(name for name, _ in sources if name)]
    engine = Databases(list(dict.fromkeys(names)))
    engine.add_table(SCHEMA, "home", home())
    for name, path in sources:
        target = engine.databases[name] if name else engine
        for table, rows in load(path):
            target.add_table(SCHEMA, table, rows)
    return engine


def add_options(parser: argparse.ArgumentParser) -> None:
    """What only this emulator has."""
    parser.add_argument("--data", action="append", default=[], metavar="[NAME=]PATH")
    parser.add_argument("--database", action="append", default=[], metavar="NAME")


PRODUCT = Product(
    name="influxdb3",
    title="InfluxDB IOx",
    switches=SWITCHES,
    make_engine=make_engine,
    service=InfluxDB3,
    options=add_options,
)

if __name__ == "__main__":
    sys.exit(main(PRODUCT, __doc__))
