# SPDX-License-Identifier: Apache-2.0
"""Apache DataFusion: Fletching's own server, datafusion-flight-sql-server, ROAPI."""

from __future__ import annotations

from typing import Any

from fletching.sqlalchemy._base import FlightSQLDialect
from fletching.sqlalchemy._compiler import (
    FlightSQLCompiler,
    FlightSQLDDLCompiler,
    FlightSQLTypeCompiler,
    LiteralBindCompiler,
)
from fletching.sqlalchemy._connection import PREPARED_STATEMENTS
from fletching.sqlalchemy._keys import Keys
from fletching.sqlalchemy._tables import Place

PRIMARY_KEYS = "sqlalchemy-primary-keys"


class DataFusionCompiler(FlightSQLCompiler):
    """Expressions."""

    def visit_json_getitem_op_binary(
        self, binary: Any, operator: Any, **kw: Any
    ) -> str:
        return self._json("json_get", binary, **kw)

    def visit_json_path_getitem_op_binary(
        self, binary: Any, operator: Any, **kw: Any
    ) -> str:
        return self._json("json_get", binary, **kw)

    def _json(self, function: str, binary: Any, **kw: Any) -> str:
        # Of the extension datafusion-functions-json.
        left, right = self.process(binary.left, **kw), self.process(binary.right, **kw)
        return f"{function}({left}, {right})"


class DataFusionDDLCompiler(FlightSQLDDLCompiler):
    """DDL; the engine knows no constraints but PRIMARY KEY and UNIQUE."""

    def visit_foreign_key_constraint(self, constraint: Any, **kw: Any) -> str:
        return ""

    def visit_check_constraint(self, constraint: Any, **kw: Any) -> str:
        return ""


class DataFusionTypeCompiler(FlightSQLTypeCompiler):
    """Types."""

    def visit_UTINYINT(self, type_: Any, **kw: Any) -> str:
        return "TINYINT UNSIGNED"

    def visit_USMALLINT(self, type_: Any, **kw: Any) -> str:
        return "SMALLINT UNSIGNED"

    def visit_UINTEGER(self, type_: Any, **kw: Any) -> str:
        return "INT UNSIGNED"

    def visit_UBIGINT(self, type_: Any, **kw: Any) -> str:
        return "BIGINT UNSIGNED"

    def visit_LARGE_BINARY(self, type_: Any, **kw: Any) -> str:
        return "BYTEA"

    def visit_large_binary(self, type_: Any, **kw: Any) -> str:
        return "BYTEA"

    def visit_VARBINARY(self, type_: Any, **kw: Any) -> str:
        return "BYTEA"

    def visit_BINARY(self, type_: Any, **kw: Any) -> str:
        return "BYTEA"

    def visit_BLOB(self, type_: Any, **kw: Any) -> str:
        return "BYTEA"

    def visit_datetime(self, type_: Any, **kw: Any) -> str:
        return str(self.visit_TIMESTAMP(type_, **kw))

    def visit_DATETIME(self, type_: Any, **kw: Any) -> str:
        return str(self.visit_TIMESTAMP(type_, **kw))

    def visit_TIMESTAMP(self, type_: Any, **kw: Any) -> str:
        # Without digits it is of nanoseconds, which end in 2262.
        digits = getattr(type_, "precision", None)
        text = f"TIMESTAMP({6 if digits is None else digits})"
        return f"{text} WITH TIME ZONE" if type_.timezone else text


class DataFusionDialect(FlightSQLDialect):
    """``datafusion+flightsql://`` and ``datafusion://``.

    Parameters are bound by the server; ``?feature-sqlalchemy-prepared-statements=off``
    has them written into the text. The engine keeps no keys; for a server that has
    them, ``?feature-sqlalchemy-primary-keys=on`` asks.
    """

    name = "datafusion"
    scheme = "datafusion"
    literals = "datafusion"
    lists_with_schemas = True
    has_temporary_tables = False

    statement_compiler = DataFusionCompiler
    ddl_compiler = DataFusionDDLCompiler
    type_compiler_cls = DataFusionTypeCompiler
    type_compiler: Any = DataFusionTypeCompiler

    def initialize(self, connection: Any) -> None:
        """As the base, with literals where the URL asks for them."""
        super().initialize(connection)
        if self.features.get(PREPARED_STATEMENTS, "on") != "on":
            self.statement_compiler = DataFusionLiteralCompiler

    def _get_default_schema_name(self, connection: Any) -> str | None:
        sql = (
            "SELECT value FROM information_schema.df_settings"
            " WHERE name = 'datafusion.catalog.default_schema'"
        )
        rows = self.remembered("default schema", lambda: self.query(connection, sql))
        return str(rows[0][0]) if rows else None

    def read_keys(self, connection: Any, place: Place, tables: list[str]) -> Keys:
        """None, unless the URL says that the server has some."""
        if self.features.get(PRIMARY_KEYS) != "on":
            return Keys()
        return super().read_keys(connection, place, tables)

    def read_view_definition(
        self, connection: Any, place: Place, view: str
    ) -> str | None:
        """The information schema has the statement that made the view."""
        rows = self.query(
            connection,
            "SELECT table_schema, definition FROM information_schema.views"
            " WHERE table_name = ?",
            view,
        )
        for schema, text in rows or []:
            if text is not None and place.schema in (None, schema):
                return str(text)
        return None


class DataFusionLiteralCompiler(LiteralBindCompiler, DataFusionCompiler):
    """Expressions with values written into the text."""
