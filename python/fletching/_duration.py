# SPDX-License-Identifier: Apache-2.0
"""Lengths of time exact to the nanosecond."""

from __future__ import annotations

from datetime import timedelta
from typing import overload

from fletching._nanoseconds import NS_PER_S, NS_PER_US, Nanoseconds, total_ns


class Duration(Nanoseconds, timedelta):
    """A timedelta with nanoseconds: ``Duration(seconds=1, nanoseconds=5)``.

    Sums, differences, negation, abs() and products with int are exact Durations;
    division rounds to the nanosecond, half to even.
    """

    __slots__ = ("_nanosecond",)
    _nanosecond: int

    def __new__(
        cls,
        days: float = 0,
        seconds: float = 0,
        microseconds: float = 0,
        milliseconds: float = 0,
        minutes: float = 0,
        hours: float = 0,
        weeks: float = 0,
        *,
        nanoseconds: int = 0,
    ) -> Duration:
        """As timedelta; ``nanoseconds`` is any whole number."""
        micro, nano = divmod(nanoseconds, NS_PER_US)
        base = timedelta(
            days, seconds, microseconds, milliseconds, minutes, hours, weeks
        ) + timedelta(microseconds=micro)
        self = super().__new__(cls, base.days, base.seconds, base.microseconds)
        self._nanosecond = nano
        return self

    @classmethod
    def _of(cls, base: timedelta, nanoseconds: int) -> Duration:
        return cls(base.days, base.seconds, base.microseconds, nanoseconds=nanoseconds)

    def total_nanoseconds(self) -> int:
        """The whole duration, exactly."""
        return total_ns(self)

    def total_seconds(self) -> float:
        """The whole duration as the nearest float."""
        return self.total_nanoseconds() / NS_PER_S

    def to_timedelta(self) -> timedelta:
        """The plain timedelta; nanoseconds are cut off (towards the past)."""
        return timedelta(self.days, self.seconds, self.microseconds)

    def __bool__(self) -> bool:
        return timedelta.__bool__(self) or self._nanosecond != 0

    def __add__(self, other: timedelta) -> Duration:
        if not isinstance(other, timedelta):
            return NotImplemented
        return Duration(nanoseconds=self.total_nanoseconds() + total_ns(other))

    __radd__ = __add__

    def __sub__(self, other: timedelta) -> Duration:
        if not isinstance(other, timedelta):
            return NotImplemented
        return Duration(nanoseconds=self.total_nanoseconds() - total_ns(other))

    def __rsub__(self, other: timedelta) -> Duration:
        if not isinstance(other, timedelta):
            return NotImplemented
        return Duration(nanoseconds=total_ns(other) - self.total_nanoseconds())

    def __neg__(self) -> Duration:
        return Duration(nanoseconds=-self.total_nanoseconds())

    def __pos__(self) -> Duration:
        return self

    def __abs__(self) -> Duration:
        return -self if self.days < 0 else self

    def __mul__(self, other: float) -> Duration:
        if isinstance(other, int):
            return Duration(nanoseconds=self.total_nanoseconds() * other)
        if isinstance(other, float):
            numerator, denominator = other.as_integer_ratio()
            whole = self.total_nanoseconds() * numerator
            return Duration(nanoseconds=_divide_half_even(whole, denominator))
        return NotImplemented

    __rmul__ = __mul__

    @overload
    def __truediv__(self, other: timedelta) -> float: ...
    @overload
    def __truediv__(self, other: float) -> Duration: ...
    def __truediv__(self, other: timedelta | float) -> Duration | float:
        whole = self.total_nanoseconds()
        if isinstance(other, timedelta):
            return whole / total_ns(other)
        if isinstance(other, int):
            return Duration(nanoseconds=_divide_half_even(whole, other))
        if isinstance(other, float):
            numerator, denominator = other.as_integer_ratio()
            return Duration(
                nanoseconds=_divide_half_even(whole * denominator, numerator)
            )
        return NotImplemented

    def __rtruediv__(self, other: timedelta) -> float:
        if not isinstance(other, timedelta):
            return NotImplemented
        return total_ns(other) / self.total_nanoseconds()

    @overload
    def __floordiv__(self, other: timedelta) -> int: ...
    @overload
    def __floordiv__(self, other: int) -> Duration: ...
    def __floordiv__(self, other: timedelta | int) -> Duration | int:
        if isinstance(other, timedelta):
            return self.total_nanoseconds() // total_ns(other)
        if isinstance(other, int):
            return Duration(nanoseconds=self.total_nanoseconds() // other)
        return NotImplemented

    def __rfloordiv__(self, other: timedelta) -> int:
        if not isinstance(other, timedelta):
            return NotImplemented
        return total_ns(other) // self.total_nanoseconds()

    def __mod__(self, other: timedelta) -> Duration:
        if not isinstance(other, timedelta):
            return NotImplemented
        return Duration(nanoseconds=self.total_nanoseconds() % total_ns(other))

    def __rmod__(self, other: timedelta) -> Duration:
        if not isinstance(other, timedelta):
            return NotImplemented
        return Duration(nanoseconds=total_ns(other) % self.total_nanoseconds())

    def __divmod__(self, other: timedelta) -> tuple[int, Duration]:
        if not isinstance(other, timedelta):
            return NotImplemented
        return self // other, self % other

    def __rdivmod__(self, other: timedelta) -> tuple[int, Duration]:
        if not isinstance(other, timedelta):
            return NotImplemented
        quotient, rest = divmod(total_ns(other), self.total_nanoseconds())
        return quotient, Duration(nanoseconds=rest)

    def __str__(self) -> str:
        if not self._nanosecond:
            return str(self.to_timedelta())
        text = str(self.to_timedelta())
        micro = "" if "." in text else ".000000"
        return f"{text}{micro}{self._nanosecond:03d}"

    def __repr__(self) -> str:
        parts = [
            f"{name}={value}"
            for name, value in (
                ("days", self.days),
                ("seconds", self.seconds),
                ("microseconds", self.microseconds),
                ("nanoseconds", self._nanosecond),
            )
            if value
        ]
        return f"fletching.Duration({', '.join(parts) or '0'})"

    def _state(self) -> tuple[int, int, int, int]:
        return self.days, self.seconds, self.microseconds, self._nanosecond

    @classmethod
    def _restore(cls, days: int, seconds: int, micro: int, nano: int) -> Duration:
        return cls(days, seconds, micro, nanoseconds=nano)


def _divide_half_even(numerator: int, denominator: int) -> int:
    if denominator < 0:
        numerator, denominator = -numerator, -denominator
    quotient, rest = divmod(numerator, denominator)
    twice = 2 * rest
    if twice > denominator or (twice == denominator and quotient % 2):
        quotient += 1
    return quotient
