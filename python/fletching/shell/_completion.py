# SPDX-License-Identifier: Apache-2.0
"""What Tab offers: commands, keywords, tables, columns."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from fletching.shell import _statements
from fletching.shell._catalog import Catalog, Table
from fletching.shell._output import quoted

KEYWORDS = frozenset(
    """
ALL ALTER AND ANALYZE AS ASC BEGIN BETWEEN BY CASE CAST COMMIT COUNT CREATE CROSS
CURRENT_DATE CURRENT_TIMESTAMP DATE DELETE DESC DESCRIBE DISTINCT DROP ELSE END EXCEPT
EXISTS EXPLAIN EXTRACT FALSE FETCH FILTER FIRST FOLLOWING FROM FULL GROUP HAVING IF IN
INNER INSERT INTERSECT INTERVAL INTO IS JOIN KEY LAST LEFT LIKE LIMIT NOT NULL NULLS
OFFSET ON OR ORDER OUTER OVER PARTITION PRECEDING PRIMARY RECURSIVE REPLACE RIGHT
ROLLBACK ROW ROWS SELECT SET SHOW TABLE TABLES TABLESAMPLE THEN TIMESTAMP TRUE TRUNCATE
UNBOUNDED UNION UNNEST UPDATE USE USING VALUES VIEW WHEN WHERE WINDOW WITH
AVG COALESCE CONCAT LOWER MAX MIN NULLIF ROUND SUBSTRING SUM UPPER
""".split()  # noqa: SIM905
)
_PATIENCE = 2.0  # seconds

# The end of what was typed: names with dots, quoted or not.
_NAME = r'(?:"[^"]*"|`[^`]*`|[\w$]+)'
_TYPED = re.compile(rf"(?:{_NAME}\.)*(?:\"[^\"]*|`[^`]*|[\w$]*)\Z")
_PART = re.compile(rf"{_NAME}|[\"`][^\"`]*\Z")
# Where tables are named, with what they are called in the statement.
_SOURCES = re.compile(
    rf"\b(?:FROM|JOIN|INTO|UPDATE|TABLE|,)\s+({_NAME}(?:\.{_NAME})*)"
    rf"(?:\s+(?:AS\s+)?({_NAME}))?",
    re.IGNORECASE,
)
_TABLE_NEXT = re.compile(
    r"(?:\b(?:FROM|JOIN|INTO|UPDATE|TABLE|DESCRIBE|VIEW)|\bFROM\b[^;()]*,)\s+\S*\Z",
    re.IGNORECASE,
)


def _plain(name: str) -> str:
    return name[1:].rstrip(name[0]) if name[:1] in ('"', "`") else name


def _parts(text: str) -> list[str]:
    """The names between the dots; the last one may be empty."""
    parts = [_plain(part) for part in _PART.findall(text)]
    return [*parts, ""] if text.endswith(".") or not parts else parts


class ShellCompleter(Completer):
    """Of one catalog."""

    def __init__(self, catalog: Catalog, commands: Iterable[str]) -> None:
        self._catalog = catalog
        self._commands = sorted(commands)

    def get_completions(
        self, document: Document, complete_event: CompleteEvent
    ) -> Iterator[Completion]:
        """For prompt_toolkit, in a thread of its own."""
        self._catalog.wait(_PATIENCE)  # just connected, or just changed
        before = document.text_before_cursor
        if before.lstrip().startswith("\\"):
            yield from self._of_command(before.lstrip())
            return
        typed = _TYPED.search(before)
        word = typed.group() if typed else ""
        statement = _statements.split(before)[1]
        if "." in word:
            yield from self._within(word, document)
            return
        if not word and not complete_event.completion_requested:
            return
        yield from self._names(word, statement, document)

    def _of_command(self, line: str) -> Iterator[Completion]:
        command, blank, argument = line.partition(" ")
        if not blank:
            for name in self._commands:
                if name.startswith(command):
                    yield Completion(name, -len(command))
        elif command == "\\d":
            for table in self._catalog.tables:
                yield from self._one(table.name, argument, "table")

    def _names(
        self, word: str, statement: str, document: Document
    ) -> Iterator[Completion]:
        tables = {table.name for table in self._catalog.tables}
        schemas = {table.schema for table in self._catalog.tables if table.schema}
        if _TABLE_NEXT.search(statement):
            for name in sorted(tables):
                yield from self._one(name, word, "table")
            for name in sorted(schemas):
                yield from self._one(name, word, "schema")
            return
        seen = set()
        for _, table in self._sources(document.text):
            for column in self._catalog.columns(table):
                if column not in seen:
                    seen.add(column)
                    yield from self._one(column, word, table.name)
        if not word:
            return
        for keyword in sorted({*KEYWORDS, *self._catalog.keywords}):
            if keyword.upper().startswith(word.upper()):
                shown = keyword.lower() if word.islower() else keyword.upper()
                yield Completion(shown, -len(word), display_meta="")
        for name in sorted(tables):
            yield from self._one(name, word, "table")

    def _within(self, word: str, document: Document) -> Iterator[Completion]:
        """Behind a dot: columns of a table or alias, tables of a schema."""
        *place, last = _parts(word)
        typed = word[word.rindex(".") + 1 :]
        for name, table in self._sources(document.text):
            if [name] == place or list(table)[-len(place) :] == place:
                for column in self._catalog.columns(table):
                    yield from self._one(column, typed, table.name, last)
        for table in self._catalog.tables:
            if [table.catalog, table.schema][-len(place) :] == place:
                yield from self._one(table.name, typed, "table", last)

    def _sources(self, text: str) -> Iterator[tuple[str, Table]]:
        """The tables of the statement, by the names they have in it."""
        for found in _SOURCES.finditer(text):
            place = _parts(found[1])
            alias = found[2] if found[2] and found[2].upper() not in KEYWORDS else ""
            for table in self._catalog.tables:
                mine = [name.lower() for name in table][-len(place) :]
                if mine == [name.lower() for name in place]:
                    yield _plain(alias) or table.name, table
                    break

    def _one(
        self, name: str, typed: str, meta: str, plain: str | None = None
    ) -> Iterator[Completion]:
        start = _plain(typed) if plain is None else plain
        if name.lower().startswith(start.lower()):
            text = quoted(name, self._catalog.quote)
            yield Completion(text, -len(typed), display=name, display_meta=meta)
