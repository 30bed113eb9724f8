# SPDX-License-Identifier: Apache-2.0
"""Flink SQL: a gateway of one's own, and Confluent Cloud."""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import exc
from sqlalchemy.schema import Table

from fletching.sqlalchemy import _flink_catalog as catalog
from fletching.sqlalchemy._flink_compiler import (
    FlinkCompiler,
    FlinkDDLCompiler,
    FlinkPreparer,
    FlinkTypeCompiler,
)
from fletching.sqlalchemy._keys import Keys
from fletching.sqlalchemy._shown import ShowingDialect
from fletching.sqlalchemy._tables import Found, Place


class FlinkDialect(ShowingDialect):
    """``flink+gateway://host:8083/catalog/database``, an open-source SQL Gateway.

    SQLAlchemy's schema is a database of the current catalog, or ``catalog.database``
    of another. Queries read what is there now; with ``?mode=streaming`` they go on.
    """

    name = "flink"
    driver = "gateway"
    scheme = "flink+http"
    literals = "flink"
    ping_sql: str | None = "SHOW CURRENT CATALOG"
    has_temporary_tables = False

    statement_compiler = FlinkCompiler
    ddl_compiler = FlinkDDLCompiler
    type_compiler_cls = FlinkTypeCompiler
    type_compiler: Any = FlinkTypeCompiler
    preparer = FlinkPreparer

    supports_native_uuid = False
    supports_comments = True
    inline_comments = True
    construct_arguments: ClassVar[list[Any]] = [
        (Table, {"with": None, "watermark": None})
    ]

    # ---- connections ----

    def _read_sql_info(self, connection: Any) -> dict[int, Any]:
        return {}  # Flink has no such thing

    def _transaction_level(self) -> str | None:
        return None  # what a statement does is done

    def _get_default_schema_name(self, connection: Any) -> str | None:
        rows = catalog.shown(self, connection, "SHOW CURRENT DATABASE")
        return rows[0] if rows else None

    def home_catalog(self, connection: Any) -> str | None:
        """The catalog that unqualified names are in."""
        rows = catalog.shown(self, connection, "SHOW CURRENT CATALOG")
        return rows[0] if rows else None

    # ---- names ----

    def full_name(self, place: Place, name: str) -> str:
        """A table's name, quoted, with where it is."""
        quote = self.identifier_preparer.quote_identifier
        return ".".join(quote(part) for part in (*place, name) if part is not None)

    def within(self, place: Place) -> str:
        """`` IN database`` of SHOW statements."""
        quote = self.identifier_preparer.quote_identifier
        parts = [quote(part) for part in place if part is not None]
        return f" IN {'.'.join(parts)}" if parts else ""

    # ---- reflection ----

    def read_schemas(self, connection: Any) -> list[str]:
        return catalog.schemas(self, connection)

    def list_tables(self, connection: Any, place: Place) -> Found:
        return catalog.tables(self, connection, place)

    def _columns(
        self, connection: Any, table: str, schema: str | None, kw: dict[str, Any]
    ) -> list[dict[str, Any]]:
        found = self._described(connection, table, self.place(schema), kw)
        if found is None:
            raise exc.NoSuchTableError(f"{schema}.{table}" if schema else table)
        return found[0]

    def _described(
        self, connection: Any, table: str, place: Place, kw: dict[str, Any]
    ) -> Any:
        return self._memo(
            kw,
            ("described", place, table),
            lambda: catalog.columns(self, connection, place, table),
        )

    def get_pk_constraint(
        self, connection: Any, table_name: str, schema: str | None = None, **kw: Any
    ) -> dict[str, Any]:
        """The primary key, which nobody enforces."""
        self._columns(connection, table_name, schema, kw)
        _, key = self._described(connection, table_name, self.place(schema), kw)
        return {"constrained_columns": key, "name": None}

    def read_keys(self, connection: Any, place: Place, tables: list[str]) -> Keys:
        """Flink keeps primary keys alone."""
        return Keys()

    def read_view_definition(
        self, connection: Any, place: Place, view: str
    ) -> str | None:
        """The statement that makes the view."""
        return catalog.view_definition(self, connection, place, view)


class ConfluentDialect(FlinkDialect):
    """``flink+confluent://KEY:SECRET@us-east-2.aws/env-1/database?organization=...``.

    The environment is the catalog, its databases are SQLAlchemy's schemas; what is in
    them is read from INFORMATION_SCHEMA.
    """

    driver = "confluent"
    scheme = "confluent"
    ping_sql = None
    lists_with_schemas = True

    def _ping(self, dbapi_connection: Any) -> None:
        """Asks for one statement's name: a statement of its own would cost seconds."""
        dbapi_connection.ping()

    def create_connect_args(self, url: Any) -> Any:
        """What `connect` gets; ArgumentError for a URL that names no environment."""
        environment, _, database = (url.database or "").partition("/")
        if not environment:
            raise exc.ArgumentError(
                "URL: flink+confluent needs an environment in its path:"
                " flink+confluent://KEY:SECRET@REGION.CLOUD/ENVIRONMENT/DATABASE"
                "?organization=ID"
            )
        self._environment, self._database = environment, database or None
        return super().create_connect_args(url)

    _environment = ""
    _database: str | None = None

    def _get_default_schema_name(self, connection: Any) -> str | None:
        return self._database

    def home_catalog(self, connection: Any) -> str | None:
        """The environment."""
        return self._environment

    def read_schemas(self, connection: Any) -> list[str]:
        rows = catalog.told(self, connection, "SCHEMA_NAME", "SCHEMATA")
        return [str(row[0]) for row in rows]

    def list_tables(self, connection: Any, place: Place) -> Found:
        found = Found()
        columns = "TABLE_NAME TABLE_TYPE"
        where = {"TABLE_SCHEMA": place.schema}
        for name, kind in catalog.told(self, connection, columns, "TABLES", **where):
            found.kinds[name] = "view" if kind == "VIEW" else "table"
        return found

    def _columns(
        self, connection: Any, table: str, schema: str | None, kw: dict[str, Any]
    ) -> list[dict[str, Any]]:
        place = self.place(schema)
        one = None if self._wants_all(place, table, kw) else table
        found = self._memo(
            kw,
            ("columns", place, one),
            lambda: catalog.all_columns(self, connection, place, one),
        )
        if table not in found:
            raise exc.NoSuchTableError(f"{schema}.{table}" if schema else table)
        columns: list[dict[str, Any]] = found[table]
        return columns

    def get_pk_constraint(
        self, connection: Any, table_name: str, schema: str | None = None, **kw: Any
    ) -> dict[str, Any]:
        """The primary key, which nobody enforces."""
        place = self._existing(connection, table_name, schema, kw)
        keys = self._memo(
            kw, ("key names", place), lambda: catalog.all_keys(self, connection, place)
        )
        empty: dict[str, Any] = {"constrained_columns": [], "name": None}
        return dict(keys.get(table_name, empty))
