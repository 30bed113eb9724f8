# SPDX-License-Identifier: Apache-2.0
"""Statements that the server has prepared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fletching._arrow import Schema
from flightsql.util import check_closed

if TYPE_CHECKING:
    import pyarrow as pa
    from pyarrow import flight

    from fletching import _core
    from flightsql.client._client import FlightSQLClient


class PreparedStatement:
    """A prepared statement; made by `FlightSQLClient.prepare`.

    A ``with`` block closes it. Used by one thread at a time.

    Attributes:
        client: the FlightSQLClient that made it.
        closed: whether close() was called.
    """

    def __init__(self, client: FlightSQLClient, prepared: _core.PreparedCalls) -> None:
        self.client = client
        self.closed = False
        self._prepared = prepared

    @property
    def dataset_schema(self) -> pa.Schema | None:
        """The columns of its result, or None where the server does not say."""
        return self._schema(self._prepared.dataset_schema())

    @property
    def parameter_schema(self) -> pa.Schema | None:
        """One field a placeholder, or None where the server does not say."""
        return self._schema(self._prepared.parameter_schema())

    @check_closed
    def execute(self, binding: pa.RecordBatch | None = None) -> flight.FlightInfo:
        """Bind a batch of parameters (None or no rows: none) and run the query.

        Anything with ``__arrow_c_array__`` or ``__arrow_c_stream__`` does too.
        """
        return self.client._info(self._prepared.info(_rows(binding)))

    @check_closed
    def execute_update(self, binding: pa.RecordBatch | None = None) -> int:
        """The same for a statement that changes data: rows changed, -1 unknown."""
        return self._prepared.update(_rows(binding))

    def close(self) -> None:
        """Close it on the server, with the client's next call. Idempotent."""
        self.closed = True
        self._prepared.close()

    def __enter__(self) -> PreparedStatement:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _schema(self, capsule: Any) -> pa.Schema | None:
        return None if capsule is None else Schema(capsule).to_pyarrow()


def _rows(binding: Any) -> Any:
    return None if getattr(binding, "num_rows", None) == 0 else binding
