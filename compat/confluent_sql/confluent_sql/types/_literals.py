# SPDX-License-Identifier: Apache-2.0
"""Python values as literals, whatever they hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from confluent_sql.exceptions import DataError, InterfaceError
from confluent_sql.types._nested import RowConverter, fields_of
from confluent_sql.types._none import SqlNone
from confluent_sql.types._registry import converter_of_type, converter_of_value
from confluent_sql.types._temporal import instant


def literal(value: Any, session_zone: str | None = "UTC") -> str:
    """One value for a session with that zone; errors of PEP 249."""
    if type(value) is list:
        return f"ARRAY[{', '.join(_like_the_others(value, 'list', session_zone))}]"
    if type(value) is dict:
        if not value:
            raise DataError("An empty dict says nothing of a MAP's types")
        keys = _like_the_others(list(value), "dict", session_zone)
        values = _like_the_others(list(value.values()), "dict", session_zone)
        pairs = [text for pair in zip(keys, values, strict=True) for text in pair]
        return f"MAP[{', '.join(pairs)}]"
    if _is_row(value):
        return f"(ROW({', '.join(_fields(value, session_zone))}))"
    if type(value) is datetime and value.tzinfo is not None:
        return instant(value, session_zone)
    return converter_of_value(value).to_statement_string(value)


def _is_row(value: Any) -> bool:
    return converter_of_value(value) is RowConverter


def _fields(value: Any, zone: str | None) -> Iterator[str]:
    for one in fields_of(value):
        if one is None:
            raise InterfaceError("A field of a ROW cannot be None: use SqlNone")
        yield literal(one, zone)


def _like_the_others(values: list[Any], what: str, zone: str | None) -> list[str]:
    """Each as a literal; None as NULL of the type that the first other one has."""
    if not values:
        raise DataError(f"An empty {what} says nothing of its elements' type")
    known = next((one for one in values if one is not None), None)
    if known is None:
        raise InterfaceError(
            f"A {what} of None says nothing of its elements' type: use SqlNone"
        )
    null = null_like(values) if any(one is None for one in values) else ""
    return [null if one is None else _same_kind(one, known, zone) for one in values]


def _same_kind(value: Any, known: Any, zone: str | None) -> str:
    kind, wanted = converter_of_value(value), converter_of_value(known)
    if kind is not wanted and not isinstance(value, SqlNone):
        raise InterfaceError(
            f"The elements of a collection are of one type: {type(known).__name__} and"
            f" {type(value).__name__} are not"
        )
    return literal(value, zone)


def null_like(values: Iterable[Any]) -> str:
    """NULL with the type of the values that are known."""
    return str(SqlNone(type_like([one for one in values if one is not None])))


def type_like(values: list[Any]) -> str:
    """The SQL type of these values, None inside of them left out."""
    first = next((one for one in values if one is not None), None)
    if first is None:
        raise InterfaceError("Nothing says of what type a None is: use SqlNone")
    if isinstance(first, SqlNone):
        return first._name
    if type(first) is list:
        return f"ARRAY<{type_like([x for one in values if one for x in one])}>"
    if type(first) is dict:
        keys = type_like([key for one in values if one for key in one])
        inner = type_like([x for one in values if one for x in one.values()])
        return f"MAP<{keys}, {inner}>"
    if _is_row(first):
        rows = [tuple(fields_of(one)) for one in values if one is not None]
        columns = zip(*rows, strict=True)
        listed = ", ".join(
            f"f{at} {type_like(list(one))}" for at, one in enumerate(columns)
        )
        return f"ROW<{listed}>"
    if type(first) is datetime and first.tzinfo is not None:
        return "TIMESTAMP_LTZ(6)"
    return _TYPES.get(type(first).__name__) or (
        converter_of_type(type(first)).PRIMARY_FLINK_TYPE_NAME
    )


_TYPES = {
    "Decimal": "DECIMAL(38, 18)",
    "datetime": "TIMESTAMP(6)",
    "timedelta": "INTERVAL DAY TO SECOND(3)",
    "YearMonthInterval": "INTERVAL YEAR TO MONTH",
}
