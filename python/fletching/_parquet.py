# SPDX-License-Identifier: Apache-2.0
"""Parquet files that servers offer in place of Arrow streams, read by pyarrow.

The core downloads them and asks here for their rows. pyarrow is imported only then.
Whatever is raised comes out as an error of Fletching's.
"""

from __future__ import annotations

import itertools
import os
from collections import Counter
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from fletching._arrow import _needs

if TYPE_CHECKING:
    import pyarrow as pa

_MOST_ROWS = 65_536
_MOST_BYTES = 16 << 20  # of a batch, as far as the file tells
_BUFFER = 1 << 20  # read of a column at a time


class _Columns:
    """What the core knows of the result's columns, as pyarrow takes it."""

    def __init__(self, capsule: object) -> None:
        self._capsule = capsule

    def __arrow_c_schema__(self) -> object:
        return self._capsule


def read(fd: int, wanted: object | None) -> Iterator[Any]:
    """The schema of the rows, then their batches.

    Args:
        fd: the file, open as long as the batches are read.
        wanted: a capsule "arrow_schema" with the result's columns, or None for the
            file's own.

    Raises:
        ValueError: the file is damaged, or a column of it is not what is wanted and
            cannot be made so without a change of values.
        ImportError: without pyarrow.
        NotImplementedError: what pyarrow does not read.
    """
    what = "a result that the server offers as Parquet files"
    pa = _needs("pyarrow", what, "pyarrow")
    parquet = _needs("pyarrow.parquet", what, "pyarrow")
    with _opened(pa, fd) as source:
        file = parquet.ParquetFile(source, buffer_size=_BUFFER)
        schema = file.schema_arrow if wanted is None else pa.schema(_Columns(wanted))
        given, batches = _read(pa, parquet, file, source, schema)
        arrange = None if given.equals(schema) else _arranged(pa, given, schema)
        yield schema
        for batch in batches:
            yield batch if arrange is None else arrange(batch)


def _read(
    pa: Any, parquet: Any, file: Any, source: Any, wanted: pa.Schema
) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
    """The file's columns and batches."""
    rows = _rows_at_a_time(file.metadata)
    old = _int96(file.schema)
    if not old:
        return file.schema_arrow, file.iter_batches(rows)
    in_us = parquet.ParquetFile(
        source, buffer_size=_BUFFER, coerce_int96_timestamp_unit="us"
    )
    moments = in_us.iter_batches(rows, columns=old)
    given, exact = _int96_read(pa, file.schema_arrow, old, wanted)
    both = zip(file.iter_batches(rows), moments, strict=True)
    return given, itertools.starmap(exact, both)


def _opened(pa: Any, fd: int) -> Any:
    """Let pyarrow read without the interpreter; else by a file of Python's."""
    try:
        return pa.OSFile(f"/proc/self/fd/{fd}")
    except OSError:
        return os.fdopen(os.dup(fd), "rb")


