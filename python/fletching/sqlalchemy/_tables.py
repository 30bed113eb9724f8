# SPDX-License-Identifier: Apache-2.0
"""Schemas, tables and columns, from GetDbSchemas and GetTables."""

from __future__ import annotations

from collections.abc import Iterator
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
    """The tables of a place, as the server lists them.

    Attributes:
        kinds: what each table is.
        schemas: the encoded Arrow schema of each, where they were asked for.
    """

    kinds: dict[str, str] = field(default_factory=dict)
    schemas: dict[str, bytes] = field(default_factory=dict)

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
    dialect: Reflection,
    connection: Any,
    place: Place,
    table: str | None = None,
    with_schemas: bool = False,
) -> Found:
    """The tables of a place, or the one of that name."""
    filters = _filters(place, table)
    rows = dialect.ask(connection, "get_tables", *filters, include_schema=with_schemas)
    if not rows:
        rows = _fallback(dialect, connection, place)
    found = Found()
    for name, kind, encoded in _listed(dialect, rows, place, table):
        found.kinds[name] = kind
        if encoded and encoded[0]:
            found.schemas[name] = encoded[0]
    return found


def _listed(
    dialect: Reflection, rows: list[Any], place: Place, table: str | None
) -> Iterator[tuple[str, str, Any]]:
    """Name, kind and schema; temporary tables last: they hide others of that name."""
    listed = []
    for catalog, _, name, kind, *encoded in rows:
        known = dialect.kind_of(place, catalog, kind)
        if known is not None and table in (None, name):
            listed.append((name, known, encoded))
    yield from sorted(listed, key=lambda item: item[1].startswith("temporary"))


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


class Columns:
    """The columns of tables, each table's described when it is first asked for."""

    def __init__(
        self, dialect: Reflection, place: Place, found: Found, more: dict[Any, Any]
    ) -> None:
        """Of the tables `found`, and what `read_defaults` gave."""
        self._dialect, self._place = dialect, place
        self._found, self._more = found, more
        self._described: dict[str, list[dict[str, Any]]] = {}

    def get(self, connection: Any, table: str) -> list[dict[str, Any]] | None:
        """Those of a table; None if there is none of that name."""
        if table not in self._described and self._found.has(table):
            known = self._dialect.known_columns(connection, self._place, table)
            described = self._describe(connection, table) if known is None else known
            if described is not None:
                self._described[table] = described
        return self._described.get(table)

    def _describe(self, connection: Any, table: str) -> list[dict[str, Any]] | None:
        schema = self._schema(connection, table)
        if schema is None:
            return None
        return _described(self._dialect, table, schema, self._more)

    def _schema(self, connection: Any, table: str) -> Schema | None:
        encoded = self._found.schemas.get(table)
        if encoded:
            return Schema.decode(encoded)
        # GetTables answers nothing, or no schemas.
        return planned(self._dialect, connection, self._place, table)


def columns(
    dialect: Reflection, connection: Any, place: Place, table: str | None = None
) -> Columns:
    """The columns of a place's tables, or those of one table."""
    found = dialect.read_tables(connection, place, table, with_schemas=True)
    if table is not None and not found.kinds:
        found.kinds[table] = "table"  # maybe SQL knows it
    return columns_of(dialect, connection, place, found)


def columns_of(
    dialect: Reflection, connection: Any, place: Place, found: Found
) -> Columns:
    """The columns of tables that were listed."""
    more = dialect.read_defaults(connection, place) if found.schemas else {}
    return Columns(dialect, place, found, more)


def _described(
    dialect: Reflection, table: str, schema: Schema, more: dict[Any, Any]
) -> list[dict[str, Any]]:
    described = []
    for column in schema.columns:
        known = _column(dialect, column)
        known.update(more.get((table, column.name), {}))
        dialect.refine_column(known)
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
    }
    remarks = said.get(_SAID + "REMARKS") or None
    if remarks is not None or dialect.supports_comments:
        known["comment"] = remarks
    if said.get(_SAID + "IS_AUTO_INCREMENT") == "1":
        known["autoincrement"] = True
    return known


def planned(dialect: Reflection, connection: Any, place: Place, name: str) -> Any:
    """The schema of a table by planning a query of it; None if there is none."""
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
