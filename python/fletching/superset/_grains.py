# SPDX-License-Identifier: Apache-2.0
"""Time grains: how a moment is rounded down, in the SQL of each engine."""

from __future__ import annotations

from superset.constants import TimeGrain

Grains = dict[str | None, str]

_UNITS = {
    TimeGrain.SECOND: "second",
    TimeGrain.MINUTE: "minute",
    TimeGrain.HOUR: "hour",
    TimeGrain.DAY: "day",
    TimeGrain.WEEK: "week",
    TimeGrain.MONTH: "month",
    TimeGrain.QUARTER: "quarter",
    TimeGrain.YEAR: "year",
}
_BINS = {
    TimeGrain.FIVE_SECONDS: 5,
    TimeGrain.THIRTY_SECONDS: 30,
    TimeGrain.FIVE_MINUTES: 300,
    TimeGrain.TEN_MINUTES: 600,
    TimeGrain.FIFTEEN_MINUTES: 900,
    TimeGrain.THIRTY_MINUTES: 1800,
    TimeGrain.HALF_HOUR: 1800,
    TimeGrain.SIX_HOURS: 21600,
}


def grains(binned: str | None, day: str = "INTERVAL '1' DAY") -> Grains:
    """The grains of an engine that has date_trunc, whose weeks begin on Monday.

    Args:
        binned: how a moment is rounded down to so many ``{seconds}``; None: not at all.
        day: one day.
    """
    week = "date_trunc('week', {col})"
    sunday = f"date_trunc('week', {{col}} + {day}) - {day}"
    made: Grains = {None: "{col}"}
    for grain, unit in _UNITS.items():
        made[grain] = f"date_trunc('{unit}', {{col}})"
    if binned is not None:
        for grain, seconds in _BINS.items():
            made[grain] = binned.replace("{seconds}", str(seconds))
    made[TimeGrain.WEEK_STARTING_MONDAY] = week
    made[TimeGrain.WEEK_STARTING_SUNDAY] = sunday
    made[TimeGrain.WEEK_ENDING_SATURDAY] = f"{sunday} + 6 * {day}"
    made[TimeGrain.WEEK_ENDING_SUNDAY] = f"{week} + 6 * {day}"
    return made


GENERIC = grains(None)
DATAFUSION = grains(
    "date_bin(INTERVAL '{seconds} seconds', {col}, TIMESTAMP '1970-01-01T00:00:00')"
)
DUCKDB = grains("time_bucket(INTERVAL '{seconds} seconds', {col})")
SPARK = grains(
    "timestamp_seconds(floor(unix_timestamp({col}) / {seconds}) * {seconds})",
)
