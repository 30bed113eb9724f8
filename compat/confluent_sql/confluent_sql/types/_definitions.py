# SPDX-License-Identifier: Apache-2.0
"""The types of columns as the service describes them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from confluent_sql.statement_properties import Property, PropertyValue

FromResponseScalarTypes: TypeAlias = "str | bool | None"
FromResponseTypes: TypeAlias = "FromResponseScalarTypes | list[FromResponseTypes]"
StrAnyDict: TypeAlias = dict[str, Any]
PropertiesDict: TypeAlias = "dict[str | Property, str | int | bool | PropertyValue]"
PropertiesMapping: TypeAlias = (
    "Mapping[str | Property, str | int | bool | PropertyValue]"
)


@dataclasses.dataclass
class RowColumn:
    """A field of a ROW."""

    name: str
    field_type: ColumnTypeDefinition
    description: str | None = None

    @property
    def type(self) -> ColumnTypeDefinition:
        """Its type, by the name that columns have for it."""
        return self.field_type

    @classmethod
    def from_response(cls, data: StrAnyDict) -> RowColumn:
        """From the JSON of a type's `fields`."""
        kind = ColumnTypeDefinition.from_response(data["field_type"])
        return cls(data["name"], kind, data.get("description"))


@dataclasses.dataclass(kw_only=True)
class ColumnTypeDefinition:
    """A Flink type: its root, and what belongs to that root."""

    type: str
    nullable: bool
    length: int | None = None
    precision: int | None = None
    scale: int | None = None
    fractional_precision: int | None = None
    resolution: str | None = None
    key_type: ColumnTypeDefinition | None = None
    value_type: ColumnTypeDefinition | None = None
    element_type: ColumnTypeDefinition | None = None
    fields: list[RowColumn] | None = None
    class_name: str | None = None

    @property
    def type_name(self) -> str:
        """The root's name."""
        return self.type

    @classmethod
    def from_response(cls, data: StrAnyDict) -> ColumnTypeDefinition:
        """From the JSON of a column's `type`."""
        parts: dict[str, Any] = {
            name: cls.from_response(data[name])
            for name in ("element_type", "key_type", "value_type")
            if data.get(name) is not None
        }
        numbers = {
            name: data.get(name)
            for name in (
                *("length", "precision", "scale", "fractional_precision"),
                *("resolution", "class_name"),
            )
        }
        fields = None
        if "fields" in data:
            fields = [RowColumn.from_response(one) for one in data["fields"]]
        return cls(
            type=data["type"],
            nullable=data["nullable"],
            fields=fields,
            **numbers,
            **parts,
        )
