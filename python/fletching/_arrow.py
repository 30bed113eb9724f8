# SPDX-License-Identifier: Apache-2.0
"""Results and schemas as Arrow, through the PyCapsule interface: nothing to install.

pyarrow, pandas and polars are imported only where an object of theirs is asked for.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from fletching import _core, _log

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow
    from typing_extensions import CapsuleType

T = TypeVar("T")


def _needs(module: str, what: str, install: str) -> Any:
    """Import an optional package, or say what to type."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ImportError(
            f"{what} needs {module} (pip install {install})", name=module
        ) from error


class Column(NamedTuple):
    """A column of a table or result, or a field within one.

    Attributes:
        name: its name.
        type: Arrow's name of its type, as in ``cursor.description``.
        nullable: whether it may be NULL.
        metadata: what the server says beside it, such as ``ARROW:FLIGHT:SQL:REMARKS``.
        children: the fields of a struct, the items of a list, key and value of a map,
            the values of a dictionary.
    """

    name: str
    type: str
    nullable: bool
    metadata: dict[str, str]
    children: tuple[Column, ...]

    @classmethod
    def _of(cls, core: tuple[str, str, bool, dict[str, str], Any]) -> Column:
        name, kind, nullable, metadata, children = core
        return cls(name, kind, nullable, metadata, tuple(map(cls._of, children)))


class Schema:
    """The columns of a table or result.

    Any Arrow library takes it (``pyarrow.schema(schema)``); `description` shows it as
    ``cursor.description`` does.
    """

    def __init__(self, capsule: CapsuleType) -> None:
        self._capsule = capsule

    @property
    def description(self) -> list[tuple[Any, ...]]:
        """PEP 249's seven items for each column."""
        return list(_core.describe_schema(self._capsule))

    @classmethod
    def decode(cls, encoded: bytes) -> Schema:
        """The schema in the ``table_schema`` of a row of `Connection.get_tables`."""
        return cls(_core.decode_schema(encoded))

    @property
    def columns(self) -> list[Column]:
        """The columns with their metadata and what is within them."""
        return [Column._of(column) for column in _core.describe_columns(self._capsule)]

    @property
    def names(self) -> list[str]:
        """The names of the columns."""
        return [column[0] for column in self.description]

    def __arrow_c_schema__(self) -> CapsuleType:
        return _core.copy_schema(self._capsule)  # a consumer takes what it gets

    def to_pyarrow(self) -> pyarrow.Schema:
        """As pyarrow.Schema."""
        return _needs("pyarrow", "to_pyarrow", "pyarrow").schema(self)

    def __repr__(self) -> str:
        columns = ", ".join(f"{name}: {kind}" for name, kind, *_ in self.description)
        return f"fletching.Schema({columns})"


class RecordBatch:
    """Rows of a result as Arrow, for any library that knows ``__arrow_c_array__``.

    ``pyarrow.record_batch(batch)``, ``polars.from_arrow(batch)``; any number of times.
    """

    def __init__(self, core: _core.ReadBatch) -> None:
        self._core = core

    def __len__(self) -> int:
        return len(self._core)

    def __arrow_c_array__(
        self, requested_schema: CapsuleType | None = None
    ) -> tuple[CapsuleType, CapsuleType]:
        return self.__arrow_c_schema__(), self._core.array()

    def __arrow_c_schema__(self) -> CapsuleType:
        return _core.copy_schema(self._core.schema)  # a consumer takes what it gets

    def schema(self) -> Schema:
        """The columns."""
        return Schema(self._core.schema)

    def to_pyarrow(self) -> pyarrow.RecordBatch:
        """As pyarrow.RecordBatch."""
        return _needs("pyarrow", "to_pyarrow", "pyarrow").record_batch(self)

    def __repr__(self) -> str:
        return f"<fletching.RecordBatch of {len(self)} rows>"


