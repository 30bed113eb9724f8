# SPDX-License-Identifier: Apache-2.0
"""SQL text as Spark reads it.

Spark's names, functions and types are those of its SQL reference (3.4 and later).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import exc
from sqlalchemy.sql import selectable, sqltypes

from fletching import _core
from fletching.sqlalchemy._compiler import FlightSQLCompiler, FlightSQLDDLCompiler
from fletching.sqlalchemy._hive_compiler import HiveTypeCompiler
from fletching.sqlalchemy._preparer import BacktickPreparer
from fletching.sqlalchemy._spark_types import NestedJSON

_TRAVELS = ("VERSION ", "TIMESTAMP ", "FOR ", "SYSTEM_")


class SparkPreparer(BacktickPreparer):
    """Backticks; ``schema`` or ``catalog.schema``, each part in its own.

    Attributes:
        unqualified: the schema that is written before tables that have none.
    """

    unqualified: str | None = None

    def schema_for_object(self, table: Any) -> Any:
        """The schema of a table."""
        schema = table.schema
        return self.unqualified if schema is None else schema

    def quote_schema(self, schema: str, force: Any = None) -> str:
        if getattr(schema, "quote", None):
            return self.quote(schema)
        parts = schema.split(".")
        if len(parts) > 1 and parts[0] == getattr(self.dialect, "catalog", None):
            del parts[0]  # where the connection is already
        return ".".join(self.quote(part) for part in parts)


class SparkCompiler(FlightSQLCompiler):
    """Expressions."""

    # ---- literals ----

    def render_literal_value(self, value: Any, type_: Any, **kw: Any) -> str:
        # A backslash escapes in Spark's literals, and two quotes end one and begin
        # another, so SQLAlchemy's own spelling is of no use.
        if isinstance(type_, sqltypes.String) and isinstance(value, str):
            process = type_._cached_bind_processor(self.dialect)
            bound = value if process is None else process(value)
            return self._doubled(_core.literal(bound, self.dialect.literals))
        return super().render_literal_value(value, type_, **kw)

    # ---- operators ----

    def _regexp(self, binary: Any, word: str, **kw: Any) -> str:
        left = self.process(binary.left, **kw)
        right = self._pattern(binary, self.process(binary.right, **kw))
        return f"{'NOT ' if word.startswith('!') else ''}{left} RLIKE {right}"

    def _pattern(self, binary: Any, pattern: str) -> str:
        flags = binary.modifiers.get("flags")
        if flags is None:
            return pattern
        text = str(getattr(flags, "value", flags)).replace("g", "")
        return (
            f"concat({self._literal_text(f'(?{text})')}, {pattern})"
            if text
            else (pattern)
        )

    def visit_regexp_replace_op_binary(
        self, binary: Any, operator: Any, **kw: Any
    ) -> str:
        left = self.process(binary.left, **kw)
        pattern, replacement = binary.right.clauses
        text = self._pattern(binary, self.process(pattern, **kw))
        return f"regexp_replace({left}, {text}, {self.process(replacement, **kw)})"

    def visit_bitwise_lshift_op_binary(
        self, binary: Any, operator: Any, **kw: Any
    ) -> str:
        return self._call("shiftleft", binary, **kw)

    def visit_bitwise_rshift_op_binary(
        self, binary: Any, operator: Any, **kw: Any
    ) -> str:
        return self._call("shiftright", binary, **kw)

    def _call(self, function: str, binary: Any, **kw: Any) -> str:
        left, right = self.process(binary.left, **kw), self.process(binary.right, **kw)
        return f"{function}({left}, {right})"

    def visit_json_getitem_op_binary(
        self, binary: Any, operator: Any, **kw: Any
    ) -> str:
        index = _text_of(binary.right)
        if isinstance(binary.left.type, NestedJSON):
            place = self._index(binary.right, **kw) if index is None else _item(index)
            return f"{self.process(binary.left, **kw)}[{place}]"
        return self._json(binary, [index], **kw)

    def visit_json_path_getitem_op_binary(
        self, binary: Any, operator: Any, **kw: Any
    ) -> str:
        path = _text_of(binary.right)
        if isinstance(binary.left.type, NestedJSON):
            places = "".join(f"[{_item(one)}]" for one in path or ())
            return f"{self.process(binary.left, **kw)}{places}"
        return self._json(binary, path or (), **kw)

    def _json(self, binary: Any, path: Any, **kw: Any) -> str:
        left = self.process(binary.left, **kw)
        text = f"get_json_object({left}, {_path(path)})"
        kind = binary.type
        if isinstance(kind, (sqltypes.JSON, sqltypes.String, sqltypes.NullType)):
            return text
        return f"CAST({text} AS {self.dialect.type_compiler.process(kind)})"

    # ---- clauses ----

    def get_select_precolumns(self, select: Any, **kw: Any) -> str:
        if select._distinct and select._distinct_on:
            raise exc.CompileError("Spark has no DISTINCT ON")
        return str(super().get_select_precolumns(select, **kw))

    def limit_clause(self, select: Any, **kw: Any) -> str:
        return self._limits(select._limit_clause, select._offset_clause, **kw)

    def fetch_clause(self, select: Any, **kw: Any) -> str:
        # Spark has no FETCH FIRST.
        options = select._fetch_clause_options or {}
        if options.get("percent") or options.get("with_ties"):
            raise exc.CompileError("Spark has no FETCH ... PERCENT or WITH TIES")
        return self._limits(select._fetch_clause, select._offset_clause, **kw)

    def _limits(self, limit: Any, offset: Any, **kw: Any) -> str:
        # Only literals are taken here. They are written when the statement runs where
        # its text is kept for other values of theirs.
        kw["literal_binds" if self.cache_key is None else "literal_execute"] = True
        text = ""
        if limit is not None:
            text += "\n LIMIT " + self.process(limit, **kw)
        if offset is not None:
            text += "\n OFFSET " + self.process(offset, **kw)
        return text

    # ---- time travel ----

    def format_from_hint_text(
        self, sqltext: str, table: Any, hint: str, iscrud: bool
    ) -> str:
        """``select(t).with_hint(t, "VERSION AS OF 3")``, before an alias's name."""
        travels = hint.upper().startswith(_TRAVELS)
        if travels and isinstance(table, selectable.AliasedReturnsRows):
            name, _, alias = sqltext.rpartition(" AS ")
            return f"{name} {hint} AS {alias}"
        return f"{sqltext} {hint}"

    # ---- functions ----

    def visit_now_func(self, fn: Any, **kw: Any) -> str:
        return "current_timestamp()"

    def visit_random_func(self, fn: Any, **kw: Any) -> str:
        return "rand()"

    def visit_localtimestamp_func(self, fn: Any, **kw: Any) -> str:
        return "localtimestamp()"

    def visit_aggregate_strings_func(self, fn: Any, **kw: Any) -> str:
        return self._joined(fn, **kw)

    def visit_group_concat_func(self, fn: Any, **kw: Any) -> str:
        return self._joined(fn, **kw)

    def visit_string_agg_func(self, fn: Any, **kw: Any) -> str:
        return self._joined(fn, **kw)

    def _joined(self, fn: Any, **kw: Any) -> str:
        arguments = [self.process(one, **kw) for one in fn.clauses]
        separator = arguments[1] if len(arguments) > 1 else self._literal_text(",")
        return f"array_join(collect_list({arguments[0]}), {separator})"

    def visit_extract(self, extract: Any, **kw: Any) -> str:
        if extract.field == "epoch":
            return f"unix_timestamp({self.process(extract.expr, **kw)})"
        return str(super().visit_extract(extract, **kw))


