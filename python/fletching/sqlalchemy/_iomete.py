# SPDX-License-Identifier: Apache-2.0
"""IOMETE: Spark SQL behind Flight SQL. Run against emulators and Spark itself."""

from __future__ import annotations

import logging
import re
from functools import partial
from typing import Any, ClassVar

from sqlalchemy import exc
from sqlalchemy.engine import URL
from sqlalchemy.schema import Table
from sqlalchemy.sql import sqltypes

from fletching._arrow import Schema
from fletching.sqlalchemy import _spark_catalog as spark
from fletching.sqlalchemy import _tables
from fletching.sqlalchemy._keys import Keys
from fletching.sqlalchemy._shown import ShowingDialect
from fletching.sqlalchemy._spark_compiler import (
    SparkCompiler,
    SparkDDLCompiler,
    SparkPreparer,
    SparkTypeCompiler,
)
from fletching.sqlalchemy._spark_types import SparkJSON, spark_name
from fletching.sqlalchemy._tables import Found, Place

_FORM = (
    "iomete://user:token@host:443/catalog/schema?cluster=CLUSTER&data_plane=DATA_PLANE"
)
_log = logging.getLogger("fletching")


class IOMETEDialect(ShowingDialect):
    """``iomete://user:token@host/catalog/schema?cluster=&data_plane=``.

    SQLAlchemy's schema is a schema of the URL's catalog, or ``catalog.schema`` of
    another. Names without one are in the URL's schema.

    Attributes:
        catalog: the URL's catalog.
    """

    name = "iomete"
    scheme = "iomete"
    literals = "spark"
    ping_sql = "SELECT 1"

    statement_compiler = SparkCompiler
    ddl_compiler = SparkDDLCompiler
    type_compiler_cls = SparkTypeCompiler
    type_compiler: Any = SparkTypeCompiler
    preparer = SparkPreparer

    supports_native_uuid = False
    supports_comments = True
    inline_comments = True
    div_is_floordiv = False
    construct_arguments: ClassVar[list[Any]] = [
        (
            Table,
            {
                "using": None,
                "partitioned_by": None,
                "location": None,
                "tblproperties": None,
            },
        )
    ]
    colspecs: ClassVar[dict[Any, Any]] = {
        **ShowingDialect.colspecs,
        sqltypes.JSON: SparkJSON,
    }

    catalog: str | None = None
    _schema: str | None = None
    _lists: bool | None = None

    # ---- connections ----

    def create_connect_args(self, url: URL) -> Any:
        """What `connect` gets; raises ArgumentError for a URL that lacks a part."""
        self.catalog, _, schema = (url.database or "").partition("/")
        self._schema = schema
        parameters = {
            "the parameter cluster": url.query.get("cluster"),
            "the parameter data_plane": url.query.get("data_plane"),
        }
        places = {"a catalog in its path": self.catalog, "a schema in its path": schema}
        for what, value in {"a host": url.host, **places, **parameters}.items():
            if not value:
                raise exc.ArgumentError(f"URL: iomete needs {what}: {_FORM}")
        return super().create_connect_args(url)

    def initialize(self, connection: Any) -> None:
        """Look where the connection is, for servers that do not keep its schema."""
        super().initialize(connection)
        rows = self.query(connection, "SELECT version(), current_database()")
        if not rows:
            return
        version, current = rows[0]
        found = re.search(r"(\d+)\.(\d+)\.(\d+)", str(version))
        if found is not None:
            self.server_version_info = tuple(map(int, found.groups()))
        if str(current).lower() != str(self._schema).lower():
            _log.warning(
                "iomete: the server does not keep the schema that a connection"
                " chooses (it is in %s, not in %s): the dialect names it before every"
                " table, in texts it has to be written",
                current,
                self._schema,
            )
            self.identifier_preparer.unqualified = self._schema

    def _get_server_version_info(self, connection: Any) -> Any:
        return None  # Spark's, with the schema, above

    def _get_default_schema_name(self, connection: Any) -> str | None:
        return self._schema

    def _transaction_level(self) -> str | None:
        return None  # Spark has none, whatever the server says or does not say

    # ---- names ----

    def place(self, schema: str | None) -> Place:
        """Where a schema of SQLAlchemy's is: ``s``, or ``catalog.s``."""
        name = schema or self._schema
        if name is None or "." not in name or getattr(name, "quote", None):
            return Place(None, name)
        first, _, rest = name.partition(".")
        return Place(None if first == self.catalog else first, rest)

    def full_name(self, place: Place, name: str) -> str:
        """A table's name, quoted, with where it is."""
        quote = self.identifier_preparer.quote_identifier
        return ".".join([*map(quote, self._parts(place)), quote(name)])

    def within(self, place: Place) -> str:
        """`` IN schema`` of SHOW statements."""
        quote = self.identifier_preparer.quote_identifier
        return " IN " + ".".join(map(quote, self._parts(place)))

    def _parts(self, place: Place) -> list[str]:
        schema = place.schema or ""
        whole = getattr(schema, "quote", None)
        parts = [schema] if whole else [part for part in schema.split(".") if part]
        return parts if place.catalog is None else [place.catalog, *parts]

    # ---- reflection ----

    def read_schemas(self, connection: Any) -> list[str]:
        if self._metadata_answers(connection):
            rows = self.ask(connection, "get_db_schemas", self.catalog)
            if rows:
                return [row[1] for row in rows]
        return spark.schemas(self, connection)

    def _metadata_answers(self, connection: Any) -> bool:
        """Whether the metadata commands know of the catalog; asked once."""
        if self._lists is None:
            self._lists = bool(self.ask(connection, "get_db_schemas", self.catalog))
        return self._lists

    def has_schema(self, connection: Any, schema_name: str, **kw: Any) -> bool:
        """Whether there is such a schema; that of another catalog by both names."""
        place = self.place(schema_name)
        if place.catalog is None:
            return place.schema in self.get_schema_names(connection, **kw)
        quote = self.identifier_preparer.quote_identifier
        sql = f"SHOW SCHEMAS IN {quote(place.catalog)}"
        shown = spark.rows(self, connection, sql) or []
        return place.schema in [str(row[0]).strip("`") for row in shown]

    def list_tables(self, connection: Any, place: Place) -> Found:
        if self._metadata_answers(connection):
            found = _tables.read(self, connection, self._full(place))
            if found.kinds:
                return found
        return spark.tables(self, connection, place)

    def _full(self, place: Place) -> Place:
        return Place(place.catalog or self.catalog, place.schema)

    def get_temp_table_names(
        self, connection: Any, schema: str | None = None, **kw: Any
    ) -> list[str]:
        """None: Spark has temporary views only."""
        return []

    def get_temp_view_names(
        self, connection: Any, schema: str | None = None, **kw: Any
    ) -> list[str]:
        """The temporary views that this connection sees."""
        return self._found(connection, schema, kw).names("temporary view")

    def _columns(
        self, connection: Any, table: str, schema: str | None, kw: dict[str, Any]
    ) -> list[dict[str, Any]]:
        place = self.place(schema)
        whole = self._memo_get(kw, ("columns", place))
        if whole is None and self._wants_all(place, table, kw):
            key: tuple[Any, ...] = ("columns", place)
            whole = self._memo(kw, key, lambda: self._told(connection, place))
        columns = (whole or {}).get(table)
        if columns is None:
            key = ("columns", place, table)
            read = partial(self._one, connection, place, table, kw)
            columns = self._memo(kw, key, read)
        if columns is None:
            raise exc.NoSuchTableError(f"{schema}.{table}" if schema else table)
        found: list[dict[str, Any]] = columns
        return found

    def _one(
        self, connection: Any, place: Place, table: str, kw: dict[str, Any]
    ) -> list[dict[str, Any]] | None:
        told = self._told(connection, place, table).get(table)
        if told:
            return told
        described = self._described(connection, place, table, kw)
        return None if described is None else described.columns

    def _described(
        self, connection: Any, place: Place, table: str, kw: dict[str, Any]
    ) -> spark.Described | None:
        """What one DESCRIBE tells of a table, a view or a temporary view."""
        places = [place, Place()] if place == self.place(None) else [place]

        def read() -> spark.Described | None:
            every = (spark.described(self, connection, one, table) for one in places)
            return next(filter(None, every), None)

        found: spark.Described | None = self._memo(
            kw, ("described", place, table), read
        )
        return found

    def _told(
        self, connection: Any, place: Place, table: str | None = None
    ) -> dict[str, Any]:
        """The columns of tables of which GetTables tells all."""
        if not self._metadata_answers(connection):
            return {}
        where = _tables._filters(self._full(place), table)
        rows = self.ask(connection, "get_tables", *where, include_schema=True)
        found = {}
        for *_, name, _kind, encoded in rows or []:
            described = [_told_of(one) for one in Schema.decode(encoded).columns]
            if None not in described:
                found[name] = described
        return found

    def read_keys(self, connection: Any, place: Place, tables: list[str]) -> Keys:
        """Spark keeps none."""
        return Keys()

    def read_view_definition(
        self, connection: Any, place: Place, view: str
    ) -> str | None:
        """The statement that makes the view, from SHOW CREATE TABLE."""
        return spark.view_definition(self, connection, place, view)

    def get_table_comment(
        self, connection: Any, table_name: str, schema: str | None = None, **kw: Any
    ) -> dict[str, str | None]:
        """The comment of a table."""
        place = self._existing(connection, table_name, schema, kw)
        described = self._described(connection, place, table_name, kw)
        return {"text": None if described is None else described.comment}


def _told_of(one: Any) -> dict[str, Any] | None:
    """A column of GetTables; None where its type in SQL is not told.

    Arrow's types do not tell char(n) and varchar(n) from string: DESCRIBE does.
    """
    told = one.metadata.get("ARROW:FLIGHT:SQL:TYPE_NAME", "")
    kind = told or spark_name(one)
    if not kind or (not told and "string" in kind):
        return None
    remarks = one.metadata.get("ARROW:FLIGHT:SQL:REMARKS")
    return {**spark.column(one.name, kind, remarks), "nullable": one.nullable}
