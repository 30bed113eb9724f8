# SPDX-License-Identifier: Apache-2.0
"""Apache DataFusion: Fletching's own server, datafusion-flight-sql-server, ROAPI."""

from __future__ import annotations

import datetime
import re
from typing import Any, ClassVar

from sqlalchemy import cast
from sqlalchemy.sql import elements, sqltypes

from fletching import Duration
from fletching.sqlalchemy import _json
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

    # The engine plans a statement before it knows the types of its parameters. Where
    # that goes wrong (assignments that it should cast, lengths of time, the bounds of a
    # window, parameters joined to parameters), values are written into the text.

    _assigns = False

    def visit_insert(self, insert_stmt: Any, *args: Any, **kw: Any) -> str:
        self._assigns = insert_stmt.select is not None
        return str(super().visit_insert(insert_stmt, *args, **kw))

    def visit_update(self, update_stmt: Any, *args: Any, **kw: Any) -> str:
        self._assigns = True
        return str(super().visit_update(update_stmt, *args, **kw))

    def visit_concat_op_binary(self, binary: Any, operator: Any, **kw: Any) -> str:
        texts = [binary.left, binary.right]
        return " || ".join(self._texts(texts, **kw))

    def visit_concat_op_expression_clauselist(
        self, clauselist: Any, operator: Any, **kw: Any
    ) -> str:
        return " || ".join(self._texts(clauselist.clauses, **kw))

    def _texts(self, texts: Any, **kw: Any) -> list[str]:
        alone = all(isinstance(text, elements.BindParameter) for text in texts)
        if alone and not self.for_executemany:
            kw["literal_execute"] = True
        return [self.process(text, **kw) for text in texts]

    def visit_over(self, over: Any, **kw: Any) -> str:
        if not self.for_executemany:
            kw["literal_execute"] = True
        return str(super().visit_over(over, **kw))

    def visit_bindparam(self, bindparam: Any, **kw: Any) -> str:
        written = kw.get("literal_binds", False)
        if self.isupdate and bindparam._is_crud and not written:
            kind = self.dialect.type_compiler.process(bindparam.type)
            return f"CAST({super().visit_bindparam(bindparam, **kw)} AS {kind})"
        length = isinstance(bindparam.type, sqltypes._AbstractInterval)
        if (self._assigns or length) and self._can_write(bindparam):
            kw["literal_execute"] = True
        return str(super().visit_bindparam(bindparam, **kw))

    def _can_write(self, bindparam: Any) -> bool:
        # SQLAlchemy loses values to be written whose names it has to change.
        special = getattr(self, "bindname_escape_characters", {})
        name = self._truncate_bindparam(bindparam)
        return not self.for_executemany and not special.keys() & set(name)

    def visit_like_op_binary(self, binary: Any, operator: Any, **kw: Any) -> str:
        return self._like(binary, "LIKE", **kw)

    def visit_not_like_op_binary(self, binary: Any, operator: Any, **kw: Any) -> str:
        return self._like(binary, "NOT LIKE", **kw)

    def _like(self, binary: Any, word: str, **kw: Any) -> str:
        # The engine knows the backslash alone, so patterns are rewritten to it.
        escape = binary.modifiers.get("escape")
        if escape in (None, "\\"):
            return super()._like(binary, word, **kw)
        left, right = self.process(binary.left, **kw), self.process(binary.right, **kw)
        escaped = self._literal_text(f"(?s){re.escape(escape)}(.)")
        plain = f"replace({right}, '\\', '\\\\')"
        return f"{left} {word} regexp_replace({plain}, {escaped}, '\\$1', 'g')"

    # JSON is the extension datafusion-functions-json: a function for each type of
    # value, whose further arguments are the steps to it.

    def visit_json_getitem_op_binary(
        self, binary: Any, operator: Any, **kw: Any
    ) -> str:
        return self._json(binary, self.process(binary.right, **kw), **kw)

    def visit_json_path_getitem_op_binary(
        self, binary: Any, operator: Any, **kw: Any
    ) -> str:
        path = self.process(binary.right, **{**kw, "literal_execute": True})
        return self._json(binary, path, **kw)

    def _json(self, binary: Any, steps: str, **kw: Any) -> str:
        column, affinity = self.process(binary.left, **kw), binary.type._type_affinity
        cast = _json.cast_of(self, binary.type)
        function = _JSON_FUNCTIONS.get(affinity, "json_as_text")
        if function == "json_as_text" and cast not in (None, "DOUBLE"):
            return f"CAST(json_as_text({column}, {steps}) AS {cast})"
        if cast == "DOUBLE":
            function = "json_get_float"
        return f"{function}({column}, {steps})"

    def render_literal_value(self, value: Any, type_: Any, **kw: Any) -> str:
        if isinstance(type_, sqltypes.JSON.JSONPathType):
            return ", ".join(self._step(step) for step in value)
        if isinstance(value, datetime.timedelta) and not isinstance(value, Duration):
            micros = value.seconds * 1_000_000 + value.microseconds
            return f"INTERVAL '{value.days} days {micros} microseconds'"
        return super().render_literal_value(value, type_, **kw)

    def _step(self, step: Any) -> str:
        return str(step) if isinstance(step, int) else self._literal_text(step)

    def visit_try_cast(self, cast: Any, **kw: Any) -> str:
        return self._try_cast(cast, **kw)


