# SPDX-License-Identifier: Apache-2.0
"""Which statements KurrentDB takes, found as it finds it: in DuckDB's syntax tree.

Source: QueryEngine.Rewriter.cs of kurrent-io/KurrentDB. It asks DuckDB for the tree of
the text (which DuckDB gives for SELECT alone), wants every table to be in the schema
kdb or usr, puts the index's own view in its place and runs what became of the text. So
a column cannot be called ``records.stream``, unless the table was given that name by
AS. A FROM that is no table, join or subquery (none at all, a list of VALUES, a table
function) is refused.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import duckdb

SCHEMAS = ("kdb", "usr")
_SOURCES = ("BASE_TABLE", "JOIN", "SUBQUERY")


class NotTaken(Exception):
    """The server's own exception, which its clients do not get to see."""


def rewritten(connection: Any, sql: str, *, names_of_ctes: bool) -> str:
    """What KurrentDB runs for a statement; raises NotTaken where it refuses it.

    names_of_ctes: tables without a schema may be common table expressions.
    """
    try:
        text = _call(connection, "json_serialize_sql", sql)
    except duckdb.Error as error:
        raise NotTaken(str(error)) from None
    tree = json.loads(text)
    if tree["error"]:
        raise NotTaken(tree["error_message"])
    if len(tree["statements"]) != 1:
        raise NotTaken("one statement at a time")
    known = {name for node in _nodes(tree) for name in _expressions_of(node)}
    for node in _nodes(tree):
        source = node.get("from_table")
        if isinstance(source, dict) and source["type"] not in _SOURCES:
            raise NotTaken(f"Unsupported query data source '{source['type']}'")
        if node.get("type") == "BASE_TABLE":
            _replace_table(node, known if names_of_ctes else set())
    return _call(connection, "json_deserialize_sql", json.dumps(tree))


def _call(connection: Any, function: str, argument: str) -> str:
    ((text,),) = connection.execute(f"SELECT {function}(?)", [argument]).fetchall()
    return str(text)


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    if isinstance(tree, dict):
        yield tree
        tree = list(tree.values())
    if isinstance(tree, list):
        for part in tree:
            yield from _nodes(part)


def _expressions_of(node: dict[str, Any]) -> list[str]:
    expressions = node.get("cte_map") or {"map": []}
    return [one["key"] for one in expressions["map"]]


def _replace_table(node: dict[str, Any], known: set[str]) -> None:
    schema, name = node["schema_name"], node["table_name"]
    if schema == "" and name in known:
        return
    if schema not in SCHEMAS:
        raise NotTaken(f"Schema '{schema}' is not supported")
    if schema == "kdb" and name != "records":
        raise NotTaken(f"System table '{name}' is not supported")
    node["schema_name"], node["table_name"] = "", view_of(schema, name)
    if "qualified_name" in node:  # of newer releases of DuckDB
        node["qualified_name"] = {"path": [node["table_name"]]}


def view_of(schema: str, table: str) -> str:
    """The view that stands for a table."""
    return f"idx_{schema}_{table}"
