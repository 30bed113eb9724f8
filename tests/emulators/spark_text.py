# SPDX-License-Identifier: Apache-2.0
"""Spark SQL read by sqlglot and written for DuckDB; what Spark answers by itself."""

from __future__ import annotations

import dataclasses
import re

import sqlglot
from sqlglot import exp

from fletching.serve._errors import InvalidRequest

NAME = r"(?:`(?:``|[^`])+`|[\w$]+)"
NAMES = rf"{NAME}(?:\s*\.\s*{NAME})*"


@dataclasses.dataclass(frozen=True)
class Command:
    """A statement that the emulator answers from its own catalog."""

    what: str
    name: tuple[str, ...] = ()
    text: str = ""  # a LIKE pattern, or a comment
    column: str = ""


_WITHIN = rf"(?:\s+(?:IN|FROM)\s+(?P<name>{NAMES}))?"
_LIKE = r"(?:\s+LIKE\s+'(?P<text>[^']*)'|\s+'(?P<text2>[^']*)')?"
_COMMANDS = {
    what: re.compile(rf"\s*{pattern}\s*;?\s*", re.IGNORECASE | re.DOTALL)
    for what, pattern in {
        "schemas": rf"SHOW\s+(?:SCHEMAS|DATABASES|NAMESPACES){_WITHIN}{_LIKE}",
        "tables": rf"SHOW\s+TABLES{_WITHIN}{_LIKE}",
        "views": rf"SHOW\s+VIEWS{_WITHIN}{_LIKE}",
        "catalogs": r"SHOW\s+CATALOGS",
        "create": rf"SHOW\s+CREATE\s+TABLE\s+(?P<name>{NAMES})",
        "extended": rf"DESC(?:RIBE)?\s+(?:TABLE\s+)?EXTENDED\s+(?P<name>{NAMES})",
        "describe": rf"DESC(?:RIBE)?\s+(?:TABLE\s+)?(?P<name>{NAMES})",
        "use": rf"USE\s+(?:(?:NAMESPACE|DATABASE|SCHEMA)\s+)?(?P<name>{NAMES})",
        "set": rf"SET\s+(?P<name>{NAMES})\s*=\s*(?P<text>.*)",
        "comment": rf"COMMENT\s+ON\s+TABLE\s+(?P<name>{NAMES})\s+IS\s+"
        r"(?:'(?P<text>(?:\\.|[^'\\])*)'|NULL)",
        "column comment": rf"ALTER\s+TABLE\s+(?P<name>{NAMES})\s+ALTER\s+COLUMN\s+"
        rf"(?P<column>{NAME})\s+COMMENT\s+'(?P<text>(?:\\.|[^'\\])*)'",
    }.items()
}


def command_of(sql: str) -> Command | None:
    """The command that a text is; None if it is none of the emulator's own."""
    for what, pattern in _COMMANDS.items():
        found = pattern.fullmatch(sql)
        if found is not None:
            parts = found.groupdict()
            text = parts.get("text") or parts.get("text2") or ""
            return Command(
                what,
                split(parts.get("name") or ""),
                re.sub(r"\\(.)", r"\1", text) if "comment" in what else text,
                "".join(split(parts.get("column") or "")),
            )
    return None


def split(name: str) -> tuple[str, ...]:
    """The parts of a dotted name, without backticks."""
    return tuple(
        part[1:-1].replace("``", "`") if part.startswith("`") else part
        for part in re.findall(NAME, name)
    )


def parse(sql: str) -> exp.Expression:
    """The one statement of a text."""
    try:
        found = [one for one in sqlglot.parse(sql, read="spark") if one is not None]
    except sqlglot.errors.SqlglotError as error:
        first = str(error).splitlines()[0]
        raise InvalidRequest(f"[PARSE_SYNTAX_ERROR] {first} SQLSTATE: 42601") from None
    if len(found) != 1:
        raise InvalidRequest("[PARSE_SYNTAX_ERROR] one statement at a time")
    if isinstance(found[0], exp.Command):
        raise InvalidRequest(
            f"[PARSE_SYNTAX_ERROR] Syntax error at or near '{found[0].name}'."
        )
    return found[0]


def check_limits(tree: exp.Expression) -> None:
    """LIMIT and OFFSET are literals."""
    for clause in tree.find_all(exp.Limit, exp.Offset):
        if clause.find(exp.Placeholder, exp.Parameter):
            raise InvalidRequest(
                "[INVALID_LIMIT_LIKE_EXPRESSION.IS_UNFOLDABLE] The limit like"
                " expression must be a literal. SQLSTATE: 42K0E"
            )


_OWN = {
    "VERSION": lambda version: exp.Literal.string(version),
    "CURRENT_DATABASE": lambda _: exp.func("current_schema"),
    "CURRENT_SCHEMA": lambda _: exp.func("current_schema"),
    "CURRENT_CATALOG": lambda _: exp.func("current_database"),
}


def _struct(pairs: list[exp.Expression]) -> exp.Expression:
    named = zip(pairs[::2], pairs[1::2], strict=True)
    fields = [
        exp.PropertyEQ(this=exp.to_identifier(name.name), expression=value)
        for name, value in named
    ]
    return exp.Struct(expressions=fields)


def for_duckdb(tree: exp.Expression, version: str) -> str:
    """The same statement in DuckDB's SQL."""

    def own(node: exp.Expression) -> exp.Expression:
        if isinstance(node, exp.Func):
            name = node.name if isinstance(node, exp.Anonymous) else node.sql_name()
            made = _OWN.get(name.upper())
            if made is not None:
                return made(version)
            if name.upper() == "NAMED_STRUCT":
                return _struct(node.expressions)
        return node

    tree = tree.copy()
    if isinstance(tree, exp.Create):
        tree.set("properties", _temporary(tree))
        for definition in tree.find_all(exp.ColumnDef):
            kept = [
                one
                for one in definition.args.get("constraints") or []
                if not isinstance(one.kind, exp.CommentColumnConstraint)
            ]
            definition.set("constraints", kept)
    return tree.transform(own).sql(dialect="duckdb", identify=True)


def _temporary(tree: exp.Create) -> exp.Properties | None:
    properties = tree.args.get("properties")
    kept = [
        one
        for one in (properties.expressions if properties else [])
        if isinstance(one, exp.TemporaryProperty)
    ]
    return exp.Properties(expressions=kept) if kept else None


def type_name(kind: str | exp.DataType, dialect: str = "duckdb") -> str:
    """A type as DESCRIBE writes it: ``struct<a:int>``."""
    if isinstance(kind, str):
        kind = exp.DataType.build(kind, dialect=dialect)
    text = kind.sql(dialect="spark").replace(": ", ":").replace(", ", ",")
    return re.sub(r"\w+", lambda word: _lower(word[0]), text)


def _lower(word: str) -> str:
    return word.lower() if word.isupper() or "_" in word else word
