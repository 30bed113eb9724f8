# SPDX-License-Identifier: Apache-2.0
"""SQL text as DuckDB reads it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import exc
from sqlalchemy.sql import sqltypes

from fletching.sqlalchemy._compiler import (
    FlightSQLCompiler,
    FlightSQLDDLCompiler,
    FlightSQLTypeCompiler,
)
from fletching.sqlalchemy._duckdb_context import own_sequence


class DuckDBCompiler(FlightSQLCompiler):
    """Expressions."""

    def visit_floordiv_binary(self, binary: Any, operator: Any, **kw: Any) -> str:
        left, right = self.process(binary.left, **kw), self.process(binary.right, **kw)
        if (
            binary.left.type._type_affinity
            is binary.right.type._type_affinity
            is (sqltypes.Integer)
        ):
            return f"{left} // {right}"
        return f"FLOOR({left} / {right})"

    def visit_regexp_match_op_binary(
        self, binary: Any, operator: Any, **kw: Any
    ) -> str:
        return self._matches(binary, **kw)

    def visit_not_regexp_match_op_binary(
        self, binary: Any, operator: Any, **kw: Any
    ) -> str:
        return "NOT " + self._matches(binary, **kw)

    def _matches(self, binary: Any, **kw: Any) -> str:
        arguments = [self.process(binary.left, **kw), self.process(binary.right, **kw)]
        flags = binary.modifiers.get("flags")
        if flags is not None:
            arguments.append(self._literal_text(getattr(flags, "value", flags)))
        return f"regexp_matches({', '.join(arguments)})"

    def visit_bitwise_xor_op_binary(self, binary: Any, operator: Any, **kw: Any) -> str:
        left, right = self.process(binary.left, **kw), self.process(binary.right, **kw)
        return f"xor({left}, {right})"

    def visit_try_cast(self, cast: Any, **kw: Any) -> str:
        return self._try_cast(cast, **kw)

    def delete_extra_from_clause(
        self, delete_stmt: Any, from_table: Any, extra_froms: Any, *args: Any, **kw: Any
    ) -> str:
        return "USING " + self._more_tables(extra_froms, **kw)

    def update_from_clause(
        self, update_stmt: Any, from_table: Any, extra_froms: Any, *args: Any, **kw: Any
    ) -> str:
        return "FROM " + self._more_tables(extra_froms, **kw)

    def _more_tables(self, tables: Any, **kw: Any) -> str:
        kw["asfrom"] = True
        return ", ".join(table._compiler_dispatch(self, **kw) for table in tables)

    def fetch_clause(self, select: Any, **kw: Any) -> str:
        if not select._fetch_clause_options["percent"]:
            return str(super().fetch_clause(select, **kw))
        text = f"\n LIMIT ({self.process(select._fetch_clause, **kw)})%"
        if select._offset_clause is not None:
            text += "\n OFFSET " + self.process(select._offset_clause, **kw)
        return text


class DuckDBDDLCompiler(FlightSQLDDLCompiler):
    """DDL."""

    def get_column_default_string(self, column: Any) -> str | None:
        sequence = own_sequence(column)
        if sequence is None:
            text: str | None = super().get_column_default_string(column)
            return text
        name = self.preparer.format_sequence(sequence)
        return str(self.dialect.next_value_text(name))

    def visit_computed_column(self, generated: Any, **kw: Any) -> str:
        if generated.persisted is True:
            raise exc.CompileError("DuckDB computes columns when they are read only")
        text = self.sql_compiler.process(
            generated.sqltext, include_table=False, literal_binds=True
        )
        return f"GENERATED ALWAYS AS ({text}) VIRTUAL"


class DuckDBTypeCompiler(FlightSQLTypeCompiler):
    """Types."""

    def visit_large_binary(self, type_: Any, **kw: Any) -> str:
        return "BLOB"

    def visit_CLOB(self, type_: Any, **kw: Any) -> str:
        return "VARCHAR"

    def visit_VARBINARY(self, type_: Any, **kw: Any) -> str:
        return "BLOB"

    def visit_BINARY(self, type_: Any, **kw: Any) -> str:
        return "BLOB"

    def visit_NUMERIC(self, type_: Any, **kw: Any) -> str:
        # Without digits DuckDB keeps three behind the point.
        if type_.precision is None:
            return "DECIMAL(38, 10)"
        return str(super().visit_NUMERIC(type_, **kw))

    def visit_DECIMAL(self, type_: Any, **kw: Any) -> str:
        if type_.precision is None:
            return "DECIMAL(38, 10)"
        return str(super().visit_DECIMAL(type_, **kw))

    def visit_TIMESTAMP(self, type_: Any, **kw: Any) -> str:
        if type_.timezone:
            return "TIMESTAMP WITH TIME ZONE"
        digits = getattr(type_, "precision", None)
        return "TIMESTAMP" if digits is None else _TIMESTAMPS.get(digits, "TIMESTAMP")

    def visit_TIME(self, type_: Any, **kw: Any) -> str:
        return "TIME WITH TIME ZONE" if type_.timezone else "TIME"

    def visit_HUGEINT(self, type_: Any, **kw: Any) -> str:
        return "HUGEINT"

    def visit_UHUGEINT(self, type_: Any, **kw: Any) -> str:
        return "UHUGEINT"

    def visit_UTINYINT(self, type_: Any, **kw: Any) -> str:
        return "UTINYINT"

    def visit_USMALLINT(self, type_: Any, **kw: Any) -> str:
        return "USMALLINT"

    def visit_UINTEGER(self, type_: Any, **kw: Any) -> str:
        return "UINTEGER"

    def visit_UBIGINT(self, type_: Any, **kw: Any) -> str:
        return "UBIGINT"

    def visit_UUID(self, type_: Any, **kw: Any) -> str:
        return "UUID"

    def visit_JSON(self, type_: Any, **kw: Any) -> str:
        return "JSON"


_TIMESTAMPS = {0: "TIMESTAMP_S", 3: "TIMESTAMP_MS", 9: "TIMESTAMP_NS"}
