# SPDX-License-Identifier: Apache-2.0
"""Pages decoded by Fletching's core, where its values are those of this package."""

from __future__ import annotations

import json

import fletching
from confluent_sql.statement import Statement
from fletching import _core

# What nests, intervals of months and VARIANT have classes of this package's own.
_SCALARS = frozenset(
    (
        *("BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "DECIMAL", "FLOAT"),
        *("DOUBLE", "CHAR", "VARCHAR", "BINARY", "VARBINARY", "DATE"),
        *("TIME_WITHOUT_TIME_ZONE", "TIMESTAMP_WITHOUT_TIME_ZONE"),
        *("TIMESTAMP_WITH_LOCAL_TIME_ZONE", "INTERVAL_DAY_TIME"),
    )
)


def pages_of(statement: Statement) -> _core.FlinkPages | None:
    """The decoder of a statement's pages, None where not all columns are its own."""
    schema = statement.schema
    if schema is None or not all(one.type.type in _SCALARS for one in schema):
        return None
    options = _core.RowOptions(nanoseconds="truncate")
    columns = json.dumps(statement.status["traits"]["schema"])
    try:
        return _core.FlinkPages("confluent", options, columns)
    except fletching.Error:
        return None
