# SPDX-License-Identifier: Apache-2.0
"""sqlglot dialects that give SQL back as it was written.

Superset parses every statement in order to judge it (which tables, does it change
data), to limit it and to add the rows that a user may see; then it writes the tree out
again, in sqlglot's own words. `verbatim` makes a dialect of an engine's grammar whose
trees remember their text (see `_source`), so that this round trip changes nothing.
"""

from __future__ import annotations

from typing import Any

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import ParseError
from sqlglot.tokens import TokenType

from fletching.superset._source import KEY, chunks_of, nests_comments, source_of

# Commands that read. Every other one that sqlglot does not understand may do anything.
_READS = {"SHOW", "USE", "SET", "RESET", "DESCRIBE", "DESC", "SUMMARIZE"}
# Statements that sqlglot understands and Superset takes for harmless.
_CHANGES = (
    "Analyze",
    "Attach",
    "Cache",
    "Comment",
    "Commit",
    "Copy",
    "Detach",
    "Export",
    "Grant",
    "Install",
    "Kill",
    "LoadData",
    "MultitableInserts",
    "Pragma",
    "Refresh",
    "Revoke",
    "Rollback",
    "Transaction",
    "Uncache",
)
_CHANGE_TYPES = tuple(
    kind for name in _CHANGES if (kind := getattr(exp, name, None)) is not None
)
# What may stand between EXPLAIN and its statement.
_EXPLAIN_WORDS = {
    "ANALYZE",
    "ANALYSE",
    "VERBOSE",
    "EXTENDED",
    "FORMATTED",
    "CODEGEN",
    "COST",
    "LOGICAL",
    "QUERY",
    "PLAN",
    "PLAN_ADVICE",
    "CHANGELOG_MODE",
    "ESTIMATED_COST",
    "JSON_EXECUTION_PLAN",
}


class Change(exp.Command):
    """A statement that may change anything; Superset asks for the right to do that."""

    # By this name Superset knows a command that changes something.
    @property
    def name(self) -> str:
        return "ALTER"


def verbatim(name: str, grammar: type[Dialect]) -> type[Dialect]:
    """A dialect that reads a grammar and gives back what it read.

    Args:
        name: of the new class; sqlglot knows dialects by it.
        grammar: the dialect to read, and to write trees that were changed.
    """
    tokenizer = type(
        "Tokenizer",
        (grammar.tokenizer_class,),
        {
            "KEYWORDS": {
                **grammar.tokenizer_class.KEYWORDS,
                "EXPLAIN": TokenType.DESCRIBE,
            }
        },
    )
    parser = type("Parser", (_Parser, grammar.parser_class), _parser_members(grammar))
    generator = type("Generator", (_Generator, grammar.generator_class), {})
    made: Any = type(
        name,
        (_Verbatim, grammar),
        {"Tokenizer": tokenizer, "Parser": parser, "Generator": generator},
    )
    # sqlglot takes features away from classes whose name it does not know.
    for feature in (
        "AFTER_HAVING_MODIFIER_TRANSFORMS",
        "SELECT_KINDS",
        "SUPPORTS_DECODE_CASE",
        "SUPPORTS_UESCAPE",
        "TRY_SUPPORTED",
    ):
        if hasattr(grammar.generator_class, feature):
            kept = getattr(grammar.generator_class, feature)
            setattr(made.generator_class, feature, kept)
    for feature in ("ID_VAR_TOKENS", "NO_PAREN_FUNCTIONS", "TABLE_ALIAS_TOKENS"):
        setattr(made.parser_class, feature, getattr(grammar.parser_class, feature))
    return made


def _parser_members(grammar: type[Dialect]) -> dict[str, Any]:
    parsers = grammar.parser_class.STATEMENT_PARSERS
    return {
        # All functions stay what they are called, also where a tree is written out.
        "FUNCTIONS": {},
        "STATEMENT_PARSERS": {
            **parsers,
            TokenType.DESCRIBE: lambda self: self.parse_explain(),
        },
    }


class _Verbatim(Dialect):
    """What all of them share; mixed in before the grammar."""

    def parse(self, sql: str, **options: Any) -> Any:
        """The trees of a script, each with its source."""
        tokens = self.tokenize(sql)
        if nests_comments(sql, tokens):
            raise ParseError(
                "a comment within a comment: servers read that differently"
            )
        trees = self.parser(**options).parse(tokens, sql)
        chunks = chunks_of(tokens)
        if len(chunks) != len(trees):
            return trees
        ends = _ends_of(tokens, len(sql))
        for number, (chunk, tree) in enumerate(zip(chunks, trees, strict=True)):
            if tree is None or not chunk or isinstance(tree, exp.Semicolon):
                continue
            if isinstance(tree, _CHANGE_TYPES) or _is_unread(tree):
                tree = trees[number] = _change(tree, sql, chunk)
            start = max((end for end in ends if end < chunk[0].start), default=-1)
            end = min(end for end in ends if end > chunk[-1].end)
            source = source_of(sql, chunk, start + 1, end, tree)
            if source is not None:
                tree.meta[KEY] = source
        return trees


