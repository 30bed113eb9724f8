# SPDX-License-Identifier: Apache-2.0
"""Rows of a statement, page by page."""

from __future__ import annotations

import abc
import dataclasses
import time
from collections import deque
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeAlias, TypeVar

import fletching
from confluent_sql.exceptions import (
    Error,
    InterfaceError,
    NotSupportedError,
    _DataTypeError,
    _DataValueError,
)
from confluent_sql.execution_mode import ExecutionMode
from confluent_sql.result_readers._core import pages_of
from confluent_sql.statement import ChangelogRow, Op, Schema, Statement
from confluent_sql.statement._page import rows_of
from confluent_sql.types import StrAnyDict
from fletching import _core

if TYPE_CHECKING:
    from confluent_sql.connection import Connection

__all__ = [
    "AppendOnlyResultReader",
    "ChangelogEventReader",
    "ChangeloggedRow",
    "DictRowFormatter",
    "FetchMetrics",
    "ReaderOutput",
    "ResultReader",
    "ResultTupleOrDict",
    "RowFormatter",
    "StatementResultTuple",
    "TupleRowFormatter",
]

ReaderOutput = TypeVar("ReaderOutput")
_OPS = tuple(Op)
StatementResultTuple: TypeAlias = tuple[Any, ...]
ResultTupleOrDict: TypeAlias = "StatementResultTuple | StrAnyDict"


@dataclasses.dataclass
class FetchMetrics:
    """What reading took. Pauses are made after a page without rows only."""

    total_page_fetches: int = 0
    total_changelog_rows_fetched: int = 0
    empty_page_fetches: int = 0
    fetch_request_secs: float = 0.0
    paused_times: int = 0
    paused_secs: float = 0.0
    _before_fetch_timestamp: float | None = None

    @property
    def avg_rows_per_page(self) -> float:
        """Rows a page, empty ones too."""
        if not self.total_page_fetches:
            return 0.0
        return self.total_changelog_rows_fetched / self.total_page_fetches

    def paused_before_fetch(self, pause_secs: float) -> None:
        """Count a pause."""
        self.paused_times += 1
        self.paused_secs += pause_secs

    def prep_for_fetch(self) -> None:
        """A request goes out."""
        self._before_fetch_timestamp = time.monotonic()

    def record_fetch_completion(self, rows_fetched: int) -> None:
        """Its answer is there."""
        if self._before_fetch_timestamp is not None:
            self.fetch_request_secs += time.monotonic() - self._before_fetch_timestamp
            self._before_fetch_timestamp = None
        self.total_page_fetches += 1
        self.total_changelog_rows_fetched += rows_fetched
        self.empty_page_fetches += not rows_fetched


class RowFormatter(abc.ABC):
    """What a row looks like to the program."""

    @abc.abstractmethod
    def format(self, row: StatementResultTuple) -> ResultTupleOrDict:
        """The row so."""

    @staticmethod
    def create(as_dict: bool, schema: Schema | None) -> RowFormatter:
        """As dicts or as tuples."""
        if not as_dict:
            return TupleRowFormatter()
        if schema is None:
            raise InterfaceError("Rows as dicts need a schema")
        return DictRowFormatter(schema)


class TupleRowFormatter(RowFormatter):
    """Tuples."""

    def format(self, row: StatementResultTuple) -> StatementResultTuple:
        """As it is."""
        return row


class DictRowFormatter(RowFormatter):
    """Dicts by the columns' names; of equal names the last one stays."""

    def __init__(self, schema: Schema) -> None:
        self._names = [one.name for one in schema]

    def format(self, row: StatementResultTuple) -> StrAnyDict:
        """By name."""
        return dict(zip(self._names, row, strict=True))


class ChangeloggedRow(NamedTuple):
    """A row of a changelog and what it does."""

    op: Op
    row: ResultTupleOrDict


