# SPDX-License-Identifier: Apache-2.0
"""INSERT ... VALUES with parameters, as INSERT ... SELECT from a table of them.

DataFusion does not cast bound values in VALUES to the table's types and stores what it
gets, after which the table contradicts its schema; INSERT ... SELECT does cast.  It
also takes all rows of an executemany at once.
"""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from ._engine import Row
from ._errors import InvalidRequest
from ._sqltext import Token, quote, tokens


def as_select(sql: str, source: str) -> str | None:
    """Rewrite to read ``source."1"``...; None when it is no INSERT ... VALUES."""
    found = [token for token in tokens(sql) if token.text != ";"]
    if [token.text.lower() for token in found[:2]] != ["insert", "into"]:
        return None
    depth = 0
    for index, token in enumerate(found):
        depth += (token.text == "(") - (token.text == ")")
        if depth == 0 and token.kind == "word" and token.text.lower() == "values":
            groups = _groups(found[index + 1 :])
            if groups is None:
                return None
            selects = [_select(sql, group, source) for group in groups]
            return sql[: token.start] + " UNION ALL ".join(selects)
    return None


def _groups(found: list[Token]) -> list[list[Token]] | None:
    """Split ``(...), (...)``; each group keeps its parentheses' content tokens."""
    groups: list[list[Token]] = []
    depth = 0
    for token in found:
        if token.text == "(":
            depth += 1
            if depth == 1:
                groups.append([])
                continue
        if token.text == ")":
            depth -= 1
            if depth == 0:
                continue
        if depth == 0:
            if token.text != ",":
                return None
            continue
        groups[-1].append(token)
    return groups if groups and depth == 0 and all(groups) else None


def _select(sql: str, group: list[Token], source: str) -> str:
    out, at = [], group[0].start
    for token in group:
        if token.kind == "place":
            out += [sql[at : token.start], f"{source}.{quote(token.text[1:])}"]
            at = token.end
    text = "".join(out) + sql[at : group[-1].end]
    return f"SELECT {text} FROM {source}"


def parameter_table(names: list[str], rows: Sequence[Row]) -> pa.Table:
    """Build the table of parameters: a column each, named like its placeholder."""
    for row in rows:
        if len(row) != len(names):
            raise InvalidRequest(
                f"the statement has {len(names)} parameters, {len(row)} were bound"
            )
    columns = [
        pa.array([row[index].as_py() for row in rows], rows[0][index].type)
        for index in range(len(names))
    ]
    return pa.Table.from_arrays(columns, names=names)
