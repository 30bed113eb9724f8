# SPDX-License-Identifier: Apache-2.0
"""Connections and cursors: Fletching's, made from a client."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import fletching
from flightsql.client import FlightSQLClient
from flightsql.dbapi._values import column_specs

ExecuteParams = tuple[Any, ...] | list[Any]


class Cursor(fletching.Cursor):
    """A cursor; see fletching.Cursor.

    Attributes:
        client: the connection's.
    """

    _connection: Connection

    @property
    def client(self) -> FlightSQLClient:
        return self._connection.client

    def execute(  # type: ignore[override]
        self, query: str, params: ExecuteParams | None = None
    ) -> Cursor:
        """Run a statement. Without parameters, or with none in them, as it is."""
        super().execute(query, params if params is None or len(params) else None)
        return self

    def executemany(  # type: ignore[override]
        self, query: str, param_seq: Sequence[ExecuteParams]
    ) -> Cursor:
        """Run a statement once for each row of parameters; without rows, not at all."""
        super().executemany(query, param_seq)
        return self

    def setoutputsizes(self, sizes: Any) -> None:
        """Does nothing: the name that 0.2.2 had for setoutputsize()."""
        self._check_open()


class Connection(fletching.Connection):
    """A connection; see fletching.Connection. The client outlives it.

    Every statement commits by itself unless `connect` was told otherwise.

    Attributes:
        client: what it was made from.
        cursors: those that are open.
    """

    def __init__(
        self,
        client: FlightSQLClient,
        *,
        autocommit: bool = True,
        paramstyle: str = "qmark",
        **ignored: Any,
    ) -> None:
        for name in ignored:
            warnings.warn(f"flightsql.connect: {name} has no effect", stacklevel=3)
        super().__init__(client._database, paramstyle)
        self.client = client
        if not autocommit:
            self.autocommit = False

    @property
    def cursors(self) -> list[Cursor]:
        return [one for one in self._cursors if isinstance(one, Cursor)]

    @property
    def features(self) -> dict[str, str]:
        """The client's."""
        return self.client.features

    def cursor(self) -> Cursor:
        self._check_open()
        cursor = Cursor(self)
        self._cursors.add(cursor)
        return cursor

    def execute(self, *args: Any, **kwargs: Any) -> Cursor:
        """A new cursor that has executed the statement; arguments as Cursor.execute."""
        return self.cursor().execute(*args, **kwargs)

    def executemany(self, *args: Any, **kwargs: Any) -> Cursor:
        """A new cursor that has executed the statement for each row of parameters."""
        return self.cursor().executemany(*args, **kwargs)

    # ---- what dialects ask ----

    def flightsql_get_columns(
        self, table_name: str, schema: str | None = None
    ) -> list[dict[str, Any]]:
        """The columns: name, type (SQLAlchemy's), default, comment, nullable.

        Names are exact; ProgrammingError where there is no such table.
        """
        found = self.get_table_schema(table_name, db_schema=schema)
        return column_specs(found.to_pyarrow())

    def flightsql_get_table_names(self, schema: str | None = None) -> list[str]:
        """The names of all tables of the schemas that match the pattern, or of all."""
        with self.get_tables(db_schema=schema) as tables:
            return [name for _, _, name, *_ in tables]

    def flightsql_get_schema_names(self) -> list[str]:
        """The names of all schemas."""
        with self.get_db_schemas() as schemas:
            return [name for _, name in schemas]

    def flightsql_get_sql_info(self, info: list[int]) -> dict[int, Any]:
        """What the server says of itself, by SqlInfo id."""
        with self.get_sql_info(info) as answers:
            return dict(answers.fetchall())

    def flightsql_get_primary_keys(
        self, table: str, schema: str | None = None
    ) -> list[dict[str, Any]]:
        """The columns of a table's primary key, a dict each."""
        return _dicts(self.get_primary_keys(table, db_schema=schema))

    def flightsql_get_foreign_keys(
        self, table: str, schema: str | None = None
    ) -> list[dict[str, Any]]:
        """The columns of a table's foreign keys, a dict each."""
        return _dicts(self.get_imported_keys(table, db_schema=schema))


def _dicts(cursor: fletching.Cursor) -> list[dict[str, Any]]:
    with cursor:
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor]


def connect(client: FlightSQLClient, **kwargs: Any) -> Connection:
    """A connection of its own to the client's server.

    Args:
        client: says where, and who is asking.
        kwargs: autocommit (True) and paramstyle ("qmark"), as in fletching.connect();
            others have no effect, and a warning says so.
    """
    return Connection(client, **kwargs)
