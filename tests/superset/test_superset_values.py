# SPDX-License-Identifier: Apache-2.0
"""Rows as Superset can take them, and the names of types; without Superset."""

from __future__ import annotations

import datetime
import decimal
import json
import uuid
from typing import Any

import numpy
import pytest

import fletching
from fletching.superset._types import sql_name
from fletching.superset._values import convert


def one(code: str, value: Any) -> Any:
    """What becomes of one value."""
    ((converted, nothing),) = convert([(value, None)], [("a", code), ("b", code)])
    assert nothing is None
    return converted


def test_integers_beyond_63_bits_are_decimals() -> None:
    assert one("uint64", 2**64 - 1) == decimal.Decimal(2**64 - 1)
    assert isinstance(one("uint64", 1), decimal.Decimal)
    assert one("int64", 2**62) == 2**62


def test_nested_values_are_json() -> None:
    value = {
        "b": b"\x01\xff",
        "d": decimal.Decimal("1.50"),
        "t": datetime.datetime(2026, 1, 2, 3, 4, 5),
        "i": fletching.Interval(months=1),
        "n": None,
        "f": float("nan"),
        "s": "ü'\"",
        "u": uuid.UUID(int=7),
    }
    text = one("struct<b: binary, ...>", value)
    assert "ü" in text
    assert json.loads(text) == {
        "b": "01ff",
        "d": "1.50",
        "t": "2026-01-02T03:04:05",
        "i": "P1M",
        "n": None,
        "f": "nan",
        "s": "ü'\"",
        "u": str(uuid.UUID(int=7)),
    }
    assert one("list<item: int64>", [1, None]) == "[1, null]"
    assert one("map<int32, string>", {1: "x"}) == '{"1": "x"}'
    assert one("map<...>", [([1], 2)]) == "[[[1], 2]]"


def test_nanoseconds_are_kept() -> None:
    moment = fletching.Timestamp(2026, 1, 2, 3, 4, 5, 123456, nanosecond=789)
    kept = one("timestamp[ns]", moment)
    assert kept == numpy.datetime64("2026-01-02T03:04:05.123456789")
    zone = datetime.timezone(datetime.timedelta(hours=2))
    aware = fletching.Timestamp(2026, 1, 2, 3, 4, 5, tzinfo=zone, nanosecond=1)
    stamp = one("timestamp[ns, tz=+02:00]", aware)
    assert stamp.isoformat() == "2026-01-02T03:04:05.000000001+02:00"
    clock = fletching.Time(1, 2, 3, 4, nanosecond=5)
    assert one("time64[ns]", clock) == "01:02:03.000004005"


def test_plain_values_are_not_touched() -> None:
    rows = [(1, "x", None)]
    description = [("a", "int64"), ("b", "string"), ("c", "timestamp[us]")]
    assert convert(rows, description) is rows


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (datetime.timedelta(days=-1, hours=-2), "P-1DT-7200S"),
        (datetime.timedelta(0), "PT0S"),
        (fletching.Duration(seconds=1, nanoseconds=5), "PT1.000000005S"),
    ],
)
def test_durations_are_iso_texts(value: Any, text: str) -> None:
    assert one("duration[ns]", value) == text


def test_bytes_and_identifiers_are_text() -> None:
    assert one("binary", b"\xaa\x01") == "aa01"
    assert one("extension<arrow.uuid: ...>", uuid.UUID(int=1)) == str(uuid.UUID(int=1))


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("timestamp[us]", "TIMESTAMP"),
        ("timestamp[ns, tz=UTC]", "TIMESTAMP WITH TIME ZONE"),
        ("decimal128(9, 2)", "DECIMAL(9, 2)"),
        ("dictionary<values=string, indices=int32>", "VARCHAR"),
        ("list<item: timestamp[us]>", "ARRAY"),
        ("uint64", "UBIGINT"),
        ("null", "NULL"),
        ("something new", None),
    ],
)
def test_types_have_names_of_sql(code: str, name: str | None) -> None:
    assert sql_name(code) == name
