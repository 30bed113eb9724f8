# SPDX-License-Identifier: Apache-2.0
"""Dates, times, timestamps and intervals.

Python has microseconds: finer digits of a result are cut off, as 0.7.0 cuts them.
"""

from __future__ import annotations

import re
import zoneinfo
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from typing import TYPE_CHECKING

from confluent_sql.exceptions import InterfaceError, _DataValueError
from confluent_sql.types._base import TypeConverter
from confluent_sql.types._interval import YearMonthInterval

if TYPE_CHECKING:
    from confluent_sql.connection import Connection
    from confluent_sql.types._definitions import ColumnTypeDefinition

_DATE = re.compile(r"(\d{4,})-(\d\d)-(\d\d)(?:[ T].*)?")
_TIME = r"(\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?"
_TIME_ALONE = re.compile(_TIME)
_TIMESTAMP = re.compile(rf"(\d{{4,}})-(\d\d)-(\d\d)[ T]{_TIME}")
_YEAR_MONTH = re.compile(r"([+-])(\d+)-(\d\d?)")
_DAY_TIME = re.compile(r"([+-])(\d+) (\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?", re.ASCII)
_OFFSET = re.compile(r"(?:UTC|GMT)?([+-])(\d\d?)(?::?(\d\d))?")
_WITH_ZONE = ("TIMESTAMP_WITH_LOCAL_TIME_ZONE", "TIMESTAMP_LTZ")
_WITHOUT_ZONE = ("TIMESTAMP_WITHOUT_TIME_ZONE", "TIMESTAMP")


def _bad(what: str, value: str) -> _DataValueError:
    return _DataValueError(f"Expected {what} but got {value!r}")


def _micros(fraction: str | None) -> int:
    return int(fraction[:6].ljust(6, "0")) if fraction else 0


class DateConverter(TypeConverter[date, str]):
    """DATE."""

    PRIMARY_FLINK_TYPE_NAME = "DATE"

    def to_python_value(self, response_value: str | None) -> date | None:
        """Years 1 to 9999; Flink has more."""
        if response_value is None:
            return None
        self._check_wire(str, response_value)
        found = _DATE.fullmatch(response_value)
        if found is None:
            raise _bad("a date", response_value)
        try:
            return date(*map(int, found.groups()))
        except ValueError as error:
            raise _bad("a date that Python has", response_value) from error

    @classmethod
    def to_statement_string(cls, python_value: date) -> str:
        """DATE 'YYYY-MM-DD'."""
        cls._check_python(date, python_value)
        return f"DATE '{date.isoformat(python_value)}'"


class TimeConverter(TypeConverter[time, str]):
    """TIME."""

    PRIMARY_FLINK_TYPE_NAME = "TIME"

    def to_python_value(self, response_value: str | None) -> time | None:
        """HH:MM:SS with any number of digits."""
        if response_value is None:
            return None
        self._check_wire(str, response_value)
        found = _TIME_ALONE.fullmatch(response_value)
        if found is None:
            raise _bad("a time", response_value)
        hour, minute, second, fraction = found.groups()
        try:
            return time(int(hour), int(minute), int(second or 0), _micros(fraction))
        except ValueError as error:
            raise _bad("a time", response_value) from error

    @classmethod
    def to_statement_string(cls, python_value: time) -> str:
        """TIME 'HH:MM:SS.ffffff'; a time with a zone is refused."""
        cls._check_python(time, python_value)
        if python_value.tzinfo is not None:
            raise _DataValueError(f"TIME has no time zone, {python_value!r} has")
        return f"TIME '{python_value.isoformat(timespec='microseconds')}'"


class TimestampConverter(TypeConverter[datetime, str]):
    """TIMESTAMP, and TIMESTAMP_LTZ as an aware datetime in UTC."""

    PRIMARY_FLINK_TYPE_NAME = "TIMESTAMP"

    def __init__(
        self, connection: Connection, column_type: ColumnTypeDefinition
    ) -> None:
        if column_type.type_name not in _WITH_ZONE + _WITHOUT_ZONE:
            raise InterfaceError(
                f"TimestampConverter is not for {column_type.type_name}"
            )
        super().__init__(connection, column_type)
        self._aware = column_type.type_name in _WITH_ZONE

    def to_python_value(self, response_value: str | None) -> datetime | None:
        """A text of an instant is in UTC, as the service writes it."""
        if response_value is None:
            return None
        self._check_wire(str, response_value)
        found = _TIMESTAMP.fullmatch(response_value)
        if found is None:
            raise _bad("a timestamp", response_value)
        year, month, day, hour, minute, second, fraction = found.groups()
        try:
            return datetime(
                *(int(year), int(month), int(day)),
                *(int(hour), int(minute), int(second or 0), _micros(fraction)),
                timezone.utc if self._aware else None,
            )
        except ValueError as error:
            raise _bad("a timestamp that Python has", response_value) from error

    @classmethod
    def to_statement_string(cls, python_value: datetime) -> str:
        """A naive one as timestamp; an aware one for a session in UTC."""
        cls._check_python(datetime, python_value)
        if python_value.tzinfo is None:
            text = python_value.isoformat(" ", "microseconds")
            return f"cast('{text}' as timestamp)"
        return instant(python_value, "UTC")


