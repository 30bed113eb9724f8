# SPDX-License-Identifier: Apache-2.0
"""The dialects for SQLAlchemy's asyncio: the same, over `fletching.aio`."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from sqlalchemy import pool
from sqlalchemy.util import concurrency

import fletching
from fletching import aio
from fletching.sqlalchemy._base import FlightSQLDialect
from fletching.sqlalchemy._datafusion import DataFusionDialect
from fletching.sqlalchemy._dremio import DremioDialect
from fletching.sqlalchemy._duckdb import GizmoSQLDialect
from fletching.sqlalchemy._each import ask_each
from fletching.sqlalchemy._flink import ConfluentDialect, FlinkDialect
from fletching.sqlalchemy._influxdb3 import InfluxDB3Dialect
from fletching.sqlalchemy._iomete import IOMETEDialect
from fletching.sqlalchemy._kurrentdb import KurrentDBDialect

# Newer releases call it await_.
await_only = getattr(concurrency, "await_", concurrency.await_only)


class StreamCursor:
    """A cursor whose calls wait in SQLAlchemy's greenlet, not on the event loop."""

    def __init__(self, cursor: aio.AsyncCursor) -> None:
        self._cursor = cursor

    def execute(self, operation: str, parameters: Any = None) -> StreamCursor:
        await_only(self._cursor.execute(operation, parameters))
        return self

    def executemany(self, operation: str, rows: Any) -> StreamCursor:
        await_only(self._cursor.executemany(operation, rows))
        return self

    def execute_schema(self, operation: str) -> Any:
        return await_only(self._cursor.execute_schema(operation))

    def fetchone(self) -> Any:
        return await_only(self._cursor.fetchone())

    def fetchmany(self, size: int | None = None) -> Any:
        return await_only(self._cursor.fetchmany(size))

    def fetchall(self) -> Any:
        return await_only(self._cursor.fetchall())

    def close(self) -> None:
        # Nothing waits here: what is not read is given up without a word.
        self._cursor._cursor.close()

    async def _async_soft_close(self) -> None:
        """SQLAlchemy's hook for cursors that have to wait in order to close."""

    @property
    def description(self) -> Any:
        return self._cursor.description

    @property
    def rowcount(self) -> int:
        return self._cursor.rowcount

    @property
    def arraysize(self) -> int:
        return self._cursor.arraysize

    @arraysize.setter
    def arraysize(self, value: int) -> None:
        self._cursor.arraysize = value

    def set_option(self, name: str, value: object) -> None:
        self._cursor.set_option(name, value)

    def setinputsizes(self, *sizes: Any) -> None:
        pass

    def __enter__(self) -> StreamCursor:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class BufferedCursor(StreamCursor):
    """A cursor that has all rows when execute returns.

    SQLAlchemy reads the results of `AsyncConnection.execute` outside of a greenlet;
    those of `AsyncConnection.stream` come from a `StreamCursor`.
    """

    def __init__(self, cursor: aio.AsyncCursor) -> None:
        super().__init__(cursor)
        self._rows: deque[tuple[Any, ...]] = deque()

    def execute(self, operation: str, parameters: Any = None) -> BufferedCursor:
        super().execute(operation, parameters)
        self._rows.clear()
        if self.description is not None:
            self._rows.extend(super().fetchall())
        return self

    def fetchone(self) -> Any:
        return self._rows.popleft() if self._rows else None

    def fetchmany(self, size: int | None = None) -> Any:
        wanted = self.arraysize if size is None else size
        return [self._rows.popleft() for _ in range(min(wanted, len(self._rows)))]

    def fetchall(self) -> Any:
        rows = list(self._rows)
        self._rows.clear()
        return rows


