# SPDX-License-Identifier: Apache-2.0
"""A DataFusion context: plans, runs, updates and ingests on the engine's catalog."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import datafusion
import pyarrow as pa
from datafusion import substrait

from . import _sqltext
from ._coltypes import describe_schema
from ._commands import IF_EXISTS_FAIL, IF_EXISTS_REPLACE, Ingest
from ._datafusion_insert import as_select, parameter_table
from ._engine import Kind, Lane, Plan, Row
from ._errors import Cancelled, InvalidRequest, NotFound, Unsupported
from ._isolation import StoredTable, pairs, pairs_to_isolate
from ._jobs import Job
from ._sqltext import quote

if TYPE_CHECKING:
    from ._datafusion import DataFusionEngine

CATALOG = "datafusion"
SYSTEM_SCHEMA = "information_schema"
HIDDEN = "__fletching_"
BATCH_ROWS = 16384


class _Stop(BaseException):
    """Raised inside a job's thread to make DataFusion's wait return."""


def register(context: Any, name: str, table: pa.Table) -> None:
    """Register an Arrow table under a quoted name."""
    batches = table.to_batches(max_chunksize=BATCH_ROWS)
    batches = batches or [pa.RecordBatch.from_pylist([], schema=table.schema)]
    context.register_record_batches(name, [batches])


def _stopper(job: Job) -> Any:
    """Raise `_Stop` in the job's thread: DataFusion looks for it once a second."""

    def stop() -> None:
        thread = ctypes.c_ulong(job.thread_id or 0)
        ctypes.pythonapi.PyThreadState_SetAsyncExc(thread, ctypes.py_object(_Stop))

    return stop


def _raise(error: BaseException) -> None:
    """Translate an engine's exception; its text says what kind it is."""
    text = str(error).removeprefix("DataFusion error: ")
    if "not implemented" in text or "not supported" in text:
        raise Unsupported(text) from None
    if "table '" in text and "not found" in text:
        raise NotFound(text) from None
    raise InvalidRequest(text) from None


def stream(frame: Any, job: Job) -> Iterator[pa.RecordBatch]:
    """Run a DataFrame in the job's thread, with the schema it was planned with."""
    schema = frame.schema()
    job.stop_with(_stopper(job))
    try:
        for batch in frame.execute_stream():
            arrow = batch.to_pyarrow()
            yield pa.RecordBatch.from_arrays(arrow.columns, schema=schema)
    except _Stop:
        raise Cancelled("the query was cancelled") from None


