# SPDX-License-Identifier: Apache-2.0
"""The table that a query's changes describe, as it is at any moment."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from fletching import _core, _errors
from fletching._arrow import ArrowStream
from fletching._connection import Connection
from fletching.flink._rows import Row, Rows
from fletching.flink._stream import Stream, stream

_KINDS = ("+I", "-U", "+U", "-D")


class LiveTable:
    """Rows that follow a stream; a thread of its own reads it. Thread-safe.

    With a `key` (names of columns) the last row of each key counts, without one rows
    are told apart by all their values. What goes wrong is raised by the next call.

    Attributes:
        columns: the names of the columns.
        statement: the name of the statement, as `Stream` has it.
    """

    def __init__(
        self,
        changes: Stream,
        *,
        key: Sequence[str] = (),
        max_rows: int = 0,
        max_bytes: int = 0,
    ) -> None:
        self.columns = changes.columns
        self.statement = changes.statement
        unknown = [name for name in key if name not in self.columns]
        if unknown:
            changes.close()
            raise _errors.ProgrammingError(
                f"live: there is no column {', '.join(unknown)} (there are"
                f" {', '.join(self.columns)})",
                code="INVALID_ARGUMENT",
            )
        places = [self.columns.index(name) for name in key]
        self._changes = changes
        self._reader = changes._cursor._result()
        self._options = changes._cursor.connection._row_options
        self._table = _core.flink_changelog_of(
            self._reader, key=places, max_rows=max_rows, max_bytes=max_bytes
        )
        self._parts = _core.FlinkChangelogRows(self._table, self._options)
        self._changed = threading.Condition()
        self._rows: tuple[int, Rows] = (-1, Rows([]))  # of a version of the table
        self._failure: BaseException | None = None
        self._ended = False
        self._done = threading.Event()  # the thread has nothing left to do
        self._process = os.getpid()
        threading.Thread(target=self._follow, daemon=True).start()

    def rows(self) -> Rows:
        """The rows as they are now; the same object as long as nothing changes.

        It stays as it is, and shares with what later calls give all that does not
        change, so that a look at a large table costs what changed in it.
        """
        with self._changed:
            self._raise()
            return self._rows_now()

    def fetch_arrow(self) -> ArrowStream:
        """The rows as they are now, as Arrow, however the table changes meanwhile.

        Batches share memory with the table and with other snapshots.
        """
        with self._changed:
            self._raise()
            return ArrowStream(self._table.snapshot(self._options).take_stream())

    def delta(self) -> list[tuple[str, Row]]:
        """What changed since the last call, net; the first call gives all rows."""
        with self._changed:
            self._raise()
            reader, kinds = self._table.delta(self._options)
        rows = reader.fetchall()
        if not kinds:
            return [("+I", row) for row in rows]
        return [(_KINDS[kind], row) for kind, row in zip(kinds, rows, strict=True)]

    def __len__(self) -> int:
        with self._changed:
            return len(self._table)

    @property
    def ended(self) -> bool:
        """Whether no more changes can come."""
        return self._ended

    def wait(
        self,
        until: Callable[[Sequence[Row]], bool] | None = None,
        timeout: float | None = None,
    ) -> bool:
        """Wait until `until(rows)` is true, or for the next change; whether it came.

        False at the end of the stream, and when the time is over.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        with self._changed:
            before = self._table.events
            while True:
                self._raise()
                if until is None and self._table.events != before:
                    return True
                if until is not None and until(self._rows_now()):
                    return True
                left = None if deadline is None else deadline - time.monotonic()
                if self._ended or (left is not None and left <= 0):
                    return False
                self._changed.wait(left)

    def close(self) -> None:
        """End the query, and the thread. Idempotent, also after an interrupt."""
        # Not join(): interrupted, Python 3.11 takes a thread that runs for one that
        # has ended, and its reader would be closed under it. A forked child has none.
        while os.getpid() == self._process and not self._done.is_set():
            self._changes.stop()  # again, if the thread was between two waits
            self._done.wait(0.05)
        self._changes.close()

    def __enter__(self) -> LiveTable:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _raise(self) -> None:
        if self._failure is not None:
            raise self._failure

    def _rows_now(self) -> Rows:
        version = self._table.version
        if self._rows[0] != version:
            self._rows = (version, Rows(self._parts.now()))
        return self._rows[1]

    def _follow(self) -> None:
        try:
            while batch := self._changes._unless_stopped(self._reader.next_batch):
                with self._changed:
                    self._table.apply_changes(batch)
                    self._changed.notify_all()
        except BaseException as error:
            self._failure = error
        with self._changed:
            self._ended = True
            self._changed.notify_all()
        self._done.set()


def live(
    connection: Connection,
    query: str,
    parameters: Any = None,
    *,
    key: Sequence[str] = (),
    max_rows: int = 0,
    max_bytes: int = 0,
    **options: Any,
) -> LiveTable:
    """A table that follows a query; see `stream` for the options.

    Args:
        connection: to either kind of server.
        query: its text.
        parameters: its parameters.
        key: names of columns, of which the last row counts.
        max_rows: more rows are an error, code INVALID_STATE; 0: no limit.
        max_bytes: the same of about what its rows take, and those that the next
            `delta` will tell. What rows() and fetch_arrow() gave is not counted.
        options: as `stream` has them.
    """
    changes = stream(connection, query, parameters, **options)
    return LiveTable(changes, key=key, max_rows=max_rows, max_bytes=max_bytes)
