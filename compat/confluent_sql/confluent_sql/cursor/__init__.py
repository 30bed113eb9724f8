# SPDX-License-Identifier: Apache-2.0
"""Cursors: one statement at a time, and its rows."""

from __future__ import annotations

import logging
import time
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, TypeAlias

from confluent_sql.changelog_compressor import (
    ChangelogCompressor,
    create_changelog_compressor,
)
from confluent_sql.cursor._text import interpolated
from confluent_sql.exceptions import (
    ComputePoolExhaustedError,
    Error,
    InterfaceError,
    OperationalError,
    ProgrammingError,
    _NotImplementedError,
)
from confluent_sql.execution_mode import ExecutionMode
from confluent_sql.polling import sleep_with_backoff
from confluent_sql.result_readers import (
    AppendOnlyResultReader,
    ChangelogEventReader,
    ChangeloggedRow,
    FetchMetrics,
    ResultReader,
    ResultTupleOrDict,
)
from confluent_sql.statement import Phase, Statement, StatementWarning
from confluent_sql.statement_properties import (
    Property,
    StatementProperties,
    validate_properties_dict,
)
from confluent_sql.types import PropertiesDict

if TYPE_CHECKING:
    from confluent_sql.connection import Connection

__all__ = ["Cursor", "ResultRow"]

logger = logging.getLogger(__name__)

ResultRow: TypeAlias = "ResultTupleOrDict | ChangeloggedRow"
Parameters = tuple[Any, ...] | list[Any] | None


