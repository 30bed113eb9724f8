# SPDX-License-Identifier: Apache-2.0
"""NULL as a parameter: Flink wants to know its type."""

from __future__ import annotations

import re
from typing import Any

from confluent_sql.exceptions import InterfaceError
from confluent_sql.types._base import TypeConverter

_NOT_NULL = re.compile(r"\s*NOT\s+NULL\s*$", re.IGNORECASE)
_WORDS = re.compile(r"\s+|`(?:[^`]|``)*`|[A-Za-z_]\w*|\d+|[(),<>]")
# Names that the service uses of types where SQL has others.
_IN_SQL = {
    "INTERVAL_DAY_TIME": "INTERVAL DAY TO SECOND",
    "INTERVAL DAYS TO SECOND": "INTERVAL DAY TO SECOND",
    "INTERVAL_YEAR_MONTH": "INTERVAL YEAR TO MONTH",
    "TIME_WITHOUT_TIME_ZONE": "TIME",
    "TIMESTAMP_WITHOUT_TIME_ZONE": "TIMESTAMP",
    "TIMESTAMP_WITH_LOCAL_TIME_ZONE": "TIMESTAMP_LTZ",
}
_SIMPLE = frozenset(
    (
        *("BOOLEAN", "TINYINT", "SMALLINT", "INT", "INTEGER", "BIGINT", "DECIMAL"),
        *("DEC", "NUMERIC", "FLOAT", "DOUBLE", "CHAR", "VARCHAR", "STRING", "BINARY"),
        *("VARBINARY", "BYTES", "DATE", "TIME", "TIMESTAMP", "TIMESTAMP_LTZ"),
        *("VARIANT", "NULL"),
    )
)


class SqlNone:
    """NULL of a type, named in SQL ("DECIMAL(10, 2)") or by a Python type."""

    INTEGER: SqlNone
    VARCHAR: SqlNone
    STRING: SqlNone
    BOOLEAN: SqlNone
    DECIMAL: SqlNone
    FLOAT: SqlNone
    DATE: SqlNone
    TIME: SqlNone
    TIMESTAMP: SqlNone
    VARBINARY: SqlNone
    YEAR_MONTH_INTERVAL: SqlNone
    DAY_SECOND_INTERVAL: SqlNone

    def __init__(self, python_or_flink_type: str | type) -> None:
        if isinstance(python_or_flink_type, str):
            self._name = checked_type(python_or_flink_type)
        else:
            from confluent_sql.types._registry import converter_of_type

            name = converter_of_type(python_or_flink_type).PRIMARY_FLINK_TYPE_NAME
            self._name = checked_type(name)

    def __str__(self) -> str:
        """cast (null as T)."""
        return f"cast (null as {self._name})"

    def __repr__(self) -> str:
        return f"SqlNone({self._name!r})"


def checked_type(text: str) -> str:
    """The text, where it is one type of Flink SQL and nothing more; InterfaceError."""
    text = _NOT_NULL.sub("", text).strip()
    known = _IN_SQL.get(text.upper())
    if known is not None:
        return known
    parser = _TypeParser(text)
    if parser.whole():
        return text
    raise InterfaceError(f"{text!r} is not a type of Flink SQL")


class _TypeParser:
    """Reads one type; says only whether the text is one."""

    def __init__(self, text: str) -> None:
        self._words: list[str] = []
        at = 0
        while at < len(text):
            found = _WORDS.match(text, at)
            if found is None:
                self._words = ["?"]
                break
            at = found.end()
            if not found.group().isspace():
                self._words.append(found.group())
        self._at = 0

    def whole(self) -> bool:
        """Whether the words are one type."""
        return self._type() and self._at == len(self._words)

    def _take(self, *wanted: str) -> bool:
        end = self._at + len(wanted)
        if [one.upper() for one in self._words[self._at : end]] != list(wanted):
            return False
        self._at = end
        return True

    def _word(self) -> str:
        word = self._words[self._at] if self._at < len(self._words) else ""
        self._at += 1
        return word

    def _type(self) -> bool:
        name = self._word().upper()
        if name in ("ARRAY", "MULTISET"):
            good = self._take("<") and self._type() and self._take(">")
        elif name == "MAP":
            good = self._take("<") and self._type() and self._take(",")
            good = good and self._type() and self._take(">")
        elif name == "ROW":
            good = self._row()
        elif name == "INTERVAL":
            good = self._interval()
        else:
            good = name in _SIMPLE and self._numbers()
            if name == "DOUBLE":
                self._take("PRECISION")
            if name in ("TIME", "TIMESTAMP") and (
                self._take("WITH", "LOCAL") or self._take("WITHOUT")
            ):
                good = good and self._take("TIME", "ZONE")
        if self._take("NOT"):
            return good and self._take("NULL")
        self._take("NULL")
        return good

    def _numbers(self) -> bool:
        if not self._take("("):
            return True
        good = self._word().isdecimal()
        if self._take(","):
            good = good and self._word().isdecimal()
        return good and self._take(")")

    def _row(self) -> bool:
        close = ")" if self._take("(") else ">"
        if close == ">" and not self._take("<"):
            return False
        while True:
            name = self._word()
            if not (name[:1] == "`" or name.isidentifier()) or not self._type():
                return False
            if self._take(close):
                return True
            if not self._take(","):
                return False

    def _interval(self) -> bool:
        units = ("YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND")
        good = self._word().upper() in units and self._numbers()
        if self._take("TO"):
            good = good and self._word().upper() in units and self._numbers()
        return good


class SqlNoneConverter(TypeConverter[SqlNone, None]):
    """SqlNone as a parameter."""

    PRIMARY_FLINK_TYPE_NAME = ""

    def to_python_value(self, response_value: Any) -> None:
        """No column is of this kind."""
        raise InterfaceError("SqlNone is for parameters only")

    @classmethod
    def to_statement_string(cls, python_value: SqlNone) -> str:
        """cast (null as T)."""
        cls._check_python(SqlNone, python_value)
        return str(python_value)