class ArrowStream:
    """A result as a stream of Arrow record batches, which can be read once.

    Give it to any library that knows ``__arrow_c_stream__``: ``pyarrow.table(stream)``,
    ``polars.from_arrow(stream)``, ``duckdb.from_arrow(stream)``. Batches share memory
    with the network buffers they came in: a slice that is kept keeps all of its batch.
    """

    def __init__(self, stream: _core.ArrowStream) -> None:
        self._stream = stream

    def __arrow_c_stream__(
        self, requested_schema: CapsuleType | None = None
    ) -> CapsuleType:
        # The interface lets a producer ignore a schema that it cannot cast to.
        return self._stream.take()

    def __arrow_c_schema__(self) -> CapsuleType:
        return self._stream.schema()

    def schema(self) -> Schema:
        """The columns, without reading."""
        return Schema(self._stream.schema())

    def close(self) -> None:
        """Give up what was not read. Idempotent; a stream given away is not touched."""
        self._stream.close()

    def to_reader(self) -> pyarrow.RecordBatchReader:
        """As pyarrow.RecordBatchReader."""
        pa = _needs("pyarrow", "to_reader", "pyarrow")
        return self._consume(lambda: _record_batches(pa, self))

    def to_pyarrow(self) -> pyarrow.Table:
        """All of it as pyarrow.Table."""
        pa = _needs("pyarrow", "fetch_arrow_table", "pyarrow")
        return self._consume(lambda: _record_batches(pa, self).read_all())

    def to_pandas(self, **options: Any) -> pandas.DataFrame:
        """All of it as pandas.DataFrame.

        Nullable integer and boolean columns get pandas' nullable types (``Int64``,
        ``boolean``), whatever their values are: as floats they would lose digits.
        ``options`` are those of ``pyarrow.Table.to_pandas``.
        """
        _needs("pyarrow", "fetch_df", "pandas pyarrow")
        _needs("pandas", "fetch_df", "pandas pyarrow")
        table = self.to_pyarrow()
        options.setdefault("types_mapper", _nullable_types(table.schema).get)
        frame: pandas.DataFrame = table.to_pandas(**options)
        return frame

    def to_polars(self) -> polars.DataFrame:
        """All of it as polars.DataFrame."""
        pl = _needs("polars", "fetch_polars", "polars")
        frame: polars.DataFrame = self._consume(lambda: pl.DataFrame(self))
        return frame

    def _consume(self, read: Callable[[], T]) -> T:
        """Read; an error of ours comes out as itself, not as the library's.

        So does the exception of a signal handler, KeyboardInterrupt say.
        """
        try:
            return read()
        except Exception:
            self._stream.raise_failure()
            raise
        finally:
            _log.tell()

    def __repr__(self) -> str:
        return "<fletching.ArrowStream>"


def _record_batches(pa: Any, stream: ArrowStream) -> pyarrow.RecordBatchReader:
    """The stream as pyarrow.RecordBatchReader; that of pyarrow 14 takes capsules."""
    if hasattr(pa.RecordBatchReader, "from_stream"):
        return pa.RecordBatchReader.from_stream(stream)
    capsule = stream.__arrow_c_stream__()
    return pa.RecordBatchReader._import_from_c_capsule(capsule)


def _nullable_types(schema: pyarrow.Schema) -> dict[Any, Any]:
    """The pandas types for the Arrow types of columns that may be null."""
    import pandas as pd
    import pyarrow as pa

    table = {
        pa.int8(): pd.Int8Dtype(),
        pa.int16(): pd.Int16Dtype(),
        pa.int32(): pd.Int32Dtype(),
        pa.int64(): pd.Int64Dtype(),
        pa.uint8(): pd.UInt8Dtype(),
        pa.uint16(): pd.UInt16Dtype(),
        pa.uint32(): pd.UInt32Dtype(),
        pa.uint64(): pd.UInt64Dtype(),
        pa.bool_(): pd.BooleanDtype(),
    }
    nullable = {field.type for field in schema if field.nullable}
    return {kind: dtype for kind, dtype in table.items() if kind in nullable}


def rows(
    stream: object,
    *,
    nanoseconds: str = "exact",
    out_of_range: str = "error",
    maps: str = "dict",
) -> _core.RowReader:
    """Rows of any object with ``__arrow_c_stream__``, as exact Python values.

    The reader has fetchone, fetchmany, fetchall and can be iterated::

        for name, price in fletching.rows(table):
            ...

    Args:
        stream: a pyarrow Table or RecordBatchReader, a polars DataFrame, ...
        nanoseconds: "exact" (Timestamp, Time, Duration), "truncate" or "error".
        out_of_range: "error" or "text" for values that datetime cannot hold.
        maps: "dict" or "pairs".
    """
    options = _core.RowOptions(nanoseconds, out_of_range, maps)
    return _core.rows_from_stream(stream, options)
