# SPDX-License-Identifier: Apache-2.0
"""Flink's SQL for sqlglot, which has no dialect of it: standard SQL in Flink's quotes.

Names stand in backticks, strings between single quotes, in which a backslash is itself,
and // begins a comment (Calcite's parser, lexical policy JAVA). What sqlglot cannot
parse is refused: TABLE as an argument (windowing functions), STOP JOB, ADD JAR.
"""

from __future__ import annotations

from typing import Any, ClassVar

from sqlglot import exp, generator, parser, tokens
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import ParseError
from sqlglot.tokens import TokenType


class Flink(Dialect):
    """Flink SQL, a gateway's and Confluent Cloud's."""

    def tokenize(self, sql: str, *rest: Any, **options: Any) -> Any:
        """The tokens. A hint OPTIONS is refused: it can make another table of one that
        the user may read, by another path or topic."""
        if "OPTIONS" in sql.partition("/*+")[2].upper():
            raise ParseError(
                "a hint OPTIONS: it could read what the table's name hides"
            )
        return super().tokenize(sql, *rest, **options)

    class Tokenizer(tokens.Tokenizer):
        """How the text splits."""

        IDENTIFIERS: ClassVar[Any] = ["`"]
        IDENTIFIER_ESCAPES: ClassVar[Any] = ["`"]
        QUOTES: ClassVar[Any] = ["'"]
        STRING_ESCAPES: ClassVar[Any] = ["'"]
        HEX_STRINGS: ClassVar[Any] = [("x'", "'"), ("X'", "'")]
        UNICODE_STRINGS: ClassVar[Any] = [("U&'", "'"), ("u&'", "'")]
        COMMENTS: ClassVar[Any] = ["--", "//", ("/*", "*/")]
        NESTED_COMMENTS = False
        VAR_SINGLE_TOKENS: ClassVar[Any] = {"$"}
        KEYWORDS: ClassVar[Any] = {
            **tokens.Tokenizer.KEYWORDS,
            "BYTES": TokenType.VARBINARY,
            "FOR SYSTEM_TIME": TokenType.TIMESTAMP_SNAPSHOT,
            "MATCH_RECOGNIZE": TokenType.MATCH_RECOGNIZE,
            "ROW": TokenType.STRUCT,
        }

    class Parser(parser.Parser):
        """What the tokens mean."""

        FUNCTION_PARSERS: ClassVar[Any] = {
            **parser.Parser.FUNCTION_PARSERS,
            "JSON_VALUE": lambda self: self._parse_json_value(),
        }

    class Generator(generator.Generator):
        """Trees that were changed, written out."""

        # A VARCHAR without a length has one character, a VARBINARY one byte.
        TYPE_MAPPING: ClassVar[Any] = {
            **generator.Generator.TYPE_MAPPING,
            exp.DataType.Type.TEXT: "STRING",
            exp.DataType.Type.VARBINARY: "BYTES",
            exp.DataType.Type.TIMESTAMPLTZ: "TIMESTAMP_LTZ",
            exp.DataType.Type.STRUCT: "ROW",
        }

        TRANSFORMS: ClassVar[Any] = {
            **generator.Generator.TRANSFORMS,
            exp.Array: lambda self, node: f"ARRAY[{self.expressions(node, flat=True)}]",
            exp.CurrentTimestamp: lambda *_: "CURRENT_TIMESTAMP",
            exp.JSONKeyValue: lambda self, node: (
                f"{self.sql(node, 'this')} VALUE {self.sql(node, 'expression')}"
            ),
        }

        def version_sql(self, expression: Any) -> str:
            """A table as it was at a time."""
            return f"FOR SYSTEM_TIME AS OF {self.sql(expression, 'expression')}"
