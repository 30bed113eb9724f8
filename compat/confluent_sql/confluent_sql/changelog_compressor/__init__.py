# SPDX-License-Identifier: Apache-2.0
"""The table that a changelog describes, kept up to date.

Every event costs the same, however many rows there are. A row that is not in the table
and is taken back is an error; between events that belong together (a new row may come
before the one it replaces goes) there may be a row too many for a moment.
"""

from __future__ import annotations

import abc
import time
from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING, Any

import fletching
from confluent_sql.exceptions import InterfaceError, StatementStoppedError
from confluent_sql.statement import Op, Schema, Statement
from fletching import _core

if TYPE_CHECKING:
    from confluent_sql.cursor import Cursor

__all__ = [
    "ChangelogCompressor",
    "NoUpsertColumnsCompressor",
    "UpsertColumnsCompressor",
    "create_changelog_compressor",
]

_KINDS = (Op.INSERT, Op.UPDATE_BEFORE, Op.UPDATE_AFTER, Op.DELETE)
_LONGEST = 10.0  # seconds of one snapshot's reading: a busy stream has no empty page


def create_changelog_compressor(
    cursor: Cursor, statement: Statement
) -> ChangelogCompressor:
    """By key where the statement has one, by whole rows else."""
    if not cursor.returns_changelog:
        raise InterfaceError(
            "A changelog compressor needs a streaming statement whose rows change"
        )
    if statement.traits is not None and statement.traits.upsert_columns:
        return UpsertColumnsCompressor(cursor, statement)
    return NoUpsertColumnsCompressor(cursor, statement)


class ChangelogCompressor(abc.ABC):
    """Reads a cursor's changelog and applies it."""

    def __init__(self, cursor: Cursor, statement: Statement) -> None:
        if statement.schema is None:
            raise InterfaceError("A changelog compressor needs a statement with rows")
        self._cursor = cursor
        self._statement = statement
        self._schema: Schema = statement.schema
        self._upsert_columns = (
            statement.traits.upsert_columns if statement.traits else None
        )
        self._places = self._key_places()
        self._clear_storage()

    @abc.abstractmethod
    def _key_places(self) -> list[Any]:
        """What a row is asked for, row[place]; none: rows count as a whole."""

    def get_current_snapshot(self, fetch_batchsize: int | None = None) -> list[Any]:
        """The rows, after what the service has at the moment was applied."""
        return self._snapshot(self._batchsize(fetch_batchsize))

    def snapshots(
        self, fetch_batchsize: int | None = None
    ) -> Generator[list[Any], None, None]:
        """The rows again and again; StatementStoppedError once no more can change."""
        size = self._batchsize(fetch_batchsize)
        while True:
            if not self._cursor.may_have_results:
                raise self._stopped()
            yield self._snapshot(size)

    def close(self) -> None:
        """Forget the rows."""
        self._clear_storage()

    def _clear_storage(self) -> None:
        self._table = _core.FlinkRowChangelog(key=self._places, kinds=_KINDS)

    def _snapshot(self, size: int) -> list[Any]:
        deadline = time.monotonic() + _LONGEST
        while events := self._cursor.fetchmany(size):
            self._apply(events)
            if time.monotonic() > deadline:
                break
        return list(self._table.snapshot())

    def _apply_operation(self, op: Op, row: Any) -> None:
        self._apply([(op, row)])

    def _apply(self, events: Sequence[Any]) -> None:
        try:
            self._table.apply(events)
        except fletching.DataError as error:
            op, row = events[int(dict(error.details)["event"])]
            what = f"key ({', '.join(repr(row[at]) for at in self._places)})"
            raise InterfaceError(
                f"Received {op.name} for a {what if self._places else f'row {row}'}"
                " that does not exist in the current state"
            ) from None

    def _batchsize(self, size: int | None) -> int:
        if size is None:
            return self._cursor.arraysize
        if type(size) is not int:
            raise InterfaceError(
                f"fetch_batchsize must be an int, got {type(size).__name__}"
            )
        if size <= 0:
            raise InterfaceError(f"fetch_batchsize must be positive, got {size}")
        return size

    def _stopped(self) -> StatementStoppedError:
        name = self._statement.name
        latest = getattr(self._cursor, "_latest_statement", None)
        statement = latest() if latest is not None else self._statement
        return StatementStoppedError(
            f"Statement '{name}' has ended: it is {statement.phase.value}",
            name,
            statement,
            statement.phase,
        )


class UpsertColumnsCompressor(ChangelogCompressor):
    """Rows by the columns that identify them: the last row of a key counts."""

    def _key_places(self) -> list[Any]:
        if not self._upsert_columns:
            raise InterfaceError("The statement has no upsert columns")
        names = [one.name for one in self._schema]
        places: list[Any] = list(self._upsert_columns)
        return [names[at] for at in places] if self._cursor.as_dict else places


class NoUpsertColumnsCompressor(ChangelogCompressor):
    """Rows that only their values tell apart; of equal ones the youngest goes first."""

    def _key_places(self) -> list[Any]:
        return []
