# SPDX-License-Identifier: Apache-2.0
"""Rows as Superset can take them.

Superset puts the values of each column through pyarrow, pandas and JSON, which fail on
some, and cut or garble others: integers above 63 bits, nested values, bytes,
nanoseconds, intervals. Which column needs what is decided by its type alone.
"""

from __future__ import annotations

import datetime
import decimal
import json
import math
from collections.abc import Callable, Sequence
from typing import Any

from fletching._nanoseconds import nanosecond_of, total_ns
from fletching._temporal import Interval
from fletching._types import _base_name

Row = tuple[Any, ...]
_NS_PER_DAY = 86_400 * 1_000_000_000


def convert(rows: Sequence[Row], description: Sequence[Sequence[Any]]) -> list[Row]:
    """Rows of a cursor with their values changed where that is needed."""
    changes: dict[int, Callable[[Any], Any]] = {}
    for place, column in enumerate(description):
        change = converter_of(str(column[1]))
        if change is not None:
            changes[place] = change
    if not changes or not rows:
        return rows if isinstance(rows, list) else list(rows)
    columns: list[Any] = list(zip(*rows, strict=True))
    for place, change in changes.items():
        columns[place] = [
            None if value is None else change(value) for value in columns[place]
        ]
    return list(zip(*columns, strict=True))


def converter_of(code: str) -> Callable[[Any], Any] | None:
    """What changes the values of a column with this type code; None for nothing."""
    name = _base_name(code)
    if name == "timestamp":
        if "[ns" not in code:
            return None
        return _zoned_nanoseconds if "tz=" in code else _nanoseconds
    if name == "time64":
        return str if "[ns" in code else None
    return _BY_NAME.get(name)


def _nanoseconds(value: Any) -> Any:
    """numpy's, which pyarrow reads with all digits."""
    import numpy

    return numpy.datetime64(_naive_text(value), "ns")


def _zoned_nanoseconds(value: Any) -> Any:
    """pandas', which Superset reads with all digits."""
    import pandas

    if not isinstance(value, datetime.datetime):
        return value
    stamp = pandas.Timestamp(_naive_text(value.astimezone(datetime.timezone.utc)))
    return stamp.tz_localize("UTC").tz_convert(value.tzinfo)


def _naive_text(value: Any) -> str:
    if not isinstance(value, datetime.datetime):
        return str(value)
    text = value.replace(tzinfo=None).isoformat(timespec="microseconds")
    return f"{text[:26]}{nanosecond_of(value):03d}"


def _wide(value: Any) -> Any:
    # A column of one kind: pyarrow does not mix integers and decimals.
    return decimal.Decimal(value)


def _json(value: Any) -> str:
    return json.dumps(_plain(value), ensure_ascii=False)


def _plain(value: Any) -> Any:
    """What json can write, nothing lost."""
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, dict):
        return {_key(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)) and not isinstance(value, Interval):
        return [_plain(item) for item in value]
    return _text(value)


def _key(value: Any) -> str:
    return value if isinstance(value, str) else str(_plain(value))


def _text(value: Any) -> str:
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value).hex()
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, (datetime.timedelta, Interval)):
        return duration_text(value)
    return str(value)


def duration_text(value: Any) -> str:
    """A duration or interval in ISO 8601: ``P14M3DT1.5S``, each part with its sign."""
    if isinstance(value, Interval):
        return str(value)
    total = total_ns(value)
    days, rest = divmod(abs(total), _NS_PER_DAY)
    sign = -1 if total < 0 else 1
    return str(Interval(days=sign * days, nanoseconds=sign * rest))


_NESTED = (
    "list large_list fixed_size_list list_view large_list_view struct map"
    " dense_union sparse_union union"
)
_BYTES = "binary large_binary binary_view fixed_size_binary"
_SPANS = "duration month_interval day_time_interval month_day_nano_interval"

_BY_NAME: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(_NESTED.split(), _json),
    **dict.fromkeys(_BYTES.split(), _text),
    **dict.fromkeys(_SPANS.split(), duration_text),
    "uint64": _wide,
    "uuid": str,
}
