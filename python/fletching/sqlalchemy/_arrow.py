# SPDX-License-Identifier: Apache-2.0
"""From Arrow's types to SQLAlchemy's."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any

from sqlalchemy.sql import sqltypes

from fletching._arrow import Column
from fletching.sqlalchemy import _types as ours

_DIGITS = {"s": 0, "ms": 3, "us": 6, "ns": 9}

_PLAIN: dict[str, Any] = {
    "bool": sqltypes.BOOLEAN,
    "int8": ours.TINYINT,
    "int16": sqltypes.SMALLINT,
    "int32": sqltypes.INTEGER,
    "int64": sqltypes.BIGINT,
    "uint8": ours.UTINYINT,
    "uint16": ours.USMALLINT,
    "uint32": ours.UINTEGER,
    "uint64": ours.UBIGINT,
    "halffloat": sqltypes.REAL,
    "float": sqltypes.REAL,
    "double": ours.DOUBLE,
    "string": sqltypes.VARCHAR,
    "large_string": sqltypes.VARCHAR,
    "string_view": sqltypes.VARCHAR,
    "binary": sqltypes.VARBINARY,
    "large_binary": sqltypes.VARBINARY,
    "binary_view": sqltypes.VARBINARY,
    "date32": sqltypes.DATE,
    "date64": sqltypes.DATE,
    "duration": ours.INTERVAL,
    "month_interval": ours.INTERVAL,
    "day_time_interval": ours.INTERVAL,
    "month_day_nano_interval": ours.INTERVAL,
}
_EXTENSIONS: dict[str, Any] = {
    "arrow.uuid": ours.UUID,
    "arrow.json": ours.JSON,
    "arrow.bool8": sqltypes.BOOLEAN,
}
_NAME = re.compile(r"\w+")
_NUMBERS = re.compile(r"\((\d+), (-?\d+)\)")
_WIDTH = re.compile(r"\[(\d+)\]")
_UNIT = re.compile(r"\[(\w+)(, tz=.*)?\]", re.DOTALL)
_EXTENSION = re.compile(r"extension<([^:>]+): ", re.DOTALL)


def sql_type(column: Column) -> Any:
    """The SQLAlchemy type of an Arrow column; NullType for what SQL has no name for."""
    return _maker(column.type)(column)


@functools.lru_cache(maxsize=1024)
def _maker(text: str) -> Callable[[Column], Any]:
    """What makes the type of columns of that Arrow type; schemas repeat few of them."""
    extension = _EXTENSION.match(text)
    if extension is not None:
        known = _EXTENSIONS.get(extension[1])
        if known is not None:
            return lambda _: known()
        text = text[extension.end() :]
    found = _NAME.match(text)
    name = "" if found is None else found[0]
    plain = _PLAIN.get(name)
    if plain is not None:
        return lambda _: plain()
    read = _BY_NAME.get(name)
    if read is None:
        return lambda _: sqltypes.NullType()
    return lambda column: read(column, text)


def _decimal(_: Column, text: str) -> Any:
    found = _NUMBERS.search(text)
    if found is None:
        return sqltypes.DECIMAL()
    return sqltypes.DECIMAL(int(found[1]), int(found[2]))


def _fixed_binary(_: Column, text: str) -> Any:
    found = _WIDTH.search(text)
    return sqltypes.BINARY(None if found is None else int(found[1]))


def _timestamp(_: Column, text: str) -> Any:
    found = _UNIT.search(text)
    unit, zone = ("us", None) if found is None else (found[1], found[2])
    return ours.TIMESTAMP(timezone=zone is not None, precision=_DIGITS.get(unit))


def _time(_: Column, text: str) -> Any:
    found = _UNIT.search(text)
    return ours.TIME(precision=None if found is None else _DIGITS.get(found[1]))


def _list(column: Column, _: str) -> Any:
    item = sql_type(column.children[0])
    if isinstance(item, sqltypes.ARRAY):
        dimensions = (item.dimensions or 1) + 1
        return ours.ARRAY(item.item_type, dimensions=dimensions)
    return ours.ARRAY(item)


def _struct(column: Column, _: str) -> Any:
    return ours.STRUCT({child.name: sql_type(child) for child in column.children})


def _map(column: Column, _: str) -> Any:
    key, value = column.children
    return ours.MAP(sql_type(key), sql_type(value))


def _first(column: Column, _: str) -> Any:
    return sql_type(column.children[0])


_BY_NAME: dict[str, Callable[[Column, str], Any]] = {
    **dict.fromkeys(("decimal32", "decimal64", "decimal128", "decimal256"), _decimal),
    **dict.fromkeys(("time32", "time64"), _time),
    **dict.fromkeys(
        ("list", "large_list", "fixed_size_list", "list_view", "large_list_view"), _list
    ),
    "timestamp": _timestamp,
    "fixed_size_binary": _fixed_binary,
    "struct": _struct,
    "map": _map,
    "dictionary": _first,
    "run_end_encoded": _first,
}
