# SPDX-License-Identifier: Apache-2.0
"""Reading SQL text just far enough: its words and placeholders outside of literals."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_TOKEN = re.compile(
    r"""
      (?P<skip>   \s+ | --[^\n]* )
    | (?P<comment> /\* )
    | (?P<text>   [eE]'(?:\\.|''|[^'\\])*' | '(?:''|[^'])*' )
    | (?P<dollar> \$(?:[^\W\d]\w*)?\$ )
    | (?P<quoted> "(?:""|[^"])*" )
    | (?P<place>  \$\w+ | \? )
    | (?P<word>   [^\W\d]\w* )
    | (?P<open>   ['"] )
    | (?P<other>  \d[\w.]* | . )
    """,
    re.VERBOSE | re.DOTALL,
)


class Token(NamedTuple):
    """A token: its kind (a group name above), text and place."""

    kind: str
    text: str
    start: int
    end: int


def tokens(sql: str) -> Iterator[Token]:
    """Yield the tokens that mean something; white space and comments are left out."""
    at = 0
    while at < len(sql):
        match = _TOKEN.match(sql, at)
        assert match is not None  # the last alternative takes any character
        kind, text, at = str(match.lastgroup), match.group(), match.end()
        if kind == "open":  # an unclosed literal: the engine will say so
            return
        if kind == "comment":
            at = _comment_end(sql, at)
        elif kind == "dollar":
            end = sql.find(text, at)
            at = len(sql) if end < 0 else end + len(text)
        elif kind != "skip":
            yield Token(kind, text, match.start(), at)


def _comment_end(sql: str, at: int) -> int:
    depth = 1
    while depth:
        match = re.compile(r"/\*|\*/").search(sql, at)
        if match is None:
            return len(sql)
        depth += 1 if match.group() == "/*" else -1
        at = match.end()
    return at


def words(sql: str, count: int) -> list[str]:
    """Return the statement's first words, lower case; it stops at anything else."""
    found: list[str] = []
    for token in tokens(sql):
        if token.text == "(" and not found:
            continue
        if token.kind != "word" or len(found) == count:
            break
        found.append(token.text.lower())
    return found


def mentions(sql: str, name: str) -> bool:
    """Tell whether `name` appears as an identifier."""
    return name in sql.lower() and any(
        token.kind in ("word", "quoted") and token.text.lower().strip('"') == name
        for token in tokens(sql)
    )


_WRITING = {"insert", "update", "delete", "merge"}


def may_write(sql: str) -> bool:
    """Tell whether a SELECT may change something: by a sequence, or in its WITH."""
    found = {token.text.lower().strip('"') for token in tokens(sql)}
    return "nextval" in found or ("with" in found and bool(_WRITING & found))


def number_marks(sql: str) -> str:
    """Rewrite ``?`` to ``$1``, ``$2``... for engines that only know the latter."""
    if "?" not in sql:
        return sql
    out, at, count = [], 0, 0
    for token in tokens(sql):
        if token.kind == "place" and token.text == "?":
            count += 1
            out += [sql[at : token.start], f"${count}"]
            at = token.end
    return "".join(out) + sql[at:]


def placeholders(sql: str) -> list[str]:
    """List parameter names in the order their values are bound.

    ``?`` counts up; ``$2`` makes two parameters even when ``$1`` is not there;
    ``$name`` are in order of appearance.
    """
    names: list[str] = []
    highest = marks = 0
    for token in tokens(sql):
        if token.kind != "place":
            continue
        name = token.text[1:]
        if token.text == "?":
            marks += 1
        elif name.isdigit():
            highest = max(highest, int(name))
        elif name not in names:
            names.append(name)
    return [str(index + 1) for index in range(max(highest, marks))] + names


def quote(name: str) -> str:
    """Quote an identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Quote a string literal."""
    return "'" + text.replace("'", "''") + "'"


def add_cte(sql: str, definition: str) -> str:
    """Put one more common table expression in front of a query's own."""
    found = list(tokens(sql))
    first = found[0] if found else None
    if first is None or first.text.lower() != "with":
        return f"WITH {definition} {sql}"
    second = found[1] if len(found) > 1 else first
    at = second.end if second.text.lower() == "recursive" else first.end
    return f"{sql[:at]} {definition}, {sql[at:]}"
