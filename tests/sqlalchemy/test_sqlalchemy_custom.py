# SPDX-License-Identifier: Apache-2.0
"""Dialects of one's own, as docs/guides/sqlalchemy.md shows them."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import registry
from sqlalchemy_urls import url_of

from fletching.sqlalchemy import FlightSQLDialect, LiteralBindCompiler


class CustomDialect(FlightSQLDialect):
    """The one of the released package's README."""

    name = "custom"
    paramstyle = "named"


class LiteralDialect(FlightSQLDialect):
    """One for a server that binds nothing."""

    name = "literal"
    statement_compiler = LiteralBindCompiler
    literals = "duckdb"


registry.register("custom.flightsql", __name__, "CustomDialect")
registry.register("literal.flightsql", __name__, "LiteralDialect")


@pytest.fixture(params=["custom", "literal"])
def custom(request: pytest.FixtureRequest, embedded: Any) -> Any:
    """An engine of each."""
    server = embedded(engine="duckdb")
    engine = sa.create_engine(url_of(server, f"{request.param}+flightsql"))
    yield engine
    engine.dispose()


def test_a_dialect_of_ones_own_binds_and_reflects(custom: Any) -> None:
    metadata = sa.MetaData()
    table = sa.Table(
        "of_custom", metadata, sa.Column("id", sa.Integer), sa.Column("n", sa.String)
    )
    metadata.drop_all(custom)
    metadata.create_all(custom)
    with custom.begin() as connection:
        connection.execute(
            table.insert(), [{"id": 1, "n": "it's"}, {"id": 2, "n": "a:b ? %"}]
        )
        query = sa.select(table.c.id).where(table.c.n == sa.bindparam("wanted"))
        for wanted, found in [("it's", 1), ("a:b ? %", 2)]:
            assert connection.execute(query, {"wanted": wanted}).scalar() == found
    found = sa.inspect(custom).get_columns("of_custom", schema="main")
    assert [column["name"] for column in found] == ["id", "n"]
    metadata.drop_all(custom)


def test_paramstyle_is_the_classes_own() -> None:
    engine = sa.create_engine("custom+flightsql://h:1")
    assert engine.dialect.paramstyle == "named"
    text = str(sa.select(sa.literal(1, type_=sa.Integer).label("a")).compile(engine))
    assert ":param_1" in text


def test_literals_are_not_cached_with_a_statement(embedded: Any) -> None:
    engine = sa.create_engine(url_of(embedded(engine="duckdb"), "literal+flightsql"))
    with engine.connect() as connection:
        for value in ("one", "two", None, b"\x00\xff", 1.5, float("inf")):
            query = sa.select(sa.literal(value))
            assert connection.execute(query).scalar() == value
    engine.dispose()


def test_no_warning_of_a_missing_statement_cache() -> None:
    assert CustomDialect.__dict__["supports_statement_cache"] is True
