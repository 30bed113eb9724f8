# SPDX-License-Identifier: Apache-2.0
"""The statements of a Flink server: found, stopped, deleted by their names."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from fletching import _core
from fletching._connection import Connection

_LABEL = "user.confluent.io/"


@dataclass(frozen=True)
class Statement:
    """What the server said of a statement when it was asked.

    Attributes:
        name: its name; at a gateway ``SESSION/OPERATION``.
        phase: PENDING, RUNNING, COMPLETED, FAILED, STOPPED, ... as the server says it.
            A gateway's FINISHED means that rows can be read.
        detail: why it failed, for one.
        sql_kind: SELECT, INSERT_INTO, ...; "" where it is not told.
        is_bounded: whether it ends by itself; None where that is not told.
        is_append_only: whether its rows are never changed; None likewise.
        raw: the server's whole answer.
    """

    name: str
    phase: str
    detail: str = ""
    sql_kind: str = ""
    is_bounded: bool | None = None
    is_append_only: bool | None = None
    raw: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def sql(self) -> str | None:
        """Its text; None at a gateway, which does not tell."""
        text: str | None = self.raw.get("spec", {}).get("statement")
        return text

    @property
    def labels(self) -> list[str]:
        """Its labels, without Confluent's prefix."""
        all_of_them = (self.raw.get("metadata") or {}).get("labels") or {}
        return [name.removeprefix(_LABEL) for name in all_of_them]

    @property
    def properties(self) -> dict[str, Any]:
        """The properties that it was submitted with."""
        return dict(self.raw.get("spec", {}).get("properties") or {})


@dataclass(frozen=True)
class StatementException:
    """What happened to a statement while it ran."""

    kind: str
    name: str
    message: str
    timestamp: str


def _of(core: tuple[Any, ...]) -> Statement:
    *told, answer = core
    told.append(json.loads(answer or "{}"))
    return Statement(*told)


def _all(connection: Connection) -> _core.FlinkStatements:
    return _core.FlinkStatements(connection._core_connection())


def _name(statement: str | Statement) -> str:
    return statement.name if isinstance(statement, Statement) else statement


def list_statements(
    connection: Connection,
    *,
    label: str = "",
    compute_pool: str = "",
    name_contains: str = "",
) -> list[Statement]:
    """The statements of the environment, all pages of them (Confluent).

    A gateway lists none: NotSupportedError (SHOW JOBS has the jobs of its cluster).

    Args:
        connection: to Confluent.
        label: only those with this label.
        compute_pool: only those of this compute pool.
        name_contains: only those whose names contain this.
    """
    found = _all(connection).list(label, compute_pool, name_contains)
    return [_of(one) for one in found]


def get_statement(connection: Connection, statement: str | Statement) -> Statement:
    """What the server says of a statement now; an error with code NOT_FOUND if nothing.

    Args:
        connection: to either kind of server.
        statement: its name (at a gateway ``SESSION/OPERATION``, as `Stream.statement`
            has it), or what an earlier call gave.
    """
    return _of(_all(connection).get(_name(statement)))


def stop_statement(connection: Connection, statement: str | Statement) -> None:
    """Stop a statement; it has stopped when this returns.

    At Confluent it is still there, to be resumed; a gateway forgets it.
    """
    _all(connection).stop(_name(statement))


def resume_statement(
    connection: Connection,
    statement: str | Statement,
    *,
    compute_pool: str = "",
    principal: str = "",
) -> Statement:
    """Go on with a statement that was stopped (Confluent).

    Args:
        connection: to Confluent.
        statement: its name, or what an earlier call gave.
        compute_pool: another one than it was in.
        principal: who it runs as from now on, if that is to change.
    """
    core = _all(connection)
    return _of(core.resume(_name(statement), compute_pool, principal))


def delete_statement(connection: Connection, statement: str | Statement) -> None:
    """Stop a statement and forget it. One that is gone already is no error."""
    _all(connection).remove(_name(statement))


def statement_exceptions(
    connection: Connection, statement: str | Statement
) -> list[StatementException]:
    """What happened to a statement while it ran (Confluent)."""
    found = _all(connection).exceptions(_name(statement))
    return [StatementException(*one) for one in found]
