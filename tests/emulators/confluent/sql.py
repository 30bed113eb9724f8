# SPDX-License-Identifier: Apache-2.0
"""What kind of statement a text is, and Confluent's tables as Flink can have them."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator

TOKEN = re.compile(
    r"""--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|`(?:[^`]|``)*`|"(?:[^"]|"")*"|\w+|[^\s\w]""",
    re.DOTALL,
)


@dataclasses.dataclass(frozen=True)
class Token:
    """A word, a quoted text or a sign, with its place; `depth` of parentheses."""

    text: str
    start: int
    end: int
    depth: int

    @property
    def word(self) -> str:
        """In upper case."""
        return self.text.upper()


def tokens(sql: str) -> Iterator[Token]:
    """All but comments."""
    depth = 0
    for found in TOKEN.finditer(sql):
        text = found.group()
        if text.startswith(("--", "/*")):
            continue
        depth -= text == ")"
        yield Token(text, found.start(), found.end(), depth)
        depth += text == "("


def kind_of(sql: str) -> str:
    """The `sql_kind` of a statement's traits."""
    words = [one.word for one in tokens(sql)]
    while words and words[0] == "(":
        del words[0]
    first = words[0] if words else ""
    if first in ("SELECT", "WITH", "VALUES", "TABLE"):
        return "SELECT"
    if first == "INSERT":
        return "INSERT_INTO"
    if first == "EXECUTE":
        return "STATEMENT_SET"
    if first in ("CREATE", "DROP", "ALTER"):
        return _definition(first, words, sql)
    if first == "SHOW":
        return "SHOW_" + (words[1] if len(words) > 1 else "")
    return first


def _definition(first: str, words: list[str], sql: str) -> str:
    rest = [one for one in words[1:] if one not in ("OR", "REPLACE", "TEMPORARY")]
    kind = rest[0] if rest else ""
    if kind == "ALTER":  # CREATE OR ALTER
        return f"CREATE_OR_ALTER_{'_'.join(rest[1:3])}"
    if kind == "MATERIALIZED":
        return f"{first}_MATERIALIZED_TABLE"
    if (first, kind) == ("CREATE", "TABLE") and _query_of(sql) is not None:
        return "CREATE_TABLE_AS"
    return f"{first}_{kind}"


def _query_of(sql: str) -> Token | None:
    """The AS of CREATE TABLE ... AS SELECT."""
    found = [one for one in tokens(sql) if one.depth == 0 and one.word == "AS"]
    return found[0] if found else None


def query_in(sql: str) -> str:
    """The query that a statement runs, for EXPLAIN; the text itself where it is one."""
    kind = kind_of(sql)
    if kind == "CREATE_TABLE_AS":
        found = _query_of(sql)
        assert found is not None
        return sql[found.end :]
    return sql


def with_storage(sql: str, options: dict[str, str]) -> str:
    """CREATE TABLE with `options`, where it names no connector of its own.

    On Confluent Cloud a table is a topic: the text says nothing of where it is, and may
    have DISTRIBUTED BY and options of Kafka, which go.
    """
    outer = [one for one in tokens(sql) if one.depth == 0]
    if any(one.word == "LIKE" for one in outer) or re.search(r"'connector'", sql):
        return sql
    query = _query_of(sql)
    end = len(sql.rstrip().rstrip(";")) if query is None else query.start
    start = end
    for one in outer:
        if one.word in ("DISTRIBUTED", "WITH") and one.start < end:
            start = one.start
            break
    listed = ", ".join(f"'{key}' = '{value}'" for key, value in options.items())
    return f"{sql[:start].rstrip()} WITH ({listed}) {sql[end:]}".rstrip().rstrip(";")


def table_name(sql: str) -> str | None:
    """The last part of the name in CREATE or DROP TABLE [IF [NOT] EXISTS] a.b.c."""
    words = [one for one in tokens(sql) if one.depth == 0]
    at = next((i for i, one in enumerate(words) if one.word == "TABLE"), None)
    if at is None:
        return None
    at += 1
    while at < len(words) and words[at].word in ("IF", "NOT", "EXISTS"):
        at += 1
    while at + 2 < len(words) and words[at + 1].text == ".":
        at += 2
    return words[at].text.strip("`").replace("``", "`") if at < len(words) else None


def quoted(name: str) -> str:
    """A name between backticks."""
    return "`" + name.replace("`", "``") + "`"


def changes_rows(plan: str) -> bool:
    """Whether EXPLAIN CHANGELOG_MODE's root sends more than inserts."""
    found = re.search(r"changelogMode=\[([^\]]*)\]", plan)
    return found is not None and found.group(1) != "I"


def is_bounded(plan: str) -> bool:
    """Whether the plan reads no table."""
    return "TableSourceScan" not in plan


def key_columns(plan: str, names: list[str]) -> list[int] | None:
    """The places of the columns that identify a row, where the plan shows them.

    Of a grouping at the root (or under a projection that keeps the names) these are the
    columns it groups by.
    """
    physical = plan.split("== Optimized Physical Plan", 1)[-1].splitlines()[1:3]
    for line in physical:
        node = line.strip().lstrip("+- ")
        if node.startswith("GroupAggregate("):
            found = re.search(r"groupBy=\[([^\]]*)\]", node)
            keys = [one.strip() for one in found.group(1).split(",")] if found else []
            places = [names.index(one) for one in keys if one in names]
            return places if keys and len(places) == len(keys) else None
        if not node.startswith("Calc("):
            return None
    return None
