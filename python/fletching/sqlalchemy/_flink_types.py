# SPDX-License-Identifier: Apache-2.0
"""From Flink's names of types, as DESCRIBE and INFORMATION_SCHEMA write them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from sqlalchemy.sql import sqltypes

from fletching.sqlalchemy import _types

_PLAIN: dict[str, Callable[[], Any]] = {
    "BOOLEAN": sqltypes.BOOLEAN,
    "TINYINT": _types.TINYINT,
    "SMALLINT": sqltypes.SMALLINT,
    "INT": sqltypes.INTEGER,
    "INTEGER": sqltypes.INTEGER,
    "BIGINT": sqltypes.BIGINT,
    "FLOAT": lambda: sqltypes.REAL(),
    "DOUBLE": _types.DOUBLE,
    "STRING": sqltypes.VARCHAR,
    "BYTES": sqltypes.VARBINARY,
    "DATE": sqltypes.DATE,
    "VARIANT": _types.JSON,
    "NULL": sqltypes.NullType,
}
_SIZED = re.compile(r"(\w+)\s*\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\)")
_NESTED = re.compile(r"(ARRAY|MULTISET|MAP|ROW)\s*<(.*)>", re.DOTALL)
_FIELD = re.compile(r"(`(?:[^`]|``)*`|\w+)\s+(.*)", re.DOTALL)
_SUFFIX = re.compile(r"\s+NOT\s+NULL$")
_WITH_ZONE = re.compile(r"TIMESTAMP\s*(\(\d+\))?\s+WITH\s+LOCAL\s+TIME\s+ZONE")


def flink_type(text: str | None) -> Any:
    """The SQLAlchemy type of one of Flink's; NullType for what has none."""
    written = _SUFFIX.sub("", " ".join((text or "").split()))
    written = _WITH_ZONE.sub(lambda found: f"TIMESTAMP_LTZ{found[1] or ''}", written)
    nested = _NESTED.fullmatch(written)
    if nested is not None:
        return _nested(nested[1], nested[2])
    if written.startswith("INTERVAL"):
        return _types.INTERVAL(written.partition(" ")[2] or None)
    sized = _SIZED.fullmatch(written)
    name = written if sized is None else sized[1]
    first = None if sized is None else int(sized[2])
    if name in _PLAIN:
        return _PLAIN[name]()
    return _of_size(name, first, int(sized[3] or 0) if sized is not None else 0)


def _of_size(name: str, first: int | None, second: int) -> Any:
    if name in ("DECIMAL", "DEC", "NUMERIC"):
        return sqltypes.DECIMAL(10 if first is None else first, second)
    if name in ("CHAR", "VARCHAR"):
        kind = sqltypes.CHAR if name == "CHAR" else sqltypes.VARCHAR
        return kind(1 if first is None else first)
    if name in ("BINARY", "VARBINARY"):
        return sqltypes.VARBINARY(first)
    if name == "TIME":
        return _types.TIME(precision=first)
    if name in ("TIMESTAMP", "TIMESTAMP_LTZ"):
        return _types.TIMESTAMP(timezone=name.endswith("LTZ"), precision=first)
    return sqltypes.NullType()


def _nested(name: str, inside: str) -> Any:
    parts = _split(inside)
    if name == "ARRAY":
        item = flink_type(inside)
        if isinstance(item, sqltypes.ARRAY):
            return _types.ARRAY(item.item_type, dimensions=(item.dimensions or 1) + 1)
        return _types.ARRAY(item, dimensions=1)
    if name == "MULTISET":
        return _types.MAP(flink_type(inside), sqltypes.INTEGER())
    if name == "MAP" and len(parts) == 2:
        return _types.MAP(*map(flink_type, parts))
    fields = [found for found in map(_FIELD.fullmatch, parts) if found is not None]
    if name == "ROW" and len(fields) == len(parts):
        return _types.STRUCT(
            {_unquoted(one[1]): flink_type(_uncommented(one[2])) for one in fields}
        )
    return sqltypes.NullType()


def _unquoted(name: str) -> str:
    return name[1:-1].replace("``", "`") if name.startswith("`") else name


def _uncommented(text: str) -> str:
    """A field's type without the comment behind it."""
    return text.partition(" '")[0]


def _split(text: str) -> list[str]:
    """The parts between commas that stand in no bracket and no quotes."""
    parts, start, depth, quote = [], 0, 0, ""
    for at, sign in enumerate(text):
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "`'":
            quote = sign
        elif sign in "<(":
            depth += 1
        elif sign in ">)":
            depth -= 1
        elif sign == "," and depth == 0:
            parts.append(text[start:at].strip())
            start = at + 1
    return [*parts, text[start:].strip()]
