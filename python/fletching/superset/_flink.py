# SPDX-License-Identifier: Apache-2.0
"""Flink SQL: a gateway of one's own, and Confluent Cloud."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from sqlalchemy import types
from superset.errors import SupersetError
from superset.utils.core import GenericDataType

from fletching.superset import _errors, _grains
from fletching.superset._form import form, place_of
from fletching.superset._places import PlaceByOptions, PlaceByPath
from fletching.superset._spec import FlightSQLEngineSpec


class FlinkEngineSpec(PlaceByOptions, FlightSQLEngineSpec):
    """Flink's SQL Gateway. Queries read what is there now, and end.

    Every query has a session of its own: tables have to be in a catalog that outlives
    it, such as one of Hive, Paimon or JDBC.
    """

    engine = "flink"
    engine_name = "Apache Flink"
    default_driver = "gateway"
    drivers: ClassVar[dict[str, str]] = {"gateway": "Fletching"}
    sqlalchemy_uri_placeholder = "flink+gateway://host:8083/catalog/database"
    metadata: ClassVar[dict[str, Any]] = {
        **FlightSQLEngineSpec.metadata,
        "description": "Apache Flink's SQL Gateway.",
        "connection_string": sqlalchemy_uri_placeholder,
        "default_port": 8083,
        "categories": ["Apache Projects", "Query Engines"],
    }
    supports_file_upload = False
    supports_dynamic_schema = True
    supports_dynamic_catalog = True
    parameters_schema = form(
        *("host", "port", "username", "password"),
        *("default_catalog", "default_schema", "query", "encryption", "ssh"),
    )
    plaintext = ("tls", "false")
    column_type_mappings: ClassVar[Any] = (
        (
            re.compile(r"^(BYTES|ROW|MULTISET|VARIANT)", re.IGNORECASE),
            types.String(),
            GenericDataType.STRING,
        ),
        *FlightSQLEngineSpec.column_type_mappings,
    )
    _time_grain_expressions = _grains.FLINK
    custom_errors: ClassVar[Any] = {**_errors.CONNECTION, **_errors.FLINK}
    functions_sql = ("SHOW FUNCTIONS",)
    default_catalog_sql: str | None = "SHOW CURRENT CATALOG"

    # ---- the form ----

    @classmethod
    def parts_of_url(
        cls, parameters: Mapping[str, Any], query: dict[str, Any]
    ) -> dict[str, Any]:
        """Its path is catalog and database; TLS is what it has to ask for."""
        if parameters.get("encryption"):
            query["tls"] = "true"
        place = (parameters.get("default_catalog"), parameters.get("default_schema"))
        path = "/".join(part for part in place if part)
        return {"database": path or None, "query": query}

    @classmethod
    def parts_of_form(cls, url: Any, parameters: dict[str, Any]) -> None:
        catalog, schema = place_of(url)
        parameters["default_catalog"] = catalog
        parameters["default_schema"] = schema
        parameters["encryption"] &= "tls" in url.query

    # ---- times ----

    @classmethod
    def epoch_to_dttm(cls) -> str:
        return "TO_TIMESTAMP_LTZ({col}, 0)"

    @classmethod
    def epoch_ms_to_dttm(cls) -> str:
        return "TO_TIMESTAMP_LTZ({col}, 3)"


class ConfluentFlinkEngineSpec(PlaceByPath, FlinkEngineSpec):
    """Flink of Confluent Cloud. Queries are snapshots: what is there now.

    The environment is the catalog; host is the region and cloud; organization and
    compute pool are "Additional Parameters" of the form.
    """

    engine_name = "Confluent Cloud for Apache Flink"
    default_driver = "confluent"
    drivers: ClassVar[dict[str, str]] = {"confluent": "Fletching"}
    sqlalchemy_uri_placeholder = (
        "flink+confluent://KEY:SECRET@us-east-2.aws/env-1/database"
        "?organization=ID&compute_pool=ID"
    )
    metadata: ClassVar[dict[str, Any]] = {
        **FlinkEngineSpec.metadata,
        "description": "Flink SQL of Confluent Cloud.",
        "connection_string": sqlalchemy_uri_placeholder,
        "default_port": 443,
        "categories": ["Cloud Data Warehouses"],
    }
    disable_ssh_tunneling = True
    required_parameters: ClassVar[tuple[str, ...]] = (
        *("host", "username", "password", "default_catalog", "query"),
    )
    parameters_schema = form(
        *("host", "username", "password"),
        *("default_catalog", "default_schema", "query"),
        required=required_parameters,
    )
    default_catalog_sql = None

    @classmethod
    def parts_of_url(
        cls, parameters: Mapping[str, Any], query: dict[str, Any]
    ) -> dict[str, Any]:
        del query["tls"]  # it is always TLS
        return super().parts_of_url(parameters, query)

    @classmethod
    def validate_parameters(cls, properties: Mapping[str, Any]) -> list[SupersetError]:
        """What is missing; a region has no address to try."""
        return cls.missing_parameters(properties.get("parameters") or {})
