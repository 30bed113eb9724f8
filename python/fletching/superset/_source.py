# SPDX-License-Identifier: Apache-2.0
"""The text of a parsed statement, kept beside its tree.

A statement that Superset did not change goes out as it was written; one whose limit
alone was changed has that edited in the text. Where a comment or a space could be read
in another way by the server than by sqlglot, there is no text to keep, and the tree is
written out instead: what was checked is what is sent.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from sqlglot import exp
from sqlglot.tokens import Token, TokenType

KEY = "fletching_source"
"""Where a tree's root has its `Source`, among its meta."""

# What may stand between two tokens: white space, and comments that every engine ends at
# the same place (none within another, no line that ends in a lone carriage return).
_GAP = re.compile(
    r"(?:[ \t\r\n\f]|--[^\r\n]*(?:\r?\n|\Z)|/\*(?:(?!\*/|/\*)[\s\S])*\*/)*"
)
_LINE_COMMENT = re.compile(r"--[^\r\n]*\Z")
# What may follow a limit in its statement, and comes after one that is added.
_AFTER_LIMIT = (TokenType.OFFSET, TokenType.FETCH, TokenType.FOR)


@dataclass(frozen=True)
class Source:
    """A statement as it was written.

    Attributes:
        text: from the end of the statement before to its own end.
        plain: the same without comments.
        tree: what the parser made of it, as `fingerprint` has it.
        body: the same without the limit.
        limit: where `text` has the value of its limit.
        offset: where `text` has OFFSET, which stands behind a limit.
    """

    text: str
    plain: str
    tree: str
    body: str
    limit: tuple[int, int] | None
    offset: int | None

    def __deepcopy__(self, memo: Any) -> Source:
        return self

    def render(self, node: Any, comments: bool) -> str | None:
        """The text for a tree; None where the tree has to be written out."""
        if fingerprint(node) == self.tree:
            return self.text if comments else self.plain
        if not comments or fingerprint(_without_limit(node)) != self.body:
            return None
        if not isinstance(node, exp.Query):
            return self.text  # Superset limits EXPLAIN and SHOW, too
        limit = node.args.get("limit")
        value = limit.expression if isinstance(limit, exp.Limit) else None
        if not isinstance(value, exp.Literal) or value.is_string:
            return None
        return self._limited(value.name)

    def _limited(self, value: str) -> str | None:
        if self.limit is not None:
            start, end = self.limit
            # Never more rows than were asked for: Superset 6.1.0 forgets that limit
            # where it runs the query itself.
            own = self.text[start:end]
            if own.isdecimal() and value.isdecimal() and int(own) < int(value):
                return self.text
            return self.text[:start] + value + self.text[end:]
        if self.tree != self.body:
            return None  # it has a limit of another form
        if self.offset is not None:
            start = self.offset
            return f"{self.text[:start]}LIMIT {value} {self.text[start:]}"
        return f"{self.text.rstrip()}\nLIMIT {value}"


def fingerprint(node: Any) -> str:
    """A tree as text that differs where the trees do; comments do not count."""
    if isinstance(node, exp.Expression):
        parts = ",".join(
            f"{name}={fingerprint(value)}"
            for name, value in node.args.items()
            if value is not None and value is not False and value != []
        )
        return f"{type(node).__name__}({parts})"
    if isinstance(node, list):
        return "[" + ",".join(map(fingerprint, node)) + "]"
    return repr(node)


def _without_limit(node: Any) -> Any:
    bare = type(node)(**{k: v for k, v in node.args.items() if k != "limit"})
    for value in node.args.values():  # its children stay the node's
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, exp.Expression):
                child.parent = node
    return bare


def chunks_of(tokens: list[Token]) -> list[list[Token]]:
    """The tokens of each statement, cut as sqlglot's parser cuts them."""
    chunks: list[list[Token]] = [[]]
    for number, token in enumerate(tokens):
        if token.token_type != TokenType.SEMICOLON:
            chunks[-1].append(token)
            continue
        if token.comments:
            chunks.append([token])
        if number < len(tokens) - 1:
            chunks.append([])
    return chunks


def nests_comments(sql: str, tokens: list[Token]) -> bool:
    """Whether a comment holds the beginning of another, which engines end in different
    places."""
    places = [0, *(token.end + 1 for token in tokens)]
    ends = [*(token.start for token in tokens), len(sql)]
    return any(
        gap.count("/*") > 1 and not _GAP.fullmatch(gap)
        for gap in (sql[a:b] for a, b in zip(places, ends, strict=True))
    )


def source_of(sql: str, tokens: list[Token], start: int, end: int, node: Any) -> Any:
    """The source of a statement between two places of a script; None for none.

    `tokens` are the statement's own.
    """
    pieces = [sql[token.start : token.end + 1] for token in tokens]
    places = [start, *(token.end + 1 for token in tokens)]
    ends = [*(token.start for token in tokens), end]
    gaps = [sql[a:b] for a, b in zip(places, ends, strict=True)]
    if not all(_GAP.fullmatch(gap) for gap in gaps):
        return None
    gaps[0], gaps[-1] = gaps[0].lstrip(), gaps[-1].rstrip()
    if _LINE_COMMENT.search(gaps[-1]):
        gaps[-1] += "\n"  # what is put behind must not be part of the comment
    offsets = []
    text = gaps[0]
    for piece, gap in zip(pieces, gaps[1:], strict=True):
        offsets.append((len(text), len(text) + len(piece)))
        text += piece + gap
    tree = fingerprint(node)
    limit, offset = _limit_of(tokens, offsets, node)
    return Source(
        text=text,
        plain=_without_comments(pieces, gaps),
        tree=tree,
        body=fingerprint(_without_limit(node)),
        limit=limit,
        offset=offset,
    )


def _without_comments(pieces: list[str], gaps: list[str]) -> str:
    between = [gap if not gap.strip() else " " for gap in gaps[1:-1]]
    return "".join(a + b for a, b in zip(pieces, [*between, ""], strict=True))


def _limit_of(
    tokens: list[Token], offsets: list[tuple[int, int]], node: Any
) -> tuple[tuple[int, int] | None, int | None]:
    """Where the statement's own limit and offset are, those of subqueries aside."""
    outer = _outer(tokens)
    clause = node.args.get("limit") if isinstance(node, exp.Query) else None
    value = clause.expression if isinstance(clause, exp.Limit) else None
    found = None
    later = None
    for place, token in outer:
        if token.token_type == TokenType.LIMIT and place + 1 < len(tokens):
            after = tokens[place + 1]
            if (
                after.token_type == TokenType.NUMBER
                and isinstance(value, exp.Literal)
                and value.name == after.text
            ):
                found = offsets[place + 1]
            later = None
        elif token.token_type in _AFTER_LIMIT and later is None:
            later = offsets[place][0]
        elif token.token_type in (TokenType.WHERE, TokenType.FROM):
            later = None
    return found, later


def _outer(tokens: list[Token]) -> list[tuple[int, Token]]:
    depth = 0
    found = []
    for place, token in enumerate(tokens):
        if token.token_type in (TokenType.L_PAREN, TokenType.L_BRACKET):
            depth += 1
        elif token.token_type in (TokenType.R_PAREN, TokenType.R_BRACKET):
            depth -= 1
        elif depth == 0:
            found.append((place, token))
    return found
