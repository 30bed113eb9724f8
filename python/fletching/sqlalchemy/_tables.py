# SPDX-License-Identifier: Apache-2.0
"""Schemas, tables and columns, from GetDbSchemas and GetTables."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from fletching import escape_like
from fletching._arrow import Column, Schema
from fletching.sqlalchemy._arrow import sql_type

if TYPE_CHECKING:
    from fletching.sqlalchemy._reflection import Reflection

_SAID = "ARROW:FLIGHT:SQL:"


class Place(NamedTuple):
    """A schema; None for any."""

    catalog: str | None = None
    schema: str | None = None


@dataclass
class Found:
    """The tables of a place by what they are, as the server lists them."""

    kinds: dict[str, str] = field(default_factory=dict)

    def names(self, kind: str) -> list[str]:
        """Those of a kind."""
        if kind == "table" and set(self.kinds.values()) == {"system"}:
            kind = "system"  # the information schema, asked for by name
        return [name for name, found in self.kinds.items() if found == kind]

    def has(self, name: str) -> bool:
        """Whether one has that name."""
        return name in self.kinds


def kind_of(table_type: str | None) -> str:
    """What a table of that type is; servers agree on few names, so unknown is table."""
    words = (table_type or "").upper()
    if "TEMPORARY" in words or "TEMP " in words:
        return "temporary"
    if "MATERIALIZED" in words:
        return "materialized"
    if "SYSTEM" in words:
        return "system"
    return "view" if "VIEW" in words else "table"


def schemas(dialect: Reflection, connection: Any) -> list[str]:
    """The names of schemas; of other catalogs than the first, with theirs."""
    rows = dialect.ask(connection, "get_db_schemas")
    if not rows:
        text = "SELECT catalog_name, schema_name FROM information_schema.schemata"
        rows = dialect.query(connection, text)
        if rows is None:
            rows = [
                (None, row[0])
                for row in dialect.query(connection, "SHOW SCHEMAS") or []
            ]
    pairs = sorted({(catalog or "", schema) for catalog, schema in rows})
    catalogs = {catalog for catalog, _ in pairs}
    home = _home_catalog(dialect, connection, catalogs)
    return [
        schema if catalog == home else f"{catalog}.{schema}"
        for catalog, schema in pairs
    ]


def _home_catalog(
    dialect: Reflection, connection: Any, catalogs: set[str]
) -> str | None:
    if len(catalogs) == 1:
        return next(iter(catalogs))
    return dialect.home_catalog(connection)


def read(
    dialect: Reflection, connection: Any, place: Place, table: str | None = None
) -> Found:
    """The tables of a place, or the one of that name."""
    rows = dialect.ask(connection, "get_tables", *_filters(place, table))
    if not rows:
        rows = _fallback(dialect, connection, place)
    kinds = {row[2]: kind_of(row[3]) for row in rows if table in (None, row[2])}
    return Found(kinds)


def _filters(place: Place, table: str | None) -> tuple[Any, ...]:
    schema = None if place.schema is None else escape_like(place.schema)
    return place.catalog, schema, None if table is None else escape_like(table)


def _fallback(dialect: Reflection, connection: Any, place: Place) -> list[Any]:
    """Tables where GetTables answers nothing: from SQL, if there is some."""
    if not dialect.lists_by_sql(connection):
        return []
    text = (
        "SELECT table_catalog, table_schema, table_name, table_type"
        " FROM information_schema.tables"
    )
    rows = dialect.query(connection, text)
    if rows is not None:
        return [row for row in rows if place.schema in (None, row[1])]
    shown = dialect.query(connection, "SHOW TABLES") or []
    return [
        (None, None, row[-1] if len(row) == 1 else row[-2], "TABLE") for row in shown
    ]


def columns(
    dialect: Reflection, connection: Any, place: Place, table: str | None = None
) -> dict[str, list[dict[str, Any]]]:
    """The columns of a place's tables by their names, or those of one table."""
    rows = dialect.ask(
        connection, "get_tables", *_filters(place, table), include_schema=True
    )
    if not rows:
        return _columns_by_sql(dialect, connection, place, table)
    more = dialect.read_defaults(connection, place)
    found: dict[str, list[dict[str, Any]]] = {}
    for *_, name, _kind, encoded in rows:
        if table in (None, name):
            found.setdefault(name, _described(dialect, name, encoded, more))
    return found


def _described(
    dialect: Reflection, table: str, encoded: bytes, more: dict[Any, Any]
) -> list[dict[str, Any]]:
    described = []
    for column in Schema.decode(encoded).columns:
        known = _column(dialect, column)
        known.update(more.get((table, column.name), {}))
        described.append(known)
    return described


def _column(dialect: Reflection, column: Column) -> dict[str, Any]:
    said = column.metadata
    kind = dialect.refine_type(sql_type(column), said.get(_SAID + "TYPE_NAME", ""))
    known: dict[str, Any] = {
        "name": column.name,
        "type": kind,
        "nullable": column.nullable,
        "default": None,
        "comment": said.get(_SAID + "REMARKS") or None,
    }
    if said.get(_SAID + "IS_AUTO_INCREMENT") == "1":
        known["autoincrement"] = True
    return known


def _columns_by_sql(
    dialect: Reflection, connection: Any, place: Place, table: str | None
) -> dict[str, list[dict[str, Any]]]:
    """Columns where GetTables answers nothing: of each table by planning a query."""
    names = (
        [table] if table is not None else list(read(dialect, connection, place).kinds)
    )
    found = {}
    for name in names:
        schema = _planned(dialect, connection, place, name)
        if schema is not None:
            found[name] = [_column(dialect, column) for column in schema.columns]
    return found


def _planned(dialect: Reflection, connection: Any, place: Place, name: str) -> Any:
    quote = dialect.identifier_preparer.quote_identifier
    parts = [part for part in (*place, name) if part]
    text = f"SELECT * FROM {'.'.join(map(quote, parts))} WHERE 1 = 0"
    return dialect.plan(connection, text)


def view_definition(
    dialect: Reflection, connection: Any, place: Place, view: str
) -> str | None:
    """A view's text, from the information schema."""
    rows = dialect.query(
        connection,
        "SELECT table_schema, view_definition FROM information_schema.views"
        " WHERE table_name = ?",
        view,
    )
    for schema, text in rows or []:
        if place.schema in (None, schema):
            return str(text)
    return None
