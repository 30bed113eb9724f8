# SPDX-License-Identifier: Apache-2.0
"""InfluxDB 3: DataFusion, for reading; the database goes by a header."""

from __future__ import annotations

from typing import Any

from fletching.sqlalchemy._datafusion import DataFusionDialect


class InfluxDB3Dialect(DataFusionDialect):
    """``influxdb3+flightsql://`` and ``influxdb3://``.

    The database is chosen by ``?database=NAME``, which is sent as a header. Values are
    written into the text by the driver, as the server does not bind them.
    """

    name = "influxdb3"
    scheme = "influxdb3"

    def _get_default_schema_name(self, connection: Any) -> str | None:
        return "iox"

    def _transaction_level(self) -> str | None:
        return None  # nothing can be written here