def _rows_at_a_time(metadata: Any) -> int:
    groups = range(metadata.num_row_groups)
    size = sum(metadata.row_group(i).total_byte_size for i in groups)
    of_a_row = max(size // max(metadata.num_rows, 1), 1)
    return int(min(max(_MOST_BYTES // of_a_row, 1), _MOST_ROWS))


# ---- moments as they were stored before 2018, and by Spark still: INT96 ----


def _int96(columns: Any) -> list[str]:
    """The names of such columns."""
    found = (columns.column(i) for i in range(len(columns)))
    paths = [c.path for c in found if c.physical_type == "INT96"]
    nested = [path for path in paths if "." in path]
    if nested:
        raise NotImplementedError(f"moments (INT96) inside of a column: {nested[0]}")
    return paths


def _int96_read(
    pa: Any, schema: pa.Schema, names: list[str], wanted: pa.Schema
) -> tuple[pa.Schema, Callable[[pa.RecordBatch, pa.RecordBatch], pa.RecordBatch]]:
    """The schema, and a function of batches in nanoseconds and in microseconds.

    pyarrow reads nanoseconds modulo 2**64 and drops what microseconds do not hold, both
    in silence. Such columns have no zone: they are in the one that is wanted.
    """
    fields = list(schema)
    for i, field in enumerate(fields):
        if field.name in names and wanted.names.count(field.name) == 1:
            kind = wanted.field(field.name).type
            if pa.types.is_timestamp(kind):
                unit = "ns" if kind.unit == "ns" else "us"
                fields[i] = field.with_type(pa.timestamp(unit, kind.tz))
    given = pa.schema(fields, schema.metadata)

    def exact(in_ns: pa.RecordBatch, in_us: pa.RecordBatch) -> pa.RecordBatch:
        columns = [
            _moments(pa, in_ns.column(i), in_us.column(field.name), field)
            if field.name in names
            else in_ns.column(i)
            for i, field in enumerate(given)
        ]
        return pa.RecordBatch.from_arrays(columns, schema=given)

    return given, exact


def _moments(pa: Any, in_ns: Any, in_us: Any, field: Any) -> Any:
    compute = _needs("pyarrow.compute", "moments stored as INT96", "pyarrow")
    us = in_us.cast(pa.int64())
    if field.type.unit == "ns":
        beyond = compute.greater(compute.abs(us), (2**63 - 1) // 1000)
        if compute.any(beyond).as_py():
            raise ValueError(f"column {field.name!r}: a moment that no ns can tell")
        return in_ns.cast(field.type)
    rest = compute.subtract(in_ns.cast(pa.int64()), compute.multiply(us, 1000))
    if compute.any(compute.not_equal(rest, 0)).as_py():
        raise ValueError(f"column {field.name!r}: nanoseconds would be lost")
    return in_us.cast(field.type)


# ---- the file's columns as the result's ----


def _arranged(
    pa: Any, given: pa.Schema, wanted: pa.Schema
) -> Callable[[pa.RecordBatch], pa.RecordBatch]:
    """A function that makes batches of the wanted columns."""
    places = _places(given.names, wanted.names)
    for field, place in zip(wanted, places, strict=True):
        found = given.field(place).type
        if not _keeps_values(pa.types, found, field.type):
            raise ValueError(
                f"column {field.name!r} is {found} in the file and {field.type} in the"
                " result (not cast, because values could change)"
            )

    def arrange(batch: pa.RecordBatch) -> pa.RecordBatch:
        columns = []
        for field, place in zip(wanted, places, strict=True):
            try:
                columns.append(_cast(pa, batch.column(place), field.type))
            except (ValueError, NotImplementedError) as error:
                raise type(error)(f"column {field.name!r}: {error}") from error
        return pa.RecordBatch.from_arrays(columns, schema=wanted)

    return arrange


def _places(given: list[str], wanted: list[str]) -> list[int]:
    """Where the wanted columns are: by name, or in order where names come twice."""
    if given == wanted:
        return list(range(len(given)))
    missing = list((Counter(wanted) - Counter(given)).elements())
    surplus = list((Counter(given) - Counter(wanted)).elements())
    if missing or surplus:
        raise ValueError(
            "the columns are not the result's:"
            f" missing {missing or 'none'}, surplus {surplus or 'none'}"
        )
    if len(set(wanted)) < len(wanted):
        raise ValueError(
            "columns of equal names are in another order than the result's"
        )
    return [given.index(name) for name in wanted]


def _keeps_values(types: Any, given: Any, wanted: Any) -> bool:
    """Whether a checked cast is an error wherever it would change a value."""
    if given.equals(wanted) or types.is_null(given):
        return True
    if types.is_dictionary(given) or types.is_dictionary(wanted):
        return _keeps_values(types, _values_of(types, given), _values_of(types, wanted))
    if types.is_timestamp(given) and types.is_timestamp(wanted):
        return (given.tz is None) == (wanted.tz is None)
    for kind in (
        types.is_integer,
        types.is_time,
        types.is_date,
        types.is_duration,
        types.is_decimal,
        _is_bytes_or_text(types),
    ):
        if kind(given):
            return bool(kind(wanted))
    if types.is_floating(given) and types.is_floating(wanted):
        return bool(given.bit_width <= wanted.bit_width)
    return _is_nested(types, given) and _fields_keep_values(types, given, wanted)


def _values_of(types: Any, kind: Any) -> Any:
    return kind.value_type if types.is_dictionary(kind) else kind


def _is_bytes_or_text(types: Any) -> Callable[[Any], bool]:
    names = (
        *("is_string", "is_large_string", "is_string_view"),
        *("is_binary", "is_large_binary", "is_binary_view", "is_fixed_size_binary"),
    )
    checks = [getattr(types, name) for name in names if hasattr(types, name)]
    # Decimals are of a fixed size too, but of another kind.
    return lambda kind: not types.is_decimal(kind) and any(c(kind) for c in checks)


def _is_nested(types: Any, kind: Any) -> bool:
    return bool(types.is_nested(kind)) and not types.is_union(kind)


def _is_list(types: Any, kind: Any) -> bool:
    return bool(
        types.is_list(kind)
        or types.is_large_list(kind)
        or types.is_fixed_size_list(kind)
    )


def _fields_keep_values(types: Any, given: Any, wanted: Any) -> bool:
    alike = (
        (_is_list(types, given) and _is_list(types, wanted))
        or (types.is_map(given) and types.is_map(wanted))
        or (types.is_struct(given) and types.is_struct(wanted))
    )
    if not alike or given.num_fields != wanted.num_fields:
        return False
    pairs = [(given.field(i), wanted.field(i)) for i in range(given.num_fields)]
    named = types.is_struct(given)
    return all(
        (not named or a.name == b.name) and _keeps_values(types, a.type, b.type)
        for a, b in pairs
    )


def _cast(pa: Any, column: Any, wanted: Any) -> Any:
    """The column in the wanted type; ValueError where a value would change."""
    if column.type.equals(wanted):
        return column
    if not pa.types.is_dictionary(wanted):
        return column.cast(wanted, safe=True)
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    encoded = _cast(pa, column, wanted.value_type).dictionary_encode()
    return pa.DictionaryArray.from_arrays(
        encoded.indices.cast(wanted.index_type, safe=True),
        encoded.dictionary,
        ordered=wanted.ordered,
    )
