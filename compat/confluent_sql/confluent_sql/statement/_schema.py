# SPDX-License-Identifier: Apache-2.0
"""What the service tells of a statement's rows before there are any."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from enum import Enum

from confluent_sql.exceptions import _DataValueError
from confluent_sql.types import ColumnTypeDefinition, FromResponseTypes, StrAnyDict


class Op(Enum):
    """What a row of a changelog does."""

    INSERT = 0
    UPDATE_BEFORE = 1
    UPDATE_AFTER = 2
    DELETE = 3

    @property
    def treat_as_insert(self) -> bool:
        """Whether its row is there from then on."""
        return self in (Op.INSERT, Op.UPDATE_AFTER)

    @property
    def treat_as_delete(self) -> bool:
        """Whether its row is gone from then on."""
        return not self.treat_as_insert

    def __str__(self) -> str:
        """As Flink shows it: +I, -U, +U, -D."""
        return ("+I", "-U", "+U", "-D")[self.value]


class ChangelogRow:
    """A row of a page, still as it was sent."""

    __slots__ = ("op", "row")

    def __init__(self, op: int, row: list[FromResponseTypes]) -> None:
        try:
            self.op = Op(op)
        except ValueError as error:
            raise _DataValueError(f"A row has the unknown op {op!r}") from error
        self.row = row


@dataclasses.dataclass(kw_only=True)
class Column:
    """A column of a result."""

    name: str
    type: ColumnTypeDefinition
    description: str | None = None

    @classmethod
    def from_response(cls, data: StrAnyDict) -> Column:
        """From the JSON of a schema's `columns`."""
        return cls(
            name=data["name"],
            type=ColumnTypeDefinition.from_response(data["type"]),
            description=data.get("description"),
        )


@dataclasses.dataclass(kw_only=True)
class Schema:
    """The columns of a result."""

    columns: list[Column]

    @classmethod
    def from_response(cls, data: StrAnyDict) -> Schema:
        """From the JSON of traits' `schema`."""
        listed = data.get("columns") or []
        return cls(columns=[Column.from_response(one) for one in listed])

    def __iter__(self) -> Iterator[Column]:
        return iter(self.columns)


@dataclasses.dataclass(kw_only=True)
class Traits:
    """What kind of statement it is."""

    connection_refs: list[str] | None
    is_append_only: bool
    is_bounded: bool
    schema: Schema | None
    sql_kind: str
    upsert_columns: list[int] | None

    @classmethod
    def from_response(cls, data: StrAnyDict) -> Traits:
        """From the JSON of a status' `traits`."""
        schema = data.get("schema")
        return cls(
            connection_refs=data.get("connection_refs"),
            is_append_only=data["is_append_only"],
            is_bounded=data["is_bounded"],
            schema=Schema.from_response(schema) if schema else None,
            sql_kind=data["sql_kind"],
            upsert_columns=data.get("upsert_columns"),
        )
