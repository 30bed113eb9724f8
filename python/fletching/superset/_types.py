# SPDX-License-Identifier: Apache-2.0
"""SQL's names for the types of columns, for result grids and virtual datasets."""

from __future__ import annotations

import re

from fletching._types import _base_name

_PLAIN = {
    "bool": "BOOLEAN",
    "int8": "TINYINT",
    "int16": "SMALLINT",
    "int32": "INTEGER",
    "int64": "BIGINT",
    "uint8": "UTINYINT",
    "uint16": "USMALLINT",
    "uint32": "UINTEGER",
    "uint64": "UBIGINT",
    "halffloat": "REAL",
    "float": "REAL",
    "double": "DOUBLE",
    "string": "VARCHAR",
    "large_string": "VARCHAR",
    "string_view": "VARCHAR",
    "uuid": "UUID",
    "binary": "VARBINARY",
    "large_binary": "VARBINARY",
    "binary_view": "VARBINARY",
    "fixed_size_binary": "BINARY",
    "date32": "DATE",
    "date64": "DATE",
    "time32": "TIME",
    "time64": "TIME",
    "duration": "INTERVAL",
    "month_interval": "INTERVAL",
    "day_time_interval": "INTERVAL",
    "month_day_nano_interval": "INTERVAL",
    "list": "ARRAY",
    "large_list": "ARRAY",
    "fixed_size_list": "ARRAY",
    "list_view": "ARRAY",
    "large_list_view": "ARRAY",
    "struct": "STRUCT",
    "map": "MAP",
    "dense_union": "UNION",
    "sparse_union": "UNION",
    "null": "NULL",
}
_DIGITS = re.compile(r"decimal\d+\((\d+, -?\d+)\)")


def sql_name(code: str) -> str | None:
    """SQL's name of a type code such as ``"timestamp[us, tz=UTC]"``; None for none."""
    name = _base_name(code)
    if name == "timestamp":
        return "TIMESTAMP WITH TIME ZONE" if "tz=" in code else "TIMESTAMP"
    if name.startswith("decimal"):
        digits = _DIGITS.search(code)
        return f"DECIMAL({digits[1]})" if digits else "DECIMAL"
    return _PLAIN.get(name)
