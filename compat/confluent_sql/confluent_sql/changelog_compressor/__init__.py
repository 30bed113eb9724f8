# SPDX-License-Identifier: Apache-2.0
"""The table that a changelog describes, kept up to date.

Every event costs the same, however many rows there are. A row that is not in the table
and is taken back is an error; between events that belong together (a new row may come
before the one it replaces goes) there may be a row too many for a moment.
"""

from __future__ import annotations

import abc
import operator
import time
from collections.abc import Generator, Hashable
from typing import TYPE_CHECKING, Any

from confluent_sql.exceptions import InterfaceError, StatementStoppedError
from confluent_sql.statement import Op, Schema, Statement

if TYPE_CHECKING:
    from confluent_sql.cursor import Cursor

__all__ = [
    "ChangelogCompressor",
    "NoUpsertColumnsCompressor",
    "UpsertColumnsCompressor",
    "create_changelog_compressor",
]

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
        self._last: list[Any] | None = None  # the rows, while nothing changes them
        self._upsert_columns = (
            statement.traits.upsert_columns if statement.traits else None
        )

    @abc.abstractmethod
    def _apply_operation(self, op: Op, row: Any) -> None: ...

    @abc.abstractmethod
    def _live_rows(self) -> list[Any]: ...

    @abc.abstractmethod
    def _clear_storage(self) -> None: ...

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
        self._last = None
        self._clear_storage()

    def _snapshot(self, size: int) -> list[Any]:
        deadline = time.monotonic() + _LONGEST
        while events := self._cursor.fetchmany(size):
            self._last = None
            for event in events:
                self._apply_operation(*event)
            if time.monotonic() > deadline:
                break
        if self._last is not None:
            return self._last.copy()
        rows = self._live_rows()
        copies = [_copied(row) for row in rows]
        # Rows that nobody can change are shared by all snapshots.
        if all(map(operator.is_, rows, copies)):
            self._last = rows
        return copies

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

    def __init__(self, cursor: Cursor, statement: Statement) -> None:
        super().__init__(cursor, statement)
        if not self._upsert_columns:
            raise InterfaceError("The statement has no upsert columns")
        names = [one.name for one in self._schema]
        self._places: list[Any] = list(self._upsert_columns)
        if cursor.as_dict:
            self._places = [names[place] for place in self._places]
        self._rows_by_key: dict[tuple[Any, ...], Any] = {}

    def _apply_operation(self, op: Op, row: Any) -> None:
        if op is Op.UPDATE_BEFORE:
            return  # its row is replaced by what comes after it
        key = tuple(row[place] for place in self._places)
        name = tuple(map(_hashable, key))
        if op.treat_as_insert:
            self._rows_by_key[name] = row
        elif self._rows_by_key.pop(name, None) is None:
            raise InterfaceError(
                f"Received DELETE for a key that does not exist in current state: {key}"
            )

    def _live_rows(self) -> list[Any]:
        return list(self._rows_by_key.values())

    def _clear_storage(self) -> None:
        self._rows_by_key.clear()


class NoUpsertColumnsCompressor(ChangelogCompressor):
    """Rows that only their values tell apart; of equal ones the youngest goes first."""

    def __init__(self, cursor: Cursor, statement: Statement) -> None:
        super().__init__(cursor, statement)
        self._rows: dict[int, Any] = {}  # in the order in which they came
        self._places: dict[Hashable, list[int]] = {}
        self._next = 0

    def _apply_operation(self, op: Op, row: Any) -> None:
        value = _hashable(row)
        if op.treat_as_insert:
            self._rows[self._next] = row
            self._places.setdefault(value, []).append(self._next)
            self._next += 1
            return
        places = self._places.get(value)
        if not places:
            raise InterfaceError(
                f"Received {op.name} for a row that does not exist in current state:"
                f" {row}"
            )
        del self._rows[places.pop()]
        if not places:
            del self._places[value]

    def _live_rows(self) -> list[Any]:
        return list(self._rows.values())

    def _clear_storage(self) -> None:
        self._rows.clear()
        self._places.clear()


def _hashable(value: Any) -> Hashable:
    """Equal for equal values; what cannot be hashed by what is in it."""
    if isinstance(value, dict):
        return frozenset((key, _hashable(one)) for key, one in value.items())
    if isinstance(value, (list, tuple)):
        return tuple(map(_hashable, value))
    try:
        hash(value)
    except TypeError:  # an instance of a dataclass
        return tuple(map(_hashable, vars(value).values()))
    return value  # type: ignore[no-any-return]


def _copied(value: Any) -> Any:
    """A row that its reader may change; what cannot be changed is shared."""
    if type(value) is dict:
        return {key: _copied(one) for key, one in value.items()}
    if isinstance(value, dict):  # a Counter
        return value.copy()
    if type(value) is list:
        return [_copied(one) for one in value]
    if type(value) is tuple and any(isinstance(one, (list, dict)) for one in value):
        return tuple(map(_copied, value))
    return value
