# SPDX-License-Identifier: Apache-2.0
"""Rows of one ticket, with the methods of pyarrow.flight.FlightStreamReader."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from fletching import _core
from fletching._arrow import ArrowStream, _nullable_types
from flightsql.client._pyarrow import pyarrow

if TYPE_CHECKING:
    import pandas
    import pyarrow as pa
    from typing_extensions import CapsuleType


class FlightStreamChunk(NamedTuple):
    """A batch with what the server said beside it; either may be None."""

    data: pa.RecordBatch | None
    app_metadata: pa.Buffer | None


class FlightStreamReader:
    """The rows of one ticket, to be read once, by one thread.

    Iterating gives chunks. Any Arrow library takes the reader itself
    (``__arrow_c_stream__``). `cancel` may come from any thread.
    """

    def __init__(
        self, reader: _core.FlightReader, fields: list[int] | None = None
    ) -> None:
        self._reader = reader
        self._fields = fields
        self._schema: pa.Schema | None = None

    @property
    def schema(self) -> pa.Schema:
        """The columns; waits for the first message."""
        return self._projected(self._full_schema())

    def read_chunk(self) -> FlightStreamChunk:
        """The next batch and its app_metadata; StopIteration at the end."""
        pa = pyarrow("read_chunk")
        schema = self._full_schema()
        array, app_metadata = self._reader.next()
        if array is None and not app_metadata:
            raise StopIteration
        batch = None
        if array is not None:
            batch = pa.record_batch(_Batch(schema.__arrow_c_schema__(), array))
            if self._fields is not None:
                batch = batch.select(self._fields)
        return FlightStreamChunk(
            batch, pa.py_buffer(app_metadata) if app_metadata else None
        )

    def __iter__(self) -> Iterator[FlightStreamChunk]:
        return self

    def __next__(self) -> FlightStreamChunk:
        return self.read_chunk()

    def read_all(self) -> pa.Table:
        """What is left, as pyarrow.Table."""
        pyarrow("read_all")
        table = self._rest().to_pyarrow()
        return table if self._fields is None else table.select(self._fields)

    def read_pandas(self, **options: Any) -> pandas.DataFrame:
        """What is left, as pandas.DataFrame.

        Columns of integers and booleans that may be null get pandas' nullable types,
        because floats would lose digits; ``types_mapper=None`` has pyarrow's choice.
        ``options`` are those of ``pyarrow.Table.to_pandas``.
        """
        pyarrow("read_pandas", "pandas")
        table = self.read_all()
        options.setdefault("types_mapper", _nullable_types(table.schema).get)
        frame: pandas.DataFrame = table.to_pandas(**options)
        return frame

    def to_reader(self) -> pa.RecordBatchReader:
        """What is left, as pyarrow.RecordBatchReader."""
        pa = pyarrow("to_reader")
        if self._fields is None:
            return self._rest().to_reader()
        schema = self.schema
        rest = self._rest().to_reader()
        fields = self._fields
        return pa.RecordBatchReader.from_batches(
            schema, (batch.select(fields) for batch in rest)
        )

    def __arrow_c_stream__(
        self, requested_schema: CapsuleType | None = None
    ) -> CapsuleType:
        if self._fields is None:
            return self._rest().__arrow_c_stream__()
        stream: CapsuleType = self.to_reader().__arrow_c_stream__()
        return stream

    def cancel(self) -> None:
        """Stop; who waits for rows gets an OperationalError."""
        self._reader.cancel()

    def close(self) -> None:
        """Give up what was not read. Idempotent."""
        self._reader.close()

    def __enter__(self) -> FlightStreamReader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ---- within ----

    def _rest(self) -> ArrowStream:
        return ArrowStream(self._reader.rest(_core.RowOptions()).take_stream())

    def _full_schema(self) -> pa.Schema:
        if self._schema is None:
            pa = pyarrow("schema")
            self._schema = pa.schema(_Schema(self._reader.schema()))
        return self._schema

    def _projected(self, schema: pa.Schema) -> pa.Schema:
        if self._fields is None:
            return schema
        fields = [schema.field(i) for i in self._fields]
        return pyarrow("schema").schema(fields, metadata=schema.metadata)


class _Schema:
    def __init__(self, capsule: CapsuleType) -> None:
        self._capsule = capsule

    def __arrow_c_schema__(self) -> CapsuleType:
        return self._capsule


class _Batch:
    def __init__(self, schema: CapsuleType, array: CapsuleType) -> None:
        self._capsules = schema, array

    def __arrow_c_array__(
        self, requested_schema: CapsuleType | None = None
    ) -> tuple[CapsuleType, CapsuleType]:
        return self._capsules
