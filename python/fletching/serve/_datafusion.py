# SPDX-License-Identifier: Apache-2.0
"""DataFusion behind the service: the default engine, good for reading.

It has no transactions and no declared keys.  A lane is a SessionContext; lanes share
one catalog, so a table made in one is seen by all while ``SET`` stays in its session.
"""

from __future__ import annotations

import itertools
import threading
from typing import Any

import datafusion
import pyarrow as pa

from ._coltypes import describe_schema
from ._datafusion_lane import (
    BATCH_ROWS,
    CATALOG,
    HIDDEN,
    SYSTEM_SCHEMA,
    DataFusionLane,
    register,
    stream,
)
from ._engine import Defaults, Engine, Lane, Table
from ._errors import NotFound
from ._isolation import Workers
from ._jobs import Job
from ._sqltext import quote


class DataFusionEngine(Engine):
    """The engine: one catalog with in-memory tables."""

    name = "datafusion"
    title = "Fletching (DataFusion)"
    version = str(datafusion.__version__)
    substrait = True
    catalog = CATALOG

    def __init__(self, schema: str | None = None) -> None:
        self.default_schema = schema or "public"
        self.sql_info = {503: 3, 505: 0, 507: 0}
        self.workers = Workers()
        self.changes = 0
        self._files: dict[tuple[str, str], tuple[int, str]] = {}
        self._rows: dict[tuple[str, str], tuple[int, int]] = {}
        self._files_lock = threading.Lock()
        self._numbers = itertools.count()
        self._home = self._context(self.default_schema)
        self._shared = DataFusionLane(self, self._home, self.default_schema)

    def _context(self, schema: str) -> Any:
        config = datafusion.SessionConfig().with_information_schema(True)
        config = config.with_batch_size(BATCH_ROWS)
        # Plain strings: not every client reads string views.
        config = config.set(
            "datafusion.sql_parser.map_string_types_to_utf8view", "false"
        )
        config = config.with_default_catalog_and_schema(self.catalog, schema)
        return datafusion.SessionContext(config)

    def open_lane(self, defaults: Defaults) -> Lane:
        """Return the shared lane, or one with the session's own defaults."""
        if defaults.catalog not in (None, self.catalog):
            raise NotFound(f"catalog {defaults.catalog!r} does not exist")
        if defaults.schema is None:
            return self._shared
        if defaults.schema not in self._home.catalog(self.catalog).names():
            raise NotFound(f"schema {defaults.schema!r} does not exist")
        context = self._context(defaults.schema)
        context.register_catalog_provider(
            self.catalog, self._home.catalog(self.catalog)
        )
        return DataFusionLane(self, context, defaults.schema)

    def add_table(self, schema: str, name: str, table: pa.Table) -> None:
        """Register a table in memory, cut in batches of the engine's size."""
        register(self._home, f"{quote(schema)}.{quote(name)}", table)

    def close(self) -> None:
        """Stop the worker processes."""
        self.workers.close()

    def catalogs(self, lane: Lane) -> list[str]:
        """List the one catalog."""
        return [self.catalog]

    def schemas(self, lane: Lane) -> list[tuple[str, str]]:
        """List its schemas."""
        names = self._home.catalog(self.catalog).names()
        return [(self.catalog, name) for name in sorted(names | {SYSTEM_SCHEMA})]

    def tables(self, lane: Lane) -> list[Table]:
        """List tables and views as the information schema has them."""
        query = (
            "SELECT table_schema, table_name, table_type FROM information_schema.tables"
            f" WHERE table_catalog = '{self.catalog}' ORDER BY 1, 2"
        )
        rows = self._home.sql(query).to_pylist()
        return [
            Table(self.catalog, row["table_schema"], row["table_name"], _type(row))
            for row in rows
            if not row["table_name"].startswith(HIDDEN)
        ]

    def table_types(self) -> list[str]:
        """Return the kinds of tables there are."""
        return ["SYSTEM TABLE", "TABLE", "VIEW"]

    def table_schema(self, lane: Lane, table: Table) -> pa.Schema:
        """Return the schema of a table by planning a scan of it."""
        name = f"{quote(table.catalog)}.{quote(table.schema)}.{quote(table.name)}"
        schema = self._home.table(name).schema()
        return describe_schema(schema, table.catalog, table.schema, table.name)

    def table_rows(self, schema: str, name: str) -> int:
        """Count a table's rows, once a change."""
        with self._files_lock:
            changes, rows = self._rows.get((schema, name), (-1, 0))
        if changes != self.changes:
            changes = self.changes
            rows = self._home.table(f"{quote(schema)}.{quote(name)}").count()
            with self._files_lock:
                self._rows[schema, name] = (changes, rows)
        return rows

    def table_file(self, schema: str, name: str, job: Job) -> str:
        """Write a table to a file for the workers, once a change; returns its path."""
        qualified = f"{quote(schema)}.{quote(name)}"
        with self._files_lock:
            changes, path = self._files.get((schema, name), (-1, ""))
            if changes == self.changes:
                return path
            changes = self.changes
            path = str(self.workers.directory / f"{next(self._numbers)}.arrow")
            frame = self._home.table(qualified)
            with pa.ipc.new_file(path, frame.schema()) as out:
                for batch in stream(frame, job):
                    out.write_batch(batch)
            self._files[schema, name] = (changes, path)
            return path


def _type(row: dict[str, str]) -> str:
    if row["table_schema"] == SYSTEM_SCHEMA:
        return "SYSTEM TABLE"
    return "VIEW" if row["table_type"] == "VIEW" else "TABLE"
