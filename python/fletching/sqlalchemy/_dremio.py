# SPDX-License-Identifier: Apache-2.0
"""Dremio. Its facts are from its documentation; it was not run."""

from __future__ import annotations

from typing import Any

from fletching.sqlalchemy._base import FlightSQLDialect
from fletching.sqlalchemy._compiler import FlightSQLCompiler, FlightSQLTypeCompiler
from fletching.sqlalchemy._keys import Keys
from fletching.sqlalchemy._tables import Place


class DremioCompiler(FlightSQLCompiler):
    """Expressions."""

    def visit_aggregate_strings_func(self, fn: Any, **kw: Any) -> str:
        return f"LISTAGG{self.function_argspec(fn, **kw)}"


class DremioTypeCompiler(FlightSQLTypeCompiler):
    """Types; integers have 32 or 64 bits, there is nothing unsigned."""

    def visit_SMALLINT(self, type_: Any, **kw: Any) -> str:
        return "INTEGER"

    def visit_TINYINT(self, type_: Any, **kw: Any) -> str:
        return "INTEGER"

    def visit_UTINYINT(self, type_: Any, **kw: Any) -> str:
        return "INTEGER"

    def visit_USMALLINT(self, type_: Any, **kw: Any) -> str:
        return "INTEGER"

    def visit_REAL(self, type_: Any, **kw: Any) -> str:
        return "FLOAT"

    def visit_TIMESTAMP(self, type_: Any, **kw: Any) -> str:
        return "TIMESTAMP"


class DremioDialect(FlightSQLDialect):
    """``dremio+flightsql://`` and ``dremio://``.

    A space or source with its folders is a schema (``Samples."samples.dremio.com"``).
    """

    name = "dremio"
    scheme = "dremio"
    literals = "dremio"
    statement_compiler = DremioCompiler
    type_compiler_cls = DremioTypeCompiler
    type_compiler: Any = DremioTypeCompiler

    def read_keys(self, connection: Any, place: Place, tables: list[str]) -> Keys:
        """Dremio keeps none."""
        return Keys()

    def read_view_definition(
        self, connection: Any, place: Place, view: str
    ) -> str | None:
        """INFORMATION_SCHEMA.VIEWS has it, by names in upper case."""
        rows = self.query(
            connection,
            "SELECT TABLE_SCHEMA, VIEW_DEFINITION FROM INFORMATION_SCHEMA.VIEWS"
            " WHERE TABLE_NAME = ?",
            view,
        )
        for schema, text in rows or []:
            if place.schema in (None, schema):
                return str(text)
        return None
