# SPDX-License-Identifier: Apache-2.0
"""SQL text as Flink reads it; names, functions and types of its SQL reference (2.x)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import exc

from fletching.sqlalchemy._compiler import FlightSQLDDLCompiler, LiteralBindCompiler
from fletching.sqlalchemy._hive_compiler import HiveTypeCompiler
from fletching.sqlalchemy._preparer import BacktickPreparer


class FlinkPreparer(BacktickPreparer):
    """Backticks; every name is quoted that Flink could take for a word of its own."""

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

    like_side = "LOWER({})"  # of ILIKE, which Flink has not

    def visit_ilike_op_binary(self, binary: Any, operator: Any, **kw: Any) -> str:
        return self._like(binary, "LIKE", **kw)

    def visit_not_ilike_op_binary(self, binary: Any, operator: Any, **kw: Any) -> str:
        return self._like(binary, "NOT LIKE", **kw)

    def visit_aggregate_strings_func(self, fn: Any, **kw: Any) -> str:
        return f"LISTAGG{self.function_argspec(fn, **kw)}"

    def visit_random_func(self, fn: Any, **kw: Any) -> str:
        return "RAND()"

    def visit_char_length_func(self, fn: Any, **kw: Any) -> str:
        return f"CHAR_LENGTH{self.function_argspec(fn, **kw)}"

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

    def visit_column_check_constraint(self, constraint: Any, **kw: Any) -> str:
        return ""

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


class FlinkTypeCompiler(HiveTypeCompiler):
    """Types."""

    binary_name = "BYTES"
    struct_parts = ("ROW<", " ", ">")

    def visit_TIMESTAMP(self, type_: Any, **kw: Any) -> str:
        precision = getattr(type_, "precision", None)
        name = "TIMESTAMP_LTZ" if type_.timezone else "TIMESTAMP"
        return f"{name}({6 if precision is None else precision})"

    def visit_time(self, type_: Any, **kw: Any) -> str:
        precision = getattr(type_, "precision", None)
        return "TIME" if precision is None else f"TIME({precision})"

    visit_TIME = visit_time

    def visit_INTERVAL(self, type_: Any, **kw: Any) -> str:
        fields = getattr(type_, "fields", None)
        return f"INTERVAL {fields or 'DAY TO SECOND(3)'}"
