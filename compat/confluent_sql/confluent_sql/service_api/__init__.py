# SPDX-License-Identifier: Apache-2.0
"""What the objects for services beside SQL have in common."""

from __future__ import annotations

from typing import Generic, TypeVar

from confluent_sql.exceptions import InterfaceError

__all__ = ["ServiceApi"]

ContextT = TypeVar("ContextT")


class ServiceApi(Generic[ContextT]):
    """One service of a connection (`context`); of no use once that is closed."""

    _context: ContextT | None

    def __init__(self, context: ContextT) -> None:
        self._context = context

    def get_context(self) -> ContextT:
        """The connection; InterfaceError once it is closed."""
        if self._context is None:
            raise InterfaceError("Connection is closed")
        return self._context

    def _close(self) -> None:
        self._context = None
