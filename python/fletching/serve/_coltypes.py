# SPDX-License-Identifier: Apache-2.0
"""Flight SQL's description of columns: field metadata and SQL type names.

Source: the comment on CommandGetTables in FlightSql.proto; the keys, among them
``SCHEMA_NAME`` where the comment says ``DB_SCHEMA_NAME``, are those that the C++, Go
and Java implementations write.  Booleans are "1" and "0".
"""

from __future__ import annotations

import pyarrow as pa

_PREFIX = "ARROW:FLIGHT:SQL:"
_INTEGERS = {8: ("TINYINT", 3), 16: ("SMALLINT", 5), 32: ("INTEGER", 10)}


def type_name(kind: pa.DataType) -> str:
    """Name an Arrow type as SQL does."""
    for test, name in _NAMES:
        if test(kind):
            return name
    if pa.types.is_integer(kind):
        name = _INTEGERS.get(kind.bit_width, ("BIGINT", 19))[0]
        return name if pa.types.is_signed_integer(kind) else f"{name} UNSIGNED"
    if pa.types.is_decimal(kind):
        return "DECIMAL"
    if pa.types.is_timestamp(kind):
        return "TIMESTAMP WITH TIME ZONE" if kind.tz else "TIMESTAMP"
    if pa.types.is_dictionary(kind):
        return type_name(kind.value_type)
    return str(kind).split("<", 1)[0].split("[", 1)[0].upper()


_NAMES = (
    (pa.types.is_boolean, "BOOLEAN"),
    (pa.types.is_float16, "FLOAT16"),
    (pa.types.is_float32, "REAL"),
    (pa.types.is_float64, "DOUBLE"),
    (pa.types.is_string, "VARCHAR"),
    (pa.types.is_large_string, "VARCHAR"),
    (pa.types.is_string_view, "VARCHAR"),
    (pa.types.is_binary, "VARBINARY"),
    (pa.types.is_large_binary, "VARBINARY"),
    (pa.types.is_binary_view, "VARBINARY"),
    (pa.types.is_fixed_size_binary, "VARBINARY"),
    (pa.types.is_date, "DATE"),
    (pa.types.is_time, "TIME"),
    (pa.types.is_duration, "INTERVAL"),
    (pa.types.is_interval, "INTERVAL"),
    (pa.types.is_map, "MAP"),
    (pa.types.is_struct, "STRUCT"),
    (pa.types.is_list, "ARRAY"),
    (pa.types.is_large_list, "ARRAY"),
    (pa.types.is_fixed_size_list, "ARRAY"),
    (pa.types.is_union, "UNION"),
    (pa.types.is_null, "NULL"),
)


def precision_scale(kind: pa.DataType) -> tuple[int | None, int | None]:
    """Return the decimal precision and scale of a type that has them."""
    if pa.types.is_decimal(kind):
        return kind.precision, kind.scale
    if pa.types.is_integer(kind):
        return _INTEGERS.get(kind.bit_width, ("", 19))[1], 0
    if pa.types.is_float32(kind):
        return 24, None
    if pa.types.is_float64(kind):
        return 53, None
    return None, None


def describe(
    field: pa.Field,
    catalog: str | None = None,
    schema: str | None = None,
    table: str | None = None,
    sql_type: str | None = None,
    auto_increment: bool = False,
    remarks: str | None = None,
) -> pa.Field:
    """Return the field with Flight SQL's metadata beside what it had."""
    precision, scale = precision_scale(field.type)
    text = pa.types.is_string(field.type) or pa.types.is_large_string(field.type)
    values = {
        "CATALOG_NAME": catalog,
        "SCHEMA_NAME": schema,
        "TABLE_NAME": table,
        "TYPE_NAME": sql_type or type_name(field.type),
        "PRECISION": precision,
        "SCALE": scale,
        "IS_AUTO_INCREMENT": int(auto_increment),
        "IS_CASE_SENSITIVE": int(text),
        "IS_READ_ONLY": 0 if table else 1,
        "IS_SEARCHABLE": 1,
        "REMARKS": remarks,
    }
    known = {f"{_PREFIX}{k}": str(v) for k, v in values.items() if v is not None}
    present = {key.decode(): value for key, value in (field.metadata or {}).items()}
    return field.with_metadata({**present, **known})


def describe_schema(
    schema: pa.Schema,
    catalog: str | None = None,
    db_schema: str | None = None,
    table: str | None = None,
) -> pa.Schema:
    """Describe every field of a result's or a table's schema."""
    return pa.schema([describe(f, catalog, db_schema, table) for f in schema])
