# SPDX-License-Identifier: Apache-2.0
"""A DuckDB connection: plans, runs, updates, ingests, transactions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import duckdb
import pyarrow as pa

from . import _duckdb_catalog as catalog
from . import _sqltext
from ._coltypes import describe_schema
from ._commands import IF_EXISTS_FAIL, IF_EXISTS_REPLACE, Ingest
from ._engine import Defaults, EndAction, Kind, Lane, Plan, Row
from ._errors import Cancelled, InvalidRequest, NotFound, Unsupported
from ._jobs import Job
from ._sqltext import quote

BATCH_ROWS = 30 * 2048  # whole DuckDB vectors
_COUNT = pa.schema([pa.field("Count", pa.int64())])
_DML = {"INSERT", "UPDATE", "DELETE", "MERGE_INTO", "COPY"}
_ROWS = {"SELECT", "EXPLAIN", "CALL", "PRAGMA", "RELATION", "EXECUTE"}
INCOMING = "__fletching_incoming"


@contextmanager
def translated(job: Job | None = None) -> Iterator[None]:
    """Translate DuckDB's exceptions."""
    try:
        yield
    except duckdb.InterruptException:
        raise Cancelled("the query was cancelled") from None
    except duckdb.NotImplementedException as error:
        raise Unsupported(str(error)) from None
    except duckdb.CatalogException as error:
        missing = "does not exist" in str(error)
        raise (NotFound if missing else InvalidRequest)(str(error)) from None
    except (duckdb.Error, RuntimeError) as error:
        raise InvalidRequest(str(error)) from None
    except pa.ArrowException as error:
        if job is not None:
            job.check()
        raise InvalidRequest(str(error)) from None


class DuckDBLane(Lane):
    """One connection."""

    exclusive = True

    def __init__(self, connection: Any, use: Callable[[Any, Defaults], None]) -> None:
        self.connection = connection
        self._use = use
        self._in_transaction = False

    def use(self, defaults: Defaults) -> None:
        """Change the connection's defaults, keeping all else it holds."""
        self._use(self.connection, defaults)

    def close(self) -> None:
        """Close the connection; an open transaction is rolled back."""
        self.connection.close()

    def plan(self, sql: str) -> Plan:
        """Describe a statement; only a single SELECT is bound, nothing runs."""
        with translated():
            statements = self.connection.extract_statements(sql)
        if not statements:
            raise InvalidRequest("there is no statement in the query text")
        kind = _kind(statements[-1].type.name, sql)
        names = _sqltext.placeholders(sql)
        parameters = pa.schema([pa.field(f"${name}", pa.null()) for name in names])
        if kind is not Kind.QUERY:
            schema = _COUNT if kind is Kind.UPDATE else pa.schema([])
            return Plan(kind, schema, parameters)
        if len(statements) > 1 or statements[-1].type.name != "SELECT":
            return Plan(kind, None, parameters)
        bound = self._bind(sql, [None] * len(names), strict=not names)
        schema = None if bound is None else describe_schema(bound)
        return Plan(kind, schema, parameters, exact=not names)

    def _bind(self, sql: str, values: list[Any], strict: bool) -> pa.Schema | None:
        """Bind a SELECT; when its parameters are unknown, so may be its types."""
        if _sqltext.may_write(sql):
            return None  # DuckDB would run it
        try:
            names = _sqltext.placeholders(sql)
            relation = self.connection.sql(sql, params=_arguments(names, values))
            schema = _arrow(relation.limit(0), 1).schema
        except (duckdb.ParserException, duckdb.CatalogException):
            with translated():
                raise
        except duckdb.Error:
            if not strict:
                return None
            with translated():
                raise
        if not strict and any(pa.types.is_null(kind) for kind in schema.types):
            return None
        # LIMIT renames columns that have the same name.
        fields = zip(relation.columns, schema, strict=True)
        return pa.schema([field.with_name(name) for name, field in fields])

    def bound_schema(self, sql: str, row: Row) -> pa.Schema | None:
        """Bind a SELECT with these values."""
        if len(self.connection.extract_statements(sql)) != 1:
            return None
        bound = self._bind(sql, _values(row), strict=True)
        return None if bound is None else describe_schema(bound)

    def run(self, job: Job, sql: str, rows: Sequence[Row]) -> pa.Schema:
        """Run a query and stream it."""
        schema = pa.schema([])
        with translated(job):
            kinds = self.connection.extract_statements(sql)
            kind = _kind(kinds[-1].type.name, sql) if kinds else Kind.COMMAND
            names = _sqltext.placeholders(sql)
            for row in rows or [()]:
                job.stop_with(self.connection.interrupt)
                arguments = _arguments(names, _values(row))
                if kind is Kind.COMMAND:
                    self.connection.execute(sql, arguments)
                    self._follow(sql)
                    continue
                relation = self.connection.sql(sql, params=arguments)
                if relation is None:
                    continue
                # Closed at once, also when the job is stopped: the next statement of
                # the session may come before the exception lets go of this frame.
                with _arrow(relation, BATCH_ROWS) as reader:
                    schema = reader.schema
                    for batch in reader:
                        job.put(batch)
        return schema

    def update(self, job: Job, sql: str, rows: Sequence[Row]) -> int:
        """Run a statement; many rows of parameters are one transaction."""
        job.stop_with(self.connection.interrupt)
        names = _sqltext.placeholders(sql)
        with translated(job):
            if len(rows) <= 1:
                values = _values(rows[0]) if rows else []
                return self._count(sql, _arguments(names, values))
            with self._transaction():
                counts = []
                for row in rows:
                    job.check()
                    counts.append(self._count(sql, _arguments(names, _values(row))))
        return -1 if -1 in counts else sum(counts)

    def _count(self, sql: str, arguments: Any) -> int:
        done = self.connection.execute(sql, arguments)
        self._follow(sql)
        columns = [column[0] for column in done.description or []]
        if columns == ["Count"]:
            answer = done.fetchall()
            return int(answer[0][0]) if len(answer) == 1 else -1
        if _sqltext.mentions(sql, "returning"):
            return len(done.fetchall())
        return -1

    def _follow(self, sql: str) -> None:
        """Notice transactions that are begun and ended in SQL."""
        first = _sqltext.words(sql, 1)
        if first in (["begin"], ["start"]):
            self._in_transaction = True
        elif first in (["commit"], ["end"], ["rollback"], ["abort"]):
            self._in_transaction = False

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """Make a unit of several executions unless the lane is in a transaction."""
        if self._in_transaction:
            yield
            return
        self.connection.begin()
        try:
            yield
        except BaseException:
            self.connection.rollback()
            raise
        self.connection.commit()

    def begin(self) -> None:
        """Begin a transaction."""
        with translated():
            self.connection.begin()
        self._in_transaction = True

    def end(self, action: EndAction) -> None:
        """End the transaction."""
        self._in_transaction = False
        with translated():
            if action == "commit":
                self.connection.commit()
            else:
                self.connection.rollback()

    def ingest(self, job: Job, target: Ingest, data: pa.RecordBatchReader) -> int:
        """Load Arrow data as it arrives, in one statement."""
        job.stop_with(self.connection.interrupt)
        with translated(job):
            name, exists = self._target(target)
            if exists and target.exists == IF_EXISTS_FAIL:
                raise InvalidRequest(f"ingest: table {target.table!r} already exists")
            if not exists and not target.create:
                raise NotFound(f"ingest: table {target.table!r} not found")
            self.connection.register(INCOMING, data)
            try:
                return self._load(target, name, exists)
            finally:
                self.connection.unregister(INCOMING)

    def _load(self, target: Ingest, name: str, exists: bool) -> int:
        if exists and target.exists != IF_EXISTS_REPLACE:
            sql = f"INSERT INTO {name} BY NAME SELECT * FROM {INCOMING}"
        else:
            temporary = "TEMPORARY " if target.temporary else ""
            replace = "OR REPLACE " if exists else ""
            sql = f"CREATE {replace}{temporary}TABLE {name} AS SELECT * FROM {INCOMING}"
        return self._count(sql, [])

    def _target(self, target: Ingest) -> tuple[str, bool]:
        """Return the qualified name and whether that table exists."""
        current = "SELECT current_database(), current_schema()"
        database, schema = self.connection.execute(current).fetchall()[0]
        if target.temporary:
            database, schema = "temp", "main"
        database = target.catalog or database
        schema = target.schema or schema
        found = any(
            (table.catalog, table.schema, table.name.lower())
            == (database, schema, target.table.lower())
            for table in catalog.tables(self.connection)
        )
        parts = (database, schema, target.table)
        return ".".join(quote(part) for part in parts), found


