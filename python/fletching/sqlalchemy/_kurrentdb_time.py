# SPDX-License-Identifier: Apache-2.0
"""KurrentDB's times: whole milliseconds since 1970, UTC, in columns of 64-bit integers.

Rows keep the integer. Where a time is wanted - a chart's axis, a filter - it is made in
SQL, by DuckDB's functions, which is what runs the server's statements.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy.sql import sqltypes

_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
_MILLISECOND = datetime.timedelta(milliseconds=1)


def milliseconds(moment: datetime.date) -> int:
    """A moment as KurrentDB has it; without a zone it is in UTC, a date its midnight.

    Finer digits are cut.
    """
    if not isinstance(moment, datetime.datetime):
        moment = datetime.datetime.combine(moment, datetime.time())
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=datetime.timezone.utc)
    return (moment - _EPOCH) // _MILLISECOND


class EPOCH_MS(sqltypes.BigInteger):  # noqa: N801 - as SQLAlchemy names types
    """A time as a 64-bit integer: milliseconds since 1970, UTC.

    Values of rows are int. Compared with a date or datetime, or bound to one, it takes
    that as its integer. Its name, TIMESTAMP_EPOCH_MS, is for tools that tell by it that
    a column holds times; in a CAST it is BIGINT.
    """

    __visit_name__ = "EPOCH_MS"

    def bind_processor(self, dialect: Any) -> Callable[[Any], Any]:
        return _bound

    def literal_processor(self, dialect: Any) -> Callable[[Any], str]:
        return lambda value: str(_bound(value))

    def coerce_compared_value(self, op: Any, value: Any) -> Any:
        if isinstance(value, datetime.date):
            return self
        return super().coerce_compared_value(op, value)


def _bound(value: Any) -> Any:
    return milliseconds(value) if isinstance(value, datetime.date) else value


TIMESTAMP = "epoch_ms({col})"
"""SQL that makes a TIMESTAMP, in UTC, of such a column."""


def _truncated(unit: str) -> str:
    return f"date_trunc('{unit}', {TIMESTAMP})"


def _bucket(width: str) -> str:
    return f"time_bucket(INTERVAL '{width}', {TIMESTAMP})"


_DAY = "INTERVAL '1 day'"
_FROM_SUNDAY = f"date_trunc('week', {TIMESTAMP} + {_DAY}) - {_DAY}"

TIME_GRAINS: Mapping[str | None, str] = {
    None: TIMESTAMP,
    "PT1S": _truncated("second"),
    "PT5S": _bucket("5 seconds"),
    "PT30S": _bucket("30 seconds"),
    "PT1M": _truncated("minute"),
    "PT5M": _bucket("5 minutes"),
    "PT10M": _bucket("10 minutes"),
    "PT15M": _bucket("15 minutes"),
    "PT30M": _bucket("30 minutes"),
    "PT1H": _truncated("hour"),
    "PT6H": _bucket("6 hours"),
    "P1D": _truncated("day"),
    "P1W": _truncated("week"),
    "P1M": _truncated("month"),
    "P3M": _truncated("quarter"),
    "P1Y": _truncated("year"),
    "1969-12-28T00:00:00Z/P1W": _FROM_SUNDAY,
    "1969-12-29T00:00:00Z/P1W": _truncated("week"),
    "P1W/1970-01-03T00:00:00Z": f"{_FROM_SUNDAY} + INTERVAL '6 days'",
    "P1W/1970-01-04T00:00:00Z": f"{_truncated('week')} + INTERVAL '6 days'",
}
"""SQL for the beginning of a column's second, day, week ...; ``{col}`` is the integer.

By ISO 8601's duration, and for weeks by the days they begin or end on, as Superset
names them. None is the moment itself.
"""


def time_grain(column: str, grain: str | None = None) -> str:
    """SQL for the beginning of a column's second, day, week ...; see `TIME_GRAINS`."""
    return TIME_GRAINS[grain].replace("{col}", column)
