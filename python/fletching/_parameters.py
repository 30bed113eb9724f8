# SPDX-License-Identifier: Apache-2.0
"""Parameters and progress as users give them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from fletching._errors import ProgrammingError

if TYPE_CHECKING:
    from fletching import _core

PARAMSTYLES = ("qmark", "numeric", "named", "format", "pyformat")


class Progress(NamedTuple):
    """How far a statement is; None where the server does not say."""

    rows: int
    bytes: int
    total_rows: int | None
    total_bytes: int | None
    fraction: float | None


def checked_paramstyle(name: str) -> str:
    """The name, if it is one of PEP 249's."""
    if name in PARAMSTYLES:
        return name
    raise ProgrammingError(
        f"option paramstyle: {name!r} is none of {', '.join(PARAMSTYLES)}",
        code="INVALID_ARGUMENT",
        sqlstate="42000",
    )


def style_for(paramstyle: str, by_name: bool) -> str:
    """How the placeholders are written for values that come by name or not."""
    if by_name:
        return "pyformat" if paramstyle in ("format", "pyformat") else "named"
    return "format" if paramstyle == "pyformat" else paramstyle


def is_mapping(values: object) -> bool:
    """Whether values come by name."""
    if isinstance(values, (dict, Mapping)):
        return True
    return (
        not isinstance(values, (list, tuple))
        and hasattr(values, "keys")
        and hasattr(values, "__getitem__")
        and not is_arrow(values)
    )


def is_arrow(data: object) -> bool:
    """Whether an object gives Arrow data by itself, or is a capsule of a stream."""
    if isinstance(data, (list, tuple, dict)):
        return False
    return (
        hasattr(data, "__arrow_c_stream__")
        or hasattr(data, "__arrow_c_array__")
        or type(data).__name__ == "PyCapsule"
    )


@contextlib.contextmanager
def told_progress(
    statement: _core.Statement,
    for_once: Callable[[Progress], object] | None,
    always: Callable[[Progress], object] | None,
) -> Iterator[None]:
    """Have the core tell how far it is, while the block runs."""
    callback = for_once or always
    if callback is None:
        yield
        return
    statement.set_progress(lambda *numbers: callback(Progress(*numbers)))
    try:
        yield
    finally:
        statement.set_progress(None)
