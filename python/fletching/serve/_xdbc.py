# SPDX-License-Identifier: Apache-2.0
"""CommandGetXdbcTypeInfo: the SQL types, as ODBC's SQLGetTypeInfo describes them."""

from __future__ import annotations

from typing import Any, NamedTuple

import pyarrow as pa

_INT32, _UTF8, _BOOL = pa.int32(), pa.utf8(), pa.bool_()

# FlightSql.proto, CommandGetXdbcTypeInfo: name, type, nullable.
SCHEMA = pa.schema(
    [
        pa.field("type_name", _UTF8, False),
        pa.field("data_type", _INT32, False),
        pa.field("column_size", _INT32),
        pa.field("literal_prefix", _UTF8),
        pa.field("literal_suffix", _UTF8),
        pa.field("create_params", pa.list_(pa.field("item", _UTF8, False))),
        pa.field("nullable", _INT32, False),
        pa.field("case_sensitive", _BOOL, False),
        pa.field("searchable", _INT32, False),
        pa.field("unsigned_attribute", _BOOL),
        pa.field("fixed_prec_scale", _BOOL, False),
        pa.field("auto_increment", _BOOL),
        pa.field("local_type_name", _UTF8),
        pa.field("minimum_scale", _INT32),
        pa.field("maximum_scale", _INT32),
        pa.field("sql_data_type", _INT32, False),
        pa.field("datetime_subcode", _INT32),
        pa.field("num_prec_radix", _INT32),
        pa.field("interval_precision", _INT32),
    ]
)
_NULLABLE, _FULLY_SEARCHABLE, _NO_LIKE = 1, 3, 2
_DATETIME = 9


class _Type(NamedTuple):
    name: str
    code: int  # XdbcDataType of the proto
    size: int | None
    quotes: str | None = None
    parameters: tuple[str, ...] = ()
    unsigned: bool | None = None
    scales: tuple[int, int] | None = None
    subcode: int | None = None
    radix: int | None = None
    only: str | None = None  # the one engine that has it


_TYPES = (
    _Type("BOOLEAN", -7, 1),
    _Type("TINYINT", -6, 3, None, (), False, (0, 0), None, 10),
    _Type("SMALLINT", 5, 5, None, (), False, (0, 0), None, 10),
    _Type("INTEGER", 4, 10, None, (), False, (0, 0), None, 10),
    _Type("BIGINT", -5, 19, None, (), False, (0, 0), None, 10),
    _Type("UTINYINT", -6, 3, None, (), True, (0, 0), None, 10, "duckdb"),
    _Type("USMALLINT", 5, 5, None, (), True, (0, 0), None, 10, "duckdb"),
    _Type("UINTEGER", 4, 10, None, (), True, (0, 0), None, 10, "duckdb"),
    _Type("UBIGINT", -5, 20, None, (), True, (0, 0), None, 10, "duckdb"),
    _Type("HUGEINT", 2, 38, None, (), False, (0, 0), None, 10, "duckdb"),
    _Type("DECIMAL", 3, 38, None, ("precision", "scale"), False, (0, 38), None, 10),
    _Type("REAL", 7, 24, None, (), False, None, None, 2),
    _Type("DOUBLE", 8, 53, None, (), False, None, None, 2),
    _Type("VARCHAR", 12, None, "'", ("length",)),
    _Type("UUID", -11, 36, "'", only="duckdb"),
    _Type("BLOB", -4, None, "'", only="duckdb"),
    _Type("BYTEA", -4, None, "'", only="datafusion"),
    _Type("DATE", 91, 10, "'", subcode=1),
    _Type("TIME", 92, 15, "'", scales=(0, 6), subcode=2),
    _Type("TIMESTAMP", 93, 26, "'", scales=(0, 9), subcode=3),
    _Type("INTERVAL", 10, None, "'"),
)


def _row(kind: _Type) -> dict[str, Any]:
    low, high = kind.scales or (None, None)
    return {
        "type_name": kind.name,
        "data_type": kind.code,
        "column_size": kind.size,
        "literal_prefix": kind.quotes,
        "literal_suffix": kind.quotes,
        "create_params": list(kind.parameters) or None,
        "nullable": _NULLABLE,
        "case_sensitive": kind.name == "VARCHAR",
        "searchable": _FULLY_SEARCHABLE if kind.name == "VARCHAR" else _NO_LIKE,
        "unsigned_attribute": kind.unsigned,
        "fixed_prec_scale": False,
        "auto_increment": None if kind.unsigned is None else False,
        "local_type_name": kind.name,
        "minimum_scale": low,
        "maximum_scale": high,
        "sql_data_type": _DATETIME if kind.subcode else kind.code,
        "datetime_subcode": kind.subcode,
        "num_prec_radix": kind.radix,
        "interval_precision": None,
    }


def table(engine: str, data_type: int | None) -> pa.Table:
    """List an engine's types, ordered by code as ODBC asks for."""
    rows = [
        _row(kind)
        for kind in sorted(_TYPES, key=lambda kind: kind.code)
        if kind.only in (None, engine) and data_type in (None, kind.code)
    ]
    return pa.Table.from_pylist(rows, schema=SCHEMA)
