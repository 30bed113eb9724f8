# SPDX-License-Identifier: Apache-2.0
"""The engine specs of servers that have a URL of their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from fletching.superset import _errors, _grains
from fletching.superset._form import form
from fletching.superset._places import PlaceByOptions
from fletching.superset._spec import FlightSQLEngineSpec

_DATAFUSION_FUNCTIONS = (
    "SELECT DISTINCT routine_name FROM information_schema.routines",
)


class DataFusionEngineSpec(FlightSQLEngineSpec):
    """Apache DataFusion behind Flight SQL."""

    engine = "datafusion"
    engine_name = "Apache DataFusion"
    sqlalchemy_uri_placeholder = (
        "datafusion+flightsql://user:password@host:port[?insecure=true]"
    )
    metadata: ClassVar[dict[str, Any]] = {
        **FlightSQLEngineSpec.metadata,
        "description": "Apache DataFusion behind Arrow Flight SQL.",
        "connection_string": sqlalchemy_uri_placeholder,
        "categories": ["Apache Projects", "Query Engines"],
    }
    _time_grain_expressions = _grains.DATAFUSION
    custom_errors: ClassVar[Any] = {**_errors.CONNECTION, **_errors.DATAFUSION}
    default_catalog_sql = (
        "SELECT value FROM information_schema.df_settings"
        " WHERE name = 'datafusion.catalog.default_catalog'"
    )

    @classmethod
    def epoch_to_dttm(cls) -> str:
        return "to_timestamp_seconds({col})"

    @classmethod
    def epoch_ms_to_dttm(cls) -> str:
        return "to_timestamp_millis({col})"


class InfluxDB3EngineSpec(DataFusionEngineSpec):
    """InfluxDB 3, for reading. Its database goes by a header."""

    engine = "influxdb3"
    engine_name = "InfluxDB 3"
    sqlalchemy_uri_placeholder = "influxdb3+flightsql://:token@host:port?database=NAME"
    metadata: ClassVar[dict[str, Any]] = {
        **FlightSQLEngineSpec.metadata,
        "description": "InfluxDB 3 (Core, Enterprise, Cloud), for reading.",
        "connection_string": sqlalchemy_uri_placeholder,
        "categories": ["Time Series Databases"],
    }
    supports_file_upload = False
    supports_oauth2 = False  # it takes tokens of its own
    supports_catalog = False
    supports_cross_catalog_queries = False
    required_parameters: ClassVar[tuple[str, ...]] = ("host", "port", "database")
    parameters_schema = form(
        "host",
        "port",
        "database",
        "access_token",
        "query",
        "encryption",
        "ssh",
        required=required_parameters,
    )

    @classmethod
    def parts_of_url(
        cls, parameters: Mapping[str, Any], query: dict[str, Any]
    ) -> dict[str, Any]:
        return {"query": {"database": parameters.get("database") or "", **query}}

    @classmethod
    def parts_of_form(cls, url: Any, parameters: dict[str, Any]) -> None:
        parameters["database"] = parameters["query"].pop("database", None)

    @classmethod
    def get_default_catalog(cls, database: Any) -> str | None:
        return None


class GizmoSQLEngineSpec(PlaceByOptions, FlightSQLEngineSpec):
    """GizmoSQL, and DuckDB behind Flight SQL."""

    engine = "gizmosql"
    engine_name = "GizmoSQL (DuckDB)"
    sqlalchemy_uri_placeholder = (
        "gizmosql+flightsql://user:password@host:31337[?insecure=true]"
    )
    metadata: ClassVar[dict[str, Any]] = {
        **FlightSQLEngineSpec.metadata,
        "description": "GizmoSQL, and DuckDB behind Arrow Flight SQL.",
        "connection_string": sqlalchemy_uri_placeholder,
        "default_port": 31337,
        "categories": ["Analytical Databases"],
    }
    supports_dynamic_schema = True
    supports_dynamic_catalog = True
    _time_grain_expressions = _grains.DUCKDB
    custom_errors: ClassVar[Any] = {**_errors.CONNECTION, **_errors.DUCKDB}
    functions_sql = ("SELECT DISTINCT function_name FROM duckdb_functions()",)
    default_catalog_sql = "SELECT current_database()"

    @classmethod
    def epoch_to_dttm(cls) -> str:
        return "epoch_ms(CAST({col} * 1000 AS BIGINT))"

    @classmethod
    def epoch_ms_to_dttm(cls) -> str:
        return "epoch_ms(CAST({col} AS BIGINT))"
