# SPDX-License-Identifier: Apache-2.0
"""DuckDB's catalog, read from its ``duckdb_*()`` table functions."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from ._coltypes import describe
from ._commands import TableRef
from ._engine import ForeignKey, Key, Table
from ._sqltext import quote


def _rows(connection: Any, sql: str, values: list[Any] | None = None) -> list[Any]:
    done = connection.execute(sql, values or [])
    names = [column[0] for column in done.description]
    return [dict(zip(names, row, strict=True)) for row in done.fetchall()]


def catalogs(connection: Any) -> list[str]:
    """List attached databases, without DuckDB's own."""
    sql = "SELECT database_name FROM duckdb_databases() WHERE NOT internal ORDER BY 1"
    return [row["database_name"] for row in _rows(connection, sql)]


def schemas(connection: Any) -> list[tuple[str, str]]:
    """List (database, schema)."""
    sql = (
        "SELECT database_name, schema_name FROM duckdb_schemas() WHERE database_name"
        " IN (SELECT database_name FROM duckdb_databases() WHERE NOT internal)"
        " ORDER BY 1, 2"
    )
    found = _rows(connection, sql)
    return [(row["database_name"], row["schema_name"]) for row in found]


def tables(connection: Any) -> list[Table]:
    """List tables, temporary ones too, and views."""
    sql = (
        "SELECT database_name, schema_name, table_name, "
        "CASE WHEN temporary THEN 'LOCAL TEMPORARY' ELSE 'TABLE' END AS kind "
        "FROM duckdb_tables() WHERE NOT internal "
        "UNION ALL SELECT database_name, schema_name, view_name, 'VIEW' "
        "FROM duckdb_views() WHERE NOT internal"
        " AND NOT starts_with(view_name, '__fletching_')"
    )
    return [
        Table(row["database_name"], row["schema_name"], row["table_name"], row["kind"])
        for row in _rows(connection, sql)
    ]


def table_schema(connection: Any, table: Table) -> pa.Schema:
    """Return Arrow's types with what only the catalog knows."""
    name = ".".join(quote(part) for part in (table.catalog, table.schema, table.name))
    scan = connection.sql(f"SELECT * FROM {name} LIMIT 0")
    fetch = getattr(scan, "to_arrow_table", None) or scan.fetch_arrow_table
    sql = (
        "SELECT * FROM duckdb_columns() WHERE database_name = ? AND schema_name = ?"
        " AND table_name = ?"
    )
    found = _rows(connection, sql, [table.catalog, table.schema, table.name])
    columns = {row["column_name"]: row for row in found}
    fields = []
    for field in fetch().schema:
        column = columns.get(field.name, {})
        default = str(column.get("column_default") or "").lower()
        described = describe(
            field,
            table.catalog,
            table.schema,
            table.name,
            sql_type=column.get("data_type"),
            auto_increment="nextval(" in default,
            remarks=column.get("comment"),
        )
        fields.append(described.with_nullable(bool(column.get("is_nullable", True))))
    return pa.schema(fields)


def _constraints(connection: Any, *kinds: str) -> list[dict[str, Any]]:
    marks = ", ".join("?" for _ in kinds)
    sql = (
        f"SELECT * FROM duckdb_constraints() WHERE constraint_type IN ({marks}) "
        "ORDER BY database_name, schema_name, table_name, constraint_index"
    )
    return _rows(connection, sql, list(kinds))


def _table_of(row: dict[str, Any]) -> Table:
    names = (row["database_name"], row["schema_name"], row["table_name"])
    return Table(*names, "TABLE")


def primary_keys(connection: Any, wanted: TableRef) -> list[Key]:
    """List the columns of a table's primary key in the key's order."""
    keys = []
    for row in _constraints(connection, "PRIMARY KEY"):
        table = _table_of(row)
        if (
            table.name == wanted.table
            and wanted.catalog in (None, table.catalog)
            and wanted.schema in (None, table.schema)
        ):
            name = row.get("constraint_name")
            for number, column in enumerate(row["constraint_column_names"], 1):
                keys.append(Key(table, column, name, number))
    return keys


def foreign_keys(connection: Any) -> list[ForeignKey]:
    """List every foreign key; DuckDB keeps them within one schema."""
    targets: dict[tuple[Any, ...], str | None] = {}
    for row in _constraints(connection, "PRIMARY KEY", "UNIQUE"):
        columns = tuple(row["constraint_column_names"])
        targets[_table_of(row), columns] = row.get("constraint_name")
    keys = []
    for row in _constraints(connection, "FOREIGN KEY"):
        foreign = _table_of(row)
        primary = Table(
            foreign.catalog, foreign.schema, row["referenced_table"], "TABLE"
        )
        referenced = row["referenced_column_names"]
        pairs = zip(referenced, row["constraint_column_names"], strict=True)
        for number, (theirs, ours) in enumerate(pairs, 1):
            keys.append(
                ForeignKey(
                    primary,
                    theirs,
                    foreign,
                    ours,
                    number,
                    row.get("constraint_name"),
                    targets.get((primary, tuple(referenced))),
                )
            )
    return keys
