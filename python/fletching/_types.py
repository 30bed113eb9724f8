# SPDX-License-Identifier: Apache-2.0
"""The type objects and constructors of PEP 249.

The type code of a column (``cursor.description[i][1]``) is the name of its Arrow type
as text, such as ``"int64"`` or ``"timestamp[us, tz=UTC]"``. It compares equal to the
type object that it belongs to::

    cursor.description[0][1] == fletching.NUMBER

Lists, structs, maps, unions and null belong to none.
"""

from __future__ import annotations

import datetime
import re

from fletching._temporal import Time, Timestamp

_WRAPPER = re.compile(
    r"dictionary<values=(?P<dictionary>.*), indices=\w+>"
    r"|run_end_encoded<run_ends: \w+, values: (?P<run_ends>.*)>"
    r"|extension<(?P<extension>[^:>]+): (?P<storage>.*)>",
    re.DOTALL,
)
_EXTENSIONS = {"arrow.uuid": "uuid", "arrow.json": "string", "arrow.bool8": "bool"}


def _base_name(code: str) -> str:
    """The first word of the type of the values: ``timestamp`` of ``timestamp[us]``."""
    while (found := _WRAPPER.fullmatch(code)) is not None:
        extension = found["extension"]
        if extension in _EXTENSIONS:
            return _EXTENSIONS[extension]
        code = found["dictionary"] or found["run_ends"] or found["storage"]
    return re.split(r"[\[(<]", code, maxsplit=1)[0]


class TypeObject:
    """A group of column types; equal to the type codes of its members."""

    def __init__(self, name: str, members: str) -> None:
        self._name = name
        self._members = frozenset(members.split())

    def __eq__(self, other: object) -> bool:
        if isinstance(other, TypeObject):
            return self is other
        if isinstance(other, str):
            return _base_name(other) in self._members
        return NotImplemented

    def __hash__(self) -> int:
        return hash(self._name)

    def __repr__(self) -> str:
        return f"fletching.{self._name}"


STRING = TypeObject("STRING", "string large_string string_view uuid")
BINARY = TypeObject("BINARY", "binary large_binary binary_view fixed_size_binary")
NUMBER = TypeObject(
    "NUMBER",
    "bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 halffloat float double"
    " decimal32 decimal64 decimal128 decimal256",
)
DATETIME = TypeObject(
    "DATETIME",
    "date32 date64 time32 time64 timestamp duration month_interval day_time_interval"
    " month_day_nano_interval",
)
ROWID = TypeObject("ROWID", "")

Date = datetime.date
Binary = bytes


def DateFromTicks(ticks: float) -> datetime.date:  # noqa: N802 - PEP 249
    """The local date at a number of seconds since 1970."""
    return datetime.date.fromtimestamp(ticks)


def TimeFromTicks(ticks: float) -> Time:  # noqa: N802 - PEP 249
    """The local time of day at a number of seconds since 1970."""
    return Time.from_time(datetime.datetime.fromtimestamp(ticks).time())


def TimestampFromTicks(ticks: float) -> Timestamp:  # noqa: N802 - PEP 249
    """The local time at a number of seconds since 1970."""
    return Timestamp.from_datetime(datetime.datetime.fromtimestamp(ticks))