class AdaptedConnection:
    """A connection whose calls wait in SQLAlchemy's greenlet."""

    def __init__(self, connection: aio.AsyncConnection) -> None:
        self._connection = connection

    @property
    def driver_connection(self) -> aio.AsyncConnection:
        return self._connection

    def run_async(self, function: Callable[[aio.AsyncConnection], Any]) -> Any:
        """Await a function of the connection, in an event handler say."""
        return await_only(function(self._connection))

    def cursor(self) -> BufferedCursor:
        return BufferedCursor(self._connection.cursor())

    def stream_cursor(self) -> StreamCursor:
        """A cursor that reads the open stream as rows are asked for."""
        return StreamCursor(self._connection.cursor())

    @property
    def autocommit(self) -> bool:
        return self._connection.autocommit

    @autocommit.setter
    def autocommit(self, value: bool) -> None:
        await_only(self._connection.set_autocommit(value))

    def commit(self) -> None:
        await_only(self._connection.commit())

    def rollback(self) -> None:
        await_only(self._connection.rollback())

    def savepoint(self, name: str) -> None:
        await_only(self._connection.savepoint(name))

    def rollback_to(self, name: str) -> None:
        await_only(self._connection.rollback_to(name))

    def release(self, name: str) -> None:
        await_only(self._connection.release(name))

    def close(self) -> None:
        await_only(self._connection.close())

    def terminate(self) -> None:
        """Close without waiting, where there is no event loop any more."""
        self._connection.sync_connection.close()

    def ask_each(self, command: str, tables: list[str], place: Any) -> list[Any]:
        """See `_each.ask_each`."""
        connection = self._connection
        asked = (connection.sync_connection, command, tables, place)
        return await_only(connection._run(ask_each, *asked))

    def __getattr__(self, name: str) -> Callable[..., StreamCursor]:
        if not name.startswith("get_"):
            raise AttributeError(name)
        command = getattr(self._connection, name)

        def ask(*arguments: Any, **options: Any) -> StreamCursor:
            return StreamCursor(await_only(command(*arguments, **options)))

        return ask


class AsyncDialect(FlightSQLDialect):
    """Mixed into a dialect, makes it one for `create_async_engine`."""

    is_async = True
    has_terminate = True
    poolclass = pool.AsyncAdaptedQueuePool

    @classmethod
    def import_dbapi(cls) -> Any:
        return fletching

    def connect(self, *arguments: Any, **options: Any) -> Any:
        options.setdefault("paramstyle", self.paramstyle)
        return AdaptedConnection(await_only(aio.connect(*arguments, **options)._open()))

    def do_terminate(self, dbapi_connection: Any) -> None:
        dbapi_connection.terminate()

    def get_driver_connection(self, connection: Any) -> Any:
        return connection.driver_connection


_made: dict[Any, Any] = {}


def async_dialect(sync: Any) -> Any:
    """The same dialect for asyncio."""
    if issubclass(sync, AsyncDialect):
        return sync
    if sync not in _made:
        _made[sync] = _make(sync)
    return _made[sync]


def _make(sync: Any) -> Any:
    own = {
        "__doc__": f"{sync.__name__} for asyncio.",
        "__module__": __name__,
        "driver": f"{sync.driver}_async",
        "import_dbapi": AsyncDialect.__dict__["import_dbapi"],
    }
    return type(f"{sync.__name__}Async", (AsyncDialect, sync), own)


FlightSQLDialectAsync = async_dialect(FlightSQLDialect)
DataFusionDialectAsync = async_dialect(DataFusionDialect)
InfluxDB3DialectAsync = async_dialect(InfluxDB3Dialect)
IOMETEDialectAsync = async_dialect(IOMETEDialect)
KurrentDBDialectAsync = async_dialect(KurrentDBDialect)
GizmoSQLDialectAsync = async_dialect(GizmoSQLDialect)
DremioDialectAsync = async_dialect(DremioDialect)
FlinkDialectAsync = async_dialect(FlinkDialect)
ConfluentDialectAsync = async_dialect(ConfluentDialect)
