# SPDX-License-Identifier: Apache-2.0
"""Pages decoded by Fletching's core, where its values are those of this package."""

from __future__ import annotations

import json

import fletching
from confluent_sql.statement import Statement
from confluent_sql.types import ColumnTypeDefinition
from fletching import _core

# MAP, MULTISET, ROW, intervals of months and VARIANT have classes of this package's
# own, or take what the core refuses (a key that comes twice).
_SCALARS = frozenset(
    (
        *("BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "DECIMAL", "FLOAT"),
        *("DOUBLE", "CHAR", "VARCHAR", "BINARY", "VARBINARY", "DATE"),
        *("TIME_WITHOUT_TIME_ZONE", "TIMESTAMP_WITHOUT_TIME_ZONE"),
        *("TIMESTAMP_WITH_LOCAL_TIME_ZONE", "INTERVAL_DAY_TIME"),
    )
)


def _is_the_same(kind: ColumnTypeDefinition) -> bool:
    if kind.type == "ARRAY" and kind.element_type is not None:
        return _is_the_same(kind.element_type)
    return kind.type in _SCALARS


def pages_of(statement: Statement) -> _core.FlinkPages | None:
    """The decoder of a statement's pages, None where not all columns are its own."""
    schema = statement.schema
    if schema is None or not all(_is_the_same(one.type) for one in schema):
        return None
    options = _core.RowOptions(nanoseconds="truncate")
    columns = json.dumps(statement.status["traits"]["schema"])
    try:
        return _core.FlinkPages("confluent", options, columns)
    except fletching.Error:
        return None
