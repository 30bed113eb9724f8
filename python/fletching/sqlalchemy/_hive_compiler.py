# SPDX-License-Identifier: Apache-2.0
"""Names of types that Spark and Flink have from Hive."""

from __future__ import annotations

from typing import Any

from fletching.sqlalchemy._compiler import FlightSQLTypeCompiler


class HiveTypeCompiler(FlightSQLTypeCompiler):
    """Types as both name them."""

    binary_name = "BINARY"

    def _string(self, type_: Any, **kw: Any) -> str:
        return "STRING"

    visit_text = visit_TEXT = visit_unicode_text = visit_CLOB = visit_NCLOB = _string
    visit_UUID = visit_JSON = _string

    def visit_VARCHAR(self, type_: Any, **kw: Any) -> str:
        return f"VARCHAR({type_.length})" if type_.length else "STRING"

    visit_NVARCHAR = visit_VARCHAR

    def visit_CHAR(self, type_: Any, **kw: Any) -> str:
        return f"CHAR({type_.length})" if type_.length else "STRING"

    visit_NCHAR = visit_CHAR

    def _binary(self, type_: Any, **kw: Any) -> str:
        return self.binary_name

    visit_large_binary = visit_BLOB = visit_BINARY = visit_VARBINARY = _binary

    def visit_INTEGER(self, type_: Any, **kw: Any) -> str:
        return "INT"

    def visit_FLOAT(self, type_: Any, **kw: Any) -> str:
        precision = getattr(type_, "precision", None)
        return "FLOAT" if precision is not None and precision <= 24 else "DOUBLE"

    def visit_REAL(self, type_: Any, **kw: Any) -> str:
        return "FLOAT"

    visit_DOUBLE_PRECISION = FlightSQLTypeCompiler.visit_DOUBLE

    def visit_NUMERIC(self, type_: Any, **kw: Any) -> str:
        # Without digits theirs has ten, none of them behind the point.
        if type_.precision is None:
            return "DECIMAL(38, 10)"
        return f"DECIMAL({type_.precision}, {type_.scale or 0})"

    visit_DECIMAL = visit_NUMERIC

    def visit_ARRAY(self, type_: Any, **kw: Any) -> str:
        depth = type_.dimensions or 1
        item = str(self.process(type_.item_type, **kw))
        return "ARRAY<" * depth + item + ">" * depth

    def visit_MAP(self, type_: Any, **kw: Any) -> str:
        key, value = type_.key_type, type_.value_type
        return f"MAP<{self.process(key, **kw)}, {self.process(value, **kw)}>"
