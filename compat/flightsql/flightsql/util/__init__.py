# SPDX-License-Identifier: Apache-2.0
"""What clients, connections and cursors share."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TypeVar

from fletching import InterfaceError, _own_files

_own_files.check("flightsql", rival="flightsql-dbapi")

__all__ = ["check_closed"]

F = TypeVar("F", bound=Callable[..., object])


def check_closed(f: F) -> F:
    """Let a method raise InterfaceError once its object's ``closed`` is true."""

    @functools.wraps(f)
    def checked(self, *args, **kwargs):  # type: ignore[no-untyped-def]
        if self.closed:
            raise InterfaceError(
                f"{type(self).__name__} already closed",
                code="INVALID_STATE",
                sqlstate="08003",
            )
        return f(self, *args, **kwargs)

    return checked  # type: ignore[return-value]
