# SPDX-License-Identifier: Apache-2.0
"""The changes of a query that goes on."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

from fletching import _errors
from fletching._connection import Connection
from fletching._cursor import Cursor
from fletching.aio import _threads


class Stream:
    """(op, row) pairs in order: op is "+I", "-U", "+U" or "-D", row a tuple.

    `for` and `async for` wait for the next one; close() ends the query on the server.

    Attributes:
        columns: the names of the row's columns.
        description: PEP 249's, of the row's columns.
    """

    def __init__(self, cursor: Cursor) -> None:
        self._cursor = cursor
        self._stopped = threading.Event()
        description = list(cursor.description or [])
        self._has_ops = bool(description) and description[0][0] == "op"
        self.description = description[1:] if self._has_ops else description
        self.columns = [one[0] for one in self.description]

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

    def close(self) -> None:
        """End it. Idempotent; by the thread that reads."""
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
        if self._stopped.is_set():
            return None
        try:
            return self._cursor.fetchone()
        except _errors.Error:
            if self._stopped.is_set():  # by another thread, while this one waited
                return None
            raise

    def _change(self, row: tuple[Any, ...]) -> tuple[str, tuple[Any, ...]]:
        return (row[0], row[1:]) if self._has_ops else ("+I", row)


def stream(
    connection: Connection, sql: str, parameters: Any = None, **options: str
) -> Stream:
    """Run a query that goes on, and follow what it changes.

    `options` are those of statements by their short names, such as
    statement_name="mine", labels and compute pools of Confluent
    (docs/reference/options.md).
    """
    cursor = connection.cursor()
    given = {"mode": "streaming", "changelog": "column", **options}
    statement = cursor._open_statement()
    for name, value in given.items():
        statement.set_option(f"fletching.flink.{name}", str(value))
    cursor.execute(sql, parameters)
    return Stream(cursor)
