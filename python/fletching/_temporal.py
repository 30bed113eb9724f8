# SPDX-License-Identifier: Apache-2.0
"""Moments and times exact to the nanosecond; intervals.

`Timestamp`, `Time` and `Duration` are subclasses of `datetime`, `time` and `timedelta`
with one more attribute, ``nanosecond`` (0-999), which counts in comparison, hashing,
text, pickling and arithmetic. With ``nanosecond == 0`` they equal the plain value and
hash as it does. Columns of nanosecond unit give them always, whatever their values.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from typing import Any, Literal, NamedTuple, SupportsIndex, overload

from fletching._duration import Duration
from fletching._nanoseconds import (
    NS_PER_S,
    NS_PER_US,
    Nanoseconds,
    checked_nanosecond,
    nanosecond_of,
    total_ns,
)

_FRACTION = re.compile(r"([.,])(\d{6})(\d{1,3})(?!\d)")


def _split_nanoseconds(text: str) -> tuple[str, int]:
    """ISO text with 7 to 9 decimals as text with 6 and the nanoseconds below them."""
    found = _FRACTION.search(text)
    if found is None:
        return text, 0
    return text[: found.end(2)] + text[found.end(3) :], int(found[3].ljust(3, "0"))


def _join_nanoseconds(text: str, nanosecond: int) -> str:
    """The other way round: `text` is isoformat() with microseconds."""
    at = text.index(".") + 7
    return f"{text[:at]}{nanosecond:03d}{text[at:]}"


class _Clock(Nanoseconds):
    """What Timestamp and Time share besides: how they are shown."""

    __slots__ = ()

    def __format__(self, spec: str) -> str:
        plain: Any = self
        return plain.strftime(spec) if spec else str(self)

    def _shown(self, name: str, *parts: int) -> str:
        """repr() as datetime has it: `parts`, then what is not zero."""
        it: Any = self
        shown = list(parts)
        if it.second or it.microsecond:
            shown.append(it.second)
        if it.microsecond:
            shown.append(it.microsecond)
        text = ", ".join(map(str, shown))
        if it.tzinfo is not None:
            text += f", tzinfo={it.tzinfo!r}"
        if self._nanosecond:
            text += f", nanosecond={self._nanosecond}"
        if it.fold:
            text += f", fold={it.fold}"
        return f"fletching.{name}({text})"


class Timestamp(_Clock, datetime):
    """A datetime with nanoseconds; also PEP 249's ``Timestamp`` constructor.

    Adding or subtracting a timedelta or `Duration` gives a Timestamp; the difference of
    a Timestamp and any datetime is a `Duration`.
    """

    __slots__ = ("_nanosecond",)
    _nanosecond: int
    resolution = Duration(nanoseconds=1)

    def __new__(
        cls,
        year: SupportsIndex,
        month: SupportsIndex,
        day: SupportsIndex,
        hour: SupportsIndex = 0,
        minute: SupportsIndex = 0,
        second: SupportsIndex = 0,
        microsecond: SupportsIndex = 0,
        tzinfo: tzinfo | None = None,
        *,
        nanosecond: SupportsIndex = 0,
        fold: int = 0,
    ) -> Timestamp:
        """As datetime, with ``nanosecond`` in 0..999."""
        self = super().__new__(
            cls, year, month, day, hour, minute, second, microsecond, tzinfo, fold=fold
        )
        self._nanosecond = checked_nanosecond(nanosecond)
        return self

    @classmethod
    def from_datetime(cls, value: datetime, nanosecond: int | None = None) -> Timestamp:
        """The same moment; its own nanoseconds, or those given."""
        return cls(
            value.year,
            value.month,
            value.day,
            value.hour,
            value.minute,
            value.second,
            value.microsecond,
            value.tzinfo,
            nanosecond=nanosecond_of(value) if nanosecond is None else nanosecond,
            fold=value.fold,
        )

    @classmethod
    def fromisoformat(cls, date_string: str, /) -> Timestamp:
        """As datetime.fromisoformat, with up to nine decimals of a second."""
        text, nanosecond = _split_nanoseconds(date_string)
        return cls.from_datetime(datetime.fromisoformat(text), nanosecond)

    @classmethod
    def combine(
        cls, date: date, time: time, tzinfo: tzinfo | Literal[True] | None = True
    ) -> Timestamp:
        """As datetime.combine; keeps the nanoseconds of a `Time`."""
        zone = time.tzinfo if tzinfo is True else tzinfo
        base = datetime.combine(date, time, zone or None)
        return cls.from_datetime(base, nanosecond_of(time))

    def to_datetime(self) -> datetime:
        """The plain datetime; nanoseconds are cut off."""
        return _plain(self)

    def timestamp_ns(self) -> int:
        """Nanoseconds since 1970-01-01 UTC, exactly (a naive value is local time)."""
        aware = self.to_datetime().astimezone(timezone.utc)
        since = aware - datetime(1970, 1, 1, tzinfo=timezone.utc)
        return total_ns(since) + self._nanosecond

    def time(self) -> Time:
        """The time of day without zone, with its nanoseconds."""
        return Time.from_time(self.to_datetime().time(), self._nanosecond)

    def timetz(self) -> Time:
        """The time of day with zone and nanoseconds."""
        return Time.from_time(self.to_datetime().timetz(), self._nanosecond)

    def astimezone(self, tz: tzinfo | None = None) -> Timestamp:
        """The same moment on the clocks of another zone."""
        return self.from_datetime(self.to_datetime().astimezone(tz), self._nanosecond)

    def replace(
        self,
        year: SupportsIndex | None = None,
        month: SupportsIndex | None = None,
        day: SupportsIndex | None = None,
        hour: SupportsIndex | None = None,
        minute: SupportsIndex | None = None,
        second: SupportsIndex | None = None,
        microsecond: SupportsIndex | None = None,
        tzinfo: tzinfo | Literal[True] | None = True,
        *,
        nanosecond: SupportsIndex | None = None,
        fold: int | None = None,
    ) -> Timestamp:
        """A copy with the parts that are given; the nanoseconds stay unless given."""
        return type(self)(
            self.year if year is None else year,
            self.month if month is None else month,
            self.day if day is None else day,
            self.hour if hour is None else hour,
            self.minute if minute is None else minute,
            self.second if second is None else second,
            self.microsecond if microsecond is None else microsecond,
            self.tzinfo if tzinfo is True else tzinfo,
            nanosecond=self._nanosecond if nanosecond is None else nanosecond,
            fold=self.fold if fold is None else fold,
        )

    def isoformat(self, sep: str = "T", timespec: str = "auto") -> str:
        """As datetime.isoformat; ``timespec='nanoseconds'`` always writes nine digits.

        With ``'auto'`` nine are written where there are nanoseconds.
        """
        plain = self.to_datetime()
        if timespec == "nanoseconds" or (timespec == "auto" and self._nanosecond):
            return _join_nanoseconds(
                plain.isoformat(sep, "microseconds"), self._nanosecond
            )
        return plain.isoformat(sep, timespec)

    def __str__(self) -> str:
        return self.isoformat(" ")

    def __repr__(self) -> str:
        return self._shown(
            "Timestamp", self.year, self.month, self.day, self.hour, self.minute
        )

    def _moved(self, nanoseconds: int) -> Timestamp:
        micro, nano = divmod(self._nanosecond + nanoseconds, NS_PER_US)
        return self.from_datetime(
            self.to_datetime() + timedelta(microseconds=micro), nano
        )

    def __add__(self, other: timedelta) -> Timestamp:
        if not isinstance(other, timedelta):
            return NotImplemented
        return self._moved(total_ns(other))

    __radd__ = __add__

    @overload  # type: ignore[override]
    def __sub__(self, other: datetime) -> Duration: ...
    @overload
    def __sub__(self, other: timedelta) -> Timestamp: ...
    def __sub__(self, other: datetime | timedelta) -> Duration | Timestamp:
        if isinstance(other, timedelta):
            return self._moved(-total_ns(other))
        if isinstance(other, datetime):
            return Duration._of(self.to_datetime() - _plain(other), self._order(other))
        return NotImplemented

    def __rsub__(self, other: datetime) -> Duration:
        if not isinstance(other, datetime):
            return NotImplemented
        return Duration._of(_plain(other) - self.to_datetime(), -self._order(other))

    def _state(self) -> tuple[datetime, int, int]:
        # The fold apart: datetime's own state loses it below protocol 4.
        return self.to_datetime(), self._nanosecond, self.fold

    @classmethod
    def _restore(cls, base: datetime, nano: int, fold: int) -> Timestamp:
        return cls.from_datetime(base.replace(fold=fold), nano)


def _plain(value: datetime) -> datetime:
    """A datetime that is no subclass, whose arithmetic is datetime's own."""
    if type(value) is datetime:
        return value
    return datetime(
        value.year,
        value.month,
        value.day,
        value.hour,
        value.minute,
        value.second,
        value.microsecond,
        value.tzinfo,
        fold=value.fold,
    )


