# SPDX-License-Identifier: Apache-2.0
"""INFORMATION_SCHEMA as Confluent has it, as views over what SHOW and DESCRIBE tell.

Columns: docs.confluent.io, Flink SQL INFORMATION_SCHEMA in Confluent Cloud.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .gateway import Session
from .sql import quoted

Row = tuple[Any, ...]


def statements(session: Session, catalog: str, database: str) -> Iterator[str]:
    """What makes the views anew; the current database is INFORMATION_SCHEMA."""
    databases = [
        fields[0]
        for _, fields in session.run(f"SHOW DATABASES IN {quoted(catalog)}").rows
        if fields[0] not in ("default", "INFORMATION_SCHEMA")
    ]
    tables: list[Row] = []
    columns: list[Row] = []
    keys: list[Row] = []
    key_columns: list[Row] = []
    for schema in databases:
        place = f"{quoted(catalog)}.{quoted(schema)}"
        views = {fields[0] for _, fields in session.run(f"SHOW VIEWS IN {place}").rows}
        for _, (name,) in session.run(f"SHOW TABLES IN {place}").rows:
            kind = "VIEW" if name in views else "BASE TABLE"
            tables.append((catalog, catalog, schema, schema, name, kind))
            described = session.run(f"DESCRIBE {place}.{quoted(name)}").rows
            names = [fields[0] for _, fields in described]
            for at, (_, fields) in enumerate(described, 1):
                columns.append(_column((catalog, schema, name), at, fields))
            key = next((fields[3] for _, fields in described if fields[3]), None)
            if key is not None:
                listed = key[key.index("(") + 1 : -1].split(", ")
                constraint = f"PK_{'_'.join(listed)}"
                keys.append((catalog, schema, name, constraint, "PRIMARY KEY", "NO"))
                key_columns += [
                    (catalog, schema, name, constraint, one, at)
                    for at, one in enumerate(listed, 1)
                    if one in names
                ]
    for name, text in _views(databases, catalog, tables, columns, keys, key_columns):
        yield f"DROP VIEW IF EXISTS {quoted(name)}"
        yield f"CREATE VIEW {quoted(name)} AS {text}"


def _column(table: tuple[str, str, str], at: int, fields: list[Any]) -> Row:
    name, kind, null, _, extras, watermark, *comment = fields
    catalog, schema, table_name = table
    generated = (extras or "").startswith("AS ")
    return (
        *(catalog, catalog, schema, schema, table_name, name, at),
        "YES" if null else "NO",
        kind.partition("(")[0].partition("<")[0].partition(" NOT NULL")[0],
        kind.replace(" NOT NULL", ""),
        "YES" if extras and not generated else "NO",
        "YES" if generated else "NO",
        extras[3:].strip("`") if generated else None,
        extras if "METADATA" in (extras or "") else None,
        comment[0] if comment else None,
        watermark,
    )


def _views(
    databases: list[str],
    catalog: str,
    tables: list[Row],
    columns: list[Row],
    keys: list[Row],
    key_columns: list[Row],
) -> Iterator[tuple[str, str]]:
    yield _view(
        "SCHEMATA",
        "CATALOG_ID CATALOG_NAME SCHEMA_ID SCHEMA_NAME",
        [(catalog, catalog, one, one) for one in databases],
    )
    yield _view(
        "TABLES",
        "TABLE_CATALOG_ID TABLE_CATALOG TABLE_SCHEMA_ID TABLE_SCHEMA TABLE_NAME"
        " TABLE_TYPE",
        tables,
    )
    yield _view(
        "COLUMNS",
        "TABLE_CATALOG_ID TABLE_CATALOG TABLE_SCHEMA_ID TABLE_SCHEMA TABLE_NAME"
        " COLUMN_NAME ORDINAL_POSITION IS_NULLABLE DATA_TYPE FULL_DATA_TYPE IS_HIDDEN"
        " IS_GENERATED GENERATION_EXPRESSION METADATA_KEY COMMENT WATERMARK_EXPRESSION",
        columns,
    )
    yield _view(
        "TABLE_CONSTRAINTS",
        "TABLE_CATALOG TABLE_SCHEMA TABLE_NAME CONSTRAINT_NAME CONSTRAINT_TYPE"
        " ENFORCED",
        keys,
    )
    yield _view(
        "KEY_COLUMN_USAGE",
        "TABLE_CATALOG TABLE_SCHEMA TABLE_NAME CONSTRAINT_NAME COLUMN_NAME"
        " ORDINAL_POSITION",
        key_columns,
    )


def _view(name: str, columns: str, rows: list[Row]) -> tuple[str, str]:
    names = columns.split()
    numbers = {"ORDINAL_POSITION"}
    kinds = ["INT" if one in numbers else "STRING" for one in names]
    listed = ", ".join(map(quoted, names))
    lines = ", ".join(
        "("
        + ", ".join(
            _literal(value, kind) for value, kind in zip(row, kinds, strict=True)
        )
        + ")"
        for row in rows or [(None,) * len(names)]
    )
    where = "" if rows else " WHERE FALSE"
    return name, f"SELECT * FROM (VALUES {lines}) AS t ({listed}){where}"


def _literal(value: Any, kind: str) -> str:
    if value is None or value is False:
        return f"CAST(NULL AS {kind})"
    text = str(value).replace("'", "''")
    return text if kind == "INT" else f"CAST('{text}' AS STRING)"
