# SPDX-License-Identifier: Apache-2.0
"""Which classes ROW values become."""

from __future__ import annotations

import dataclasses
from collections import namedtuple
from typing import Any

from confluent_sql.exceptions import _InterfaceTypeError


class RowTypeRegistry:
    """Classes by the names of their fields; one connection's."""

    def __init__(self) -> None:
        self._cache: dict[tuple[str, ...], type[Any]] = {}

    def get_row_class(self, field_names: list[str] | tuple[str, ...]) -> type[Any]:
        """The class that was registered for them, or a named tuple."""
        if not isinstance(field_names, (list, tuple)):
            raise _InterfaceTypeError(
                f"field_names must be a list or tuple, got {type(field_names)}"
            )
        if not all(isinstance(one, str) for one in field_names):
            raise _InterfaceTypeError(f"field_names must be strings, got {field_names}")
        key = tuple(field_names)
        if key not in self._cache:
            self._cache[key] = namedtuple("Row", key, rename=True)
        return self._cache[key]

    def register_row_type(self, user_type_for_row: type[Any]) -> None:
        """A class of named tuples, or a dataclass, for ROWs with its fields."""
        kind = user_type_for_row
        names: tuple[str, ...] | None = None
        if isinstance(kind, type) and issubclass(kind, tuple):
            names = getattr(kind, "_fields", None)
        elif isinstance(kind, type) and dataclasses.is_dataclass(kind):
            names = tuple(one.name for one in dataclasses.fields(kind))
        if names is None:
            raise _InterfaceTypeError(
                f"Expected a namedtuple, NamedTuple or dataclass type, got {kind!r}"
            )
        self._cache[tuple(names)] = kind
