# SPDX-License-Identifier: Apache-2.0
"""GetSqlInfo: what the server says of itself.

Ids and types as in FlightSql.proto's SqlInfo; the answer is a dense union whose
children stand in the order that CommandGetSqlInfo's comment gives.
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from ._engine import Engine

VALUE = pa.dense_union(
    [
        pa.field("string_value", pa.utf8()),
        pa.field("bool_value", pa.bool_()),
        pa.field("bigint_value", pa.int64()),
        pa.field("int32_bitmask", pa.int32()),
        pa.field("string_list", pa.list_(pa.utf8())),
        pa.field("int32_to_int32_list_map", pa.map_(pa.int32(), pa.list_(pa.int32()))),
    ]
)
SCHEMA = pa.schema(
    [
        pa.field("info_name", pa.uint32(), nullable=False),
        pa.field("value", VALUE, nullable=False),
    ]
)
_STRING, _BOOL, _BIGINT, _INT32, _LIST, _MAP = range(6)
# The proto gives these ordinals as int32; other numbers are bigint_value.
_INT32_IDS = {8, 100, 101, 503, 505, 507}

_KEYWORDS = ["EXCEPT", "EXPLAIN", "ILIKE", "LATERAL", "QUALIFY", "SHOW", "UNNEST"]


def values(engine: Engine) -> dict[int, Any]:
    """Collect every value by its id."""
    transactions = int(engine.transactions)
    common: dict[int, Any] = {
        0: engine.title,
        1: engine.version,
        2: pa.__version__,
        3: False,  # READ_ONLY
        4: True,  # SQL
        5: engine.substrait,
        8: transactions,  # SUPPORTED_TRANSACTION: 0 none, 1 transaction
        9: True,  # CANCEL
        10: True,  # BULK_INGESTION
        11: engine.transactions,  # INGEST_TRANSACTIONS_SUPPORTED
        100: 0,  # STATEMENT_TIMEOUT: none
        101: 0,  # TRANSACTION_TIMEOUT: none
        500: False,  # DDL_CATALOG
        501: True,  # DDL_SCHEMA
        502: True,  # DDL_TABLE
        503: 1,  # IDENTIFIER_CASE: 0 unknown, 1 insensitive, 2 upper, 3 lower
        504: '"',  # IDENTIFIER_QUOTE_CHAR
        505: 1,  # QUOTED_IDENTIFIER_CASE
        506: True,  # ALL_TABLES_ARE_SELECTABLE
        507: 3,  # NULL_ORDERING: 0 high, 1 low, 2 at start, 3 at end
        508: _KEYWORDS,
        509: ["ABS", "CEIL", "FLOOR", "LN", "POWER", "ROUND", "SQRT"],
        510: ["CONCAT", "LENGTH", "LOWER", "REPLACE", "SUBSTR", "TRIM", "UPPER"],
        511: [],
        512: ["CURRENT_DATE", "CURRENT_TIMESTAMP", "DATE_PART", "DATE_TRUNC", "NOW"],
        513: "\\",  # SEARCH_STRING_ESCAPE
        514: "",  # EXTRA_NAME_CHARACTERS
        515: True,  # SUPPORTS_COLUMN_ALIASING
        516: True,  # NULL_PLUS_NULL_IS_NULL
        520: True,  # SUPPORTS_EXPRESSIONS_IN_ORDER_BY
        521: True,  # SUPPORTS_ORDER_BY_UNRELATED
    }
    return {**common, **engine.sql_info}


def table(engine: Engine, wanted: list[int]) -> pa.Table:
    """Build the answer; nothing wanted means everything known."""
    known = values(engine)
    items = [(key, known[key]) for key in sorted(known) if not wanted or key in wanted]
    ids, offsets = [], []
    children: list[list[Any]] = [[] for _ in range(6)]
    for key, value in items:
        kind = _kind(key, value)
        ids.append(kind)
        offsets.append(len(children[kind]))
        children[kind].append(value)
    union = pa.UnionArray.from_dense(
        pa.array(ids, pa.int8()),
        pa.array(offsets, pa.int32()),
        [pa.array(child, VALUE.field(i).type) for i, child in enumerate(children)],
        [VALUE.field(i).name for i in range(6)],
    )
    names = pa.array([key for key, _ in items], pa.uint32())
    return pa.Table.from_arrays([names, union], schema=SCHEMA)


def _kind(key: int, value: Any) -> int:
    if isinstance(value, str):
        return _STRING
    if isinstance(value, bool):
        return _BOOL
    if isinstance(value, list):
        return _LIST
    if isinstance(value, dict):
        return _MAP
    return _INT32 if key in _INT32_IDS else _BIGINT
