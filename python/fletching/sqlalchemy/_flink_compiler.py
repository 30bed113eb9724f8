# SPDX-License-Identifier: Apache-2.0
"""SQL text as Flink reads it; names, functions and types of its SQL reference (2.x)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import exc

from fletching import _core
from fletching.sqlalchemy._compiler import (
    FlightSQLDDLCompiler,
    FlightSQLTypeCompiler,
    LiteralBindCompiler,
)
from fletching.sqlalchemy._preparer import FlightSQLPreparer

_MOST_DIGITS = 38


class FlinkPreparer(FlightSQLPreparer):
    """Backticks; every name is quoted that Flink could take for a word of its own."""

    def __init__(self, dialect: Any, **options: Any) -> None:
        quotes = {"initial_quote": "`", "final_quote": "`", "escape_quote": "`"}
        super().__init__(dialect, **{**quotes, **options})

    def use_quotes(self, quotes: str) -> None:
        """Nothing else is taken for a name, whatever the server says."""

    def _requires_quotes(self, value: str) -> bool:
        # Flink has some 500 reserved words, and more with every release.
        return True


class FlinkCompiler(LiteralBindCompiler):
    """Expressions. Flink binds no parameters: values are written into the text."""

    def _regexp(self, binary: Any, word: str, **kw: Any) -> str:
        if binary.modifiers.get("flags") is not None:
            raise exc.CompileError("Flink's REGEXP takes no flags")
        left, right = self.process(binary.left, **kw), self.process(binary.right, **kw)
        return f"{'NOT ' if word.startswith('!') else ''}REGEXP({left}, {right})"

    def visit_ilike_op_binary(self, binary: Any, operator: Any, **kw: Any) -> str:
        return self._lowered(binary, "LIKE", **kw)

    def visit_not_ilike_op_binary(self, binary: Any, operator: Any, **kw: Any) -> str:
        return self._lowered(binary, "NOT LIKE", **kw)

    def _lowered(self, binary: Any, word: str, **kw: Any) -> str:
        left, right = self.process(binary.left, **kw), self.process(binary.right, **kw)
        escape = binary.modifiers.get("escape")
        text = f"LOWER({left}) {word} LOWER({right})"
        if escape is None:
            return text
        return f"{text} ESCAPE {self._literal_text(escape)}"

    def visit_now_func(self, fn: Any, **kw: Any) -> str:
        return "CURRENT_TIMESTAMP"

    def visit_random_func(self, fn: Any, **kw: Any) -> str:
        return "RAND()"

    def visit_char_length_func(self, fn: Any, **kw: Any) -> str:
        return f"CHAR_LENGTH{self.function_argspec(fn, **kw)}"

    def limit_clause(self, select: Any, **kw: Any) -> str:
        text = ""
        if select._limit_clause is not None:
            text += "\n LIMIT " + self.process(select._limit_clause, **kw)
        if select._offset_clause is not None:
            text += "\n OFFSET " + self.process(select._offset_clause, **kw)
        return text

    def get_from_hint_text(self, table: Any, text: str | None) -> str | None:
        """``select(t).with_hint(t, "OPTIONS('source.monitor-interval'='1 s')")``."""
        return None if text is None else f"/*+ {text} */"


class FlinkDDLCompiler(FlightSQLDDLCompiler):
    """DDL. ``Table(..., flink_with={"connector": "datagen"}, flink_watermark="...")``.

    A primary key is NOT ENFORCED; Flink has no other constraints and no indexes.
    """

    def create_table_constraints(self, table: Any, **kw: Any) -> str:
        parts = []
        names = [self.preparer.quote(one.name) for one in table.primary_key]
        if names:
            parts.append(f"PRIMARY KEY ({', '.join(names)}) NOT ENFORCED")
        watermark = table.dialect_options["flink"]["watermark"]
        if watermark:
            parts.append(f"WATERMARK {watermark}")
        return ", \n\t".join(parts)

    def get_column_specification(self, column: Any, **kw: Any) -> str:
        name = self.preparer.format_column(column)
        if column.computed is not None:
            return f"{name} AS {self.sql_compiler.process(column.computed.sqltext)}"
        text = f"{name} {self.dialect.type_compiler.process(column.type)}"
        if not column.nullable:
            text += " NOT NULL"
        if column.comment is not None:
            text += f" COMMENT {self._literal(column.comment)}"
        return text

    def post_create_table(self, table: Any) -> str:
        text = ""
        if table.comment is not None:
            text += f"\nCOMMENT {self._literal(table.comment)}"
        options = table.dialect_options["flink"]["with"]
        if options:
            pairs = ", ".join(
                f"{self._literal(name)} = {self._literal(value)}"
                for name, value in options.items()
            )
            text += f"\nWITH ({pairs})"
        return text

    def visit_create_index(self, create: Any, *rest: Any, **kw: Any) -> str:
        raise exc.CompileError("Flink has no indexes")

    def _literal(self, text: Any) -> str:
        return str(_core.literal(str(text), self.dialect.literals))


class FlinkTypeCompiler(FlightSQLTypeCompiler):
    """Types."""

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
        return "BYTES"

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
        # Without digits Flink's has ten, none of them behind the point.
        if type_.precision is None:
            return f"DECIMAL({_MOST_DIGITS}, 10)"
        return f"DECIMAL({type_.precision}, {type_.scale or 0})"

    visit_DECIMAL = visit_NUMERIC

    def visit_TIMESTAMP(self, type_: Any, **kw: Any) -> str:
        precision = getattr(type_, "precision", None)
        name = "TIMESTAMP_LTZ" if type_.timezone else "TIMESTAMP"
        return f"{name}({6 if precision is None else precision})"

    visit_datetime = visit_DATETIME = visit_TIMESTAMP

    def visit_time(self, type_: Any, **kw: Any) -> str:
        precision = getattr(type_, "precision", None)
        return "TIME" if precision is None else f"TIME({precision})"

    visit_TIME = visit_time

    def visit_INTERVAL(self, type_: Any, **kw: Any) -> str:
        fields = getattr(type_, "fields", None)
        return f"INTERVAL {fields or 'DAY TO SECOND(3)'}"

    def visit_ARRAY(self, type_: Any, **kw: Any) -> str:
        depth = type_.dimensions or 1
        item = str(self.process(type_.item_type, **kw))
        return "ARRAY<" * depth + item + ">" * depth

    def visit_STRUCT(self, type_: Any, **kw: Any) -> str:
        quote = self.dialect.identifier_preparer.quote
        fields = [
            f"{quote(name)} {self.process(kind, **kw)}"
            for name, kind in type_.fields.items()
        ]
        return f"ROW<{', '.join(fields)}>"

    def visit_MAP(self, type_: Any, **kw: Any) -> str:
        key, value = type_.key_type, type_.value_type
        return f"MAP<{self.process(key, **kw)}, {self.process(value, **kw)}>"
