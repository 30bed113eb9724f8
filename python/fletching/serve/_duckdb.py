# SPDX-License-Identifier: Apache-2.0
"""DuckDB behind the service: transactions, keys, every type."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Any

import duckdb
import pyarrow as pa

from . import _duckdb_catalog as catalog
from ._commands import TableRef
from ._duckdb_lane import INCOMING, DuckDBLane
from ._engine import Defaults, Engine, ForeignKey, Key, Lane, Table
from ._errors import NotFound, SetupError
from ._sqltext import quote


class DuckDBEngine(Engine):
    """The engine: a database in memory, or a file."""

    name = "duckdb"
    title = "Fletching (DuckDB)"
    version = str(duckdb.__version__)
    transactions = True

    def __init__(self, schema: str | None = None, path: str | None = None) -> None:
        self.default_schema = schema or "main"
        self.sql_info = {503: 1, 505: 1, 507: 3}
        self._lock = threading.Lock()
        try:
            self._root = duckdb.connect(path or ":memory:")
        except duckdb.Error as error:
            raise SetupError(f"serve: cannot open {path}: {error}") from None
        self._root.execute("SET python_enable_replacements = false")
        current = self._root.execute("SELECT current_database()").fetchall()
        self._catalog: str = current[0][0]
        self._root.execute(f"CREATE SCHEMA IF NOT EXISTS {quote(self.default_schema)}")

    def open_lane(self, defaults: Defaults) -> Lane:
        """Open a connection with the given defaults."""
        with self._lock:
            connection = self._root.cursor()
        try:
            # Without this a table name would also find this program's variables.
            connection.execute("SET python_enable_replacements = false")
            if defaults != Defaults() or self.default_schema != "main":
                self.use(connection, defaults)
        except BaseException:
            connection.close()
            raise
        return DuckDBLane(connection, self.use)

    def use(self, connection: Any, defaults: Defaults) -> None:
        """Set a connection's catalog and schema."""
        own = self.default_schema if defaults.catalog is None else "main"
        catalog_name = quote(defaults.catalog or self._catalog)
        name = f"{catalog_name}.{quote(defaults.schema or own)}"
        try:
            connection.execute(f"USE {name}")
        except duckdb.Error as error:
            raise NotFound(f"{name} does not exist: {error}") from None

    def add_table(self, schema: str, name: str, table: pa.Table) -> None:
        """Copy a data set's table into the database."""
        self._root.register(INCOMING, table)
        self._root.execute(
            f"CREATE OR REPLACE TABLE {quote(schema)}.{quote(name)} "
            f"AS SELECT * FROM {INCOMING}"
        )
        self._root.unregister(INCOMING)

    def catalogs(self, lane: Lane) -> list[str]:
        """List attached databases."""
        return catalog.catalogs(_connection(lane))

    def schemas(self, lane: Lane) -> list[tuple[str, str]]:
        """List their schemas."""
        return catalog.schemas(_connection(lane))

    def tables(self, lane: Lane) -> list[Table]:
        """List tables and views."""
        return catalog.tables(_connection(lane))

    def table_schema(self, lane: Lane, table: Table) -> pa.Schema:
        """Return a table's schema with SQL types and nullability."""
        return catalog.table_schema(_connection(lane), table)

    def table_types(self) -> list[str]:
        """Return the kinds of tables there are."""
        return ["LOCAL TEMPORARY", "TABLE", "VIEW"]

    def primary_keys(self, lane: Lane, table: TableRef) -> list[Key]:
        """List a table's primary key."""
        return catalog.primary_keys(_connection(lane), table)

    def foreign_keys(self, lane: Lane) -> Iterable[ForeignKey]:
        """List every foreign key."""
        return catalog.foreign_keys(_connection(lane))

    def close(self) -> None:
        """Close the database, so that a file is written out."""
        self._root.close()


def _connection(lane: Lane) -> Any:
    assert isinstance(lane, DuckDBLane)
    return lane.connection
