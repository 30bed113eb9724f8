# SPDX-License-Identifier: Apache-2.0
"""The zones of timestamp columns."""

from __future__ import annotations

import re
import warnings
from datetime import timedelta, timezone, tzinfo

_UTC_ALIASES = ("utc", "uct", "gmt", "zulu", "universal", "greenwich", "gmt0", "gmt+0")
_UTC_NAMES = frozenset(
    {
        "z",
        "gmt-0",
        "etc/gmt-0",
        *_UTC_ALIASES,
        *(f"etc/{name}" for name in _UTC_ALIASES),
    }
)
_OFFSET = re.compile(r"(?:utc|gmt)?([+-])(\d\d?)(?::?(\d\d)(?::?(\d\d))?)?")


def zone_of(name: str) -> tzinfo:
    """The zone of an Arrow timestamp type.

    Names of UTC give ``timezone.utc``; offsets such as ``+02:00`` fixed zones; others
    `zoneinfo.ZoneInfo`. An unknown name (or missing tzdata) warns and gives UTC: the
    moment stays right, only the clocks shown are not those of the zone.
    """
    folded = name.strip().lower()
    if folded in _UTC_NAMES:
        return timezone.utc
    found = _OFFSET.fullmatch(folded)
    if found is not None:
        hours, minutes, seconds = (int(part or 0) for part in found.groups()[1:])
        offset = timedelta(hours=hours, minutes=minutes, seconds=seconds)
        if minutes < 60 and seconds < 60 and offset < timedelta(days=1):
            if not offset:
                return timezone.utc
            return timezone(-offset if found[1] == "-" else offset)
    return _named_zone(name.strip())


def _named_zone(name: str) -> tzinfo:
    from zoneinfo import ZoneInfo  # costs a millisecond that most never need

    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        warnings.warn(
            f"unknown time zone {name!r}: its timestamps are shown in UTC"
            " (pip install tzdata)",
            RuntimeWarning,
            stacklevel=2,
        )
        return timezone.utc
