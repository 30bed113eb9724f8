# SPDX-License-Identifier: Apache-2.0
"""DuckDB's catalog, from its ``duckdb_*()`` table functions: a query a schema."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from fletching.sqlalchemy._keys import Keys

if TYPE_CHECKING:
    from fletching.sqlalchemy._reflection import Reflection
    from fletching.sqlalchemy._tables import Place


TEMPORARY = "temp"
"""The database of temporary tables, whose schema is `main` too."""


def _query(
    dialect: Reflection, connection: Any, columns: str, source: str, place: Place
) -> list[Any] | None:
    """Rows of a schema's; temporary tables are in it, and hide what they are named."""
    where = f"schema_name = {'current_schema()' if place.schema is None else '?'}"
    values = [part for part in (place.schema,) if part is not None]
    if place.catalog is not None:
        where += " AND database_name = ?"
        values.append(place.catalog)
    else:
        where += f" AND database_name IN (current_database(), '{TEMPORARY}')"
        if columns.startswith("table_name"):
            where += (
                f" AND (database_name = '{TEMPORARY}' OR (schema_name, table_name)"
                " NOT IN (SELECT schema_name, table_name FROM duckdb_tables()"
                f" WHERE database_name = '{TEMPORARY}'))"
            )
    return dialect.query(
        connection, f"SELECT {columns} FROM {source} WHERE {where}", *values
    )


def keys(dialect: Reflection, connection: Any, place: Place) -> Keys | None:
    """Every constraint of a schema's tables; None if the server has no such table."""
    rows = _query(
        dialect,
        connection,
        "table_name, constraint_type, constraint_name, constraint_column_names,"
        " referenced_table, referenced_column_names, expression",
        "duckdb_constraints()",
        place,
    )
    if rows is None:
        return None
    found = Keys()
    for table, kind, name, columns, target, target_columns, expression in rows:
        if kind == "PRIMARY KEY":
            found.primary[table] = {"constrained_columns": columns, "name": name}
        elif kind == "UNIQUE":
            unique = {"name": name, "column_names": columns}
            found.unique.setdefault(table, []).append(unique)
        elif kind == "CHECK":
            check = {"name": name, "sqltext": expression}
            found.check.setdefault(table, []).append(check)
        elif kind == "FOREIGN KEY":
            key = {
                "name": name,
                "constrained_columns": columns,
                "referred_schema": place.schema,  # DuckDB's stay within one
                "referred_table": target,
                "referred_columns": target_columns,
                "options": {},
            }
            found.foreign.setdefault(table, []).append(key)
    return found


def indexes(
    dialect: Reflection, connection: Any, place: Place
) -> dict[str, list[dict[str, Any]]]:
    """The indexes of a schema, without those behind keys."""
    rows = _query(
        dialect,
        connection,
        "table_name, index_name, is_unique, expressions",
        "duckdb_indexes()",
        place,
    )
    found: dict[str, list[dict[str, Any]]] = {}
    index: dict[str, Any]
    for table, name, unique, expressions in sorted(rows or [], key=lambda row: row[1]):
        index = {"name": name, "unique": bool(unique), "dialect_options": {}}
        index.update(_indexed(str(expressions or "")))
        found.setdefault(table, []).append(index)
    return found


_ITEM = re.compile(r"'((?:[^'\\]|\\.)*)'|([^\[\], ]+)")


def _indexed(text: str) -> dict[str, Any]:
    """Columns, and expressions if there are some, in ``[a, '"b c"', '((d + 1))']``."""
    columns: list[str | None] = []
    expressions: list[str] = []
    for quoted, plain in _ITEM.findall(text):
        item = plain or re.sub(r"\\(.)", r"\1", quoted)
        if item.startswith("("):
            columns.append(None)
            expressions.append(item[1:-1])
            continue
        name = item[1:-1].replace('""', '"') if item.startswith('"') else item
        columns.append(name)
        expressions.append(name)
    if None in columns:
        return {"column_names": columns, "expressions": expressions}
    return {"column_names": columns}


def comments(
    dialect: Reflection, connection: Any, place: Place
) -> dict[str, str | None]:
    """The comments of tables and views."""
    source = (
        "(SELECT database_name, schema_name, table_name, comment FROM duckdb_tables()"
        " UNION ALL SELECT database_name, schema_name, view_name, comment"
        " FROM duckdb_views())"
    )
    return dict(_query(dialect, connection, "table_name, comment", source, place) or [])


def defaults(
    dialect: Reflection, connection: Any, place: Place
) -> dict[tuple[str, str], dict[str, Any]]:
    """What columns have beyond Arrow's schema."""
    rows = _query(
        dialect,
        connection,
        "table_name, column_name, column_default, is_generated, data_type",
        "duckdb_columns()",
        place,
    )
    return {(table, column): _beyond(*said) for table, column, *said in rows or []}


def _beyond(default: str | None, generated: bool, kind: str) -> dict[str, Any]:
    if not generated:
        text = None if default == "NULL" else default
        numbered = (text or "").startswith("nextval(")
        return {"default": text, "autoincrement": numbered}
    # Computed when it is read, and cast to the column's type.
    text = str(default).removeprefix("CAST(").removesuffix(f" AS {kind})")
    return {"default": None, "computed": {"sqltext": text, "persisted": False}}


def sequences(dialect: Reflection, connection: Any, place: Place) -> list[str]:
    """The sequences of a schema."""
    rows = _query(dialect, connection, "sequence_name", "duckdb_sequences()", place)
    return sorted(row[0] for row in rows or [])


def view_definition(
    dialect: Reflection, connection: Any, place: Place, view: str
) -> str | None:
    """The statement that made a view."""
    rows = _query(dialect, connection, "view_name, sql", "duckdb_views()", place)
    return dict(rows or []).get(view)
