# SPDX-License-Identifier: Apache-2.0
"""The SQLAlchemy dialects of Fletching, by the names that 0.2.2 had."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fletching import _own_files

_own_files.check("flightsql", rival="flightsql-dbapi")

from fletching.sqlalchemy import (  # noqa: E402
    DataFusionDialect,
    FlightSQLDialect,
    LiteralBindCompiler,
)
from flightsql.client import FlightSQLClient  # noqa: E402

if TYPE_CHECKING:
    from sqlalchemy.engine import URL

feature_prefix = "feature-"

FEATURE_PREPARED_STATEMENTS = "sqlalchemy-prepared-statements"
FEATURE_PRIMARY_KEYS = "sqlalchemy-primary-keys"

__all__ = [
    "FlightSQLDialect",
    "DataFusionDialect",
    "LiteralBindCompiler",
    "FEATURE_PREPARED_STATEMENTS",
    "FEATURE_PRIMARY_KEYS",
    "feature_prefix",
    "client_from_url",
]


def client_from_url(url: URL) -> FlightSQLClient:
    """The client that a URL describes; nothing is connected to.

    ``insecure``, ``disable_server_verification`` and ``token`` are options, names that
    begin with ``feature-`` are features, all others are headers of every call.
    """
    query = {
        name.lower(): value if isinstance(value, str) else value[-1]
        for name, value in url.query.items()
    }
    features = {
        name[len(feature_prefix) :]: query.pop(name)
        for name in list(query)
        if name.startswith(feature_prefix)
    }
    return FlightSQLClient(
        host=url.host,
        port=url.port,
        user=url.username,
        password=url.password,
        insecure=query.pop("insecure", None),  # type: ignore[arg-type]
        disable_server_verification=query.pop(  # type: ignore[arg-type]
            "disable_server_verification", None
        ),
        token=query.pop("token", None),
        metadata=query,
        features=features,
    )
