# SPDX-License-Identifier: Apache-2.0
"""SQL text of expressions, of DDL and of types; what engines spell alike."""

from __future__ import annotations

import datetime
from typing import Any

from sqlalchemy.sql import compiler, elements, expression, sqltypes

from fletching import _core
from fletching.sqlalchemy import _json, _types
from fletching.sqlalchemy._versions import SQLALCHEMY_2

_OWN_TEXT = (sqltypes.String, sqltypes.Integer, sqltypes.Boolean, sqltypes.Numeric)
"""Types whose literals SQLAlchemy itself writes as every engine reads them."""


class FlightSQLCompiler(compiler.SQLCompiler):
    """Expressions."""

    # ---- literals ----

    def render_literal_value(self, value: Any, type_: Any, **kw: Any) -> str:
        if value is None and not type_.should_evaluate_none:
            return "NULL"
        if isinstance(type_, _OWN_TEXT) and not isinstance(value, (float, bytes)):
            return str(super().render_literal_value(value, type_, **kw))
        process = type_._cached_bind_processor(self.dialect)
        bound = value if process is None else process(value)
        if isinstance(type_, sqltypes.Date) and isinstance(bound, datetime.datetime):
            bound = bound.date()
        return self._doubled(_core.literal(bound, self.dialect.literals))

    def _doubled(self, text: str) -> str:
        if self.preparer._double_percents:
            return text.replace("%", "%%")
        return text

    # ---- operators ----

    def visit_ilike_op_binary(self, binary: Any, operator: Any, **kw: Any) -> str:
        return self._like(binary, "ILIKE", **kw)

    def visit_not_ilike_op_binary(self, binary: Any, operator: Any, **kw: Any) -> str:
        return self._like(binary, "NOT ILIKE", **kw)

    like_side = "{}"  # around each side of LIKE

    def _like(self, binary: Any, word: str, **kw: Any) -> str:
        left, right = self.process(binary.left, **kw), self.process(binary.right, **kw)
        escape = binary.modifiers.get("escape")
        text = f"{self.like_side.format(left)} {word} {self.like_side.format(right)}"
        if escape is None:
            return text
        return f"{text} ESCAPE {self._literal_text(escape)}"

    def visit_regexp_match_op_binary(
        self, binary: Any, operator: Any, **kw: Any
    ) -> str:
        return self._regexp(binary, "~", **kw)

    def visit_not_regexp_match_op_binary(
        self, binary: Any, operator: Any, **kw: Any
    ) -> str:
        return self._regexp(binary, "!~", **kw)

    def _regexp(self, binary: Any, word: str, **kw: Any) -> str:
        flags = binary.modifiers.get("flags")
        case = "*" if flags is not None and _text_of(flags) == "i" else ""
        left, right = self.process(binary.left, **kw), self.process(binary.right, **kw)
        return f"{left} {word}{case} {right}"

    def visit_regexp_replace_op_binary(
        self, binary: Any, operator: Any, **kw: Any
    ) -> str:
        # The right side is pattern and replacement.
        left, right = self.process(binary.left, **kw), self.process(binary.right, **kw)
        flags = binary.modifiers.get("flags")
        written = self._literal_text("g" if flags is None else _text_of(flags))
        return f"regexp_replace({left}, {right}, {written})"

    def _literal_text(self, text: str) -> str:
        return self.render_literal_value(text, sqltypes.STRINGTYPE)

    def visit_getitem_binary(self, binary: Any, operator: Any, **kw: Any) -> str:
        kw["eager_grouping"] = True
        left = self.process(binary.left, **kw)
        if isinstance(binary.right, elements.Slice):
            return f"{left}[{self.process(binary.right, **kw)}]"
        kind = binary.left.type
        if isinstance(kind, (_types.STRUCT, _types.MAP)):
            # A struct's field has to be a literal: its type depends on it.
            return f"{left}[{self._index(binary.right, **kw)}]"
        return f"{left}[{self.process(binary.right, **kw)}]"

    def _index(self, index: Any, **kw: Any) -> str:
        if isinstance(index, elements.BindParameter):
            kw["literal_execute"] = True
        return str(self.process(index, **kw))

    def visit_json_getitem_op_binary(
        self, binary: Any, operator: Any, **kw: Any
    ) -> str:
        return _json.arrows(self, binary, **kw)

    def visit_json_path_getitem_op_binary(
        self, binary: Any, operator: Any, **kw: Any
    ) -> str:
        return _json.arrows(self, binary, **kw)

    def _try_cast(self, cast: Any, **kw: Any) -> str:
        value, kind = self.process(cast.clause, **kw), self.process(cast.typeclause)
        return f"TRY_CAST({value} AS {kind})"

    def visit_slice(self, element: Any, **kw: Any) -> str:
        start, stop = (
            self.process(element.start, **kw),
            self.process(element.stop, **kw),
        )
        return f"{start}:{stop}"

    # ---- clauses ----

    # The bounds of a frame are constants, which engines want to see when they plan.

    def visit_frame_clause(self, frameclause: Any, **kw: Any) -> str:
        return str(super().visit_frame_clause(frameclause, **_literally(kw)))

    def _format_frame_clause(self, range_: Any, **kw: Any) -> str:
        # SQLAlchemy before 2.1
        return str(super()._format_frame_clause(range_, **_literally(kw)))

    def get_select_precolumns(self, select: Any, **kw: Any) -> str:
        if not select._distinct or not select._distinct_on:
            return str(super().get_select_precolumns(select, **kw))
        columns = [self.process(column, **kw) for column in select._distinct_on]
        return f"DISTINCT ON ({', '.join(columns)}) "

    def limit_clause(self, select: Any, **kw: Any) -> str:
        text = ""
        if select._limit_clause is not None:
            text += "\n LIMIT " + self.process(select._limit_clause, **kw)
        if select._offset_clause is not None:
            text += "\n OFFSET " + self.process(select._offset_clause, **kw)
        return text

    def fetch_clause(self, select: Any, **kw: Any) -> str:
        options = select._fetch_clause_options
        if options["percent"] or options["with_ties"]:
            return str(super().fetch_clause(select, **kw))
        text = "\n LIMIT " + self.process(select._fetch_clause, **kw)
        if select._offset_clause is not None:
            text += "\n OFFSET " + self.process(select._offset_clause, **kw)
        return text

    def visit_empty_set_expr(self, element_types: Any, **kw: Any) -> str:
        names = [self._null_of(kind) for kind in element_types or [sqltypes.INTEGER()]]
        return f"SELECT {', '.join(names)} WHERE 1 != 1"

    def _null_of(self, kind: Any) -> str:
        if isinstance(kind, sqltypes.NullType):
            kind = sqltypes.INTEGER()
        return f"CAST(NULL AS {self.dialect.type_compiler.process(kind)})"

    def for_update_clause(self, select: Any, **kw: Any) -> str:
        return ""  # none of these engines locks rows

    def visit_sequence(self, sequence: Any, **kw: Any) -> str:
        name = self.preparer.format_sequence(sequence)
        return str(self.dialect.next_value_text(name))

    def visit_aggregate_strings_func(self, fn: Any, **kw: Any) -> str:
        return f"string_agg{self.function_argspec(fn, **kw)}"

    def visit_now_func(self, fn: Any, **kw: Any) -> str:
        return "CURRENT_TIMESTAMP"

    if not SQLALCHEMY_2:

        def returning_clause(self, stmt: Any, returning_cols: Any, **kw: Any) -> str:
            columns = [
                self._label_returning_column(stmt, column)
                for column in expression._select_iterables(returning_cols)
            ]
            return "RETURNING " + ", ".join(columns)


