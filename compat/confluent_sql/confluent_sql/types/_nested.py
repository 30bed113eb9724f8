# SPDX-License-Identifier: Apache-2.0
"""ARRAY, MAP, MULTISET and ROW."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeAlias

from confluent_sql.exceptions import (
    Error,
    InterfaceError,
    _DataTypeError,
)
from confluent_sql.types._base import TypeConverter
from confluent_sql.types._definitions import ColumnTypeDefinition
from confluent_sql.types._scalars import IntegerConverter

if TYPE_CHECKING:
    from confluent_sql.connection import Connection


class IsDataclass(Protocol):
    """An instance of a dataclass."""

    __dataclass_fields__: ClassVar[dict[str, Any]]


RowPythonTypes: TypeAlias = tuple[Any, ...] | IsDataclass


def _inner(connection: Connection, kind: ColumnTypeDefinition | None, of: str) -> Any:
    from confluent_sql.types._registry import get_api_type_converter

    if kind is None:
        raise InterfaceError(f"The service does not say of what type {of} is")
    return get_api_type_converter(connection, kind)


def _only(name: str, kind: ColumnTypeDefinition, converter: object) -> None:
    if kind.type_name != name:
        raise InterfaceError(
            f"{type(converter).__name__} is for {name}, not for {kind.type_name}"
        )


def _pair(value: Any, of: str) -> tuple[Any, Any]:
    if not isinstance(value, list) or len(value) != 2:
        raise InterfaceError(f"Expected a pair in a {of} but got {value!r}")
    return value[0], value[1]


class ArrayConverter(TypeConverter[list[Any], list[Any]]):
    """ARRAY as a list."""

    PRIMARY_FLINK_TYPE_NAME = "ARRAY"

    def __init__(
        self, connection: Connection, column_type: ColumnTypeDefinition
    ) -> None:
        _only("ARRAY", column_type, self)
        super().__init__(connection, column_type)
        self._element_converter = _inner(
            connection, column_type.element_type, "an ARRAY's element"
        )

    def to_python_value(self, response_value: list[Any] | None) -> list[Any] | None:
        """Element by element."""
        if response_value is None:
            return None
        self._check_wire(list, response_value)
        return [self._element_converter.to_python_value(one) for one in response_value]

    @classmethod
    def to_statement_string(cls, python_value: list[Any]) -> str:
        """ARRAY[a, b]; None takes the type of the others."""
        cls._check_python(list, python_value)
        from confluent_sql.types._literals import literal

        return literal(python_value)


class MapConverter(TypeConverter[dict[Any, Any], list[Any]]):
    """MAP as a dict."""

    PRIMARY_FLINK_TYPE_NAME = "MAP"

    def __init__(
        self, connection: Connection, column_type: ColumnTypeDefinition
    ) -> None:
        _only("MAP", column_type, self)
        super().__init__(connection, column_type)
        self.key_converter = _inner(connection, column_type.key_type, "a MAP's key")
        self.value_converter = _inner(
            connection, column_type.value_type, "a MAP's value"
        )

    def to_python_value(
        self, response_value: list[Any] | None
    ) -> dict[Any, Any] | None:
        """Of equal keys the last one stays; keys must be hashable."""
        if response_value is None:
            return None
        self._check_wire(list, response_value)
        made = {}
        for key, value in (_pair(one, "MAP") for one in response_value):
            python_key = self.key_converter.to_python_value(key)
            try:
                made[python_key] = self.value_converter.to_python_value(value)
            except TypeError as error:
                if isinstance(error, Error):
                    raise
                raise _DataTypeError(
                    f"The key {python_key!r} of a MAP cannot be one of a dict: {error}"
                ) from error
        return made

    @classmethod
    def to_statement_string(cls, python_value: dict[Any, Any]) -> str:
        """MAP[k, v, k, v]."""
        cls._check_python(dict, python_value)
        from confluent_sql.types._literals import literal

        return literal(python_value)


class MultisetConverter(TypeConverter["Counter[Any]", list[Any]]):
    """MULTISET as a Counter."""

    PRIMARY_FLINK_TYPE_NAME = "MULTISET"

    def __init__(
        self, connection: Connection, column_type: ColumnTypeDefinition
    ) -> None:
        _only("MULTISET", column_type, self)
        super().__init__(connection, column_type)
        self.element_converter = _inner(
            connection, column_type.element_type, "a MULTISET's element"
        )
        count = ColumnTypeDefinition(type="INTEGER", nullable=False)
        self.int_converter = IntegerConverter(connection, count)

    def to_python_value(self, response_value: list[Any] | None) -> Counter[Any] | None:
        """From [element, count] pairs."""
        if response_value is None:
            return None
        self._check_wire(list, response_value)
        made: Counter[Any] = Counter()
        for one in response_value:
            left, right = _pair(one, "MULTISET")
            element = self.element_converter.to_python_value(left)
            count = self.int_converter.to_python_value(right)
            if element is None or count is None:
                raise InterfaceError(
                    f"Expected an element and its count but got {one!r}"
                )
            try:
                made[element] = count
            except TypeError as error:
                raise _DataTypeError(
                    f"The element {element!r} of a MULTISET cannot be one of a Counter:"
                    f" {error}"
                ) from error
        return made

    @classmethod
    def to_statement_string(cls, python_value: Counter[Any]) -> str:
        """There is no literal."""
        raise InterfaceError("Flink SQL has no literal of a MULTISET")


class RowConverter(TypeConverter[Any, list[Any]]):
    """ROW as the class that is registered for its field names, or a named tuple."""

    PRIMARY_FLINK_TYPE_NAME = "ROW"

    def __init__(
        self, connection: Connection, column_type: ColumnTypeDefinition
    ) -> None:
        _only("ROW", column_type, self)
        if not column_type.fields:
            raise InterfaceError("The service does not say what fields a ROW has")
        super().__init__(connection, column_type)
        self._field_names = [one.name for one in column_type.fields]
        self._field_converters = [
            _inner(connection, one.type, f"the field '{one.name}'")
            for one in column_type.fields
        ]
        registry = connection._row_type_registry
        self._python_value_class = registry.get_row_class(self._field_names)

    def to_python_value(
        self, response_value: list[Any] | None
    ) -> RowPythonTypes | None:
        """Field by field, by their places."""
        if response_value is None:
            return None
        self._check_wire(list, response_value)
        if len(response_value) != len(self._field_converters):
            raise InterfaceError(
                f"Expected {len(self._field_converters)} fields of a ROW but got"
                f" {len(response_value)}"
            )
        values = map(self._field, range(len(response_value)), response_value)
        row: RowPythonTypes = self._python_value_class(*values)
        return row

    def _field(self, at: int, value: Any) -> Any:
        try:
            return self._field_converters[at].to_python_value(value)
        except Error as error:
            raise InterfaceError(
                f"Error converting field '{self._field_names[at]}' of a ROW: {error}"
            ) from error

    @classmethod
    def handles_python_value(cls, python_value: Any) -> bool:
        """Tuples of any class, and instances of dataclasses."""
        return isinstance(python_value, tuple) or (
            dataclasses.is_dataclass(python_value)
            and not isinstance(python_value, type)
        )

    @classmethod
    def to_statement_string(cls, python_value: RowPythonTypes) -> str:
        """(ROW(a, b)); None must be SqlNone, because it has no neighbour to be like."""
        from confluent_sql.types._literals import literal

        return literal(python_value)


def fields_of(value: RowPythonTypes) -> Iterable[Any]:
    """A tuple's items, or a dataclass's fields in order."""
    if isinstance(value, tuple):
        return value
    return [getattr(value, one.name) for one in dataclasses.fields(value)]
