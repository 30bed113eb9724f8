# SPDX-License-Identifier: Apache-2.0
"""Rows that number themselves, on an engine that has nothing but sequences.

SQLAlchemy takes a table's only integer key for numbered by the database. DuckDB numbers
by sequences, so such a column gets one of its own, as SERIAL does elsewhere: ``id`` of
the table ``t`` has the sequence ``t_id_seq``, which comes and goes with the table.
"""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import schema
from sqlalchemy.engine import cursor as cursors
from sqlalchemy.sql import elements

from fletching.sqlalchemy._context import FlightSQLExecutionContext
from fletching.sqlalchemy._versions import SQLALCHEMY_2


def own_sequence(column: Any) -> Any:
    """The sequence that numbers a column, None where something else does."""
    table = column.table
    if table is None or column is not table._autoincrement_column:
        return None
    if column.default is not None or column.computed is not None:
        return None
    sequence = schema.Sequence(f"{table.name}_{column.name}_seq", schema=table.schema)
    text = getattr(column.server_default, "arg", None)
    if text is not None and not _is_own(text, sequence):
        return None
    return sequence


def _is_own(default: Any, sequence: Any) -> bool:
    """Whether a reflected default is the next number of that sequence."""
    text = default.text if isinstance(default, elements.TextClause) else str(default)
    asked = re.fullmatch(r"nextval\('(.*)'\)", text.replace('"', ""))
    name: str = sequence.name
    return asked is not None and f".{asked[1]}".endswith(f".{name}")


class DuckDBExecutionContext(FlightSQLExecutionContext):
    """Makes sequences before their tables and drops them afterwards.

    Attributes:
        cursor_fetch_strategy: where SQLAlchemy takes rows from.
    """

    cursor_fetch_strategy: Any

    def pre_exec(self) -> None:
        super().pre_exec()
        for sequence, table in self._sequences(schema.CreateTable):
            temporary = any("TEMP" in word.upper() for word in table._prefixes)
            kind = "TEMPORARY SEQUENCE" if temporary else "SEQUENCE"
            self._run(f"CREATE {kind} IF NOT EXISTS ", sequence)

    def post_exec(self) -> None:
        super().post_exec()
        for sequence, _ in self._sequences(schema.DropTable):
            self._run("DROP SEQUENCE IF EXISTS ", sequence)
        if not SQLALCHEMY_2 and self.isupdate and self._is_implicit_returning:
            # SQLAlchemy 1.4 asks how many rows there were when it has seen the first.
            self.cursor_fetch_strategy = cursors.FullyBufferedCursorFetchStrategy(
                self.cursor, initial_buffer=self.cursor.fetchall()
            )

    def get_insert_default(self, column: Any) -> Any:
        """The next number, where RETURNING is not to be used."""
        sequence = own_sequence(column)
        if sequence is not None:
            return self.fire_sequence(sequence, column.type)
        return super().get_insert_default(column)

    def _sequences(self, construct: Any) -> list[Any]:
        statement = getattr(self.compiled, "statement", None)
        if not self.isddl or not isinstance(statement, construct):
            return []
        table = statement.element
        owned = ((own_sequence(column), table) for column in table.columns)
        return [(sequence, table) for sequence, table in owned if sequence is not None]

    def _run(self, text: str, sequence: Any) -> None:
        preparer = self.compiled.preparer
        text += preparer.format_sequence(sequence)
        if self.compiled.schema_translate_map:
            names = self.execution_options.get("schema_translate_map", {})
            text = preparer._render_schema_translates(text, names)
        self.root_connection._cursor_execute(self.cursor, text, (), self)
