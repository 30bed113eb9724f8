# SPDX-License-Identifier: Apache-2.0
"""KurrentDB: events, whose times are milliseconds in columns of 64-bit integers."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from typing import Any, ClassVar

from sqlalchemy import types
from superset.utils.core import GenericDataType

from fletching.superset import _errors, _grains
from fletching.superset._form import form
from fletching.superset._spec import FlightSQLEngineSpec

EPOCH_NAME = "TIMESTAMP_EPOCH_MS"
"""The dialect's name for such a column's type."""
_TIMES = ("created_at", "expires_at")
_EPOCH_CODE = "timestamp_epoch_ms"


class EpochMilliseconds(types.TIMESTAMP):
    """A time that is milliseconds since 1970 in the database."""


class KurrentDBEngineSpec(FlightSQLEngineSpec):
    """KurrentDB, for reading.

    ``created_at`` and ``expires_at`` are times to charts and filters, in tables and in
    the results of queries alike; their values stay the integers that they are.
    """

    engine = "kurrentdb"
    engine_name = "KurrentDB"
    sqlalchemy_uri_placeholder = "kurrentdb+flightsql://user:password@host:2113"
    metadata: ClassVar[dict[str, Any]] = {
        **FlightSQLEngineSpec.metadata,
        "description": "KurrentDB's events, by its Flight SQL endpoint.",
        "connection_string": sqlalchemy_uri_placeholder,
        "default_port": 2113,
    }
    parameters_schema = form(
        "host", "port", "username", "password", "query", "encryption", "ssh"
    )
    supports_file_upload = False
    supports_catalog = False
    supports_cross_catalog_queries = False
    explain = ""  # the server takes SELECT alone
    functions_sql = ()
    _time_grain_expressions = _grains.DUCKDB
    custom_errors: ClassVar[Any] = {**_errors.CONNECTION, **_errors.DUCKDB}
    column_type_mappings: ClassVar[Any] = (
        (
            re.compile(f"^{EPOCH_NAME}", re.IGNORECASE),
            EpochMilliseconds(),
            GenericDataType.TEMPORAL,
        ),
        *FlightSQLEngineSpec.column_type_mappings,
    )

    @classmethod
    def get_datatype(cls, type_code: Any) -> str | None:
        if type_code == _EPOCH_CODE:
            return EPOCH_NAME
        return super().get_datatype(type_code)

    @classmethod
    def fetch_data(cls, cursor: Any, limit: int | None = None) -> list[Any]:
        """The rows; Superset reads the description afterwards, with the times in it."""
        rows = super().fetch_data(cursor, limit)
        description = cursor.description or []
        for place, column in enumerate(description):
            if column[0] in _TIMES and column[1] == "int64":
                description[place] = (column[0], _EPOCH_CODE, *column[2:])
        return rows

    @classmethod
    def get_timestamp_expr(cls, col: Any, pdf: str | None, time_grain: Any) -> Any:
        """A time, made of the integer in SQL."""
        if isinstance(getattr(col, "type", None), EpochMilliseconds):
            pdf = "epoch_ms"
        return super().get_timestamp_expr(col, pdf, time_grain)

    @classmethod
    def convert_dttm(
        cls, target_type: str, dttm: datetime, db_extra: Any = None
    ) -> str | None:
        if target_type.upper().startswith(EPOCH_NAME):
            aware = dttm if dttm.tzinfo else dttm.replace(tzinfo=timezone.utc)
            return str(int(aware.timestamp() * 1000))
        return super().convert_dttm(target_type, dttm, db_extra)

    @classmethod
    def epoch_to_dttm(cls) -> str:
        return "epoch_ms(CAST({col} * 1000 AS BIGINT))"

    @classmethod
    def epoch_ms_to_dttm(cls) -> str:
        return "epoch_ms(CAST({col} AS BIGINT))"

    @classmethod
    def get_default_catalog(cls, database: Any) -> str | None:
        return None
