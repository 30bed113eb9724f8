# SPDX-License-Identifier: Apache-2.0
"""Tests of the suite that the driver passes in its own way."""

from __future__ import annotations

from typing import Any

from sqlalchemy import String, event, testing, text
from sqlalchemy.testing import suite
from sqlalchemy.testing.assertions import eq_

__all__ = [
    "ComponentReflectionTestExtra",
    "ServerSideCursorsTest",
    "WindowFunctionTest",
]


class ComponentReflectionTestExtra(suite.ComponentReflectionTestExtra):
    @testing.combinations("String", "VARCHAR", "CHAR", argnames="name")
    def test_string_length_reflection(
        self, connection: Any, metadata: Any, name: str
    ) -> None:
        """Texts are texts; the engines keep no length."""
        kind = getattr(suite.test_reflection.sql_types, name)(52)
        (found,) = self._type_round_trip(connection, metadata, kind)
        assert isinstance(found, String)
        eq_(found.length, None)

    def test_varchar_reflection(self, connection: Any, metadata: Any) -> None:
        """The same, as SQLAlchemy 1.4 has it."""
        (found,) = self._type_round_trip(connection, metadata, String(52))
        assert isinstance(found, String)
        eq_(found.length, None)


class ServerSideCursorsTest(suite.ServerSideCursorsTest):
    """All cursors read the open stream: what counts is what SQLAlchemy asked for."""

    def _fixture(self, server_side_cursors: bool) -> Any:
        engine = super()._fixture(server_side_cursors)
        self._asked: dict[Any, bool] = {}
        event.listen(engine, "before_cursor_execute", self._note)
        return engine

    def _note(self, _c: Any, cursor: Any, *more: Any) -> None:
        context = more[2]
        self._asked[cursor] = context._is_server_side

    def _is_server_side(self, cursor: Any) -> bool:
        return self._asked[cursor]


class _Sorted:
    """A connection whose results are in order; the engines compute in parallel."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def execute(self, query: Any) -> Any:
        return self._connection.execute(query.order_by(text("1")))


class WindowFunctionTest(suite.WindowFunctionTest):
    if hasattr(suite.WindowFunctionTest, "test_window_range"):  # since 2.1

        def test_window_range(self, connection: Any) -> None:
            super().test_window_range(_Sorted(connection))

        def test_window_range_numeric(self, connection: Any) -> None:
            super().test_window_range_numeric(_Sorted(connection))
