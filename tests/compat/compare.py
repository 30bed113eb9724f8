# SPDX-License-Identifier: Apache-2.0
"""Compares what two packages offer by name; see surface.py."""

from __future__ import annotations

import functools
import json
import pathlib
import subprocess
from collections.abc import Collection, Sequence
from typing import Any

# What dialects of SQLAlchemy 1 have that those of 2 have not.
SQLALCHEMY_1 = {
    "dbapi": "import_dbapi in SQLAlchemy 2; where that is 1.4, it is there",
    "returns_unicode_strings": "removed by SQLAlchemy 2",
    "supports_unicode_binds": "removed by SQLAlchemy 2",
    "supports_unicode_statements": "removed by SQLAlchemy 2",
    "supports_pk_autoincrement": "removed by SQLAlchemy 2",
    "paramstyle": "of the instance, where a class of one's own has not set it",
    "sql_info": "the driver keeps SqlInfo, Connection.get_sql_info() tells it",
    "sql_info_values": "as sql_info",
}


@functools.cache
def surface(python: pathlib.Path, *modules: str) -> dict[str, Any]:
    """What the modules offer by that interpreter."""
    script = pathlib.Path(__file__).with_name("surface.py")
    done = subprocess.run(
        [python, script, *modules], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def takes(new: list[list[Any]] | None, old: list[list[Any]] | None) -> bool:
    """Whether every call of the old signature is one of the new."""
    if new is None or old is None:  # no function
        return True
    if any(kind == "VAR_KEYWORD" for _, kind, _ in new) and len(new) <= 3:
        return True  # *args, **kwargs
    for place, (name, kind, default) in enumerate(old):
        if kind in ("VAR_POSITIONAL", "VAR_KEYWORD"):
            continue
        by_name = {one[0]: (at, one) for at, one in enumerate(new)}
        if name not in by_name:
            return False
        at, found = by_name[name]
        if kind == "POSITIONAL_OR_KEYWORD" and (at != place or found[1] != kind):
            return False
        if default and not found[2]:
            return False
    known = {name for name, _, _ in old}
    return all(one[2] or one[0] in known or one[1].startswith("VAR_") for one in new)


def differences(
    old: dict[str, Any],
    new: dict[str, Any],
    path: str,
    left_out: Collection[str],
    changed: Collection[str],
    inherited: Sequence[str] = (),
) -> list[str]:
    """What is missing or takes less; `left_out` and `changed` are known, by path."""
    found = []
    for name, value in old.items():
        place = f"{path}.{name}".lstrip(".")
        if place in left_out:
            assert name not in new, f"{place} is there: take it off the list"
        elif name not in new:
            if name in inherited:
                continue
            found.append(f"{place} is missing")
        elif isinstance(value, dict):
            here = new[name]
            found += differences(
                value["members"],
                here["members"],
                place,
                left_out,
                changed,
                here["inherited"],
            )
        elif place not in changed and not takes(new[name], value):
            found.append(f"{place}: {new[name]} does not take {value}")
    return found
