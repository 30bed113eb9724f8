# SPDX-License-Identifier: Apache-2.0
"""SQLite behind Flight SQL, such as arrow-go's example server."""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy.sql import sqltypes

from fletching.sqlalchemy import _json
from fletching.sqlalchemy._base import FlightSQLDialect
from fletching.sqlalchemy._compiler import FlightSQLCompiler, FlightSQLTypeCompiler
from fletching.sqlalchemy._keys import Keys
from fletching.sqlalchemy._tables import Place


class SQLiteCompiler(FlightSQLCompiler):
    """Expressions."""

    def visit_ilike_op_binary(self, binary: Any, operator: Any, **kw: Any) -> str:
        return self._like(binary, "LIKE", **kw)  # ASCII in any case

    def visit_not_ilike_op_binary(self, binary: Any, operator: Any, **kw: Any) -> str:
        return self._like(binary, "NOT LIKE", **kw)

    def visit_truediv_binary(self, binary: Any, operator: Any, **kw: Any) -> str:
        left, right = self.process(binary.left, **kw), self.process(binary.right, **kw)
        return f"{left} / ({right} + 0.0)"

    def visit_bitwise_xor_op_binary(self, binary: Any, operator: Any, **kw: Any) -> str:
        left, right = self.process(binary.left, **kw), self.process(binary.right, **kw)
        return f"(({left} | {right}) - ({left} & {right}))"

    def visit_regexp_match_op_binary(
        self, binary: Any, operator: Any, **kw: Any
    ) -> str:
        # A function of the application's, which it may not have.
        left, right = self.process(binary.left, **kw), self.process(binary.right, **kw)
        return f"{left} REGEXP {right}"

    def visit_not_regexp_match_op_binary(
        self, binary: Any, operator: Any, **kw: Any
    ) -> str:
        return "NOT " + self.visit_regexp_match_op_binary(binary, operator, **kw)

    def visit_aggregate_strings_func(self, fn: Any, **kw: Any) -> str:
        return f"group_concat{self.function_argspec(fn, **kw)}"

    def limit_clause(self, select: Any, **kw: Any) -> str:
        text = super().limit_clause(select, **kw)
        return text if " LIMIT " in text or not text else "\n LIMIT -1" + text


class SQLiteTypeCompiler(FlightSQLTypeCompiler):
    """Types."""

    def visit_large_binary(self, type_: Any, **kw: Any) -> str:
        return "BLOB"

    def visit_text(self, type_: Any, **kw: Any) -> str:
        return "TEXT"

    def visit_TIMESTAMP(self, type_: Any, **kw: Any) -> str:
        return "DATETIME"  # a column declared TIMESTAMP ends arrow-go's example


class SQLiteDialect(FlightSQLDialect):
    """A SQLite server; it has no URL of its own."""

    name = "flightsql"
    literals = "sqlite"
    lists_with_schemas = True
    statement_compiler = SQLiteCompiler
    type_compiler_cls = SQLiteTypeCompiler
    type_compiler: Any = SQLiteTypeCompiler
    supports_sane_rowcount = True
    supports_default_values = True
    colspecs: ClassVar[dict[Any, Any]] = {
        name: kind
        for name, kind in FlightSQLDialect.colspecs.items()
        if name is not sqltypes.ARRAY
    }
    colspecs[sqltypes.JSON.JSONIndexType] = _json.KeyType

    def _get_default_schema_name(self, connection: Any) -> str | None:
        return None  # SQLite's databases are catalogs, without schemas

    def read_keys(self, connection: Any, place: Place, tables: list[str]) -> Keys:
        """All tables' by two queries of pragma functions."""
        keys = Keys()
        primary = self.query(
            connection,
            "SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c"
            " WHERE m.type = 'table' AND c.pk > 0 ORDER BY m.name, c.pk",
        )
        foreign = self.query(
            connection,
            'SELECT m.name, k.id, k."table", k."from", k."to" FROM sqlite_master m,'
            " pragma_foreign_key_list(m.name) k WHERE m.type = 'table'"
            " ORDER BY m.name, k.id, k.seq",
        )
        if primary is None or foreign is None:
            return super().read_keys(connection, place, tables)
        for table, column in primary:
            key = keys.primary.setdefault(
                table, {"constrained_columns": [], "name": None}
            )
            key["constrained_columns"].append(column)
        _add_foreign(keys, foreign)
        return keys

    def read_view_definition(
        self, connection: Any, place: Place, view: str
    ) -> str | None:
        """The statement that made it."""
        rows = self.query(
            connection,
            "SELECT sql FROM sqlite_master WHERE type = 'view' AND name = ?",
            view,
        )
        return str(rows[0][0]) if rows else None


def _add_foreign(keys: Keys, rows: list[Any]) -> None:
    last = None
    for table, number, target, column, referred in rows:
        if (table, number) != last:
            last = (table, number)
            key = {
                "name": None,
                "constrained_columns": [],
                "referred_schema": None,
                "referred_table": target,
                "referred_columns": [],
                "options": {},
            }
            keys.foreign.setdefault(table, []).append(key)
        key["constrained_columns"].append(column)
        # Without a name it is the target's primary key.
        named = referred or keys.primary[target]["constrained_columns"][-1]
        key["referred_columns"].append(named)