def _kind(statement: str, sql: str) -> Kind:
    if statement in _ROWS:
        return Kind.QUERY
    if statement in _DML:
        return Kind.QUERY if _sqltext.mentions(sql, "returning") else Kind.UPDATE
    return Kind.COMMAND


def _values(row: Row) -> list[Any]:
    return [_value(scalar) for scalar in row]


def _value(scalar: Any) -> Any:
    """Give DuckDB a value; what Python's own types cannot hold goes as text."""
    kind = scalar.type
    if not scalar.is_valid:
        return None
    if pa.types.is_timestamp(kind) and kind.unit == "ns" and kind.tz is None:
        text = scalar.cast(pa.string()).as_py()
        return duckdb.Value(text, duckdb.type("TIMESTAMP_NS"))
    if pa.types.is_interval(kind):
        months, days, nanos = scalar.as_py()
        micros = nanos // 1000
        text = f"{months} months {days} days {micros} microseconds"
        return duckdb.Value(text, duckdb.type("INTERVAL"))
    return scalar.as_py()


def _arguments(names: list[str], values: list[Any]) -> Any:
    """Bind by position, or by name when the statement names its parameters."""
    if len(values) != len(names):
        raise InvalidRequest(
            f"the statement has {len(names)} parameters, {len(values)} were bound"
        )
    if any(not name.isdigit() for name in names):
        return dict(zip(names, values, strict=True))
    return values


def _arrow(relation: Any, rows: int) -> pa.RecordBatchReader:
    """Open a stream over a relation; older releases name the method differently."""
    for name in ("to_arrow_reader", "fetch_arrow_reader", "fetch_record_batch"):
        if hasattr(relation, name):
            reader: pa.RecordBatchReader = getattr(relation, name)(rows)
            return reader
    raise Unsupported("this release of DuckDB cannot stream Arrow data")
