# SPDX-License-Identifier: Apache-2.0
"""The gateway's values as Confluent's statements API writes them.

There every scalar is a text, in the form of Flink's cast to STRING, and what nests is
an array: [[key, value], ...] for a MAP, the fields by place for a ROW.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

KEYS = {
    "elementType": "element_type",
    "keyType": "key_type",
    "valueType": "value_type",
    "fractionalPrecision": "fractional_precision",
}
KINDS = {"INSERT": 0, "UPDATE_BEFORE": 1, "UPDATE_AFTER": 2, "DELETE": 3}
OPENING, CLOSING = "([{", ")]}"


def column_of(column: dict[str, Any]) -> dict[str, Any]:
    """A column of a page as it stands in `traits.schema`."""
    return {"name": column["name"], "type": type_of(column["logicalType"])}


def type_of(logical: dict[str, Any]) -> dict[str, Any]:
    """A type with Confluent's names of its parts."""
    made: dict[str, Any] = {}
    for key, value in logical.items():
        name = KEYS.get(key, key)
        if name in ("element_type", "key_type", "value_type"):
            made[name] = type_of(value)
        elif name == "fields":
            made[name] = [
                {"name": one["name"], "field_type": type_of(one["fieldType"])}
                for one in value
            ]
        elif isinstance(value, str) and name not in ("type", "resolution", "className"):
            made[name] = int(value)  # a number of the gateway's JSON
        else:
            made[name] = value
    return made


def value_of(value: Any, kind: dict[str, Any], plain: bool) -> Any:
    """A value of a JSON page, or of a PLAIN_TEXT one."""
    if plain and value is not None:
        return _from_text(value, kind)
    return _from_json(value, kind)


def _from_json(value: Any, kind: dict[str, Any]) -> Any:
    if value is None:
        return None
    name = kind["type"]
    if name == "ARRAY":
        return [_from_json(one, kind["element_type"]) for one in value]
    if name == "MAP":
        inside = kind["value_type"]
        return [[key, _from_json(one, inside)] for key, one in value.items()]
    if name == "MULTISET":
        return [[key, str(count)] for key, count in value.items()]
    if name == "ROW":
        fields = kind["fields"]
        return [_from_json(value[one["name"]], one["field_type"]) for one in fields]
    return _scalar(value, name, kind)


def _scalar(value: Any, name: str, kind: dict[str, Any]) -> str:
    if name == "BOOLEAN":
        return "TRUE" if value else "FALSE"
    if name == "DECIMAL":
        return f"{Decimal(value).quantize(Decimal(1).scaleb(-kind['scale'])):f}"
    if name in ("BINARY", "VARBINARY"):
        return f"x'{base64.b64decode(value).hex()}'"
    if name.startswith("TIMESTAMP"):
        return _timestamp(value, kind.get("precision", 6))
    if name == "INTERVAL_YEAR_MONTH":
        months = int(value)
        years, months = divmod(abs(months), 12)
        return f"{'-' if int(value) < 0 else '+'}{years}-{months:02}"
    if name == "INTERVAL_DAY_TIME":
        return _day_time(int(value))
    return str(value)


def _timestamp(text: str, precision: int) -> str:
    seconds, _, fraction = text.replace("T", " ").rstrip("Z").partition(".")
    return f"{seconds}.{fraction.ljust(precision, '0')}" if precision else seconds


def _day_time(milliseconds: int) -> str:
    seconds, thousandths = divmod(abs(milliseconds), 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    sign = "-" if milliseconds < 0 else "+"
    return f"{sign}{days} {hours:02}:{minutes:02}:{seconds:02}.{thousandths:03}"


# --- PLAIN_TEXT, where JSON cannot carry the value ------------------------------------


def _from_text(text: str, kind: dict[str, Any]) -> Any:
    """Enough for tests: texts inside of a collection hold none of ", = [({"."""
    name = kind["type"]
    if name == "VARIANT":
        return variant_of(json.loads(text, parse_float=Decimal))
    if name == "ARRAY":
        return [_part(one, kind["element_type"]) for one in split(text[1:-1])]
    if name in ("MAP", "MULTISET"):
        multiset = name == "MULTISET"
        keys = kind["element_type" if multiset else "key_type"]
        values = {"type": "INTEGER"} if multiset else kind["value_type"]
        return [
            [_part(key, keys), _part(value, values)]
            for key, value in (split(one, "=") for one in split(text[1:-1]))
        ]
    if name == "ROW":
        parts = zip(split(text[1:-1]), kind["fields"], strict=True)
        return [_part(one, field["field_type"]) for one, field in parts]
    return text


def _part(text: str, kind: dict[str, Any]) -> Any:
    return None if text == "NULL" else _from_text(text, kind)


def split(text: str, by: str = ", ") -> list[str]:
    """The parts between `by` that stand in no bracket."""
    return list(_split(text, by)) if text else []


def _split(text: str, by: str) -> Iterator[str]:
    depth = start = at = 0
    while at < len(text):
        if depth == 0 and text.startswith(by, at):
            yield text[start:at]
            at = start = at + len(by)
            continue
        depth += (text[at] in OPENING) - (text[at] in CLOSING)
        at += 1
    yield text[start:]


def variant_of(value: Any) -> list[Any]:
    """The tree of a VARIANT that JSON text can say: [code, ...] at every node."""
    if value is None:
        return [0]
    if isinstance(value, dict):
        return [1, [[key, variant_of(one)] for key, one in value.items()]]
    if isinstance(value, list):
        return [2, [variant_of(one) for one in value]]
    if isinstance(value, bool):
        return [3, "TRUE" if value else "FALSE"]
    if isinstance(value, int):
        bits = value.bit_length() if value >= 0 else (value + 1).bit_length()
        code = next(
            code for code, limit in ((4, 7), (5, 15), (6, 31), (7, 63)) if bits <= limit
        )
        return [code, str(value)]
    return [10 if isinstance(value, Decimal) else 11, str(value)]
