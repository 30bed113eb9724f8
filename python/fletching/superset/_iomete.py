# SPDX-License-Identifier: Apache-2.0
"""IOMETE: Spark SQL, whose catalog and schema stand in the URL's path."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from fletching.superset import _errors, _grains
from fletching.superset._form import form, place_of
from fletching.superset._places import PlaceByPath
from fletching.superset._spec import FlightSQLEngineSpec


class IOMETEEngineSpec(PlaceByPath, FlightSQLEngineSpec):
    """IOMETE. Cluster and data plane are "Additional Parameters" of the form."""

    engine = "iomete"
    engine_name = "IOMETE"
    sqlalchemy_uri_placeholder = (
        "iomete+flightsql://user:token@host:443/catalog/schema"
        "?cluster=NAME&data_plane=NAME"
    )
    metadata: ClassVar[dict[str, Any]] = {
        **FlightSQLEngineSpec.metadata,
        "description": "IOMETE's lakehouse: Spark SQL by Arrow Flight SQL.",
        "connection_string": sqlalchemy_uri_placeholder,
        "categories": ["Cloud Data Warehouses"],
    }
    required_parameters: ClassVar[tuple[str, ...]] = (
        "host",
        "port",
        "username",
        "access_token",
        "default_catalog",
        "default_schema",
        "query",
    )
    parameters_schema = form(
        *("host", "port", "username", "access_token"),
        *("default_catalog", "default_schema", "query", "encryption", "ssh"),
        required=required_parameters,
    )
    plaintext = ("tls", "false")
    supports_oauth2 = False  # it takes personal access tokens
    supports_dynamic_schema = True
    supports_dynamic_catalog = True
    _time_grain_expressions = _grains.SPARK
    custom_errors: ClassVar[Any] = {**_errors.CONNECTION, **_errors.SPARK}
    functions_sql = ("SHOW FUNCTIONS",)

    # ---- the form ----

    @classmethod
    def token_user(cls, name: str | None) -> str:
        return name or ""

    @classmethod
    def holds_token(cls, url: Any) -> bool:
        return True

    @classmethod
    def parts_of_url(
        cls, parameters: Mapping[str, Any], query: dict[str, Any]
    ) -> dict[str, Any]:
        catalog = parameters.get("default_catalog") or ""
        schema = parameters.get("default_schema") or ""
        return {"database": f"{catalog}/{schema}", "query": query}

    @classmethod
    def parts_of_form(cls, url: Any, parameters: dict[str, Any]) -> None:
        catalog, schema = place_of(url)
        parameters["default_catalog"] = catalog
        parameters["default_schema"] = schema

    # ---- catalog and schema ----

    @classmethod
    def get_catalog_names(cls, database: Any, inspector: Any) -> set[str]:
        with cls._driver(database) as driver:
            return {str(row[0]) for row in driver.execute("SHOW CATALOGS").fetchall()}

    @classmethod
    def get_schema_names(cls, inspector: Any) -> set[str]:
        return {str(name) for name in inspector.get_schema_names()}

    @classmethod
    def epoch_to_dttm(cls) -> str:
        return "timestamp_seconds({col})"

    @classmethod
    def epoch_ms_to_dttm(cls) -> str:
        return "timestamp_millis({col})"
