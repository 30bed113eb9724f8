# SPDX-License-Identifier: Apache-2.0
"""Text as people type it, taken apart into statements."""

from __future__ import annotations

import re

# What a semicolon may stand in without ending a statement, or the semicolon.
_PIECES = re.compile(
    r"""
    '(?:[^']|'')*(?:'|\Z)
    | "(?:[^"]|"")*(?:"|\Z)
    | `[^`]*(?:`|\Z)
    | --[^\n]*
    | /\*.*?(?:\*/|\Z)
    | \$(\w*)\$.*?(?:\$\1\$|\Z)
    | (?P<end>;)
    """,
    re.VERBOSE | re.DOTALL,
)
_BLANK = re.compile(r"(?:\s|--[^\n]*(?:\n|\Z)|/\*.*?\*/)*", re.DOTALL)
# Flink's statements of statements: EXECUTE STATEMENT SET BEGIN ...; ...; END;
_SET = re.compile(r"(?:EXECUTE\s+|BEGIN\s+)STATEMENT\s+SET\b", re.IGNORECASE)
_END = re.compile(r"\bEND\s*\Z", re.IGNORECASE)
_DDL = re.compile(
    r"(?:CREATE|DROP|ALTER|USE|ATTACH|DETACH|RENAME|INSTALL|LOAD|SET)\b", re.IGNORECASE
)


def split(text: str) -> tuple[list[str], str]:
    """The statements that a semicolon ends, without it, and the text that is left.

    Semicolons within quotes, dollar quotes, comments and Flink's statement sets end
    nothing. Statements that are comments alone are left out.
    """
    statements = []
    start = 0
    for piece in _PIECES.finditer(text):
        if piece["end"] is None:
            continue
        statement = text[start : piece.start()]
        if _SET.match(without_comment(statement)) and not _END.search(statement):
            continue
        start = piece.end()
        if without_comment(statement):
            statements.append(statement.strip())
    return statements, text[start:]


def without_comment(text: str) -> str:
    """The text from its first word on."""
    blank = _BLANK.match(text)
    return text[blank.end() :] if blank else text


def is_complete(text: str) -> bool:
    """Whether Enter runs it: a command, a statement that ends, or nothing."""
    rest = text.lstrip()
    if not rest or rest.startswith("\\"):
        return True
    return not without_comment(split(text)[1])


def changes_catalog(statement: str) -> bool:
    """Whether there may be other tables afterwards."""
    return bool(_DDL.match(without_comment(statement)))