def _literally(kw: dict[str, Any]) -> dict[str, Any]:
    return {**kw, "literal_execute": True}


def _text_of(value: Any) -> Any:
    return getattr(value, "value", value)


class LiteralBindCompiler(FlightSQLCompiler):
    """Writes values into the text, for servers that cannot bind them.

    They are written by the driver, in the server's own spelling, when a statement is
    executed: the compiled statement is cached without them. Rows of `executemany` stay
    placeholders, which the driver fills in (option ``bind``).
    """

    def visit_bindparam(
        self,
        bindparam: Any,
        within_columns_clause: bool = False,
        literal_binds: bool = False,
        skip_bind_expression: bool = False,
        literal_execute: bool = False,
        **kw: Any,
    ) -> str:
        if not literal_binds and not self.for_executemany:
            literal_execute = True
        return str(
            super().visit_bindparam(
                bindparam,
                within_columns_clause=within_columns_clause,
                literal_binds=literal_binds,
                skip_bind_expression=skip_bind_expression,
                literal_execute=literal_execute,
                **kw,
            )
        )


class FlightSQLDDLCompiler(compiler.DDLCompiler):
    """DDL."""

    def _literal(self, text: Any) -> str:
        return str(_core.literal(str(text), self.dialect.literals))


class FlightSQLTypeCompiler(compiler.GenericTypeCompiler):
    """Types, as most engines name them."""

    def visit_unicode(self, type_: Any, **kw: Any) -> str:
        return str(self.visit_VARCHAR(type_, **kw))

    def visit_text(self, type_: Any, **kw: Any) -> str:
        return "VARCHAR"

    def visit_unicode_text(self, type_: Any, **kw: Any) -> str:
        return "VARCHAR"

    def visit_TEXT(self, type_: Any, **kw: Any) -> str:
        return "VARCHAR"

    def visit_large_binary(self, type_: Any, **kw: Any) -> str:
        return "VARBINARY"

    def visit_VARBINARY(self, type_: Any, **kw: Any) -> str:
        return "VARBINARY"

    def visit_BINARY(self, type_: Any, **kw: Any) -> str:
        return "VARBINARY"

    def visit_datetime(self, type_: Any, **kw: Any) -> str:
        return str(self.visit_TIMESTAMP(type_, **kw))

    def visit_DATETIME(self, type_: Any, **kw: Any) -> str:
        return str(self.visit_TIMESTAMP(type_, **kw))

    def visit_TIMESTAMP(self, type_: Any, **kw: Any) -> str:
        return "TIMESTAMP WITH TIME ZONE" if type_.timezone else "TIMESTAMP"

    def visit_FLOAT(self, type_: Any, **kw: Any) -> str:
        # FLOAT is 32 bits to many engines; Python's float has 64.
        precision = getattr(type_, "precision", None)
        return "REAL" if precision is not None and precision <= 24 else "DOUBLE"

    def visit_DOUBLE(self, type_: Any, **kw: Any) -> str:
        return "DOUBLE"

    def visit_TINYINT(self, type_: Any, **kw: Any) -> str:
        return "TINYINT"

    def visit_HUGEINT(self, type_: Any, **kw: Any) -> str:
        return "DECIMAL(38, 0)"

    def visit_UHUGEINT(self, type_: Any, **kw: Any) -> str:
        return "DECIMAL(38, 0)"

    def visit_UTINYINT(self, type_: Any, **kw: Any) -> str:
        return "SMALLINT"

    def visit_USMALLINT(self, type_: Any, **kw: Any) -> str:
        return "INTEGER"

    def visit_UINTEGER(self, type_: Any, **kw: Any) -> str:
        return "BIGINT"

    def visit_UBIGINT(self, type_: Any, **kw: Any) -> str:
        return "DECIMAL(20, 0)"

    def visit_INTERVAL(self, type_: Any, **kw: Any) -> str:
        return "INTERVAL"

    def visit_uuid(self, type_: Any, **kw: Any) -> str:
        return str(self.visit_UUID(type_, **kw))

    def visit_UUID(self, type_: Any, **kw: Any) -> str:
        return "VARCHAR"

    def visit_JSON(self, type_: Any, **kw: Any) -> str:
        return "VARCHAR"

    def visit_ARRAY(self, type_: Any, **kw: Any) -> str:
        return str(self.process(type_.item_type, **kw)) + "[]" * (type_.dimensions or 1)

    # Before the fields, between a field's name and its type, behind the fields.
    struct_parts = ("STRUCT(", " ", ")")

    def visit_STRUCT(self, type_: Any, **kw: Any) -> str:
        quote = self.dialect.identifier_preparer.quote
        begin, between, end = self.struct_parts
        fields = [
            f"{quote(name)}{between}{self.process(kind, **kw)}"
            for name, kind in type_.fields.items()
        ]
        return f"{begin}{', '.join(fields)}{end}"

    def visit_MAP(self, type_: Any, **kw: Any) -> str:
        key, value = type_.key_type, type_.value_type
        return f"MAP({self.process(key, **kw)}, {self.process(value, **kw)})"
