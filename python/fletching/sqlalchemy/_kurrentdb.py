# SPDX-License-Identifier: Apache-2.0
"""KurrentDB: its event log and user-defined indexes, for reading.

What it does in its own way is in docs/guides/kurrentdb.md. It was not run: the facts
are from its documentation, its sources and the released kurrent-sqlalchemy 0.2.1.
"""

from __future__ import annotations

import os
from typing import Any

from sqlalchemy.sql import elements, selectable, sqltypes

from fletching.sqlalchemy import _tables
from fletching.sqlalchemy._base import FlightSQLDialect
from fletching.sqlalchemy._duckdb_compiler import (
    DuckDBCompiler,
    DuckDBDDLCompiler,
    DuckDBTypeCompiler,
)
from fletching.sqlalchemy._keys import Keys
from fletching.sqlalchemy._kurrentdb_time import EPOCH_MS
from fletching.sqlalchemy._tables import Found, Place

SCHEMA = "kdb"
TABLE = "records"
USER_SCHEMA = "usr"
"""The schema of user-defined indexes, each a table."""

TEST_QUERY = "KURRENTDB_TEST_QUERY"
DEFAULT_TEST_QUERY = f"SELECT * FROM {SCHEMA}.{TABLE} LIMIT 1"
TIMES = ("created_at", "expires_at")

_COLUMNS: tuple[tuple[str, Any, bool], ...] = (
    ("log_position", sqltypes.BigInteger, False),
    ("commit_position", sqltypes.BigInteger, True),
    ("stream_revision", sqltypes.BigInteger, False),
    ("created_at", EPOCH_MS, False),
    ("expires_at", EPOCH_MS, True),
    ("stream", sqltypes.Text, False),
    ("stream_hash", sqltypes.BigInteger, False),
    ("schema_name", sqltypes.Text, False),
    ("category", sqltypes.Text, False),
    ("deleted", sqltypes.Boolean, False),
    ("schema_id", sqltypes.Text, True),
    ("schema_format", sqltypes.Text, True),
    ("record_id", sqltypes.LargeBinary, False),
    ("data", sqltypes.Text, True),
    ("metadata", sqltypes.Text, True),
)


def record_columns() -> list[dict[str, Any]]:
    """The columns of ``kdb.records``, each time made anew."""
    return [
        {"name": name, "type": kind(), "nullable": nullable, "default": None}
        for name, kind, nullable in _COLUMNS
    ]


class KurrentDBCompiler(DuckDBCompiler):
    """Expressions, as DuckDB reads them.

    The server wants every table with its schema, and then runs the statement on another
    table (QueryEngine.Rewriter.cs): what is not given a name again has none.
    """

    def visit_table(
        self, table: Any, asfrom: bool = False, named: bool = False, **kw: Any
    ) -> str:
        if not asfrom:
            return str(super().visit_table(table, asfrom=asfrom, **kw))
        quote = self.preparer.quote
        schema = self.preparer.schema_for_object(table) or SCHEMA
        text = f"{self.preparer.quote_schema(schema)}.{quote(table.name)}"
        return text if named else f"{text} AS {quote(table.name)}"

    def visit_alias(self, alias: Any, **kw: Any) -> str:
        if isinstance(alias.element, selectable.TableClause):
            kw["named"] = True
        return str(super().visit_alias(alias, **kw))

    def visit_column(self, column: Any, include_table: bool = True, **kw: Any) -> str:
        name = str(super().visit_column(column, include_table=False, **kw))
        table = column.table
        if not include_table or table is None or not table.named_with_column:
            return name
        of = table.name
        if isinstance(of, elements._truncated_label):
            of = self._truncated_identifier("alias", of)
        return f"{self.preparer.quote(of)}.{name}"

    def visit_typeclause(self, typeclause: Any, **kw: Any) -> str:
        if isinstance(typeclause.type, EPOCH_MS):
            return "BIGINT"
        return str(super().visit_typeclause(typeclause, **kw))


class KurrentDBTypeCompiler(DuckDBTypeCompiler):
    """Types."""

    def visit_EPOCH_MS(self, type_: Any, **kw: Any) -> str:  # noqa: N802
        return "TIMESTAMP_EPOCH_MS"


class KurrentDBDialect(FlightSQLDialect):
    """``kurrentdb+flightsql://`` and ``kurrentdb://``.

    The server lists no tables, so ``kdb.records`` is described here; what it lists one
    day is used instead. The tables of ``usr`` are found by their names. Times are
    reflected as `EPOCH_MS`. Queries without a LIMIT get one (KURRENTDB_MAX_ROWS).
    """

    name = "kurrentdb"
    scheme = "kurrentdb"
    literals = "duckdb"
    ping_sql = DEFAULT_TEST_QUERY
    div_is_floordiv = False
    has_temporary_tables = False

    statement_compiler = KurrentDBCompiler
    ddl_compiler = DuckDBDDLCompiler
    type_compiler_cls = KurrentDBTypeCompiler
    type_compiler: Any = KurrentDBTypeCompiler

    def _ping(self, dbapi_connection: Any) -> None:
        # The server refuses a SELECT 1.
        with dbapi_connection.cursor() as cursor:
            cursor.execute(os.environ.get(TEST_QUERY) or self.ping_sql)

    def _get_default_schema_name(self, connection: Any) -> str:
        return SCHEMA

    def _transaction_level(self) -> str | None:
        return None  # there are none

    # ---- reflection ----

    def read_schemas(self, connection: Any) -> list[str]:
        """Those that the server lists, else ``kdb``."""
        if self.ask(connection, "get_db_schemas"):
            return super().read_schemas(connection)
        return [SCHEMA]

    def read_tables(
        self,
        connection: Any,
        place: Place,
        table: str | None = None,
        with_schemas: bool = False,
    ) -> Found:
        """Those that the server lists, else ``records``, or an index asked for."""
        if self.answers_tables(connection):
            return super().read_tables(connection, place, table, with_schemas)
        if place.schema in (None, SCHEMA) and table in (None, TABLE):
            return Found({TABLE: "table"})
        if place.schema != USER_SCHEMA or table is None:
            return Found()
        there = _tables.planned(self, connection, place, table) is not None
        return Found({table: "table"} if there else {})

    def known_columns(
        self, connection: Any, place: Place, table: str
    ) -> list[dict[str, Any]] | None:
        """Those of ``kdb.records``, while the server does not list it."""
        if place.schema not in (None, SCHEMA) or table != TABLE:
            return None
        return None if self.answers_tables(connection) else record_columns()

    def refine_column(self, column: dict[str, Any]) -> None:
        """Times are integers, and known by their names."""
        if column["name"] in TIMES and isinstance(column["type"], sqltypes.BigInteger):
            column["type"] = EPOCH_MS()

    def lists_by_sql(self, connection: Any) -> bool:
        """Never: what there is no table for is an error in the server's log."""
        return False

    def read_keys(self, connection: Any, place: Place, tables: list[str]) -> Keys:
        """There are none."""
        return Keys()

    def read_view_definition(
        self, connection: Any, place: Place, view: str
    ) -> str | None:
        """There are no views."""
        return None
