# SPDX-License-Identifier: Apache-2.0
"""Connections for asyncio."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import fletching
from fletching._connection import Opening
from fletching.aio._cursor import AsyncCursor
from fletching.aio._threads import run, run_to_close

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from fletching._arrow import Schema

T = TypeVar("T")


class _Connecting:
    """What connect() gives: to be awaited, or entered with ``async with``."""

    def __init__(self, executor: Executor | None, options: dict[str, Any]) -> None:
        self._executor = executor
        self._options = options
        self._opened: AsyncConnection | None = None

    async def _open(self) -> AsyncConnection:
        opening = Opening(**self._options)
        opened = await run_to_close(
            self._executor,
            opening.cancel,
            fletching.Connection.close,
            opening.connect,
        )
        return AsyncConnection(opened, self._executor)

    def __await__(self) -> Generator[Any, None, AsyncConnection]:
        return self._open().__await__()

    async def __aenter__(self) -> AsyncConnection:
        self._opened = await self._open()
        return self._opened

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        assert self._opened is not None
        await self._opened.__aexit__(kind)


def connect(uri: str, *, executor: Executor | None = None, **options: Any) -> Any:
    """Open a connection: ``await connect(...)`` or ``async with connect(...)``.

    Args:
        uri: as `fletching.connect`.
        executor: whose threads run the calls; by default a pool of this process.
        options: as `fletching.connect`.
    """
    return _Connecting(executor, {"uri": uri, **options})


class AsyncConnection:
    """A `fletching.Connection` whose calls are awaited.

    Tasks may share it, each with its own cursors. An ``async with`` block commits at
    its end, or rolls back if it raised, and then closes the connection.
    """

    def __init__(
        self, connection: fletching.Connection, executor: Executor | None = None
    ) -> None:
        self._connection = connection
        self._executor = executor

    async def _run(self, function: Callable[..., T], *args: Any, **options: Any) -> T:
        cancel = self._connection.cancel
        return await run(self._executor, cancel, function, *args, **options)

    @property
    def sync_connection(self) -> fletching.Connection:
        """The connection beneath, whose calls block."""
        return self._connection

    def cursor(self) -> AsyncCursor:
        """A new cursor."""
        return AsyncCursor(self._connection.cursor(), self._executor)

    async def execute(self, operation: str, parameters: Any = None) -> AsyncCursor:
        """A new cursor that has executed the statement."""
        return await self.cursor().execute(operation, parameters)

    async def executemany(self, operation: str, seq_of_parameters: Any) -> AsyncCursor:
        """A new cursor that has executed the statement for each row of parameters."""
        return await self.cursor().executemany(operation, seq_of_parameters)

    async def ingest(
        self, table: str, data: Any, mode: str = "create", **options: Any
    ) -> int:
        """See `fletching.Cursor.ingest`."""
        return await self.cursor().ingest(table, data, mode, **options)

    # ---- transactions ----

    @property
    def autocommit(self) -> bool:
        """Whether every statement commits by itself."""
        return self._connection.autocommit

    async def set_autocommit(self, value: bool) -> None:
        """Switch `autocommit`; on commits what is open."""
        await self._run(setattr, self._connection, "autocommit", value)

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open on the server."""
        return self._connection.in_transaction

    async def begin(self) -> None:
        """Begin a transaction at once, whatever `autocommit` says."""
        await self._run(self._connection.begin)

    async def commit(self) -> None:
        """Commit the open transaction; without one nothing happens."""
        await self._run(self._connection.commit)

    async def rollback(self) -> None:
        """Roll back the open transaction; without one nothing happens."""
        await self._run(self._connection.rollback)

    async def savepoint(self, name: str) -> None:
        """Set a savepoint in the transaction."""
        await self._run(self._connection.savepoint, name)

    async def rollback_to(self, name: str) -> None:
        """Undo what came after the savepoint, which stays."""
        await self._run(self._connection.rollback_to, name)

    async def release(self, name: str) -> None:
        """Forget the savepoint; what came after it stays."""
        await self._run(self._connection.release, name)

    # ---- metadata ----

    async def _listed(self, name: str, *args: Any, **options: Any) -> AsyncCursor:
        cursor = await self._run(getattr(self._connection, name), *args, **options)
        return AsyncCursor(cursor, self._executor)

    async def get_catalogs(self) -> AsyncCursor:
        """See `fletching.Connection.get_catalogs`."""
        return await self._listed("get_catalogs")

    async def get_db_schemas(
        self, catalog: str | None = None, db_schema: str | None = None
    ) -> AsyncCursor:
        """See `fletching.Connection.get_db_schemas`."""
        return await self._listed("get_db_schemas", catalog, db_schema)

    async def get_tables(
        self,
        catalog: str | None = None,
        db_schema: str | None = None,
        table: str | None = None,
        table_types: Iterable[str] = (),
        *,
        include_schema: bool = False,
    ) -> AsyncCursor:
        """See `fletching.Connection.get_tables`."""
        return await self._listed(
            "get_tables",
            catalog,
            db_schema,
            table,
            table_types,
            include_schema=include_schema,
        )

    async def get_table_types(self) -> AsyncCursor:
        """See `fletching.Connection.get_table_types`."""
        return await self._listed("get_table_types")

    async def get_sql_info(self, ids: Iterable[int] = ()) -> AsyncCursor:
        """See `fletching.Connection.get_sql_info`."""
        return await self._listed("get_sql_info", ids)

    async def get_table_schema(self, table: str, **place: str | None) -> Schema:
        """See `fletching.Connection.get_table_schema`."""
        return await self._run(self._connection.get_table_schema, table, **place)

    async def get_primary_keys(self, table: str, **place: str | None) -> AsyncCursor:
        """See `fletching.Connection.get_primary_keys`."""
        return await self._listed("get_primary_keys", table, **place)

    async def get_imported_keys(self, table: str, **place: str | None) -> AsyncCursor:
        """See `fletching.Connection.get_imported_keys`."""
        return await self._listed("get_imported_keys", table, **place)

    async def get_exported_keys(self, table: str, **place: str | None) -> AsyncCursor:
        """See `fletching.Connection.get_exported_keys`."""
        return await self._listed("get_exported_keys", table, **place)

    async def get_objects(self, depth: str = "all", **filters: Any) -> AsyncCursor:
        """See `fletching.Connection.get_objects`."""
        return await self._listed("get_objects", depth, **filters)

    async def get_statistics(self, **filters: Any) -> AsyncCursor:
        """See `fletching.Connection.get_statistics`."""
        return await self._listed("get_statistics", **filters)

    async def set_session_options(self, options: Mapping[str, Any]) -> None:
        """Set options of the server's session; None erases one."""
        await self._run(self._connection.set_session_options, options)

    async def get_session_options(self) -> dict[str, Any]:
        """The options of the server's session."""
        return await self._run(self._connection.get_session_options)

    # ---- state ----

    async def ping(self) -> float:
        """Seconds of a round trip to the server's HTTP/2 end."""
        return await self._run(self._connection.ping)

    @property
    def info(self) -> dict[str, Any]:
        """What connecting found: address, TLS, authorisation, times."""
        return self._connection.info

    def cancel(self) -> None:
        """Stop whatever this connection runs now, from any task or thread."""
        self._connection.cancel()

    @property
    def closed(self) -> bool:
        """Whether close() was called."""
        return self._connection.closed

    async def close(self) -> None:
        """Close the connection and its cursors; rolls back what is open. Idempotent."""
        await self._run(self._connection.close)

    async def __aenter__(self) -> AsyncConnection:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None and not self.closed:
                await self.commit()
        finally:
            await self.close()
