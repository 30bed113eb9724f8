# SPDX-License-Identifier: Apache-2.0
"""Rows of one moment of a table that changes."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate, chain
from typing import Any, overload

Row = tuple[Any, ...]


class Rows(Sequence[Row]):
    """A sequence of tuples that stays as it is.

    It shares with the rows of other moments what did not change between them. Equal to
    every sequence of the same rows.
    """

    __slots__ = ("_ends", "_parts")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, parts: list[list[Row]]) -> None:
        self._parts = parts
        self._ends = list(accumulate(map(len, parts)))

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    @overload
    def __getitem__(self, place: int) -> Row: ...
    @overload
    def __getitem__(self, place: slice) -> list[Row]: ...
    def __getitem__(self, place: int | slice) -> Row | list[Row]:
        if isinstance(place, slice):
            return [self[i] for i in range(*place.indices(len(self)))]
        index = range(len(self))[place]
        part = bisect_right(self._ends, index)
        return self._parts[part][index - self._ends[part]]

    def __iter__(self) -> Iterator[Row]:
        return chain.from_iterable(self._parts)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence) or isinstance(other, (str, bytes)):
            return NotImplemented
        return len(self) == len(other) and all(
            mine == theirs for mine, theirs in zip(self, other, strict=True)
        )

    def __repr__(self) -> str:
        return repr(list(self))
