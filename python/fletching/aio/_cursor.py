# SPDX-License-Identifier: Apache-2.0
"""Cursors for asyncio."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from fletching._cursor import checked_size
from fletching.aio._threads import run

if TYPE_CHECKING:
    from concurrent.futures import Executor

    import pandas
    import polars
    import pyarrow

    from fletching._arrow import ArrowStream, Schema
    from fletching._cursor import Cursor

T = TypeVar("T")

_ROWS = 1000  # that iteration fetches at a time


class AsyncCursor:
    """A `fletching.Cursor` whose calls are awaited. One task uses it at a time."""

    def __init__(self, cursor: Cursor, executor: Executor | None = None) -> None:
        self._cursor = cursor
        self._executor = executor
        self._ahead: list[tuple[Any, ...]] = []

    async def _run(self, function: Callable[..., T], *args: Any, **options: Any) -> T:
        return await run(
            self._executor, self._cursor.cancel, function, *args, **options
        )

    # ---- statements ----

    async def execute(
        self, operation: str, parameters: Any = None, **options: Any
    ) -> AsyncCursor:
        """See `fletching.Cursor.execute`."""
        self._ahead.clear()
        await self._run(self._cursor.execute, operation, parameters, **options)
        return self

    async def executemany(
        self, operation: str, seq_of_parameters: Any, **options: Any
    ) -> AsyncCursor:
        """See `fletching.Cursor.executemany`."""
        self._ahead.clear()
        await self._run(
            self._cursor.executemany, operation, seq_of_parameters, **options
        )
        return self

    async def ingest(
        self, table: str, data: Any, mode: str = "create", **options: Any
    ) -> int:
        """See `fletching.Cursor.ingest`."""
        self._ahead.clear()
        return await self._run(self._cursor.ingest, table, data, mode, **options)

    async def execute_schema(self, operation: str) -> Schema:
        """See `fletching.Cursor.execute_schema`."""
        return await self._run(self._cursor.execute_schema, operation)

    async def execute_partitions(
        self, operation: str, parameters: Any = None
    ) -> tuple[list[bytes], Schema]:
        """See `fletching.Cursor.execute_partitions`."""
        return await self._run(self._cursor.execute_partitions, operation, parameters)

    async def read_partition(self, partition: bytes) -> AsyncCursor:
        """See `fletching.Cursor.read_partition`."""
        self._ahead.clear()
        await self._run(self._cursor.read_partition, partition)
        return self

    # ---- rows ----

    async def fetchone(self) -> tuple[Any, ...] | None:
        """The next row, or None."""
        if self._ahead:
            return self._ahead.pop()
        return await self._run(self._cursor.fetchone)

    async def fetchmany(self, size: int | None = None) -> list[tuple[Any, ...]]:
        """The next ``size`` rows (default `arraysize`); fewer only at the end."""
        wanted = checked_size(self.arraysize if size is None else size)
        rows = [self._ahead.pop() for _ in range(min(wanted, len(self._ahead)))]
        if len(rows) < wanted:
            rows += await self._run(self._cursor.fetchmany, wanted - len(rows))
        return rows

    async def fetchall(self) -> list[tuple[Any, ...]]:
        """All rows that are left."""
        rows = self._ahead[::-1]
        self._ahead.clear()
        return rows + await self._run(self._cursor.fetchall)

    def __aiter__(self) -> AsyncCursor:
        return self

    async def __anext__(self) -> tuple[Any, ...]:
        if not self._ahead:
            self._ahead = await self._run(self._cursor.fetchmany, _ROWS)
            self._ahead.reverse()
        if not self._ahead:
            raise StopAsyncIteration
        return self._ahead.pop()

    # ---- Arrow ----

    async def fetch_arrow(self) -> ArrowStream:
        """The result as an Arrow stream; reading that blocks."""
        return await self._run(self._cursor.fetch_arrow)

    async def fetch_arrow_table(self) -> pyarrow.Table:
        """The result as pyarrow.Table."""
        return await self._run(self._cursor.fetch_arrow_table)

    async def fetch_df(self, **options: Any) -> pandas.DataFrame:
        """The result as pandas.DataFrame."""
        return await self._run(self._cursor.fetch_df, **options)

    async def fetch_polars(self) -> polars.DataFrame:
        """The result as polars.DataFrame."""
        return await self._run(self._cursor.fetch_polars)

    # ---- state ----

    @property
    def description(self) -> list[tuple[Any, ...]] | None:
        """Seven items a column, or None where the statement has no rows."""
        return self._cursor.description

    @property
    def rowcount(self) -> int:
        """Rows an update changed, or a query had once all are read; else -1."""
        return self._cursor.rowcount

    @property
    def arraysize(self) -> int:
        """How many rows fetchmany() gives when not told."""
        return self._cursor.arraysize

    @arraysize.setter
    def arraysize(self, value: int) -> None:
        self._cursor.arraysize = value

    @property
    def closed(self) -> bool:
        """Whether close() was called, here or on the connection."""
        return self._cursor.closed

    def set_option(self, name: str, value: object) -> None:
        """An option for the next statements of this cursor, by name or alias."""
        self._cursor.set_option(name, value)

    def cancel(self) -> None:
        """Stop what this cursor runs now, from any task or thread."""
        self._cursor.cancel()

    async def close(self) -> None:
        """Give up what was not read. Idempotent."""
        self._ahead.clear()
        await self._run(self._cursor.close)

    async def __aenter__(self) -> AsyncCursor:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()
