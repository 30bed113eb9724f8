# SPDX-License-Identifier: Apache-2.0
"""Keys and constraints, from GetPrimaryKeys and GetImportedKeys."""

from __future__ import annotations

import operator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fletching.sqlalchemy._reflection import Reflection
    from fletching.sqlalchemy._tables import Place

_RULES = {0: "CASCADE", 1: "RESTRICT", 2: "SET NULL", 4: "SET DEFAULT"}
"""FlightSql.proto's UpdateDeleteRules; 3 is NO ACTION, the default."""


@dataclass
class Keys:
    """The constraints of tables, by the table's name, as SQLAlchemy describes them."""

    primary: dict[str, dict[str, Any]] = field(default_factory=dict)
    foreign: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    unique: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    check: dict[str, list[dict[str, Any]]] = field(default_factory=dict)


_SEQUENCE = operator.itemgetter(5)


def ask(dialect: Reflection, connection: Any, place: Place, tables: list[str]) -> Keys:
    """The keys of tables, two commands each."""
    keys = Keys()
    primary = dialect.ask_each(connection, "get_primary_keys", tables, place)
    for table, rows in zip(tables, primary, strict=True):
        if rows:
            # Servers on JDBC give them in the order of their names.
            ordered = sorted(rows, key=_SEQUENCE)
            keys.primary[table] = {
                "constrained_columns": [row[3] for row in ordered],
                "name": ordered[0][4],
            }
    imported = dialect.ask_each(connection, "get_imported_keys", tables, place)
    for table, rows in zip(tables, imported, strict=True):
        keys.foreign[table] = foreign_keys(rows or [])
    return keys


def foreign_keys(rows: list[Any]) -> list[dict[str, Any]]:
    """Rows of GetImportedKeys, a column each, as keys."""
    found: list[dict[str, Any]] = []
    named: dict[str | None, dict[str, Any]] = {}
    for row in rows:
        (_, schema, table, column, *_, own, sequence, name, _, on_update, on_delete) = (
            row
        )
        # Servers on JDBC give two keys to one table column by column, in turns.
        key = named.get(name) if sequence > 1 else None
        if key is None:
            key = named[name] = {
                "name": name,
                "constrained_columns": [],
                "referred_schema": schema or None,
                "referred_table": table,
                "referred_columns": [],
                "options": _options(on_update, on_delete),
            }
            found.append(key)
        key["constrained_columns"].append(own)
        key["referred_columns"].append(column)
    return found


def _options(on_update: int, on_delete: int) -> dict[str, str]:
    rules = {"onupdate": _RULES.get(on_update), "ondelete": _RULES.get(on_delete)}
    return {name: rule for name, rule in rules.items() if rule is not None}
