# SPDX-License-Identifier: Apache-2.0
"""Which converter is for which type."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from confluent_sql.exceptions import DataError, InterfaceError, _NotImplementedError
from confluent_sql.types._base import TypeConverter
from confluent_sql.types._definitions import ColumnTypeDefinition
from confluent_sql.types._interval import YearMonthInterval
from confluent_sql.types._nested import (
    ArrayConverter,
    MapConverter,
    MultisetConverter,
    RowConverter,
)
from confluent_sql.types._none import SqlNone, SqlNoneConverter
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

Converter = type[TypeConverter[Any, Any]]

_BY_FLINK_NAMES: dict[Converter, str] = {
    NullResultConverter: "NULL",
    BooleanConverter: "BOOLEAN",
    IntegerConverter: "TINYINT,SMALLINT,INTEGER,BIGINT",
    DecimalConverter: "DECIMAL,DEC,NUMERIC",
    FloatConverter: "FLOAT,DOUBLE,DOUBLE PRECISION",
    DateConverter: "DATE",
    TimeConverter: "TIME,TIME_WITHOUT_TIME_ZONE",
    TimestampConverter: "TIMESTAMP,TIMESTAMP_WITHOUT_TIME_ZONE,TIMESTAMP_LTZ,"
    "TIMESTAMP_WITH_LOCAL_TIME_ZONE",
    DaysIntervalConverter: "INTERVAL_DAY_TIME,INTERVAL DAYS TO SECOND",
    YearMonthIntervalConverter: "INTERVAL_YEAR_MONTH,INTERVAL YEAR TO MONTH",
    StringConverter: "CHAR,VARCHAR,STRING",
    VarBinaryConverter: "VARBINARY,BINARY,BYTES",
    ArrayConverter: "ARRAY",
    MapConverter: "MAP",
    MultisetConverter: "MULTISET",
    RowConverter: "ROW",
    VariantConverter: "VARIANT",
}
_BY_FLINK_NAME = {
    name: kind for kind, names in _BY_FLINK_NAMES.items() for name in names.split(",")
}
_BY_PYTHON_TYPE: dict[type, Converter] = {
    type(None): NullResultConverter,
    SqlNone: SqlNoneConverter,
    bool: BooleanConverter,
    int: IntegerConverter,
    Decimal: DecimalConverter,
    float: FloatConverter,
    date: DateConverter,
    time: TimeConverter,
    str: StringConverter,
    bytes: VarBinaryConverter,
    datetime: TimestampConverter,
    YearMonthInterval: YearMonthIntervalConverter,
    timedelta: DaysIntervalConverter,
    list: ArrayConverter,
    dict: MapConverter,
    Counter: MultisetConverter,
    tuple: RowConverter,
}


def get_api_type_converter(
    connection: Connection, column_type: ColumnTypeDefinition
) -> TypeConverter[Any, Any]:
    """The converter of a column."""
    kind = _BY_FLINK_NAME.get(column_type.type_name)
    if kind is None:
        raise _NotImplementedError(
            f"Values of type {column_type.type_name} cannot be read: CAST the column to"
            " STRING or another type in the statement"
        )
    return kind(connection, column_type)


def converter_of_type(python_type: type) -> Converter:
    """The converter of parameters of exactly this type."""
    found = _BY_PYTHON_TYPE.get(python_type)
    if found is None:
        raise InterfaceError(
            f"Conversion for parameter of type {python_type} is not implemented."
        )
    return found


def converter_of_value(value: Any) -> Converter:
    """The converter of a parameter."""
    if type(value) not in _BY_PYTHON_TYPE and RowConverter.handles_python_value(value):
        return RowConverter
    return converter_of_type(type(value))


get_converter_for_python_value = converter_of_value


def determine_element_converter_cls(python_value: Iterable[Any]) -> Converter:
    """The converter of a collection's first element that is not None."""
    elements = list(python_value)
    if not elements:
        raise DataError("An empty collection says nothing of its elements' type")
    for one in elements:
        if one is not None:
            return converter_of_value(one)
    raise InterfaceError("A collection of None says nothing of its elements' type")


def convert_statement_parameters(
    parameters: tuple[Any, ...] | list[Any], session_zone: str | None = "UTC"
) -> tuple[str, ...]:
    """Each parameter as a literal, for a session with that zone."""
    from confluent_sql.types._literals import literal

    return tuple(literal(one, session_zone) for one in parameters)


for _name, _type in {
    **{name: name for name in ("INTEGER", "VARCHAR", "STRING", "VARBINARY", "BOOLEAN")},
    **{name: name for name in ("DECIMAL", "FLOAT", "DATE", "TIME", "TIMESTAMP")},
    "YEAR_MONTH_INTERVAL": "INTERVAL YEAR TO MONTH",
    "DAY_SECOND_INTERVAL": "INTERVAL DAYS TO SECOND",
}.items():
    setattr(SqlNone, _name, SqlNone(_type))
