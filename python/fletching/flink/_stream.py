# SPDX-License-Identifier: Apache-2.0
"""The changes of a query that goes on."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, TypeVar

from fletching import _core, _errors
from fletching._arrow import ArrowStream, RecordBatch
from fletching._connection import Connection, option_text
from fletching._cursor import Cursor
from fletching.aio import _threads

T = TypeVar("T")


class Stream:
    """(op, row) pairs in order: op is "+I", "-U", "+U" or "-D", row a tuple.

    `for` and `async for` wait for the next one; close() ends the query on the server.
    `batches` gives the same as Arrow.

    Attributes:
        columns: the names of the row's columns.
        description: PEP 249's, of the row's columns.
        statement: the name of the statement, for `attach` and the functions that manage
            statements; at a gateway ``SESSION/OPERATION``.
    """

    def __init__(self, cursor: Cursor) -> None:
        self._cursor = cursor
        self._stopped = threading.Event()
        description = list(cursor.description or [])
        self._has_ops = bool(description) and description[0][0] == "op"
        self.description = description[1:] if self._has_ops else description
        self.columns = [one[0] for one in self.description]
        self.statement = cursor._open_statement().flink_statement()

    def __iter__(self) -> Iterator[tuple[str, tuple[Any, ...]]]:
        return self

    def __next__(self) -> tuple[str, tuple[Any, ...]]:
        """The next change, waited for; StopIteration when no more can come."""
        row = self._row()
        if row is None:
            raise StopIteration
        return self._change(row)

    def __aiter__(self) -> AsyncIterator[tuple[str, tuple[Any, ...]]]:
        return self

    async def __anext__(self) -> tuple[str, tuple[Any, ...]]:
        """The same for asyncio; a task that is cancelled ends the query."""
        row = await _threads.run(None, self._cursor.cancel, self._row)
        if row is None:
            raise StopAsyncIteration
        return self._change(row)

    def batches(self) -> Batches:
        """The changes that are left as Arrow batches, each as soon as it has come.

        Their first column, `op`, tells of each row what it does. `for` and `async for`
        wait for the next; what is read here is not read as rows.
        """
        return Batches(self)

    def fetch_arrow(self) -> ArrowStream:
        """All changes as one Arrow stream, for readers that take them as they come.

        Only before the first was read. The stream ends the query when it is closed.
        """
        return self._cursor.fetch_arrow()

    @property
    def position(self) -> str:
        """Where `attach` goes on behind what was read; "" where nothing is to come.

        A server keeps what it was not asked to go beyond, so this holds for streams
        with ``prefetch="off"``. Where a page has been read in part, it comes again.
        """
        reader = self._cursor._reader
        return reader.position if reader is not None else ""

    def close(self) -> None:
        """End it. Idempotent; by the thread that reads.

        A statement with keep_statement, and one that was attached to, is left alone.
        """
        self.stop()
        self._cursor.close()

    def stop(self) -> None:
        """End the waiting of another thread, which close() is left to."""
        self._stopped.set()
        self._cursor.cancel()

    def __enter__(self) -> Stream:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _row(self) -> tuple[Any, ...] | None:
        return self._unless_stopped(self._cursor.fetchone)

    def _unless_stopped(self, read: Callable[[], T | None]) -> T | None:
        if self._stopped.is_set():
            return None
        try:
            return read()
        except _errors.Error:
            if self._stopped.is_set():  # by another thread, while this one waited
                return None
            raise

    def _change(self, row: tuple[Any, ...]) -> tuple[str, tuple[Any, ...]]:
        return (row[0], row[1:]) if self._has_ops else ("+I", row)


class Batches:
    """What `Stream.batches` gives: `fletching.RecordBatch` for each page."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[RecordBatch]:
        return self

    def __next__(self) -> RecordBatch:
        batch = self._next()
        if batch is None:
            raise StopIteration
        return batch

    def __aiter__(self) -> AsyncIterator[RecordBatch]:
        return self

    async def __anext__(self) -> RecordBatch:
        batch = await _threads.run(None, self._stream._cursor.cancel, self._next)
        if batch is None:
            raise StopAsyncIteration
        return batch

    def _next(self) -> RecordBatch | None:
        reader = self._stream._cursor._result()
        core: _core.ReadBatch | None = self._stream._unless_stopped(reader.next_batch)
        return None if core is None else RecordBatch(core)


def _set_options(statement: _core.Statement, options: dict[str, Any]) -> None:
    given = {"mode": "streaming", "changelog": "column", **options}
    for name, value in given.items():
        if name.startswith("property."):
            name = f"fletching.flink.{name}"
        statement.set_option(name, option_text(name, value))


def stream(
    connection: Connection, sql: str, parameters: Any = None, **options: Any
) -> Stream:
    """Run a query that goes on, and follow what it changes.

    `options` are those of statements by their short names, such as
    statement_name="mine", labels and compute pools of Confluent, keep_statement=True,
    prefetch="off" (docs/reference/options.md).
    """
    cursor = connection.cursor()
    _set_options(cursor._open_statement(), options)
    cursor.execute(sql, parameters)
    return Stream(cursor)


def attach(
    connection: Connection, statement: str, *, position: str = "", **options: Any
) -> Stream:
    """Follow a statement that was submitted before, here or by another process.

    Without a `position` (of `Stream.position`) it goes on where its last reader left
    off: a gateway gives the last page that it was asked for once more, Confluent
    refuses (NOT_FOUND) once any rows were taken. Closing the stream leaves the
    statement as it is.

    Args:
        connection: to the server that has it. A gateway has it as long as the session
            lives that it is of: the connection that began it is open, or was closed
            with the option keep_statement and is idle for less than the gateway's
            timeout (10 minutes by default).
        statement: the name: `Stream.statement`, or the one it was given at Confluent.
        position: where to go on.
        options: as `stream` has them.
    """
    cursor = connection.cursor()
    core = cursor._open_statement()
    _set_options(core, options)
    cursor._take(core.attach(statement, position, connection._row_options))
    return Stream(cursor)