class DataFusionLane(Lane):
    """A context with its default schema."""

    def __init__(self, engine: DataFusionEngine, context: Any, schema: str) -> None:
        self._engine = engine
        self._context = context
        self._schema = schema

    def _frame(self, sql: str, row: Row = (), execute: bool = True) -> Any:
        """Plan SQL; `execute` lets DDL and SET take effect, which happens here."""
        sql = _sqltext.number_marks(sql)
        names = _sqltext.placeholders(sql)
        if row and len(row) != len(names):
            raise InvalidRequest(
                f"the statement has {len(names)} parameters, {len(row)} were bound"
            )
        values = dict(zip(names, row, strict=False)) or None
        allowed = execute or _sqltext.words(sql, 1) == ["explain"]
        options = datafusion.SQLOptions().with_allow_ddl(allowed)
        options = options.with_allow_statements(allowed)
        return self._context.sql_with_options(sql, options, param_values=values)

    def plan(self, sql: str) -> Plan:
        """Describe a statement without running it."""
        names = _sqltext.placeholders(_sqltext.number_marks(sql))
        parameters = pa.schema([pa.field(f"${name}", pa.null()) for name in names])
        try:
            frame = self._frame(sql, execute=False)
        except Exception as error:
            text = str(error)
            if "DDL not supported: " in text or "Statement not supported: " in text:
                if "Statement not supported: Execute" in text:
                    return Plan(Kind.QUERY, None, parameters)
                return Plan(Kind.COMMAND, pa.schema([]), parameters)
            _raise(error)
        kind = Kind.UPDATE if _is_update(frame) else Kind.QUERY
        schema = describe_schema(frame.schema())
        return Plan(kind, schema, parameters, exact=not names)

    def bound_schema(self, sql: str, row: Row) -> pa.Schema | None:
        """Plan once more with the parameters' types."""
        try:
            return describe_schema(self._frame(sql, row, execute=False).schema())
        except Exception as error:
            _raise(error)
            return None

    def run(self, job: Job, sql: str, rows: Sequence[Row]) -> pa.Schema:
        """Run a query and stream it."""
        schema = pa.schema([])
        for row in rows or [()]:
            job.stop_with(_stopper(job))
            frame = self._planned(sql, row)
            schema = frame.schema()
            for batch in self._batches(job, frame, sql, row):
                job.put(batch)
        return schema

    def _planned(self, sql: str, row: Row) -> Any:
        try:
            frame = self._frame(sql, row)
        except _Stop:
            raise Cancelled("the query was cancelled") from None
        except InvalidRequest:
            raise
        except Exception as error:
            _raise(error)
        if not frame.schema() or _is_update(frame):
            self._engine.changes += 1
        return frame

    def _batches(
        self, job: Job, frame: Any, sql: str, row: Row
    ) -> Iterator[pa.RecordBatch]:
        try:
            tables = self._to_isolate(frame)
            if tables is None:
                yield from stream(frame, job)
            else:
                yield from self._isolated(job, tables, sql, row)
        except (Cancelled, InvalidRequest):
            raise
        except Exception as error:
            _raise(error)

    def _to_isolate(self, frame: Any) -> list[StoredTable] | None:
        """Return the tables of a query that must run apart; None: it need not, or
        cannot because one of them is not stored here."""
        if not frame.schema() or _is_update(frame):
            return None
        limit = pairs_to_isolate(frame)
        tables = None if limit is None else self._tables_of(frame)
        if tables is None or limit is None or pairs(tables) < limit:
            return None
        return tables

    def _isolated(
        self, job: Job, tables: list[StoredTable], sql: str, row: Row
    ) -> Iterator[pa.RecordBatch]:
        sql = _sqltext.number_marks(sql)
        names = _sqltext.placeholders(sql)
        parameters = pa.table(
            {
                name: pa.array([value.as_py()], value.type)
                for name, value in zip(names, row, strict=False)
            }
        )
        exported = {table: self._exported(table, job) for table in tables}
        request = {
            "sql": sql,
            "catalog": self._engine.catalog,
            "schema": self._schema,
            "batch_size": BATCH_ROWS,
            "tables": list(exported.values()),
        }
        return self._engine.workers.run(job, request, parameters)

    def _exported(self, table: StoredTable, job: Job) -> dict[str, str]:
        path = self._engine.table_file(table.schema, table.name, job)
        return {"schema": table.schema, "name": table.qualified, "path": path}

    def _tables_of(self, frame: Any) -> list[StoredTable] | None:
        """List the scans of a plan; None when one is not of a stored table."""
        found: list[StoredTable] = []
        for schema, name in _scans(frame.optimized_logical_plan(), self._schema):
            if schema == SYSTEM_SCHEMA:
                return None
            qualified = f"{quote(schema)}.{quote(name)}"
            if not self._context.table_exist(qualified):
                continue  # a table function or a WITH RECURSIVE, in the query itself
            rows = self._engine.table_rows(schema, name)
            found.append(StoredTable(schema, name, qualified, rows))
        return found

    def update(self, job: Job, sql: str, rows: Sequence[Row]) -> int:
        """Run DML or DDL; DataFusion answers DML with its count."""
        if rows and (inserted := self._insert_rows(job, sql, rows)) is not None:
            return inserted
        total, known = 0, True
        for row in rows or [()]:
            job.stop_with(_stopper(job))
            frame = self._planned(sql, row)
            known = known and _is_update(frame)
            for batch in self._batches(job, frame, sql, row):
                if known:
                    total += sum(batch.column(0).to_pylist())
        return total if known else -1

    def _insert_rows(self, job: Job, sql: str, rows: Sequence[Row]) -> int | None:
        """Insert all rows of parameters at once, if the statement is of that kind."""
        sql = _sqltext.number_marks(sql)
        hidden = f"{HIDDEN}{id(job)}"
        rewritten = as_select(sql, hidden)
        if rewritten is None:
            return None
        table = parameter_table(_sqltext.placeholders(sql), rows)
        register(self._context, hidden, table)
        try:
            return self.update(job, rewritten, [])
        finally:
            self._context.deregister_table(hidden)

    def plan_substrait(self, plan: bytes) -> Plan:
        """Describe a Substrait plan; DataFusion reads none that change data."""
        return Plan(Kind.QUERY, describe_schema(self._substrait(plan).schema()))

    def run_substrait(self, job: Job, plan: bytes) -> pa.Schema:
        """Run a Substrait plan and stream it."""
        frame = self._substrait(plan)
        try:
            for batch in stream(frame, job):
                job.put(batch)
        except Cancelled:
            raise
        except Exception as error:
            _raise(error)
        return frame.schema()

    def _substrait(self, plan: bytes) -> Any:
        try:
            read = substrait.Serde.deserialize_bytes(plan)
            logical = substrait.Consumer.from_substrait_plan(self._context, read)
            return self._context.create_dataframe_from_logical_plan(logical)
        except Exception as error:
            _raise(error)

    def ingest(self, job: Job, target: Ingest, data: pa.RecordBatchReader) -> int:
        """Load Arrow data into a new or present in-memory table."""
        if target.temporary:
            raise Unsupported("ingest: DataFusion has no temporary tables")
        if target.catalog not in (None, self._engine.catalog):
            raise NotFound(f"catalog {target.catalog!r} does not exist")
        schema = target.schema or self._schema
        catalog = self._context.catalog(self._engine.catalog)
        if schema not in catalog.names():
            raise NotFound(f"schema {schema!r} does not exist")
        exists = catalog.schema(schema).table_exist(target.table)
        _check_target(target, exists)
        table = data.read_all()
        name = f"{quote(schema)}.{quote(target.table)}"
        if exists and target.exists != IF_EXISTS_REPLACE:
            self._append(job, name, table)
        else:
            if exists:
                catalog.schema(schema).deregister_table(target.table)
            register(self._context, name, table)
        self._engine.changes += 1
        return int(table.num_rows)

    def _append(self, job: Job, name: str, table: pa.Table) -> None:
        hidden = quote(f"{HIDDEN}{id(job)}")
        register(self._context, hidden, table)
        columns = ", ".join(quote(column) for column in table.column_names)
        try:
            self.update(
                job, f"INSERT INTO {name} ({columns}) SELECT * FROM {hidden}", []
            )
        finally:
            self._context.deregister_table(hidden)


def _check_target(target: Ingest, exists: bool) -> None:
    if exists and target.exists == IF_EXISTS_FAIL:
        raise InvalidRequest(f"ingest: table {target.table!r} already exists")
    if not exists and not target.create:
        raise NotFound(f"ingest: table {target.table!r} not found")


def _is_update(frame: Any) -> bool:
    first = frame.logical_plan().display().split(":", 1)[0]
    return first in ("Dml", "CopyTo")


def _scans(plan: Any, schema: str) -> Iterator[tuple[str, str]]:
    """Yield (schema, table) for each table scan in a plan."""
    if plan.display().startswith("TableScan:"):
        _, found, name = plan.to_variant().fqn()
        yield (found or schema, name)
    for child in plan.inputs():
        yield from _scans(child, schema)
