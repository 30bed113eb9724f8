# SPDX-License-Identifier: Apache-2.0
"""INTERVAL YEAR TO MONTH, which Python has no type for."""

from __future__ import annotations

import dataclasses
import functools
from typing import Any

from confluent_sql.exceptions import _DataValueError, _InterfaceTypeError

_MOST_YEARS, _MOST_MONTHS = 9999, 11


@functools.total_ordering
@dataclasses.dataclass(eq=False)
class YearMonthInterval:
    """Years and months, both of the same sign; |months| <= 11, |years| <= 9999."""

    years: int
    months: int

    def __post_init__(self) -> None:
        for name in ("years", "months"):
            if type(getattr(self, name)) is not int:
                raise _InterfaceTypeError(f"{name} must be an int")
        if abs(self.months) > _MOST_MONTHS:
            raise _DataValueError(f"months must be in -11..11, got {self.months}")
        if abs(self.years) > _MOST_YEARS:
            raise _DataValueError(f"years must be in -9999..9999, got {self.years}")
        if self.years * self.months < 0:
            raise _DataValueError("years and months must have the same sign")

    @classmethod
    def _of_months(cls, months: int) -> YearMonthInterval:
        years, rest = divmod(abs(months), 12)
        return cls(-years, -rest) if months < 0 else cls(years, rest)

    @property
    def _all_months(self) -> int:
        return 12 * self.years + self.months

    @property
    def is_negative(self) -> bool:
        """Whether it goes back in time."""
        return self._all_months < 0

    def __str__(self) -> str:
        """As Flink writes it: +1-06."""
        sign = "-" if self.is_negative else "+"
        return f"{sign}{abs(self.years)}-{abs(self.months):02}"

    def __eq__(self, other: Any) -> bool:
        if not isinstance(other, YearMonthInterval):
            return NotImplemented
        return self._all_months == other._all_months

    def __lt__(self, other: Any) -> bool:
        if not isinstance(other, YearMonthInterval):
            return NotImplemented
        return self._all_months < other._all_months

    def __hash__(self) -> int:
        return hash((YearMonthInterval, self._all_months))
