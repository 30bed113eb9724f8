# SPDX-License-Identifier: Apache-2.0
"""DuckDB behind Flight SQL: GizmoSQL, Fletching's own server."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from sqlalchemy.sql import sqltypes

from fletching.sqlalchemy import _duckdb_catalog as catalog
from fletching.sqlalchemy import _json, _types
from fletching.sqlalchemy._base import FlightSQLDialect
from fletching.sqlalchemy._duckdb_compiler import (
    DuckDBCompiler,
    DuckDBDDLCompiler,
    DuckDBTypeCompiler,
)
from fletching.sqlalchemy._duckdb_context import DuckDBExecutionContext
from fletching.sqlalchemy._keys import Keys
from fletching.sqlalchemy._tables import Place

_ENUM = re.compile(r"ENUM\((.*)\)", re.DOTALL)
_LABEL = re.compile(r"'((?:[^']|'')*)'")


class DuckDBDialect(FlightSQLDialect):
    """A DuckDB server that has no URL of its own; `GizmoSQLDialect` has one."""

    name = "duckdb"
    literals = "duckdb"
    isolation = "SNAPSHOT"
    lists_with_schemas = True

    statement_compiler = DuckDBCompiler
    ddl_compiler = DuckDBDDLCompiler
    type_compiler_cls = DuckDBTypeCompiler
    type_compiler: Any = DuckDBTypeCompiler
    execution_ctx_cls = DuckDBExecutionContext

    colspecs: ClassVar[dict[Any, Any]] = {
        **FlightSQLDialect.colspecs,
        sqltypes.JSON.JSONIndexType: _json.KeyType,
    }

    supports_sane_rowcount = True
    supports_sane_multi_rowcount = True
    supports_comments = True
    supports_sequences = True
    sequences_optional = False
    supports_default_values = True
    supports_default_metavalue = True
    div_is_floordiv = False
    preexecute_autoincrement_sequences = True
    insert_returning = True
    update_returning = True
    delete_returning = True
    implicit_returning = True
    full_returning = True
    use_insertmanyvalues = True
    insertmanyvalues_max_parameters = 32767

    def next_value_text(self, sequence: str) -> str:
        """DuckDB spells it as a function."""
        return "nextval('" + sequence.replace("'", "''") + "')"

    def _get_default_schema_name(self, connection: Any) -> str | None:
        sql = "SELECT current_schema(), current_database()"
        rows = self.remembered("default schema", lambda: self.query(connection, sql))
        schema, self._home = rows[0] if rows else ("main", None)
        return str(schema)

    _home: str | None = None

    def home_catalog(self, connection: Any) -> str | None:
        """The database that unqualified names are in."""
        return self._home

    # ---- reflection ----

    def refine_type(self, kind: Any, sql_name: str) -> Any:
        """Arrow has no JSON, ENUM or HUGEINT of DuckDB's."""
        plain = _BY_NAME.get(sql_name)
        if plain is not None:
            return plain()
        found = _ENUM.fullmatch(sql_name)
        if found is not None:
            labels = (label.replace("''", "'") for label in _LABEL.findall(found[1]))
            return sqltypes.Enum(*labels)
        return kind

    def kind_of(self, place: Place, database: str | None, table_type: str) -> Any:
        """Other databases' tables are none of a schema's; temporary ones hide there."""
        kind = super().kind_of(place, database, table_type)
        if database == catalog.TEMPORARY:
            return "temporary view" if kind == "view" else "temporary"
        elsewhere = None not in (database, self._home) and database != self._home
        return None if elsewhere and place.catalog is None else kind

    def read_keys(self, connection: Any, place: Place, tables: list[str]) -> Keys:
        """All of a schema's, by one query."""
        found = catalog.keys(self, connection, place)
        return found or super().read_keys(connection, place, tables)

    def read_indexes(self, connection: Any, place: Place) -> dict[str, list[Any]]:
        """From duckdb_indexes()."""
        return catalog.indexes(self, connection, place)

    def read_comments(self, connection: Any, place: Place) -> dict[str, str | None]:
        """From duckdb_tables() and duckdb_views()."""
        return catalog.comments(self, connection, place)

    def read_defaults(
        self, connection: Any, place: Place
    ) -> dict[tuple[str, str], dict[str, Any]]:
        """From duckdb_columns()."""
        return catalog.defaults(self, connection, place)

    def read_view_definition(
        self, connection: Any, place: Place, view: str
    ) -> str | None:
        """From duckdb_views()."""
        return catalog.view_definition(self, connection, place, view)

    def get_sequence_names(
        self, connection: Any, schema: str | None = None, **kw: Any
    ) -> list[str]:
        """The sequences of a schema."""
        place = self.place(schema)
        return self._memo(
            kw, ("sequences", place), lambda: catalog.sequences(self, connection, place)
        )

    def has_sequence(
        self, connection: Any, sequence_name: str, schema: str | None = None, **kw: Any
    ) -> bool:
        """Whether there is a sequence of that name."""
        return sequence_name in self.get_sequence_names(connection, schema, **kw)


_BY_NAME: dict[str, Any] = {
    "JSON": _types.JSON,
    "HUGEINT": _types.HUGEINT,
    "UHUGEINT": _types.UHUGEINT,
    "UUID": _types.UUID,
}


class GizmoSQLDialect(DuckDBDialect):
    """``gizmosql+flightsql://`` and ``gizmosql://``."""

    name = "gizmosql"
    scheme = "gizmosql"