def _text_of(bound: Any) -> Any:
    """The value of a key or path of JSON; None if it is an expression."""
    return getattr(bound, "value", None)


def _item(key: Any) -> str:
    if isinstance(key, int):
        return str(key)
    return str(_core.literal(str(key), "spark"))


def _path(keys: Any) -> str:
    """A literal of get_json_object's path, which knows no escapes."""
    steps = []
    for key in keys:
        if not isinstance(key, int) and "'" in str(key):
            raise exc.CompileError(f"Spark's JSON paths cannot name the key {key!r}")
        steps.append(f"[{key}]" if isinstance(key, int) else f"['{key}']")
    # The first $ begins no variable, and is not escaped.
    text = _core.literal("".join(steps), "spark")
    return f"'${text[1:]}"


class SparkDDLCompiler(FlightSQLDDLCompiler):
    """DDL. Spark keeps no constraints but NOT NULL.

    ``Table(..., iomete_using="iceberg", iomete_partitioned_by=["day"],
    iomete_location="s3://...", iomete_tblproperties={"name": "value"})``.
    """

    def create_table_constraints(self, table: Any, **kw: Any) -> str:
        return ""

    def visit_column_check_constraint(self, constraint: Any, **kw: Any) -> str:
        return ""

    def get_column_specification(self, column: Any, **kw: Any) -> str:
        name = self.preparer.format_column(column)
        text = f"{name} {self.dialect.type_compiler.process(column.type)}"
        if column.computed is not None:
            text += f" {self.process(column.computed)}"
        if not column.nullable:
            text += " NOT NULL"
        default = self.get_column_default_string(column)
        if default is not None:
            text += f" DEFAULT {default}"
        if column.comment is not None:
            text += f" COMMENT {self._literal(column.comment)}"
        return text

    def visit_computed_column(self, generated: Any, **kw: Any) -> str:
        # Only some table formats keep them; those that do not say so themselves.
        if generated.persisted is False:
            raise exc.CompileError("Spark keeps computed columns (persisted=True)")
        text = self.sql_compiler.process(
            generated.sqltext, include_table=False, literal_binds=True
        )
        return f"GENERATED ALWAYS AS ({text})"

    def post_create_table(self, table: Any) -> str:
        options = table.dialect_options["iomete"]
        text = ""
        if options["using"]:
            text += f"\nUSING {options['using']}"
        if options["partitioned_by"]:
            text += f"\nPARTITIONED BY ({', '.join(options['partitioned_by'])})"
        if options["location"]:
            text += f"\nLOCATION {self._literal(options['location'])}"
        if table.comment is not None:
            text += f"\nCOMMENT {self._literal(table.comment)}"
        if options["tblproperties"]:
            pairs = ", ".join(
                f"{self._literal(name)} = {self._literal(value)}"
                for name, value in options["tblproperties"].items()
            )
            text += f"\nTBLPROPERTIES ({pairs})"
        return text

    def visit_set_table_comment(self, create: Any, **kw: Any) -> str:
        return self._table_comment(
            create.element, self._literal(create.element.comment)
        )

    def visit_drop_table_comment(self, drop: Any, **kw: Any) -> str:
        return self._table_comment(drop.element, "NULL")

    def _table_comment(self, table: Any, text: str) -> str:
        return f"COMMENT ON TABLE {self.preparer.format_table(table)} IS {text}"

    def visit_set_column_comment(self, create: Any, **kw: Any) -> str:
        column = create.element
        table = self.preparer.format_table(column.table)
        name = self.preparer.format_column(column)
        text = self._literal(column.comment or "")
        return f"ALTER TABLE {table} ALTER COLUMN {name} COMMENT {text}"

    def visit_create_index(self, create: Any, *rest: Any, **kw: Any) -> str:
        raise exc.CompileError("Spark has no indexes")


class SparkTypeCompiler(HiveTypeCompiler):
    """Types."""

    struct_parts = ("STRUCT<", ": ", ">")

    def visit_TIMESTAMP(self, type_: Any, **kw: Any) -> str:
        return "TIMESTAMP"

    def visit_time(self, type_: Any, **kw: Any) -> str:
        raise exc.CompileError("Spark has no type for times of day (use String)")

    visit_TIME = visit_time

    def visit_INTERVAL(self, type_: Any, **kw: Any) -> str:
        return "INTERVAL DAY TO SECOND"

    def visit_JSON(self, type_: Any, **kw: Any) -> str:
        return type_.spark_type if isinstance(type_, NestedJSON) else "STRING"
