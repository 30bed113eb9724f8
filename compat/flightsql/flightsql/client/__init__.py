# SPDX-License-Identifier: Apache-2.0
"""The Flight SQL client: FlightInfo and tickets, as Arrow Flight has them."""

from fletching import _own_files

_own_files.check("flightsql", rival="flightsql-dbapi")

from flightsql.client._client import FlightSQLClient  # noqa: E402
from flightsql.client._options import FlightSQLCallOptions, TableRef  # noqa: E402
from flightsql.client._prepared import PreparedStatement  # noqa: E402
from flightsql.client._reader import FlightStreamChunk, FlightStreamReader  # noqa: E402

__all__ = [
    "FlightSQLClient",
    "FlightSQLCallOptions",
    "TableRef",
    "PreparedStatement",
    "FlightStreamReader",
    "FlightStreamChunk",
]