class Time(_Clock, time):
    """A time of day with nanoseconds; also PEP 249's ``Time`` constructor."""

    __slots__ = ("_nanosecond",)
    _nanosecond: int
    resolution = Duration(nanoseconds=1)

    def __new__(
        cls,
        hour: SupportsIndex = 0,
        minute: SupportsIndex = 0,
        second: SupportsIndex = 0,
        microsecond: SupportsIndex = 0,
        tzinfo: tzinfo | None = None,
        *,
        nanosecond: SupportsIndex = 0,
        fold: int = 0,
    ) -> Time:
        """As time, with ``nanosecond`` in 0..999."""
        self = super().__new__(
            cls, hour, minute, second, microsecond, tzinfo, fold=fold
        )
        self._nanosecond = checked_nanosecond(nanosecond)
        return self

    @classmethod
    def from_time(cls, value: time, nanosecond: int | None = None) -> Time:
        """The same time of day; its own nanoseconds, or those given."""
        return cls(
            value.hour,
            value.minute,
            value.second,
            value.microsecond,
            value.tzinfo,
            nanosecond=nanosecond_of(value) if nanosecond is None else nanosecond,
            fold=value.fold,
        )

    @classmethod
    def fromisoformat(cls, time_string: str, /) -> Time:
        """As time.fromisoformat, with up to nine decimals of a second."""
        text, nanosecond = _split_nanoseconds(time_string)
        return cls.from_time(time.fromisoformat(text), nanosecond)

    def to_time(self) -> time:
        """The plain time; nanoseconds are cut off."""
        return time(
            self.hour,
            self.minute,
            self.second,
            self.microsecond,
            self.tzinfo,
            fold=self.fold,
        )

    def replace(
        self,
        hour: SupportsIndex | None = None,
        minute: SupportsIndex | None = None,
        second: SupportsIndex | None = None,
        microsecond: SupportsIndex | None = None,
        tzinfo: tzinfo | Literal[True] | None = True,
        *,
        nanosecond: SupportsIndex | None = None,
        fold: int | None = None,
    ) -> Time:
        """A copy with the parts that are given; the nanoseconds stay unless given."""
        return type(self)(
            self.hour if hour is None else hour,
            self.minute if minute is None else minute,
            self.second if second is None else second,
            self.microsecond if microsecond is None else microsecond,
            self.tzinfo if tzinfo is True else tzinfo,
            nanosecond=self._nanosecond if nanosecond is None else nanosecond,
            fold=self.fold if fold is None else fold,
        )

    def isoformat(self, timespec: str = "auto") -> str:
        """As time.isoformat; ``timespec='nanoseconds'`` always writes nine decimals."""
        plain = self.to_time()
        if timespec == "nanoseconds" or (timespec == "auto" and self._nanosecond):
            return _join_nanoseconds(plain.isoformat("microseconds"), self._nanosecond)
        return plain.isoformat(timespec)

    def __str__(self) -> str:
        return self.isoformat()

    def __repr__(self) -> str:
        return self._shown("Time", self.hour, self.minute)

    def _state(self) -> tuple[time, int, int]:
        return self.to_time(), self._nanosecond, self.fold

    @classmethod
    def _restore(cls, base: time, nano: int, fold: int) -> Time:
        return cls.from_time(base.replace(fold=fold), nano)


class Interval(NamedTuple):
    """A calendar interval; its parts do not convert into each other."""

    months: int = 0
    days: int = 0
    nanoseconds: int = 0

    def __str__(self) -> str:
        """ISO 8601, such as ``P14M3DT1.5S``; each part has its own sign."""
        text = "P"
        if self.months:
            text += f"{self.months}M"
        if self.days:
            text += f"{self.days}D"
        if self.nanoseconds or text == "P":
            sign = "-" if self.nanoseconds < 0 else ""
            seconds, rest = divmod(abs(self.nanoseconds), NS_PER_S)
            fraction = f".{rest:09d}".rstrip("0") if rest else ""
            text += f"T{sign}{seconds}{fraction}S"
        return text