class ResultReader(Generic[ReaderOutput], abc.ABC):
    """Reads forward, once.

    A row that cannot be read loses nothing: rows before it are handed out, then the
    error is raised, each time anew, and nothing after it is passed over.
    """

    def __init__(
        self,
        connection: Connection,
        statement: Statement,
        execution_mode: ExecutionMode,
        as_dict: bool = False,
    ) -> None:
        self._connection = connection
        self._statement = statement
        self._execution_mode = execution_mode
        self._formatter = RowFormatter.create(as_dict, statement.schema)
        self._fetch_next_page_called = False
        self._next_page: str | None = None
        self._pages = pages_of(statement)
        self._page: _core.FlinkPage | None = None  # not read to its end yet
        self._raw: deque[ChangelogRow] = deque()  # the same, without the core's help
        self._results: deque[ReaderOutput] = deque()
        self._most_recent_results_fetch_time: float | None = None
        self._last_page_was_empty = False
        self._rows_read = 0
        self._failure: Error | None = None
        self._metrics = FetchMetrics()

    @abc.abstractmethod
    def _retain(self, op: Op, decoded: ResultTupleOrDict) -> None:
        """Keep a row until it is asked for."""

    def _retain_all(self, ops: bytes | None, rows: list[StatementResultTuple]) -> None:
        """Keep rows; without `ops` all of them are inserts."""
        for op, row in zip(ops or bytes(len(rows)), rows, strict=True):
            self._retain(_OPS[op], self._formatter.format(row))

    @property
    def metrics(self) -> FetchMetrics:
        """What reading took so far."""
        return self._metrics

    @property
    def may_have_results(self) -> bool:
        """Whether there are rows, or may be later."""
        kept = self._results or self._raw or self._page or self._failure
        return bool(kept) or not self._at_end()

    def fetchone(self) -> ReaderOutput | None:
        """One row; None at the end, and in streaming mode where there is none now."""
        rows = self._next_rows(1)
        return rows[0] if rows else None

    def fetchmany(self, size: int) -> list[ReaderOutput]:
        """So many rows; fewer at the end, and in streaming mode."""
        if size <= 0:
            raise InterfaceError(f"size must be positive, got {size}")
        return self._next_rows(size)

    def fetchall(self) -> list[ReaderOutput]:
        """All that are left; of a statement without an end, NotSupportedError."""
        if self._statement.is_bounded is False:
            raise NotSupportedError(
                "fetchall() would not return: the statement has no end. Use fetchone(),"
                " fetchmany() or iterate"
            )
        rows: list[ReaderOutput] = []
        while True:
            rows += self._take(None)
            if not self._more(bool(rows)):
                return rows

    def __iter__(self) -> ResultReader[ReaderOutput]:
        return self

    def __next__(self) -> ReaderOutput:
        """The next row, waited for in every mode."""
        while not self._results:
            if not self._more(False):
                raise StopIteration
        return self._results.popleft()

    def _next_rows(self, limit: int) -> list[ReaderOutput]:
        if self._execution_mode.is_streaming:
            if not self._results:
                self._more(False)
            return self._take(limit)
        while len(self._results) < limit and self._more(bool(self._results)):
            pass
        return self._take(limit)

    def _take(self, limit: int | None) -> list[ReaderOutput]:
        if limit is None or limit >= len(self._results):
            rows = list(self._results)
            self._results.clear()
            return rows
        return [self._results.popleft() for _ in range(limit)]

    def _at_end(self) -> bool:
        return self._fetch_next_page_called and self._next_page is None

    def _more(self, has_rows: bool) -> bool:
        """Get and read rows; False at the end. A bad row is told once none is left."""
        if self._failure is not None and has_rows:
            return False
        if not self._raw and self._page is None:
            if self._at_end():
                self._check_end()
                return False
            self._fetch_next_page()
        self._decode()
        if self._failure is not None:
            if self._results or has_rows:
                return False
            raise self._failure
        return True

    def _decode(self) -> None:
        self._failure = None
        try:
            if self._page is not None:
                self._decode_page(self._page)
            while self._raw:
                raw = self._raw[0]
                row = self._statement.type_converter.to_python_row(raw.row)
                self._retain(raw.op, self._formatter.format(row))
                self._raw.popleft()
                self._rows_read += 1
        except Error as error:
            self._failure = error
            error.args = (f"Row {self._rows_read + 1} of the result: {error}",)

    def _decode_page(self, page: _core.FlinkPage) -> None:
        assert self._pages is not None
        while True:
            try:
                found = self._pages.next_rows(page)
            except fletching.DataError as error:
                what = str(error).partition(": ")[2]
                raise _DataValueError(what or str(error)) from error
            if found is None:
                self._page = None
                return
            rows, ops = found
            self._retain_all(ops, rows)
            self._rows_read += len(rows)

    def _fetch_next_page(self) -> None:
        """One request; a pause before it where the page before had no rows."""
        pause = self._connection.statement_results_page_fetch_pause_secs
        if (
            self._last_page_was_empty
            and self._most_recent_results_fetch_time is not None
        ):
            left = self._most_recent_results_fetch_time + pause - time.monotonic()
            if left > 0:
                self._metrics.paused_before_fetch(left)
                time.sleep(left)
        self._metrics.prep_for_fetch()
        response = self._connection._get_statement_page(
            self._statement.name, self._next_page
        )
        count, following = self._taken(response)
        if following is not None and following == self._next_page and count:
            self._raw.clear()
            self._page = None
            raise _DataTypeError(
                "The service names the page that it just sent as the next one"
            )
        self._metrics.record_fetch_completion(count)
        self._most_recent_results_fetch_time = time.monotonic()
        self._last_page_was_empty = not count
        self._fetch_next_page_called = True
        self._next_page = following

    def _taken(self, response: Any) -> tuple[int, str | None]:
        """A page's number of rows and what follows it; the page is there to be read."""
        if self._pages is not None:
            try:
                page = self._pages.decode(response.content)
            except fletching.Error:
                pass  # it is no page: what it is, is told below
            else:
                if page.row_count:
                    self._page = page
                    return page.row_count, page.next
        rows, following = rows_of(response.json(), self._statement.name)
        self._raw.extend(rows)
        return len(rows), following

    def _check_end(self) -> None:
        """A statement that failed on its way ends its rows too: they are not all."""
        self._connection._raise_if_results_are_cut_off(self._statement)


class AppendOnlyResultReader(ResultReader[ResultTupleOrDict]):
    """Rows that stay."""

    def _retain(self, op: Op, decoded: ResultTupleOrDict) -> None:
        self._results.append(decoded)

    def _retain_all(self, ops: bytes | None, rows: list[StatementResultTuple]) -> None:
        if isinstance(self._formatter, TupleRowFormatter):
            self._results.extend(rows)
        else:
            self._results.extend(map(self._formatter.format, rows))


class ChangelogEventReader(ResultReader[ChangeloggedRow]):
    """Rows that come and go."""

    def _retain(self, op: Op, decoded: ResultTupleOrDict) -> None:
        self._results.append(ChangeloggedRow(op, decoded))
