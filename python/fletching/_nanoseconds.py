# SPDX-License-Identifier: Apache-2.0
"""What values with nanoseconds below their microsecond have in common."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, SupportsIndex

NS_PER_US = 1_000
NS_PER_S = 1_000_000_000


class Nanoseconds:
    """Mixed in before ``datetime``, ``time`` or ``timedelta``, whose order it refines.

    Where the plain parts are equal, the nanoseconds decide; against values without any
    they count as 0. The slot itself is each class's own, because two bases with slots
    do not mix, and must be named ``_nanosecond``: the core fills it in.
    """

    __slots__ = ()
    _nanosecond: int

    @property
    def nanosecond(self) -> int:
        """What is below the microsecond, 0 to 999."""
        return self._nanosecond

    def _order(self, other: object) -> int:
        """Negative, 0 or positive, by the nanoseconds alone."""
        return self._nanosecond - nanosecond_of(other)

    def __eq__(self, other: object) -> bool:
        same = super().__eq__(other)
        return same if same is not True else self._order(other) == 0

    def __ne__(self, other: object) -> bool:
        same = self.__eq__(other)
        return same if same is NotImplemented else not same

    def __lt__(self, other: Any) -> bool:
        plain: Any = super()
        if plain.__eq__(other) is True:
            return self._order(other) < 0
        return plain.__lt__(other)  # type: ignore[no-any-return]

    def __le__(self, other: Any) -> bool:
        plain: Any = super()
        if plain.__eq__(other) is True:
            return self._order(other) <= 0
        return plain.__le__(other)  # type: ignore[no-any-return]

    def __gt__(self, other: Any) -> bool:
        plain: Any = super()
        if plain.__eq__(other) is True:
            return self._order(other) > 0
        return plain.__gt__(other)  # type: ignore[no-any-return]

    def __ge__(self, other: Any) -> bool:
        plain: Any = super()
        if plain.__eq__(other) is True:
            return self._order(other) >= 0
        return plain.__ge__(other)  # type: ignore[no-any-return]

    def __hash__(self) -> int:
        plain = super().__hash__()
        return hash((plain, self._nanosecond)) if self._nanosecond else plain

    def _state(self) -> tuple[Any, ...]:
        """What `_restore` makes the value of."""
        raise NotImplementedError

    @classmethod
    def _restore(cls, *state: Any) -> Any:
        raise NotImplementedError

    def __reduce_ex__(self, protocol: SupportsIndex) -> tuple[Any, ...]:
        return restore, (type(self), *self._state())

    def __reduce__(self) -> tuple[Any, ...]:
        return self.__reduce_ex__(2)


def restore(kind: type[Nanoseconds], *state: Any) -> Any:
    """A pickled value again."""
    return kind._restore(*state)


def checked_nanosecond(value: SupportsIndex) -> int:
    """The number, if it is one in 0..999."""
    number = value.__index__()
    if not 0 <= number <= 999:
        raise ValueError(f"nanosecond must be in 0..999, not {number}")
    return number


def nanosecond_of(value: object) -> int:
    """The nanoseconds below the microsecond; 0 of plain values."""
    # pandas.Timedelta calls them `nanoseconds`.
    number = getattr(value, "nanosecond", 0) or getattr(value, "nanoseconds", 0)
    return number if isinstance(number, int) else 0


def total_ns(value: timedelta) -> int:
    """A length of time as nanoseconds, exactly."""
    seconds = value.days * 86_400 + value.seconds
    micro = seconds * 1_000_000 + value.microseconds
    return micro * NS_PER_US + nanosecond_of(value)
