# SPDX-License-Identifier: Apache-2.0
"""The metadata commands as KurrentDB may answer them one day: by the protocol."""

from __future__ import annotations

import types
from typing import Any

import pyarrow as pa

from fletching.serve import _metadata
from fletching.serve._engine import Table
from fletching.serve._protobuf import Message

CATALOG = "kurrentdb"

# Those that the server knows (FlightSqlServer.cs); GetXdbcTypeInfo is none of them.
COMMANDS = (
    "CommandGetSqlInfo",
    "CommandGetCatalogs",
    "CommandGetDbSchemas",
    "CommandGetTables",
    "CommandGetTableTypes",
    "CommandGetPrimaryKeys",
    "CommandGetExportedKeys",
    "CommandGetImportedKeys",
    "CommandGetCrossReference",
)


def answer(
    name: str, message: Message, columns: dict[tuple[str, str], pa.Schema]
) -> pa.Table:
    """The rows of a command; `columns` are those of each (schema, table)."""
    tables = {
        Table(CATALOG, *place, "TABLE"): found for place, found in columns.items()
    }
    engine: Any = types.SimpleNamespace(
        title="KurrentDB",
        version="26.9.0",
        transactions=False,
        sql_info={3: True, 9: False, 10: False},
        substrait=False,
        catalogs=lambda _: [CATALOG],
        schemas=lambda _: sorted({(CATALOG, table.schema) for table in tables}),
        tables=lambda _: list(tables),
        table_schema=lambda _, table: tables[table],
        table_types=lambda: ["TABLE"],
        primary_keys=lambda *_: [],
        foreign_keys=lambda _: [],
    )
    return _metadata.result(name, message, engine, engine)
