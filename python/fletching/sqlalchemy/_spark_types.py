# SPDX-License-Identifier: Apache-2.0
"""From Spark's names of types to SQLAlchemy's types, as iomete-sqlalchemy maps them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from sqlalchemy.sql import sqltypes

from fletching._arrow import Column

_PLAIN: dict[str, Callable[[], Any]] = {
    "boolean": sqltypes.Boolean,
    "bool": sqltypes.Boolean,
    "tinyint": sqltypes.SmallInteger,
    "byte": sqltypes.SmallInteger,
    "smallint": sqltypes.SmallInteger,
    "short": sqltypes.SmallInteger,
    "int": sqltypes.Integer,
    "integer": sqltypes.Integer,
    "bigint": sqltypes.BigInteger,
    "long": sqltypes.BigInteger,
    "float": lambda: sqltypes.Float(24),
    "real": lambda: sqltypes.Float(24),
    "double": lambda: sqltypes.Float(53),
    "double precision": lambda: sqltypes.Float(53),
    "decimal": sqltypes.Numeric,
    "dec": sqltypes.Numeric,
    "numeric": sqltypes.Numeric,
    "string": sqltypes.Text,
    "text": sqltypes.Text,
    "char": sqltypes.Text,
    "varchar": sqltypes.Text,
    "character varying": sqltypes.Text,
    "binary": sqltypes.LargeBinary,
    "bytes": sqltypes.LargeBinary,
    "date": sqltypes.Date,
    "timestamp": sqltypes.DateTime,
    "timestamp_ltz": sqltypes.DateTime,
    "timestamp_ntz": sqltypes.DateTime,
    "interval": sqltypes.Interval,
    "void": sqltypes.NullType,
    "null": sqltypes.NullType,
}
_SIZED = re.compile(
    r"(decimal|dec|numeric|char|character|varchar)\s*\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\)"
)
_NESTED = re.compile(r"(array|map|struct)\s*<", re.IGNORECASE)


class SparkJSON(sqltypes.JSON):
    """JSON in a STRING; what is nested already comes as it is."""

    def result_processor(self, dialect: Any, coltype: Any) -> Any:
        loads = dialect._json_deserializer or json.loads

        def process(value: Any) -> Any:
            return loads(value) if isinstance(value, (str, bytes)) else value

        return process


class NestedJSON(SparkJSON):
    """An array, map or struct of Spark's, whose values are lists and dicts.

    ``column["name"]`` and ``column[0]`` reach into it.

    Attributes:
        spark_type: as Spark writes it, ``array<int>`` say; what DDL creates.
    """

    def __init__(self, spark_type: str) -> None:
        super().__init__()
        self.spark_type = spark_type

    def __repr__(self) -> str:
        return f"NestedJSON({self.spark_type!r})"

    def bind_processor(self, dialect: Any) -> Any:
        return None  # lists and dicts go as Arrow's

    def result_processor(self, dialect: Any, coltype: Any) -> Any:
        return None


def spark_type(text: str | None) -> Any:
    """The SQLAlchemy type of one of Spark's, as DESCRIBE writes it.

    What is not known is Text, as in iomete-sqlalchemy: a value comes all the same.
    """
    written = (text or "").strip()
    if not written:
        return sqltypes.NullType()
    if _NESTED.match(written):
        return NestedJSON(written)
    name = " ".join(written.lower().split())
    # STRING COLLATE UTF8_BINARY, and the two kinds of INTERVAL ... TO ....
    first = name.partition(" ")[0]
    plain = _PLAIN.get(name) or (
        _PLAIN.get(first) if first in ("string", "interval") else None
    )
    if plain is not None:
        return plain()
    sized = _SIZED.fullmatch(name)
    return sqltypes.Text() if sized is None else _of_size(*sized.groups())


def _of_size(name: str, first: str, second: str | None) -> Any:
    if name in ("char", "character"):
        return sqltypes.CHAR(int(first))
    if name == "varchar":
        return sqltypes.VARCHAR(int(first))
    # DECIMAL(p) has no digits behind the point.
    return sqltypes.Numeric(int(first), int(second or 0))


_OF_ARROW = {
    "bool": "boolean",
    "int8": "tinyint",
    "int16": "smallint",
    "int32": "int",
    "int64": "bigint",
    "float": "float",
    "double": "double",
    "string": "string",
    "large_string": "string",
    "string_view": "string",
    "binary": "binary",
    "large_binary": "binary",
    "binary_view": "binary",
    "date32": "date",
    "timestamp": "timestamp",
    "null": "void",
}
_NAME = re.compile(r"\w+")
_DECIMAL = re.compile(r"decimal\d*\((\d+), (-?\d+)\)")


def spark_name(column: Column) -> str:
    """Spark's name for the type of an Arrow column; empty if there is none."""
    found = _NAME.match(column.type)
    name = "" if found is None else found[0]
    decimal = _DECIMAL.match(column.type)
    if decimal is not None:
        return f"decimal({decimal[1]},{decimal[2]})"
    if name == "timestamp" and ", tz=" not in column.type:
        return "timestamp_ntz"
    inner = [spark_name(child) for child in column.children]
    if name in ("list", "large_list"):
        return f"array<{inner[0]}>"
    if name == "map":
        return f"map<{','.join(inner)}>"
    if name == "struct":
        fields = zip(column.children, inner, strict=True)
        return f"struct<{','.join(f'{child.name}:{kind}' for child, kind in fields)}>"
    return _OF_ARROW.get(name, "")
