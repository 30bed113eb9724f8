# SPDX-License-Identifier: Apache-2.0
"""What is in Flink's catalogs: by SHOW and DESCRIBE, or by INFORMATION_SCHEMA.

A gateway has the statements alone; Confluent Cloud has an INFORMATION_SCHEMA, which
tells all columns of a database by one query.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from fletching import _core
from fletching.sqlalchemy._flink_types import flink_type
from fletching.sqlalchemy._tables import Found, Place

if TYPE_CHECKING:
    from fletching.sqlalchemy._flink import FlinkDialect

_KEY = re.compile(r"PRI\((.*)\)")
Columns = list[dict[str, Any]]


def shown(dialect: FlinkDialect, connection: Any, sql: str) -> list[str]:
    """The first column of a SHOW statement."""
    return [str(row[0]) for row in dialect.query(connection, sql) or []]


def schemas(dialect: FlinkDialect, connection: Any) -> list[str]:
    """The databases of the current catalog, and those of others with its name."""
    quote = dialect.identifier_preparer.quote_identifier
    home = dialect.home_catalog(connection)
    found = shown(dialect, connection, "SHOW DATABASES")
    for name in shown(dialect, connection, "SHOW CATALOGS"):
        if name != home:
            databases = shown(dialect, connection, f"SHOW DATABASES IN {quote(name)}")
            found += [f"{name}.{one}" for one in databases]
    return found


def tables(dialect: FlinkDialect, connection: Any, place: Place) -> Found:
    """The tables and views of a database."""
    where = dialect.within(place)
    found = Found()
    for name in shown(dialect, connection, f"SHOW TABLES{where}"):
        found.kinds[name] = "table"
    for name in shown(dialect, connection, f"SHOW VIEWS{where}"):
        found.kinds[name] = "view"
    return found


def columns(
    dialect: FlinkDialect, connection: Any, place: Place, table: str
) -> tuple[Columns, list[str]] | None:
    """The columns of a table or view and its primary key; None if there is none."""
    name = dialect.full_name(place, table)
    rows = dialect.query(connection, f"DESCRIBE {name}")
    if rows is None:
        return None
    found, key = [], ""
    for row in rows:
        column, kind, null, key_text, extras, watermark, comment = (*row, None)[:7]
        found.append(described(column, kind, null, extras, watermark, comment))
        key = key or key_text or ""
    told = _KEY.fullmatch(key)
    return found, told[1].split(", ") if told else []


def described(
    name: str,
    kind: str,
    null: bool,
    extras: str | None,
    watermark: str | None,
    comment: str | None,
) -> dict[str, Any]:
    """A column as SQLAlchemy describes it; a watermark stands in its comment."""
    remarks = [
        one for one in (comment, watermark and f"WATERMARK AS {watermark}") if one
    ]
    column: dict[str, Any] = {
        "name": name,
        "type": flink_type(kind),
        "nullable": bool(null),
        "default": None,
        "autoincrement": False,
        "comment": "; ".join(remarks) or None,
    }
    if (extras or "").startswith("AS "):
        column["computed"] = {"sqltext": str(extras)[3:], "persisted": False}
    elif extras:
        column["comment"] = "; ".join([*remarks, extras])
    return column


def view_definition(
    dialect: FlinkDialect, connection: Any, place: Place, view: str
) -> str | None:
    """The statement that makes a view."""
    name = dialect.full_name(place, view)
    return "\n".join(shown(dialect, connection, f"SHOW CREATE VIEW {name}")) or None


# ---- Confluent Cloud ----


def told(
    dialect: FlinkDialect,
    connection: Any,
    columns: str,
    table: str,
    **where: str | None,
) -> list[Any]:
    """Rows of INFORMATION_SCHEMA."""
    conditions = [
        f"`{name}` = {_core.literal(value, 'flink')}"
        for name, value in where.items()
        if value is not None
    ]
    listed = ", ".join(f"`{one}`" for one in columns.split())
    sql = f"SELECT {listed} FROM `INFORMATION_SCHEMA`.`{table}`"
    if conditions:
        sql += " WHERE " + " AND ".join(conditions)
    return dialect.query(connection, sql) or []


def all_columns(
    dialect: FlinkDialect, connection: Any, place: Place, table: str | None = None
) -> dict[str, Columns]:
    """The columns of a database's tables, or of one, by table."""
    rows = told(
        dialect,
        connection,
        "TABLE_NAME ORDINAL_POSITION COLUMN_NAME FULL_DATA_TYPE IS_NULLABLE"
        " GENERATION_EXPRESSION METADATA_KEY COMMENT",
        "COLUMNS",
        TABLE_SCHEMA=place.schema,
        TABLE_NAME=table,
    )
    found: dict[str, Columns] = {}
    for name, _, column, kind, null, computed, metadata, comment in sorted(
        rows, key=lambda row: (row[0], row[1])
    ):
        extras = f"AS {computed}" if computed else metadata
        one = described(column, kind, null == "YES", extras, None, comment)
        found.setdefault(name, []).append(one)
    return found


def all_keys(
    dialect: FlinkDialect, connection: Any, place: Place
) -> dict[str, dict[str, Any]]:
    """The primary keys of a database's tables."""
    rows = told(
        dialect,
        connection,
        "TABLE_NAME CONSTRAINT_NAME ORDINAL_POSITION COLUMN_NAME",
        "KEY_COLUMN_USAGE",
        TABLE_SCHEMA=place.schema,
    )
    found: dict[str, dict[str, Any]] = {}
    for table, name, _, column in sorted(rows, key=lambda row: (row[0], row[2])):
        key = found.setdefault(table, {"name": name, "constrained_columns": []})
        key["constrained_columns"].append(column)
    return found
