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


def grains(binned: str | None) -> Grains:
    """The grains of an engine that has date_trunc, whose weeks begin on Monday.

    Args:
        binned: how a moment is rounded down to so many ``{seconds}``; None: not at all.
    """
    week = "date_trunc('week', {col})"
    from_sunday = "date_trunc('week', {col} + INTERVAL '1' DAY)"
    made: Grains = {None: "{col}"}
    for grain, unit in _UNITS.items():
        made[grain] = f"date_trunc('{unit}', {{col}})"
    if binned is not None:
        for grain, seconds in _BINS.items():
            made[grain] = binned.replace("{seconds}", str(seconds))
    made[TimeGrain.WEEK_STARTING_MONDAY] = week
    made[TimeGrain.WEEK_STARTING_SUNDAY] = f"{from_sunday} - INTERVAL '1' DAY"
    made[TimeGrain.WEEK_ENDING_SATURDAY] = f"{from_sunday} + INTERVAL '5' DAY"
    made[TimeGrain.WEEK_ENDING_SUNDAY] = f"{week} + INTERVAL '6' DAY"
    return made


GENERIC = grains(None)
DATAFUSION = grains(
    "date_bin(INTERVAL '{seconds} seconds', {col}, TIMESTAMP '1970-01-01T00:00:00')"
)
DUCKDB = grains("time_bucket(INTERVAL '{seconds} seconds', {col})")
SPARK = grains(
    "timestamp_seconds(floor(unix_timestamp({col}) / {seconds}) * {seconds})",
)


def _flink() -> Grains:
    """Flink has no date_trunc; its FLOOR begins weeks on Sunday, and bins are what is
    over of the next larger unit. No zone is needed for any of it."""
    made: Grains = {None: "{col}"}
    for grain, unit in _UNITS.items():
        made[grain] = f"FLOOR({{col}} TO {unit.upper()})"
    for grain, seconds in _BINS.items():
        size, unit = _largest(seconds)
        rest = f"MOD(EXTRACT({unit} FROM {{col}}), {size})"
        made[grain] = f"FLOOR({{col}} TO {unit}) - {rest} * INTERVAL '1' {unit}"
    monday = "FLOOR({col} - INTERVAL '1' DAY TO WEEK) + INTERVAL '1' DAY"
    made[TimeGrain.WEEK] = monday
    made[TimeGrain.WEEK_STARTING_MONDAY] = monday
    made[TimeGrain.WEEK_STARTING_SUNDAY] = "FLOOR({col} TO WEEK)"
    made[TimeGrain.WEEK_ENDING_SATURDAY] = "FLOOR({col} TO WEEK) + INTERVAL '6' DAY"
    made[TimeGrain.WEEK_ENDING_SUNDAY] = (
        "FLOOR({col} - INTERVAL '1' DAY TO WEEK) + INTERVAL '7' DAY"
    )
    return made


def _largest(seconds: int) -> tuple[int, str]:
    """A span in the largest unit that it is a whole number of."""
    for size, unit in ((3600, "HOUR"), (60, "MINUTE")):
        if seconds % size == 0:
            return seconds // size, unit
    return seconds, "SECOND"


FLINK = _flink()
