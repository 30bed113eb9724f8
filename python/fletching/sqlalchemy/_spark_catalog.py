# SPDX-License-Identifier: Apache-2.0
"""What is in a Spark catalog, from its SHOW and DESCRIBE statements.

The columns of their answers are those of Spark's SQL reference: SHOW TABLES and SHOW
VIEWS (namespace, name, isTemporary), DESCRIBE (col_name, data_type, comment).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import fletching
from fletching.sqlalchemy._connection import driver_of
from fletching.sqlalchemy._spark_types import spark_type
from fletching.sqlalchemy._tables import Found, Place

if TYPE_CHECKING:
    from fletching.sqlalchemy._iomete import IOMETEDialect

_MISSING = (
    "TABLE_OR_VIEW_NOT_FOUND",
    "SCHEMA_NOT_FOUND",
    "CATALOG_NOT_FOUND",
    "REQUIRES_SINGLE_PART_NAMESPACE",  # no catalog of the first part's name
    "NoSuchNamespaceException",
    "NoSuchDatabaseException",
    "NoSuchTableException",
)
"""Spark's error conditions, and Iceberg's exceptions, for what is not there."""
_NOT_HERE = (
    "MISSING_CATALOG_ABILITY",
    "UNSUPPORTED_FEATURE",
    "UnsupportedOperationException",
    "does not support views",
    "NOT_SUPPORTED_COMMAND_FOR_V2_TABLE",
)
"""Of statements that a kind of catalog has not: SHOW VIEWS, of older versions."""


def rows(dialect: IOMETEDialect, connection: Any, sql: str) -> list[Any] | None:
    """The rows of a statement; None if what it names is not there.

    Every other error is raised as SQLAlchemy's.
    """
    driver = driver_of(connection)
    try:
        with driver.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall()
    except fletching.Error as error:
        if _says(error, _MISSING):
            return None
        connection._handle_dbapi_exception(error, sql, None, None, None)
        raise


def _says(error: Exception, words: tuple[str, ...]) -> bool:
    text = str(error)
    return any(word in text for word in words)


def schemas(dialect: IOMETEDialect, connection: Any) -> list[str]:
    """The schemas of the connection's catalog."""
    shown = rows(dialect, connection, "SHOW SCHEMAS") or []
    return [str(row[0]).strip("`") for row in shown]


def tables(dialect: IOMETEDialect, connection: Any, place: Place) -> Found:
    """The tables and views of a schema. SHOW TABLES has views in some catalogs too."""
    where = dialect.within(place)
    found = Found()
    for row in rows(dialect, connection, f"SHOW TABLES{where}") or []:
        name, temporary = _named(row)
        found.kinds[name] = "temporary view" if temporary else "table"
    for row in _views(dialect, connection, where):
        name, temporary = _named(row)
        found.kinds[name] = "temporary view" if temporary else "view"
    return found


def _views(dialect: IOMETEDialect, connection: Any, where: str) -> list[Any]:
    from sqlalchemy import exc

    try:
        return rows(dialect, connection, f"SHOW VIEWS{where}") or []
    except exc.DBAPIError as error:
        if error.connection_invalidated or not _says(error, _NOT_HERE):
            raise
        return []


def _named(row: Any) -> tuple[str, bool]:
    if len(row) == 1:
        return str(row[0]), False
    return str(row[1]), len(row) > 2 and str(row[2]).lower() == "true"


class Described(NamedTuple):
    """A table or view as DESCRIBE TABLE EXTENDED shows it."""

    columns: list[dict[str, Any]]
    comment: str | None


def described(
    dialect: IOMETEDialect, connection: Any, place: Place, table: str
) -> Described | None:
    """The columns and the comment of a table or view; None if there is none."""
    name = dialect.full_name(place, table)
    shown = rows(dialect, connection, f"DESCRIBE TABLE EXTENDED {name}")
    return None if shown is None else Described(_columns(shown), _comment(shown))


def _columns(shown: list[Any]) -> list[dict[str, Any]]:
    found = []
    for row in shown:
        name, kind, comment = (*row, None, None)[:3]
        if not name or name.startswith("#"):
            break  # partitions and metadata follow
        found.append(column(name, kind, comment))
    return found


def _comment(shown: list[Any]) -> str | None:
    detailed = False
    for row in shown:
        # A column may be called Comment too.
        detailed = detailed or str(row[0]).startswith("# Detailed Table Information")
        if detailed and str(row[0]).strip().lower() == "comment":
            return str(row[1]).strip() or None if row[1] else None
    return None


def column(name: str, kind: str | None, comment: str | None) -> dict[str, Any]:
    """A column as SQLAlchemy describes it. DESCRIBE knows of no NOT NULL."""
    return {
        "name": name,
        "type": spark_type(kind),
        "nullable": True,
        "default": None,
        "autoincrement": False,
        "comment": comment or None,
    }


def view_definition(
    dialect: IOMETEDialect, connection: Any, place: Place, view: str
) -> str | None:
    """The statement that makes a view."""
    name = dialect.full_name(place, view)
    shown = rows(dialect, connection, f"SHOW CREATE TABLE {name}")
    return None if shown is None else "\n".join(str(row[0]) for row in shown)
