# SPDX-License-Identifier: Apache-2.0
"""How names are quoted."""

from __future__ import annotations

from typing import Any

from sqlalchemy.sql import compiler
from sqlalchemy.sql.elements import quoted_name


class FlightSQLPreparer(compiler.IdentifierPreparer):
    """Quotes names; a schema of another catalog is written ``"catalog.schema"``.

    A schema whose own name has a dot is given as ``quoted_name(name, quote=True)``.
    """

    reserved_words: set[str]
    _strings: dict[str, str]

    def quote_schema(self, schema: str, force: Any = None) -> str:
        if "." not in schema or getattr(schema, "quote", None):
            return self.quote(schema)
        catalog, _, name = schema.rpartition(".")
        return f"{self.quote(catalog)}.{self.quote(name)}"

    def use_quotes(self, quotes: str) -> None:
        """Take the server's quote character, or pair of them."""
        self.initial_quote = quotes[0]
        self.final_quote = quotes[-1]
        self.escape_quote = self.final_quote
        self.escape_to_quote = self.escape_quote * 2
        self._strings.clear()  # names that were written before

    def reserve(self, words: Any) -> None:
        """Quote these words too."""
        known: set[str] = self.reserved_words
        self.reserved_words = known | {word.lower() for word in words}
        self._strings.clear()


class BacktickPreparer(FlightSQLPreparer):
    """Quotes names with backticks."""

    def __init__(self, dialect: Any, **options: Any) -> None:
        quotes = {"initial_quote": "`", "final_quote": "`", "escape_quote": "`"}
        super().__init__(dialect, **{**quotes, **options})

    def use_quotes(self, quotes: str) -> None:
        """Nothing else is taken for a name, whatever the server says."""


def split_schema(schema: str | None) -> tuple[str | None, str | None]:
    """Catalog and name of a schema as it is written in SQLAlchemy."""
    if schema is None:
        return None, None
    if "." not in schema or getattr(schema, "quote", None):
        return None, str(schema)
    catalog, _, name = schema.rpartition(".")
    return str(catalog), str(name)


__all__ = ["BacktickPreparer", "FlightSQLPreparer", "quoted_name", "split_schema"]