_JSON_FUNCTIONS: dict[Any, str] = {
    sqltypes.JSON: "json_get_json",
    sqltypes.String: "json_get_str",
    sqltypes.Integer: "json_get_int",
    sqltypes.Boolean: "json_get_bool",
}


class Time(sqltypes.Time):
    """TIME; the engine compares it with nothing of other digits."""

    def bind_expression(self, bindvalue: Any) -> Any:
        return cast(bindvalue, self)


class DataFusionDDLCompiler(FlightSQLDDLCompiler):
    """DDL; the engine knows no constraints but PRIMARY KEY and UNIQUE, no indexes."""

    def visit_create_index(self, create: Any, *args: Any, **kw: Any) -> str:
        return ""

    def visit_drop_index(self, drop: Any, **kw: Any) -> str:
        return ""

    def visit_foreign_key_constraint(self, constraint: Any, **kw: Any) -> str | None:
        return None

    def visit_check_constraint(self, constraint: Any, **kw: Any) -> str | None:
        return None

    def visit_column_check_constraint(self, constraint: Any, **kw: Any) -> str:
        return ""


class DataFusionTypeCompiler(FlightSQLTypeCompiler):
    """Types; columns cannot be declared as maps."""

    struct_parts = ("STRUCT<", " ", ">")

    def visit_CLOB(self, type_: Any, **kw: Any) -> str:
        return "VARCHAR"

    def visit_NVARCHAR(self, type_: Any, **kw: Any) -> str:
        return str(self.visit_VARCHAR(type_, **kw))

    def visit_NCHAR(self, type_: Any, **kw: Any) -> str:
        return str(self.visit_CHAR(type_, **kw))

    def visit_UTINYINT(self, type_: Any, **kw: Any) -> str:
        return "TINYINT UNSIGNED"

    def visit_USMALLINT(self, type_: Any, **kw: Any) -> str:
        return "SMALLINT UNSIGNED"

    def visit_UINTEGER(self, type_: Any, **kw: Any) -> str:
        return "INT UNSIGNED"

    def visit_UBIGINT(self, type_: Any, **kw: Any) -> str:
        return "BIGINT UNSIGNED"

    def visit_large_binary(self, type_: Any, **kw: Any) -> str:
        return "BYTEA"

    def visit_VARBINARY(self, type_: Any, **kw: Any) -> str:
        return "BYTEA"

    def visit_BINARY(self, type_: Any, **kw: Any) -> str:
        return "BYTEA"

    def visit_BLOB(self, type_: Any, **kw: Any) -> str:
        return "BYTEA"

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
    isolation = None
    supports_native_uuid = False
    cte_follows_insert = True

    statement_compiler = DataFusionCompiler
    ddl_compiler = DataFusionDDLCompiler
    type_compiler_cls = DataFusionTypeCompiler
    type_compiler: Any = DataFusionTypeCompiler
    colspecs: ClassVar[dict[Any, Any]] = {
        kind: own
        for kind, own in FlightSQLDialect.colspecs.items()
        if kind is not sqltypes.JSON.JSONPathType
    }
    colspecs[sqltypes.Time] = Time

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
