# SPDX-License-Identifier: Apache-2.0
"""Names of tables and columns for completion, asked in the background."""

from __future__ import annotations

import threading
from typing import NamedTuple

from fletching import _errors
from fletching._connection import Connection


class Table(NamedTuple):
    """A table's names; "" for what it has not."""

    catalog: str
    schema: str
    name: str


class Catalog:
    """What is known so far; asking never blocks the caller, except for columns.

    A catalog that cannot be read leaves completion with what there was. Thread-safe.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._lock = threading.Lock()
        self._tables: list[Table] = []
        self._columns: dict[Table, list[str]] = {}
        self._keywords: list[str] = []
        self._quote = '"'
        self._reading: threading.Thread | None = None
        self._stale = False

    def refresh(self) -> None:
        """Read the tables again, soon."""
        with self._lock:
            self._columns.clear()
            self._stale = True
            if self._reading is None:
                self._reading = threading.Thread(target=self._read, daemon=True)
                self._reading.start()

    def wait(self, timeout: float) -> None:
        """Until what is being read is there."""
        reading = self._reading
        if reading is not None:
            reading.join(timeout)

    @property
    def tables(self) -> list[Table]:
        """All tables that are known."""
        return self._tables

    @property
    def keywords(self) -> list[str]:
        """Words that the server says are its own."""
        return self._keywords

    @property
    def quote(self) -> str:
        """What stands around names."""
        return self._quote

    def columns(self, table: Table) -> list[str]:
        """The columns, asked now if nobody did."""
        known = self._columns.get(table)
        if known is not None:
            return known
        try:
            schema = self._connection.get_table_schema(
                table.name,
                catalog=table.catalog or None,
                db_schema=table.schema or None,
            )
            names = list(schema.names)
        except _errors.Error:
            names = []
        with self._lock:
            self._columns[table] = names
        return names

    def _read(self) -> None:
        while True:
            with self._lock:
                if not self._stale:
                    self._reading = None
                    return
                self._stale = False
            try:
                self._ask()
            except _errors.Error:
                pass  # completion is a help, no more
            except RuntimeError:  # the interpreter ends
                return

    def _ask(self) -> None:
        with self._connection.get_tables() as cursor:
            tables = [
                Table(catalog or "", schema or "", name)
                for catalog, schema, name, *_ in cursor
            ]
        self._tables = sorted(tables)
        if not self._keywords:
            server = self._connection.server_info()
            self._quote = server["identifier_quote"] or '"'
            self._keywords = list(server["keywords"] or ())
