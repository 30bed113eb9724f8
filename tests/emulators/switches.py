# SPDX-License-Identifier: Apache-2.0
"""Deviations as named switches, and the record of what a client did."""

from __future__ import annotations

import argparse
import dataclasses
import json
import threading
from collections.abc import Iterable, Sequence
from typing import Any


@dataclasses.dataclass(frozen=True)
class Switch:
    """One deviation from the protocol or from the newest release."""

    name: str
    doc: str
    source: str
    on: bool = True  # unless --without NAME; False: only --with NAME


def switched_on(
    switches: Sequence[Switch], wanted: Iterable[str], unwanted: Iterable[str]
) -> frozenset[str]:
    """The names of those that are on; ValueError for a name that there is not."""
    states = {one.name: one.on for one in switches}
    for names, on in ((wanted, True), (unwanted, False)):
        for name in names:
            if name not in states:
                raise ValueError(f"no switch {name!r}: there are {', '.join(states)}")
            states[name] = on
    return frozenset(name for name, on in states.items() if on)


def add_switches(parser: argparse.ArgumentParser, switches: Sequence[Switch]) -> None:
    """--with, --without and --record, and the switches at the end of the help."""
    parser.add_argument("--with", dest="wanted", action="append", default=[])
    parser.add_argument("--without", dest="unwanted", action="append", default=[])
    parser.add_argument("--record", metavar="FILE", help="write calls and SQL here")
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = "switches:\n" + "\n".join(
        f"  {one.name} ({'on' if one.on else 'off'})\n      {one.doc}\n"
        f"      [{one.source}]"
        for one in switches
    )


class Record:
    """What happened, a line of JSON each: calls with their headers, SQL texts."""

    def __init__(self, path: str | None) -> None:
        self._path = path
        self._lock = threading.Lock()

    def write(self, **event: Any) -> None:
        """Add an event."""
        if self._path is not None:
            with self._lock, open(self._path, "a", encoding="utf-8") as file:
                file.write(json.dumps(event) + "\n")
