# SPDX-License-Identifier: Apache-2.0
"""Reflection of engines that tell what they have by SHOW and DESCRIBE."""

from __future__ import annotations

from typing import Any

from sqlalchemy import exc

from fletching.sqlalchemy._base import FlightSQLDialect
from fletching.sqlalchemy._tables import Found, Place


class ShowingDialect(FlightSQLDialect):
    """A table is there if its columns are told."""

    def list_tables(self, connection: Any, place: Place) -> Found:
        """The tables and views of a place."""
        raise NotImplementedError

    def lists_by_sql(self, connection: Any) -> bool:
        """Not as others do: there is no information schema to ask."""
        return False

    def _found(self, connection: Any, schema: str | None, kw: dict[str, Any]) -> Found:
        place = self.place(schema)
        found: Found = self._memo(
            kw, ("found", place), lambda: self.list_tables(connection, place)
        )
        return found

    def has_table(
        self, connection: Any, table_name: str, schema: str | None = None, **kw: Any
    ) -> bool:
        """Whether there is a table or view of that name."""
        self._ensure_has_table_connection(connection)
        try:
            self._columns(connection, table_name, schema, kw)
        except exc.NoSuchTableError:
            return False
        return True
