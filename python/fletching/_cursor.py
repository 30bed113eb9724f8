# SPDX-License-Identifier: Apache-2.0
"""Cursors."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from fletching import _errors, _log
from fletching._adbc_names import AdbcCursor
from fletching._arrow import ArrowStream, Schema
from fletching._errors import InterfaceError, NotSupportedError, ProgrammingError
from fletching._parameters import (
    Progress,
    is_arrow,
    is_mapping,
    style_for,
    told_progress,
)
from fletching._sources import source

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow

    from fletching import _core
    from fletching._connection import Connection


def checked_size(size: Any) -> int:
    """How many rows fetchmany() is asked for."""
    try:
        return operator.index(size)
    except TypeError:
        raise ProgrammingError(
            f"fetchmany: size: an int is needed, not {type(size).__name__}",
            code="INVALID_ARGUMENT",
            sqlstate="42000",
        ) from None


class Cursor(AdbcCursor):
    """Runs statements and reads their rows, as PEP 249 says.

    A cursor is used by one thread at a time; `cancel` and `close` may come from any.
    Iterating gives rows; a ``with`` block closes it.

    Attributes:
        arraysize: how many rows fetchmany() gives when not told.
        messages: always empty; servers' warnings are not part of Flight SQL.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._statement: _core.Statement | None = None
        self._reader: _core.RowReader | None = None
        self._description: list[tuple[Any, ...]] | None = None
        self._rowcount = -1
        self._closed = False
        self._progress: Callable[[Progress], object] | None = None
        self.arraysize = 1
        self.messages: list[tuple[type[Exception], Exception]] = []

    # ---- statements ----

    def execute(
        self,
        operation: str,
        parameters: Any = None,
        *,
        progress: Callable[[Progress], object] | None = None,
    ) -> Cursor:
        """Run a statement: it has run, or its first rows have come, when this returns.

        An open result of this cursor is given up.

        Args:
            operation: SQL. Without parameters it is sent as it is; with them, even with
                an empty sequence, its placeholders are those of the connection's
                paramstyle, and ``??`` or ``%%`` stand for the character.
            parameters: a sequence of values, a mapping of names to values, or Arrow
                data of one row (docs/parameters.md).
            progress: see `set_progress`; for this statement alone.
        """
        statement = self._start(operation)
        with told_progress(statement, progress, self._progress):
            if parameters is None:
                outcome = statement.execute(operation, self._connection._row_options)
            else:
                values = parameters if is_arrow(parameters) else [parameters]
                outcome = self._run_bound(
                    statement, operation, values, is_mapping(parameters)
                )
        return self._take(outcome)

    def executemany(
        self,
        operation: str,
        seq_of_parameters: Any,
        *,
        progress: Callable[[Progress], object] | None = None,
    ) -> Cursor:
        """Run a statement without rows once for each row of parameters.

        All rows go to the server together, as Arrow. `rowcount` is the sum.

        Args:
            operation: SQL with placeholders.
            seq_of_parameters: sequences or mappings, from any iterable; or Arrow data.
                Without rows nothing is done.
            progress: see `set_progress`; for this statement alone.
        """
        rows = seq_of_parameters
        by_name = False
        if not is_arrow(rows):
            rows = self._rows(rows)
            by_name = bool(rows) and is_mapping(rows[0])
        statement = self._start(operation)
        if isinstance(rows, list) and not rows:
            self._rowcount = 0
            return self
        with told_progress(statement, progress, self._progress):
            outcome = self._run_bound(statement, operation, rows, by_name)
        return self._take(outcome)

    def execute_substrait(
        self,
        plan: bytes,
        parameters: Any = None,
        *,
        version: str = "",
        progress: Callable[[Progress], object] | None = None,
    ) -> Cursor:
        """Run a Substrait plan instead of SQL, as `execute` does.

        A plan whose root writes goes as an update and has a `rowcount`.

        Args:
            plan: a serialized ``substrait.Plan``, which other libraries make (of
                DataFusion, Ibis, ...) for this server's tables and functions.
            parameters: a sequence with a value for each of the plan's parameters where
                the server tells of them, or Arrow data with a column for each.
            version: the release of Substrait that the plan is of, such as "0.77.0".
            progress: see `set_progress`; for this statement alone.

        Raises:
            NotSupportedError: the server takes no plans (``substrait`` in
                `Connection.server_info`).
        """
        if not isinstance(plan, (bytes, bytearray, memoryview)):
            raise ProgrammingError(
                "execute_substrait: a serialized plan (bytes) is needed, not"
                f" {type(plan).__name__}",
                code="INVALID_ARGUMENT",
                sqlstate="42000",
            )
        statement = self._open_statement()
        self._drop_result()
        options = self._connection._row_options
        with told_progress(statement, progress, self._progress):
            if parameters is None:
                return self._take(
                    statement.execute_substrait(bytes(plan), version, options)
                )
            statement.prepare_substrait(bytes(plan), version)
            if is_arrow(parameters):
                statement.bind_stream(parameters)
            else:
                statement.bind_rows([parameters])
            return self._take(statement.execute_prepared(options))

    def ingest(
        self,
        table: str,
        data: Any,
        mode: str = "create",
        *,
        catalog: str | None = None,
        schema: str | None = None,
        temporary: bool = False,
        options: Mapping[str, str] | None = None,
        insert_fallback: bool = False,
        progress: Callable[[Progress], object] | None = None,
    ) -> int:
        """Write Arrow data into a table, in the connection's transaction.

        Args:
            table: its name, as it is.
            data: anything with ``__arrow_c_stream__`` or ``__arrow_c_array__`` (of
                pyarrow, polars, pandas, DuckDB, a result of `fetch_arrow`), or an
                iterable of such with the same columns. An index of pandas that has no
                name is left out.
            mode: "create" (must not exist), "append" (must exist), "replace" or
                "create_append".
            catalog: where the table is; None for the connection's.
            schema: where the table is; None for the connection's.
            temporary: a table that ends with the session.
            options: the server's own.
            insert_fallback: write by CREATE TABLE and INSERT where the server has no
                bulk ingest.
            progress: see `set_progress`; for this call alone.

        Returns:
            the rows written, -1 where the server does not say; `rowcount` is the same.
        """
        statement = self._open_statement()
        self._drop_result()
        rows = source(data)
        with told_progress(statement, progress, self._progress):
            try:
                self._rowcount = statement.ingest(
                    rows,
                    table,
                    mode,
                    catalog,
                    schema,
                    temporary,
                    dict(options or {}),
                    insert_fallback,
                )
            except _errors.Error:
                if isinstance(data, ArrowStream):
                    data._stream.raise_failure()  # of our own, as it was
                raise
        return self._rowcount

    def set_progress(self, callback: Callable[[Progress], object] | None) -> None:
        """Have a function called with a `Progress` while later statements run.

        At most ten times a second, on the thread that executes, where the server says
        how far it is, and for data that is written. What it raises ends the statement.
        """
        self._check_open()
        self._progress = callback

    def execute_schema(self, operation: str) -> Schema:
        """The columns that a query would give, without running it."""
        return Schema(self._open_statement().execute_schema(operation))

    def parameter_schema(self, operation: str) -> Schema | None:
        """The parameters of a statement, prepared for the next `execute` of its text.

        None where the server does not say, or where values are written into the text.
        """
        statement = self._open_statement()
        statement.prepare(operation, self._connection._paramstyle)
        schema = statement.parameter_schema()
        return None if schema is None else Schema(schema)

    def execute_partitions(
        self, operation: str, parameters: Any = None
    ) -> tuple[list[bytes], Schema]:
        """Run a query for parts that are read apart, maybe by other processes.

        Args:
            operation: a query.
            parameters: one row, as `execute` takes it. Servers may then need this
                cursor open, with nothing else executed by it this way, for as long as
                the parts are read.

        Returns:
            opaque bytes for `read_partition`, one for each endpoint of the server's
            answer, in its order; and the columns that all of them have. How long they
            can be read is the server's affair.
        """
        statement = self._open_statement()
        if parameters is None:
            parts, schema = statement.execute_partitions(operation)
        else:
            rows = parameters if is_arrow(parameters) else [parameters]
            self._bind(statement, operation, rows, is_mapping(parameters))
            parts, schema = statement.execute_prepared_partitions()
        return parts, Schema(schema)

    def read_partition(self, partition: bytes) -> Cursor:
        """Begin to read one part of what `execute_partitions` gave, here or elsewhere.

        It is then this cursor's result. ProgrammingError where it is none.
        """
        self._open_statement()
        self._drop_result()
        inner = self._connection._core_connection()
        outcome = inner.read_partition(partition, self._connection._row_options)
        return self._take(outcome)

    def callproc(self, procname: str, parameters: Sequence[Any] = ()) -> Sequence[Any]:
        """Not supported: Flight SQL has no procedure calls (execute a CALL)."""
        self._check_open()
        raise NotSupportedError(
            "callproc: Flight SQL has no procedure calls (execute a CALL statement)",
            code="NOT_IMPLEMENTED",
            sqlstate="0A000",
        )

    def nextset(self) -> bool | None:
        """Not supported: a statement has one result."""
        self._check_open()
        raise NotSupportedError(
            "nextset: a statement has one result",
            code="NOT_IMPLEMENTED",
            sqlstate="0A000",
        )

    def setinputsizes(self, sizes: Sequence[Any]) -> None:
        """Does nothing, as PEP 249 allows."""
        self._check_open()

    def setoutputsize(self, size: int, column: int | None = None) -> None:
        """Does nothing, as PEP 249 allows."""
        self._check_open()

    def set_option(self, name: str, value: object) -> None:
        """An option for the next statements of this cursor, by name or alias."""
        from fletching._connection import option_text

        self._open_statement().set_option(name, option_text(name, value))

    def cancel(self) -> None:
        """Stop what this cursor runs now, from any thread; who waits gets the error.

        Without effect when nothing runs, and on what comes later.
        """
        statement, reader = self._statement, self._reader
        if statement is not None:
            statement.cancel()
        if reader is not None:
            reader.cancel()

    # ---- rows ----

    def fetchone(self) -> tuple[Any, ...] | None:
        """The next row, or None."""
        row = self._result().fetchone()
        if row is None:
            _log.tell()
        return row

    def fetchmany(self, size: int | None = None) -> list[tuple[Any, ...]]:
        """The next ``size`` rows (default `arraysize`); fewer only at the end."""
        wanted = checked_size(self.arraysize if size is None else size)
        rows = self._result().fetchmany(wanted)
        if len(rows) < wanted:
            _log.tell()
        return rows

    def fetchall(self) -> list[tuple[Any, ...]]:
        """All rows that are left."""
        rows = self._result().fetchall()
        _log.tell()
        return rows

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        return self

    def __next__(self) -> tuple[Any, ...]:
        """The next row; StopIteration behind the last one."""
        try:
            return next(self._result())
        except StopIteration:
            _log.tell()
            raise

    next = __next__  # an extension that PEP 249 names

    # ---- Arrow ----

    def fetch_arrow(self) -> ArrowStream:
        """The result as an Arrow stream, which lives on without the cursor.

        Only before the first row was fetched; afterwards this cursor has no result.
        Its arrays are the received bytes: a column or slice that is kept keeps the
        whole batch.
        """
        stream = ArrowStream(self._result().take_stream())
        self._reader = None
        return stream

    def fetch_arrow_table(self) -> pyarrow.Table:
        """The result as pyarrow.Table."""
        return self.fetch_arrow().to_pyarrow()

    def fetch_record_batch(self) -> pyarrow.RecordBatchReader:
        """The result as pyarrow.RecordBatchReader."""
        return self.fetch_arrow().to_reader()

    def fetch_df(self, **options: Any) -> pandas.DataFrame:
        """The result as pandas.DataFrame; see `ArrowStream.to_pandas`."""
        return self.fetch_arrow().to_pandas(**options)

    def fetch_polars(self) -> polars.DataFrame:
        """The result as polars.DataFrame."""
        return self.fetch_arrow().to_polars()

    # ---- state ----

    @property
    def connection(self) -> Connection:
        """The connection that made this cursor."""
        return self._connection

    @property
    def description(self) -> list[tuple[Any, ...]] | None:
        """Seven items a column, or None where the statement has no rows."""
        return self._description

    @property
    def rowcount(self) -> int:
        """Rows an update changed, or a query had (known once all are read); else -1."""
        reader = self._reader
        if reader is not None and reader.exhausted:
            return reader.row_number
        return self._rowcount

    @property
    def rownumber(self) -> int | None:
        """The place of the next row, from 0; None without a result."""
        return None if self._reader is None else self._reader.row_number

    @property
    def closed(self) -> bool:
        """Whether close() was called, here or on the connection."""
        return self._closed

    def close(self) -> None:
        """Give up what was not read. Idempotent, in any order with the connection's.

        `rowcount` stays as it was.
        """
        self._closed = True
        rowcount = self.rowcount
        self._drop_result()
        self._rowcount = rowcount
        statement, self._statement = self._statement, None
        if statement is not None:
            statement.close()
            self._connection._settle()
            _log.tell()

    def __enter__(self) -> Cursor:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ---- within ----

    def _start(self, operation: str) -> _core.Statement:
        """The statement, ready for another text."""
        if not isinstance(operation, str):
            raise ProgrammingError(
                f"execute: SQL text is needed, not {type(operation).__name__}",
                code="INVALID_ARGUMENT",
                sqlstate="42000",
            )
        statement = self._open_statement()
        self._drop_result()
        return statement

    def _rows(self, rows: Any) -> list[Any]:
        if isinstance(rows, Iterable) and not isinstance(rows, (str, bytes, Mapping)):
            return list(rows)
        raise ProgrammingError(
            "executemany: a sequence of rows of parameters is needed, not"
            f" {type(rows).__name__}",
            code="INVALID_ARGUMENT",
            sqlstate="07001",
        )

    def _run_bound(
        self, statement: _core.Statement, operation: str, values: Any, by_name: bool
    ) -> tuple[int, _core.RowReader | None]:
        self._bind(statement, operation, values, by_name)
        return statement.execute_prepared(self._connection._row_options)

    def _bind(
        self, statement: _core.Statement, operation: str, values: Any, by_name: bool
    ) -> None:
        style = self._connection._paramstyle
        if is_arrow(values):
            statement.prepare(operation, style)
            if not statement.parameter_names():
                # Columns have names, too.
                statement.prepare(operation, style_for(style, by_name=True))
            statement.bind_stream(values)
        else:
            statement.prepare(operation, style_for(style, by_name))
            statement.bind_rows(values)

    def _take(self, outcome: tuple[int, _core.RowReader | None]) -> Cursor:
        self._rowcount, reader = outcome
        if reader is not None:
            self._accept(reader)
        _log.tell()
        return self

    def _accept(self, reader: _core.RowReader) -> None:
        """Make `reader` this cursor's result."""
        self._description = list(reader.description)
        self._reader = reader

    def _take_reader(self) -> _core.RowReader:
        """The result, for a face of our own; this cursor has none afterwards."""
        reader = self._result()
        self._reader = None
        return reader

    def _drop_result(self) -> None:
        reader, self._reader = self._reader, None
        self._description = None
        self._rowcount = -1
        if reader is not None:
            reader.close()

    def _check_open(self) -> None:
        if self._closed:
            raise InterfaceError(
                "the cursor is closed", code="INVALID_STATE", sqlstate="24000"
            )
        self._connection._check_open()

    def _open_statement(self) -> _core.Statement:
        self._check_open()
        if self._statement is None:
            self._statement = self._connection._core_connection().statement()
        return self._statement

    def _result(self) -> _core.RowReader:
        reader = self._reader
        if reader is not None and not self._closed:
            return reader
        self._check_open()
        raise InterfaceError(
            "fetch: there is no result (execute a query first; the result of"
            " fetch_arrow() is the stream's)",
            code="INVALID_STATE",
            sqlstate="24000",
        )
