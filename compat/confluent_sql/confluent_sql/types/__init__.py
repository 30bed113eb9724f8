# SPDX-License-Identifier: Apache-2.0
"""Flink's types and Python's: values of results, and parameters."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeAlias

from confluent_sql.exceptions import TypeMismatchError, _DataTypeError, _DataValueError
from confluent_sql.types._base import PyType, ResponseType, TypeConverter
from confluent_sql.types._definitions import (
    ColumnTypeDefinition,
    FromResponseScalarTypes,
    FromResponseTypes,
    PropertiesDict,
    PropertiesMapping,
    RowColumn,
    StrAnyDict,
)
from confluent_sql.types._interval import YearMonthInterval
from confluent_sql.types._nested import (
    ArrayConverter,
    IsDataclass,
    MapConverter,
    MultisetConverter,
    RowConverter,
    RowPythonTypes,
)
from confluent_sql.types._none import SqlNone, SqlNoneConverter
from confluent_sql.types._registry import (
    convert_statement_parameters,
    determine_element_converter_cls,
    get_api_type_converter,
    get_converter_for_python_value,
)
from confluent_sql.types._scalars import (
    BooleanConverter,
    DecimalConverter,
    FloatConverter,
    IntegerConverter,
    NullResultConverter,
    StringConverter,
    VarBinaryConverter,
    VariantConverter,
)
from confluent_sql.types._temporal import (
    DateConverter,
    DaysIntervalConverter,
    TimeConverter,
    TimestampConverter,
    YearMonthIntervalConverter,
)

if TYPE_CHECKING:
    from confluent_sql.connection import Connection
    from confluent_sql.statement import Schema

__all__ = [
    "ColumnTypeDefinition",
    "PropertiesDict",
    "PropertiesMapping",
    "StrAnyDict",
    "StatementTypeConverter",
    "TypeConverter",
    "convert_statement_parameters",
    "SqlNone",
    "YearMonthInterval",
    "TypeMismatchError",
    # Importable from here as well.
    "ArrayConverter",
    "BooleanConverter",
    "DateConverter",
    "DaysIntervalConverter",
    "DecimalConverter",
    "FloatConverter",
    "FromResponseScalarTypes",
    "FromResponseTypes",
    "IntegerConverter",
    "IsDataclass",
    "MapConverter",
    "MultisetConverter",
    "NullResultConverter",
    "PyType",
    "ResponseType",
    "RowColumn",
    "RowConverter",
    "RowPythonTypes",
    "SqlNoneConverter",
    "StringConverter",
    "SupportedPythonTypes",
    "TimeConverter",
    "TimestampConverter",
    "VarBinaryConverter",
    "VariantConverter",
    "YearMonthIntervalConverter",
    "determine_element_converter_cls",
    "get_api_type_converter",
    "get_converter_for_python_value",
]

SupportedPythonTypes: TypeAlias = (
    SqlNone
    | bool
    | int
    | Decimal
    | float
    | date
    | time
    | str
    | bytes
    | datetime
    | YearMonthInterval
    | timedelta
    | list[Any]
    | dict[Any, Any]
    | Counter[Any]
    | tuple[Any, ...]
    | None
)


class StatementTypeConverter:
    """The rows of one statement."""

    def __init__(self, connection: Connection, schema: Schema) -> None:
        self._schema = schema
        self._type_converters = [
            get_api_type_converter(connection, one.type) for one in schema.columns
        ]

    def to_python_row(self, sql_row: list[FromResponseTypes]) -> tuple[Any, ...]:
        """A row of a page as a tuple."""
        if not isinstance(sql_row, list):
            raise _DataTypeError(f"Expected a row but got {sql_row!r}")
        if len(sql_row) != len(self._type_converters):
            raise _DataValueError(
                f"Expected {len(self._type_converters)} columns but got {len(sql_row)}"
            )
        return tuple(
            converter.to_python_value(value)
            for converter, value in zip(self._type_converters, sql_row, strict=True)
        )