class Cursor:
    """Made by Connection.cursor().

    Attributes:
        rowcount: always -1: the service does not tell.
        keep_statement: close() leaves a query that runs on the service.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        as_dict: bool = False,
        execution_mode: ExecutionMode,
    ) -> None:
        self._connection = connection
        self._as_dict = as_dict
        self._execution_mode = execution_mode
        self._arraysize = 1
        self._closed = False
        self._statement: Statement | None = None
        self._result_reader: ResultReader[Any] | None = None
        self.rowcount = -1
        self.keep_statement = False

    # ---- what it is ----

    @property
    def as_dict(self) -> bool:
        """Whether rows are dicts."""
        return self._as_dict

    @property
    def execution_mode(self) -> ExecutionMode:
        """How its statements are run."""
        return self._execution_mode

    @property
    def is_streaming(self) -> bool:
        """Whether its statements are queries that go on."""
        return self._execution_mode is ExecutionMode.STREAMING_QUERY

    @property
    def is_closed(self) -> bool:
        """Whether close() was called."""
        return self._closed

    @property
    def connection(self) -> Connection:
        """Where it came from."""
        return self._connection

    @property
    def arraysize(self) -> int:
        """How many rows fetchmany() gets by default."""
        return self._arraysize

    @arraysize.setter
    def arraysize(self, value: int) -> None:
        if type(value) is not int or value <= 0:
            raise InterfaceError(f"arraysize must be a positive int, got {value!r}")
        self._arraysize = value

    # ---- its statement ----

    @property
    def statement(self) -> Statement:
        """The last one, as it was when execute() returned; InterfaceError before."""
        if self._statement is None:
            raise InterfaceError("No statement has been executed yet")
        return self._statement

    @property
    def description(self) -> list[tuple[Any, ...]] | None:
        """PEP 249's; None without rows."""
        self._raise_if_closed()
        statement = self._statement
        if statement is None or statement.traits is None or self._execution_mode.is_ddl:
            return None
        return statement.description

    @property
    def warnings(self) -> list[StatementWarning]:
        """What the service warned of, of the last statement."""
        return [] if self._statement is None else self._statement.warnings

    @property
    def metrics(self) -> FetchMetrics:
        """What reading took so far."""
        if self._result_reader is None:
            raise InterfaceError("No rows have been read yet")
        return self._result_reader.metrics

    @property
    def returns_changelog(self) -> bool:
        """Whether rows come with what they do, as ChangeloggedRow."""
        if self._statement is None:
            return False
        return self.is_streaming and not self._statement.is_append_only

    @property
    def may_have_results(self) -> bool:
        """Whether there are rows, or may be later."""
        statement = self._statement
        return (
            statement is not None
            and statement.has_schema()
            and statement.schema is not None
            and self._reader().may_have_results
        )

    def changelog_compressor(self) -> ChangelogCompressor:
        """The table that the rows describe, kept up to date."""
        return create_changelog_compressor(self, self.statement)

    def execute(
        self,
        statement_text: str,
        parameters: Parameters = None,
        *,
        timeout: int = 3000,
        statement_name: str | None = None,
        statement_labels: list[str] | None = None,
        properties: PropertiesDict | StatementProperties | None = None,
        compute_pool_id: str | None = None,
    ) -> None:
        """Run a statement and wait, `timeout` seconds, until its rows can be read.

        `%s` in the text stands for the parameters in order, `%%` for a percent sign;
        neither is looked for in quotes and comments. DDL and, in snapshot mode,
        statements without rows are waited for to their end.
        """
        self._raise_if_closed()
        if not statement_text.strip():
            raise ProgrammingError("SQL statement cannot be empty")
        checked = validate_properties_dict(properties)
        if str(checked.get(Property.DRY_RUN, False)).lower() == "true":
            raise InterfaceError(
                f"A cursor does not take '{Property.DRY_RUN}': use"
                " Connection.dry_run_statement()"
            )
        self._let_go()
        zone = self._connection._session_zone(checked)
        started = time.monotonic()
        response = self._connection._execute_statement(
            interpolated(statement_text, parameters, zone),
            self._execution_mode,
            statement_name,
            statement_labels,
            properties,
            compute_pool_id=compute_pool_id,
        )
        self._statement = Statement._from_response_leniently(self._connection, response)
        if self._statement.is_failed:
            raise OperationalError(
                f"Statement '{self._statement.name}' submission failed:"
                f" {self._statement.status.get('detail', '')}"
            )
        self._wait_until_ready(timeout, started)

    def executemany(
        self, operation: str, seq_of_parameters: list[tuple[Any, ...] | list[Any]]
    ) -> None:
        """There is no such thing in Flink."""
        raise _NotImplementedError(
            "executemany() is not supported: write INSERT INTO ... VALUES with several"
            " rows"
        )

    def stop_statement(
        self, *, wait_for_stopped: bool = True, timeout: int = 300
    ) -> Statement:
        """End the statement and keep it."""
        self._raise_if_closed()
        self._statement = self._connection.stop_statement(
            self.statement, wait_for_stopped=wait_for_stopped, timeout=timeout
        )
        return self._statement

    def delete_statement(self) -> None:
        """End and forget the statement, if there is one."""
        self._raise_if_closed()
        if self._statement is not None and not self._statement.is_deleted:
            self._connection.delete_statement(self._statement)

    def close(self) -> None:
        """Let go of everything. Idempotent.

        A statement that is over is deleted; so is a query whose rows have an end, read
        to it or not, unless `keep_statement` is set. A statement without an end goes
        on: stop or delete it, or Connection.delete_statement() later.
        """
        if self._closed:
            return
        try:
            if self._statement is not None and self._may_go(self._latest_statement()):
                self._connection.delete_statement(self._statement)
        except Error as error:
            logger.error("Deleting the statement of a cursor: %s", error)
        self._closed = True
        self._result_reader = None
        self.rowcount = -1

    def __enter__(self) -> Cursor:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def setinputsizes(self, sizes: Any) -> None:
        """PEP 249 has it; it does nothing."""

    def setoutputsize(self, size: Any, column: int | None = None) -> None:
        """PEP 249 has it; it does nothing."""

    # ---- rows ----

    def fetchone(self) -> ResultRow | None:
        """The next row; None at the end, and where a stream has none at the moment."""
        row: ResultRow | None = self._rows().fetchone()
        return row

    def fetchmany(self, size: int | None = None) -> list[ResultRow]:
        """So many rows (arraysize); of a stream those that are there, at most."""
        if size is not None and size <= 0:
            raise InterfaceError(f"size must be positive, got {size}")
        return self._rows().fetchmany(self._arraysize if size is None else size)

    def fetchall(self) -> list[ResultRow]:
        """All rows that are left; NotSupportedError where there is no end of them."""
        return self._rows().fetchall()

    def __iter__(self) -> Iterator[ResultRow]:
        return self

    def __next__(self) -> ResultRow:
        """The next row, waited for also in streaming mode."""
        row: ResultRow = next(self._rows())
        return row

    def _rows(self) -> ResultReader[Any]:
        self._raise_if_closed()
        if self._execution_mode.is_ddl:
            raise InterfaceError(
                "Cannot fetch rows: DDL statements do not produce result sets."
            )
        if self._statement is None:
            raise InterfaceError("Cannot fetch rows: no statement has been executed")
        return self._reader()

    def _reader(self) -> ResultReader[Any]:
        if self._result_reader is None:
            statement = self.statement
            if statement.schema is None:
                raise InterfaceError(
                    f"Cannot fetch rows: {statement.sql_kind} does not produce any"
                )
            kind = (
                AppendOnlyResultReader
                if statement.is_append_only
                else ChangelogEventReader
            )
            self._result_reader = kind(
                self._connection, statement, self._execution_mode, self._as_dict
            )
        return self._result_reader

    # ---- inside ----

    def _raise_if_closed(self) -> None:
        if self._closed:
            raise InterfaceError("Cursor is closed")

    def _latest_statement(self) -> Statement:
        """As it is on the service, as far as that can be asked."""
        statement = self.statement
        if statement.phase.is_terminal:
            return statement
        try:
            return self._connection.get_statement(statement)
        except OperationalError:
            return statement

    def _may_go(self, statement: Statement) -> bool:
        """Whether close() or the next execute() deletes it."""
        if statement.is_deleted or statement.is_deletable:
            return not statement.is_deleted
        if self.keep_statement or self._execution_mode.is_ddl:
            return False
        traits = statement.traits
        bounded = traits is not None and traits.is_bounded and traits.schema is not None
        return bounded or self._execution_mode.is_snapshot

    def _let_go(self) -> None:
        """Of the previous statement and its rows."""
        if self._statement is not None and not self._statement.is_deleted:
            if self._may_go(self._latest_statement()):
                self.delete_statement()
            else:
                warnings.warn(
                    f"The statement {self._statement.name} of this cursor still runs,"
                    " and goes on: nobody deletes it",
                    stacklevel=3,
                )
        self._statement = None
        self._result_reader = None
        self.rowcount = -1

    def _wait_until_ready(self, timeout: float, started: float) -> None:
        if self._is_ready():
            return
        for _ in sleep_with_backoff(timeout, started_at=started):
            self._statement = self._connection.get_statement(self.statement)
            if self._is_ready():
                return
        raise OperationalError(
            f"Statement submission timed out after {timeout} seconds; statement"
            f" '{self.statement.name}' is {self.statement.phase.value}, and goes on"
        )

    def _is_ready(self) -> bool:
        statement = self.statement
        name, detail = statement.name, statement.status.get("detail", "")
        if statement.is_failed:
            raise OperationalError(f"Statement '{name}' failed: {detail}")
        if statement.is_degraded:
            raise OperationalError(f"Statement '{name}' is degraded: {detail}")
        if statement.phase is Phase.PENDING and statement.is_pool_exhausted:
            self._give_up_pool(statement)
        return statement.can_fetch_results(self._execution_mode)

    def _give_up_pool(self, statement: Statement) -> None:
        """Nobody knows when there is room: the caller decides, and it does not wait."""
        try:
            self._connection.delete_statement(statement)
        except OperationalError as error:
            logger.error("Deleting a statement that found no room: %s", error)
        raise ComputePoolExhaustedError(
            f"The compute pool has no room for statement '{statement.name}'",
            statement.name,
            statement.is_deleted,
        )