def _ends_of(tokens: Any, length: int) -> list[int]:
    """Where statements end."""
    semicolons = (t.start for t in tokens if t.token_type == TokenType.SEMICOLON)
    return [*semicolons, length]


def _is_unread(tree: Any) -> bool:
    return isinstance(tree, exp.Command) and str(tree.this).upper() not in _READS


def _change(tree: Any, sql: str, chunk: Any) -> Change:
    """A statement that may change anything, with its text as the argument."""
    words = sql[chunk[0].end + 1 : chunk[-1].end + 1]
    made = Change(this=chunk[0].text, expression=exp.Literal.string(words))
    made.comments = tree.comments
    return made


class _Parser:
    """Reads EXPLAIN's statement, so that what it would change is known."""

    def parse_explain(self: Any) -> Any:
        """EXPLAIN, whose options are kept as text; or DESCRIBE."""
        if self._prev.text.upper() != "EXPLAIN":
            return self._parse_describe()
        start = self._curr
        self._skip_explain_options()
        options = "" if self._curr is start else self._find_sql(start, self._prev)
        statement = self._parse_statement()
        if statement is None:
            self.raise_error("EXPLAIN: a statement is missing")
        node = self.expression(exp.Describe, this=statement)
        node.set("kind", f"EXPLAIN {options}".rstrip())
        return node

    def _skip_explain_options(self: Any) -> None:
        while self._curr is not None:
            if self._curr.text.upper() in _EXPLAIN_WORDS or self._match_text_seq(
                "FORMAT"
            ):
                self._advance()
                if not self._match(TokenType.COMMA):
                    self._match(TokenType.FOR)
            elif self._is_option_list():
                self._match(TokenType.L_PAREN)
                self._parse_wrapped_words()
            else:
                return

    def _is_option_list(self: Any) -> bool:
        if self._curr.token_type != TokenType.L_PAREN or self._next is None:
            return False
        word = self._next.text.upper()
        return word in _EXPLAIN_WORDS or word == "FORMAT"

    def _parse_wrapped_words(self: Any) -> None:
        while self._curr is not None and not self._match(TokenType.R_PAREN):
            self._advance()


class _Generator:
    """Writes sources where there are some, and trees where there are none."""

    def generate(self: Any, expression: Any, copy: bool = True) -> str:
        """The SQL of a tree."""
        text = self._source(expression)
        if text is not None:
            return text
        return str(super().generate(expression, copy))  # type: ignore[misc]

    def sql(self: Any, expression: Any, key: Any = None, comment: bool = True) -> str:
        """The SQL of a part of a tree."""
        if key is None and isinstance(expression, exp.Expression):
            text = self._source(expression)
            if text is not None:
                return text
        return super().sql(expression, key, comment)  # type: ignore[misc]

    def _source(self: Any, expression: Any) -> str | None:
        source = (getattr(expression, "_meta", None) or {}).get(KEY)
        return None if source is None else source.render(expression, self.comments)

    def describe_sql(self: Any, expression: Any) -> str:
        """EXPLAIN with the options it had; or DESCRIBE."""
        kind = expression.args.get("kind")
        if isinstance(kind, str) and kind.startswith("EXPLAIN"):
            return f"{kind} {self.sql(expression, 'this')}"
        return super().describe_sql(expression)  # type: ignore[misc]

    def table_parts(self: Any, expression: Any) -> str:
        """A table's name; a catalog without a schema, as Superset's CREATE TABLE AS
        has it, would be read as a schema."""
        if expression.args.get("catalog") and not expression.args.get("db"):
            return str(self.sql(expression, "this"))
        return str(super().table_parts(expression))  # type: ignore[misc]

    def command_sql(self: Any, expression: Any) -> str:
        """A command, word by word."""
        if isinstance(expression, Change):
            return f"{expression.this}{expression.expression.name}"
        return super().command_sql(expression)  # type: ignore[misc]

    def change_sql(self: Any, expression: Any) -> str:
        """`Change`, by the name that sqlglot makes of its class."""
        return self.command_sql(expression)
