# SPDX-License-Identifier: Apache-2.0
"""Arrow types as SQLAlchemy's, and values both ways."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import fletching
from flightsql.client._pyarrow import pyarrow

if TYPE_CHECKING:
    import pyarrow as pa


def resolve_sql_type(t: pa.DataType) -> Any:
    """SQLAlchemy's type class for an Arrow type; BLOB where there is none."""
    from sqlalchemy import types

    is_ = pyarrow("resolve_sql_type").types
    if is_.is_dictionary(t):
        return resolve_sql_type(t.value_type)
    choices = (
        (is_.is_timestamp, types.TIMESTAMP),
        (is_.is_time, types.TIME),
        (is_.is_date, types.DATE),
        (is_.is_boolean, types.BOOLEAN),
        (is_.is_decimal, types.DECIMAL),
        (is_.is_floating, types.FLOAT),
        (_is_text, types.TEXT),
        (_is_binary, types.BINARY),
        (is_.is_int64, types.BIGINT),
        (is_.is_uint32, types.BIGINT),  # INTEGER has but 31 bits
        (is_.is_uint64, types.BIGINT),
        (is_.is_integer, types.INTEGER),
    )
    return next((kind for fits, kind in choices if fits(t)), types.BLOB)


def _is_text(t: pa.DataType) -> bool:
    return str(t) in ("string", "large_string", "string_view")


def _is_binary(t: pa.DataType) -> bool:
    return str(t) in ("binary", "large_binary", "binary_view") or str(t).startswith(
        "fixed_size_binary"
    )


def column_specs(schema: pa.Schema) -> list[dict[str, Any]]:
    """Columns as SQLAlchemy's reflection has them."""
    return [
        {
            "name": field.name,
            "type": resolve_sql_type(field.type),
            "default": None,
            "comment": None,
            "nullable": field.nullable,
        }
        for field in schema
    ]


def arrow_column_descriptions(schema: pa.Schema) -> list[tuple[str, Any]]:
    """Names and SQLAlchemy types of columns."""
    return [(field.name, resolve_sql_type(field.type)) for field in schema]


def dbapi_results(table: pa.Table) -> tuple[list[Any], list[Any]]:
    """The rows of a table as exact Python values, and what its columns are."""
    rows = fletching.rows(table).fetchall()
    return rows, arrow_column_descriptions(table.schema)


class ParameterRecordBuilder:
    """One row of parameters as a record batch, for `PreparedStatement.execute`."""

    def __init__(self, values: Sequence[Any]) -> None:
        self.values = values

    def build_record(self) -> pa.RecordBatch:
        """A column for each value, of the value's own Arrow type."""
        pa = pyarrow("build_record")
        columns = [pa.array([value]) for value in self.values]
        names = [f"param_{i}" for i in range(len(columns))]
        return pa.RecordBatch.from_arrays(columns, names=names)
