# SPDX-License-Identifier: Apache-2.0
"""Engines on real servers, for the tests of the dialects."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
import venvs
from servers import emulated
from sqlalchemy.dialects import registry
from sqlalchemy_urls import url_of

# SQLAlchemy's suite runs in a process of its own.
collect_ignore = ["suite"]

# DuckDB's and SQLite's dialects have no URLs of their own: their engines have others.
registry.register("duckdb.flightsql", "fletching.sqlalchemy", "DuckDBDialect")
registry.register("golite.flightsql", "fletching.sqlalchemy", "SQLiteDialect")


@pytest.fixture(scope="session")
def duck_url(embedded: Any) -> str:
    """A DuckDB."""
    return url_of(embedded(engine="duckdb"), "duckdb+flightsql")


@pytest.fixture(scope="session")
def fusion_url(embedded: Any) -> str:
    """A DataFusion."""
    return url_of(embedded(engine="datafusion"), "datafusion+flightsql")


@pytest.fixture
def duck(duck_url: str) -> Iterator[sa.engine.Engine]:
    """An engine on DuckDB."""
    engine = sa.create_engine(duck_url)
    yield engine
    engine.dispose()


@pytest.fixture
def fusion(fusion_url: str) -> Iterator[sa.engine.Engine]:
    """An engine on DataFusion."""
    engine = sa.create_engine(fusion_url)
    yield engine
    engine.dispose()


@pytest.fixture(params=["duckdb", "datafusion"])
def engine(request: pytest.FixtureRequest) -> sa.engine.Engine:
    """An engine on each."""
    name = {"duckdb": "duck", "datafusion": "fusion"}[request.param]
    found: sa.engine.Engine = request.getfixturevalue(name)
    return found


@pytest.fixture(scope="session")
def spark(emulator: Any, fleet: Any) -> Callable[..., Any]:
    """A factory of IOMETE's emulator on Spark; for slow tests."""

    def get(**options: Any) -> Any:
        return emulator(
            "iomete_spark",
            python=venvs.interpreter("pyspark"),
            jar=emulated.iceberg_jar(),
            tables=fleet.root,
            **options,
        )

    return get
