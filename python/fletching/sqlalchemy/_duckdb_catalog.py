# SPDX-License-Identifier: Apache-2.0
"""DuckDB's catalog, from its ``duckdb_*()`` table functions: a query a schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fletching.sqlalchemy._keys import Keys

if TYPE_CHECKING:
    from fletching.sqlalchemy._reflection import Reflection
    from fletching.sqlalchemy._tables import Place


def _query(
    dialect: Reflection, connection: Any, columns: str, source: str, place: Place
) -> list[Any] | None:
    catalog = "current_database()" if place.catalog is None else "?"
    schema = "current_schema()" if place.schema is None else "?"
    return dialect.query(
        connection,
        f"SELECT {columns} FROM {source} WHERE database_name = {catalog}"
        f" AND schema_name = {schema}",
        *(part for part in place if part is not None),
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
    for table, name, unique, expressions in sorted(rows or [], key=lambda row: row[1]):
        columns = _names(expressions)
        index: dict[str, Any] = {
            "name": name,
            "unique": bool(unique),
            "column_names": columns,
        }
        found.setdefault(table, []).append(index)
    return found


def _names(expressions: Any) -> list[str]:
    """The columns in ``[a, '"b c"']``."""
    if isinstance(expressions, list):
        items = expressions
    else:
        items = str(expressions or "").strip("[]").split(", ")
    return [item.strip("'").strip('"').replace('""', '"') for item in items if item]


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
        "table_name, column_name, column_default",
        "duckdb_columns()",
        place,
    )
    return {
        (table, column): {"default": None if default == "NULL" else default}
        for table, column, default in rows or []
    }


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