def instant(value: datetime, session_zone: str | None) -> str:
    """An aware datetime as TIMESTAMP_LTZ, for a session with that zone.

    Flink reads the text of an instant as the session's clocks show it. Where they show
    it twice (clocks are put back) milliseconds since 1970 say which one it is.
    """
    try:
        utc = value.astimezone(timezone.utc)
        local = utc if _is_utc(session_zone) else utc.astimezone(_zone(session_zone))
    except (OverflowError, ValueError) as error:
        raise _DataValueError(
            f"{value!r} is no instant in the years 1 to 9999"
        ) from error
    if local.replace(fold=0).utcoffset() == local.replace(fold=1).utcoffset():
        text = local.replace(tzinfo=None).isoformat(" ", "microseconds")
        return f"cast('{text}' as timestamp_ltz)"
    epoch = datetime(1970, 1, 1, tzinfo=timezone.utc)
    millis, rest = divmod(utc - epoch, timedelta(milliseconds=1))
    if rest:
        raise _DataValueError(
            f"{value!r} is in an hour that clocks in {session_zone} show twice, and has"
            " microseconds, which cannot be given there: round it to milliseconds, or"
            " let local_time_zone be UTC"
        )
    return f"TO_TIMESTAMP_LTZ({millis}, 3)"


def _is_utc(zone: str | None) -> bool:
    return zone is None or zone.upper() in ("UTC", "Z", "GMT", "ETC/UTC", "ETC/GMT")


def _zone(name: str | None) -> tzinfo:
    found = _OFFSET.fullmatch(name or "")
    if found:
        sign = -1 if found[1] == "-" else 1
        away = timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
        return timezone(sign * away)
    try:
        return zoneinfo.ZoneInfo(name or "UTC")
    except (zoneinfo.ZoneInfoNotFoundError, ValueError) as error:
        raise InterfaceError(
            f"The time zone {name!r} is not known here, so no instant can be written"
            " for it"
        ) from error


class YearMonthIntervalConverter(TypeConverter[YearMonthInterval, str]):
    """INTERVAL YEAR TO MONTH."""

    PRIMARY_FLINK_TYPE_NAME = "INTERVAL_YEAR_MONTH"

    def to_python_value(self, response_value: str | None) -> YearMonthInterval | None:
        """From +1-06."""
        if response_value is None:
            return None
        self._check_wire(str, response_value)
        found = _YEAR_MONTH.fullmatch(response_value)
        if found is None:
            raise _bad("an interval such as +1-06", response_value)
        sign = -1 if found[1] == "-" else 1
        return YearMonthInterval(sign * int(found[2]), sign * int(found[3]))

    @classmethod
    def to_statement_string(cls, python_value: YearMonthInterval) -> str:
        """INTERVAL '+1-06' YEAR TO MONTH."""
        cls._check_python(YearMonthInterval, python_value)
        return f"INTERVAL '{python_value}' YEAR TO MONTH"


class DaysIntervalConverter(TypeConverter[timedelta, str]):
    """INTERVAL DAY TO SECOND."""

    PRIMARY_FLINK_TYPE_NAME = "INTERVAL_DAY_TIME"
    ZERO_TIMEDELTA = timedelta(0)

    def to_python_value(self, response_value: str | None) -> timedelta | None:
        """From +1 02:03:04.005."""
        if response_value is None:
            return None
        self._check_wire(str, response_value)
        found = _DAY_TIME.fullmatch(response_value)
        if found is None:
            raise _bad("an interval such as +1 02:03:04.005", response_value)
        sign, days, hours, minutes, seconds, fraction = found.groups()
        try:
            value = timedelta(
                days=int(days),
                hours=int(hours),
                minutes=int(minutes),
                seconds=int(seconds),
                microseconds=_micros(fraction),
            )
        except OverflowError as error:
            raise _bad("an interval that Python has", response_value) from error
        return -value if sign == "-" else value

    @classmethod
    def to_statement_string(cls, python_value: timedelta) -> str:
        """With six digits of the second where it has them; Flink keeps three."""
        cls._check_python(timedelta, python_value)
        sign = "-" if python_value < cls.ZERO_TIMEDELTA else "+"
        value = abs(python_value)
        minutes, seconds = divmod(value.seconds, 60)
        hours, minutes = divmod(minutes, 60)
        text = f"{sign}{value.days} {hours:02}:{minutes:02}:{seconds:02}"
        digits = len(str(value.days))
        day = f"DAY({digits})" if digits > 2 else "DAY"
        if value.microseconds:
            return f"INTERVAL '{text}.{value.microseconds:06}' {day} TO SECOND(6)"
        return f"INTERVAL '{text}' {day} TO SECOND"
